/* The SQL functions, every allocation of theirs failing in turn: what asks for memory here is the engine (SQLite's own allocator is
 * made to fail in oom/store.c). */
#include "engine/store/store.h"
#include "tests/sweep.h"

static const float scores[3][4] = {{0.25f, -1, 3, 0.5f}, {1, 2, 3, 4}, {1, 2, 2, 4}}, labels[4] = {0, 1, 0, 1};

static ll_status ask(ll_store *store, const char *sql) {
  ll_rows *rows;
  bool more = true;
  ll_status status = ll_store_ask(store, sql, NULL, 0, &rows);
  while (status == LL_OK && more) status = ll_rows_next(rows, &more);
  ll_rows_close(rows);
  /* An error of a function comes as SQLite's, with its words. */
  return status == LL_ERR_STORE && strstr(ll_message(store->ctx), "out of memory") ? LL_ERR_MEMORY : status;
}

static ll_status fill_in(ll_ctx *c, ll_store *store) {
  ll_scores_coding coding;
  void *bytes = NULL;
  size_t size;
  sqlite3_stmt *stmt = NULL;
  ll_status status;
  sqlite3_exec(store->db,
               "PRAGMA foreign_keys = 0; INSERT INTO config VALUES (1, 'k', 'hinge', 1, '{}', '{}', '{}');"
               "INSERT INTO cut VALUES (1, 'a', 1, 1, 1, '{}');"
               "INSERT INTO trial (id, key, dataset, config, cut, fold, seed, number, study_seed, precision) VALUES "
               "(1, 'k', 1, 1, 1, 1, 1, 1, 1, 'float')",
               NULL, NULL, NULL);
  LL_GOTO(done, ll_scores_pack(c, *scores, 3, 4, LL_SCORES_RANKS, &coding, &bytes, &size));
  sqlite3_prepare_v2(store->db, "INSERT INTO part VALUES (1, 'test', 4, ?1, ?1)", -1, &stmt, NULL);
  sqlite3_bind_blob(stmt, 1, labels, sizeof labels, SQLITE_STATIC);
  sqlite3_step(stmt);
  sqlite3_finalize(stmt);
  sqlite3_prepare_v2(store->db, "INSERT INTO score VALUES (1, 'test', 1, 3, 1, ?, ?)", -1, &stmt, NULL);
  sqlite3_bind_int(stmt, 1, (int)coding);
  sqlite3_bind_blob64(stmt, 2, bytes, size, SQLITE_TRANSIENT);
  sqlite3_step(stmt);
  sqlite3_finalize(stmt);
done:
  ll_free(c, bytes);
  return status;
}

static ll_status functions(ll_ctx *c) {
  static const char *const queries[] = {"SELECT auc(1, 1, 'test'), auc(1, 3, 'test'), ndcg(1, 'last', 'test')",
                                        "SELECT sum(score + label + row) FROM scores(1, 2, 'test')",
                                        "SELECT auc_of(score, label) FROM scores(1, 2, 'test')",
                                        "SELECT count(*) FROM labels(1, 'test')",
                                        "SELECT ll_scores(1, 3, 'test')",
                                        "SELECT ll_unpack(labels), ll_metric('auc', 1, 1, 'test') FROM part"};
  ll_store *store;
  LL_TRY(ll_store_open(c, ":memory:", LL_STORE_CREATE, 0, &store));
  ll_status status = fill_in(c, store);
  if (status == LL_OK) status = ll_sql_add(store);
  for (size_t i = 0; i < LL_ROWS(queries) && status == LL_OK; i++) status = ask(store, queries[i]);
  ll_store_close(store);
  return status;
}

int main(void) {
  SWEEP(functions, 30);
  return done();
}
