/* The SQL functions in a store of losslab's own. */
#include "engine/sql/sql.h"
#include "engine/store/store.h"

ll_status ll_sql_add(ll_store *store) {
  char *why = NULL;
  LL_TRY(ll_store_check(store));
  LL_TRY(ll_store_show_all(store));
  int rc = ll_sql_register(store->db, store->ctx, SQLITE_DIRECTONLY, &why);
  ll_status status = rc == SQLITE_OK ? LL_OK : ll_store_fail(store, rc, "adding functions");
  sqlite3_free(why);
  return status;
}
