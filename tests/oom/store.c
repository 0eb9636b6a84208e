/* Every one of our allocations failing in turn, through a whole life of a store; then every one of SQLite's own, by a layer over
 * its allocator. Each time: an error that says so, nothing left behind, and a file that is whole. */
#include <sqlite3.h>
#include <unistd.h>

#include "losslab/losslab.h"
#include "tests/store_rows.h"
#include "tests/tap.h"

enum { TRIALS = 40 };
static char path[] = "/tmp/losslab-oom-XXXXXX";

/* ---- SQLite's allocator, made to fail at one call ---- */
static sqlite3_mem_methods real;
static long calls, fail_at;
static void *try_malloc(int n) { return ++calls == fail_at ? NULL : real.xMalloc(n); }
static void *try_realloc(void *block, int n) { return ++calls == fail_at ? NULL : real.xRealloc(block, n); }

static ll_status fill_metric(void *data, size_t at, ll_value *values) {
  (void)data;
  values[0] = values[1] = ll_value_integer(1), values[2] = text("valid"), values[3] = text(at ? "auc" : "brier");
  return LL_OK;
}

/* Open, make a study, lock, join, claim, write, read, ask, digest, reset, release, close. */
static ll_status life(ll_ctx *ctx) {
  ll_status status;
  ll_store *store = NULL;
  ll_rows *rows = NULL, *more_rows = NULL;
  ll_lock *lock = NULL;
  bool more;
  int64_t trials[TRIALS], runner, released;
  size_t taken;
  char digest[65];
  float scores[300] = {1};
  LL_GOTO(done, ll_store_open(ctx, path, LL_STORE_CREATE, 1, &store));
  LL_GOTO(done, ll_lock_take(ctx, path, &lock, NULL));
  LL_GOTO(done, ll_lock_check(lock));
  if (ll_lock_hold_writers(lock, 1)) ll_lock_let_writers(lock);
  LL_GOTO(done, ll_store_begin(store));
  LL_GOTO(done, write_rows(store, "s", 1, TRIALS)); /* enough to be released that a list grows */
  LL_GOTO(done, ll_store_commit(store));
  LL_GOTO(done, ll_store_choose(store, 1));
  LL_GOTO(done, ll_store_join(store, &runner));
  LL_GOTO(done, ll_store_claim(store, 1, runner, TRIALS, trials, &taken));
  LL_GOTO(done, ll_store_begin(store));
  ll_value n = ll_value_integer(1), null = ll_value_null();
  ll_value epoch[] = {n, n, ll_value_real(1), null, null, null, null};
  LL_GOTO(done, ll_store_run(store, "insert_epoch", epoch, 7, NULL));
  LL_GOTO(done, ll_store_run_each(store, "insert_metric", 2, fill_metric, NULL));
  LL_GOTO(done, write_scores(store, 1, 1, scores, sizeof scores));
  LL_GOTO(done, ll_store_commit(store));
  LL_GOTO(done, ll_store_query(store, "trials", NULL, 0, &rows));
  LL_GOTO(done, ll_rows_next(rows, &more));
  LL_GOTO(done, ll_store_query(store, "trials", NULL, 0, &more_rows));
  LL_GOTO(done, ll_rows_next(more_rows, &more));
  ll_rows_close(more_rows), more_rows = NULL;
  LL_GOTO(done, ll_store_ask(store, "SELECT * FROM summary", NULL, 0, &more_rows));
  LL_GOTO(done, ll_rows_next(more_rows, &more));
  LL_GOTO(done, ll_store_digest(store, "trial", digest));
  ll_rows_close(rows), rows = NULL;
  ll_rows_close(more_rows), more_rows = NULL;
  LL_GOTO(done, ll_store_reset(store, 2));
  LL_GOTO(done, ll_store_release(store, runner, &released));
done:
  if (store) ll_store_rollback(store);
  if (status != LL_OK && status != LL_ERR_MEMORY) printf("# %s: %s\n", ll_status_name(status), ll_message(ctx));
  ll_rows_close(more_rows);
  ll_store_close(store);
  ll_rows_close(rows);
  ll_lock_release(lock);
  return status;
}

static void clear(void) {
  static const char *const tails[] = {"", "-wal", "-shm", "-journal", "-lock"};
  char name[64];
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    snprintf(name, sizeof name, "%s%s", path, tails[i]);
    unlink(name);
  }
}

/* The file, if there is one, is whole, and its study is there with all of its trials or not at all. */
static bool whole(void) {
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  bool fine = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK; /* not made yet */
  if (!fine && sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
    fine = strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
  sqlite3_finalize(stmt);
  stmt = NULL;
  if (sqlite3_prepare_v2(db, "SELECT (SELECT count(*) FROM study) * 40 = (SELECT count(*) FROM trial)", -1, &stmt, NULL) ==
          SQLITE_OK &&
      sqlite3_step(stmt) == SQLITE_ROW)
    fine = fine && sqlite3_column_int(stmt, 0) == 1;
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return fine;
}

int main(void) {
  sqlite3_mem_methods layer;
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  layer = real;
  layer.xMalloc = try_malloc, layer.xRealloc = try_realloc;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &layer);
  int file = mkstemp(path);
  ll_ctx *ctx;
  if (file < 0 || close(file) != 0 || ll_ctx_open(&ctx) != LL_OK) return 1;
  size_t held = ll_memory_used(ctx);

  clear();
  uint64_t before = ll_memory_calls(ctx);
  works(ctx, life(ctx));
  uint64_t ours = ll_memory_calls(ctx) - before;
  bool status_right = true, nothing_left = true, all_whole = true;
  for (uint64_t i = 1; i <= ours; i++) {
    clear();
    ll_memory_fail_at(ctx, i);
    status_right &= life(ctx) == LL_ERR_MEMORY;
    ll_memory_fail_at(ctx, 0);
    nothing_left &= ll_memory_used(ctx) == held && sqlite3_memory_used() == 0;
    all_whole &= whole();
  }
  ok(ours > 10 && status_right, "each of %d allocations of ours failing is an error of memory", (int)ours);
  ok(nothing_left, "and leaves nothing");
  ok(all_whole, "and a whole file");

  /* SQLite asks for much: every call at first, where the opening is, then ever fewer. Some failures it gets over by itself. */
  clear();
  calls = fail_at = 0;
  works(ctx, life(ctx));
  long theirs = calls, tried = 0, survived = 0;
  status_right = nothing_left = all_whole = true;
  for (long i = 1; i <= theirs; i += 1 + i / 16, tried++) {
    clear();
    calls = 0, fail_at = i;
    ll_status status = life(ctx);
    fail_at = 0;
    survived += status == LL_OK;
    if (status != LL_OK && status != LL_ERR_MEMORY) printf("#   at call %ld of %ld\n", i, theirs), status_right = false;
    nothing_left &= ll_memory_used(ctx) == held && sqlite3_memory_used() == 0;
    all_whole &= whole();
  }
  ok(status_right && survived < tried / 2, "%ld of SQLite's %ld failing: %ld survived, the others are errors of memory", tried,
     theirs, survived);
  ok(nothing_left, "and leave nothing");
  ok(all_whole, "and a whole file");
  clear();
  ll_ctx_close(ctx);
  return done();
}
