/* Whether the database's name still leads to the file that was opened. SQLite asks this itself before it begins a journal, which
 * goes by the name; here it is also asked before each statement, since a journal that another database left at the name would be
 * rolled back into this file. */
#include "engine/store/store.h"

bool ll_store_has_moved(ll_store *store) {
  int moved = 0;
  return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

ll_status ll_store_moved(ll_store *store) {
  return ll_fail(
      store->ctx, LL_ERR_IO,
      "%s was moved, replaced or removed while it was in use, and nothing more is written: what was committed is in the file "
      "that was moved, if it still has a name",
      store->path);
}

ll_status ll_store_ready(ll_store *store) {
  LL_TRY(ll_store_check(store));
  if (!ll_store_in_transaction(store) && ll_store_has_moved(store)) return ll_store_moved(store);
  return LL_OK;
}
