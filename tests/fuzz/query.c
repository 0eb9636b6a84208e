/* SQL of a user's own: it may read, and nothing else. An input is the statement. */
#include "tests/fuzz/target.h"
#include "tests/store.h"

enum { STEPS = 200000, ROWS = 100 };

static int stop(void *nothing) { return (void)nothing, 1; }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static ll_store *store;
  static char before[65];
  char digest[65] = "", *sql = malloc(size + 1);
  bool more = true;
  must(sql, "no memory");
  memcpy(sql, bytes, size);
  sql[size] = 0;
  if (!store) {
    ctx = context();
    must(ll_store_open(ctx, ":memory:", LL_STORE_CREATE, 0, &store) == LL_OK, "%s", ll_message(ctx));
    fill(store, 2, 1);
    must(ll_sql_add(store) == LL_OK, "%s", ll_message(ctx));
    must(ll_store_digest(store, "trial", before) == LL_OK, "%s", ll_message(ctx));
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 1 << 20); /* what takes long or much is the user's own wish */
  }
  int changes = sqlite3_total_changes(store->db);
  sqlite3_progress_handler(store->db, STEPS, stop, NULL);
  ll_rows *rows = NULL;
  ll_status status = ll_store_ask(store, sql, NULL, 0, &rows);
  must_be_told(ctx, status, rows != NULL);
  for (int n = 0; rows && n < ROWS && more; n++) {
    status = ll_rows_next(rows, &more);
    must_be_told(ctx, status, status == LL_OK);
    if (status != LL_OK) break;
    for (size_t j = 0; more && j < ll_rows_columns(rows); j++) (void)ll_rows_value(rows, j);
  }
  ll_rows_close(rows);
  sqlite3_progress_handler(store->db, 0, NULL, NULL);
  must(sqlite3_total_changes(store->db) == changes && sqlite3_get_autocommit(store->db), "\"%s\" wrote", sql);
  must(ll_store_digest(store, "trial", digest) == LL_OK && strcmp(digest, before) == 0, "\"%s\" wrote", sql);
  must(!sqlite3_db_filename(store->db, "other") && !sqlite3_db_filename(store->db, "a"), "\"%s\" attached", sql);
  free(sql);
  return 0;
}
