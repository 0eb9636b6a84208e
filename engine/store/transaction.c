/* Transactions; SQLite itself is asked whether one is under way. */
#include <unistd.h>

#include "engine/store/store.h"

bool ll_store_in_transaction(const ll_store *store) { return !sqlite3_get_autocommit(store->db); }

ll_status ll_store_begin(ll_store *store) {
  LL_TRY(ll_store_ready(store));
  if (ll_store_in_transaction(store))
    return ll_fail(store->ctx, LL_ERR_ARGUMENT, "%s: a transaction is under way already", store->path);
  return ll_store_exec(store, store->mode == LL_STORE_READ ? "BEGIN" : "BEGIN IMMEDIATE", "begin");
}

ll_status ll_store_commit(ll_store *store) {
  LL_TRY(ll_store_check(store));
  if (!ll_store_in_transaction(store)) return ll_fail(store->ctx, LL_ERR_ARGUMENT, "%s: no transaction is under way", store->path);
  return ll_store_exec(store, "COMMIT", "commit");
}

void ll_store_rollback(ll_store *store) {
  if (store->pid == getpid() && ll_store_in_transaction(store)) sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}
