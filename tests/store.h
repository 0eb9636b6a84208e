/* What the tests of the store share: a folder of their own, a small study, access to a file by SQLite itself. */
#ifndef LOSSLAB_TESTS_STORE_H
#define LOSSLAB_TESTS_STORE_H

#include <sqlite3.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "losslab/losslab.h"
#include "tests/store_rows.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static char folder[] = "/tmp/losslab-store-XXXXXX";

static inline const char *at(const char *name) {
  static char paths[4][128];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

/* Runs sql on a file by SQLite itself, without the store. */
static inline void plain(const char *path, const char *sql) {
  sqlite3 *db;
  char *why = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
    printf("# %s: %s\n", sql, why ? why : sqlite3_errmsg(db));
  sqlite3_free(why);
  sqlite3_close(db);
}

/* The number a query gives. */
static inline double number(ll_store *store, const char *sql) {
  ll_rows *rows = NULL;
  bool more = false;
  double result = NAN;
  works(ctx, ll_store_ask(store, sql, NULL, 0, &rows));
  if (rows) works(ctx, ll_rows_next(rows, &more));
  if (more) {
    ll_value v = ll_rows_value(rows, 0);
    result = v.kind == LL_VALUE_INTEGER ? (double)v.integer : v.kind == LL_VALUE_REAL ? v.real : NAN;
  }
  ll_rows_close(rows);
  return result;
}

/* The runner in whose name trials are taken, of the store that was filled last. */
static int64_t runner;

/* A study of one data set, `configs` configurations and `folds` folds; names hold what SQL would take for its own. */
static inline void fill(ll_store *store, int configs, int folds) {
  works(ctx, ll_store_begin(store));
  works(ctx, write_rows(store, "it's \"a\" `study`; DROP TABLE trial; --", configs, folds));
  works(ctx, ll_store_commit(store));
  works(ctx, ll_store_choose(store, 1));
  works(ctx, ll_store_join(store, &runner));
}

/* Epochs 1 and 2 of a trial with these metrics at its best epoch, 2; scores at that epoch. */
static inline void train(ll_store *store, int64_t trial, double valid, double test) {
  static const float scores[] = {0.25f, -1, 3, 0.5f};
  ll_value id = ll_value_integer(trial);
  works(ctx, ll_store_begin(store));
  for (int64_t epoch = 1; epoch <= 2; epoch++) {
    ll_value e = ll_value_integer(epoch);
    works(ctx, ROW(store, "insert_epoch", id, e, ll_value_real(1.0 / (double)epoch), ll_value_real(1e-3), ll_value_real(0.5),
                   ll_value_real(0.25), ll_value_integer(3)));
    works(ctx, ROW(store, "insert_learnt", id, e, text("margin"), ll_value_real(0.1), ll_value_null()));
    works(ctx, ROW(store, "insert_metric", id, e, text("valid"), text("auc"), ll_value_real(epoch == 2 ? valid : 0.5)));
    works(ctx, ROW(store, "insert_metric", id, e, text("test"), text("auc"), ll_value_real(epoch == 2 ? test : 0.99)));
  }
  works(ctx, write_scores(store, trial, 2, scores, sizeof scores));
  works(ctx, ROW(store, "insert_network", id, ll_value_integer(2), ll_value_blob("weights", 7)));
  works(ctx, ROW(store, "insert_kept", id, text("map"), ll_value_integer(2), ll_value_blob(scores, sizeof scores)));
  works(ctx, ll_store_commit(store));
}

static inline void finish(ll_store *store, int64_t trial) {
  int64_t rows = 0;
  works(ctx, write_end(store, runner, trial, 1.5, &rows));
  ok(rows == 1, "trial %d is done", (int)trial);
}

static inline ll_store *opened(const char *path, ll_store_mode mode) {
  ll_store *store = NULL;
  works(ctx, ll_store_open(ctx, path, mode, 0.05, &store));
  if (!store) exit(done() || 1);
  return store;
}

/* Runs the tests in the folder and sees that they leave nothing. */
static inline int run_tests(void (*const *tests)(void), size_t count) {
  if (ll_ctx_open(&ctx) != LL_OK || !mkdtemp(folder)) return 1;
  size_t held = ll_memory_used(ctx);
  for (size_t i = 0; i < count; i++) tests[i]();
  ok(ll_memory_used(ctx) == held, "nothing is left: %zu bytes", ll_memory_used(ctx) - held);
  ok(sqlite3_memory_used() == 0, "nor of SQLite's: %lld bytes", (long long)sqlite3_memory_used());
  ll_ctx_close(ctx);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return done();
}

#endif
