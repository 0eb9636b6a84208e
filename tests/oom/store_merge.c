/* Every one of our allocations, and then many of SQLite's own, failing in turn while two databases are merged and compared: an
 * error that says so, nothing left behind, and a database that has all of the other or none of it. */
#include "tests/merge.h"

static sqlite3_mem_methods real;
static long calls, fail_at;
static void *try_malloc(int n) { return ++calls == fail_at ? NULL : real.xMalloc(n); }
static void *try_realloc(void *block, int n) { return ++calls == fail_at ? NULL : real.xRealloc(block, n); }

static char out_path[128], from_path[128], first[128];
static ll_store_what what;

static void copy(const char *from, const char *to) {
  char command[300];
  snprintf(command, sizeof command, "cp %s %s", from, to);
  if (system(command) != 0) ok(false, "%s", command);
}

static ll_status life(void) {
  ll_store *out = NULL, *from = NULL;
  ll_store_merged merged;
  ll_difference difference;
  ll_status status;
  LL_GOTO(end, ll_store_open(ctx, out_path, LL_STORE_WRITE, 1, &out));
  LL_GOTO(end, ll_store_open(ctx, from_path, LL_STORE_READ, 1, &from));
  LL_GOTO(end, ll_store_begin(out));
  LL_GOTO(end, ll_store_merge(out, from, what, &merged));
  LL_GOTO(end, ll_store_commit(out));
  LL_GOTO(end, ll_store_differ(out, 1, from, 1, &difference));
end:
  if (out) ll_store_rollback(out);
  ll_store_close(from);
  ll_store_close(out);
  if (status != LL_OK && status != LL_ERR_MEMORY) printf("# %s: %s\n", ll_status_name(status), ll_message(ctx));
  return status;
}

/* All trials are done, or those alone that were. */
static bool whole(void) {
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  int count = -1;
  if (sqlite3_open(out_path, &db) == SQLITE_OK &&
      sqlite3_prepare_v2(
          db,
          "SELECT count(*) FROM trial AS t JOIN wanted AS w ON w.trial = t.id WHERE status = 'done' AND w.test = 0.7 AND "
          "(SELECT count(*) FROM metric AS m WHERE m.trial = t.id) = 4 AND (SELECT count(*) FROM proposal) = (SELECT count(*) FROM look)",
          -1, &stmt, NULL) == SQLITE_OK &&
      sqlite3_step(stmt) == SQLITE_ROW)
    count = sqlite3_column_int(stmt, 0);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return count == 2 || count == 4;
}

int main(void) {
  sqlite3_mem_methods layer;
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  layer = real;
  layer.xMalloc = try_malloc, layer.xRealloc = try_realloc;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &layer);
  if (ll_ctx_open(&ctx) != LL_OK || !mkdtemp(folder)) return 1;
  snprintf(first, sizeof first, "%s", made("first.db", DONE(1) DONE(2)));
  /* Other records, so that scores come beside those that are there. */
  snprintf(from_path, sizeof from_path, "%s",
           made("from.db",
                DONE(1) DONE(3) DONE(4) "INSERT INTO search VALUES (1, 1, 'hinge', 0, '{}', 'budget');"
                                        "INSERT INTO proposal VALUES (1, 1, 'hinge', 0, 1, 1, 1, '{}', 'start', 1);"
                                        "INSERT INTO look VALUES (1, 'p', 'show', '2026-01-02', '2026-01-02', 1);"
                                        "UPDATE trial SET records = '{\"scores\":\"all\"}';"
                                        "INSERT INTO score VALUES (1, 'test', 1, 1, 1, 0, x'0000803f000000400000404000008040')"));
  snprintf(out_path, sizeof out_path, "%s", at("out.db"));
  size_t held = ll_memory_used(ctx);

  bool right, nothing, all;
  for (int trials_alone = 1; trials_alone >= 0; trials_alone--) {
    what = trials_alone ? LL_STORE_TRIALS : LL_STORE_ALL;
    copy(first, out_path);
    uint64_t before = ll_memory_calls(ctx);
    works(ctx, life());
    uint64_t ours = ll_memory_calls(ctx) - before;
    right = nothing = true, all = whole();
    for (uint64_t i = 1; i <= ours; i++) {
      copy(first, out_path);
      ll_memory_fail_at(ctx, i);
      right &= life() == LL_ERR_MEMORY;
      ll_memory_fail_at(ctx, 0);
      nothing &= ll_memory_used(ctx) == held && sqlite3_memory_used() == 0;
      all &= whole();
    }
    ok(ours > 10 && right, "each of %d allocations of ours failing is an error of memory", (int)ours);
    ok(nothing, "and leaves nothing");
    ok(all, "and a database as it was, or all of it");
  }

  copy(first, out_path);
  calls = fail_at = 0;
  works(ctx, life());
  long theirs = calls, tried = 0;
  right = nothing = all = true;
  for (long i = 1; i <= theirs; i += 1 + theirs / 200, tried++) {
    copy(first, out_path);
    calls = 0, fail_at = i;
    ll_status status = life();
    fail_at = 0;
    if (status != LL_OK && status != LL_ERR_MEMORY) printf("#   at call %ld of %ld\n", i, theirs), right = false;
    nothing &= ll_memory_used(ctx) == held && sqlite3_memory_used() == 0;
    all &= whole();
  }
  ok(right, "%ld of SQLite's %ld failing are errors of memory, or got over", tried, theirs);
  ok(nothing, "and leave nothing");
  ok(all, "and a database as it was, or all of it");
  ll_ctx_close(ctx);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return done();
}
