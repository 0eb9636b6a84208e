/* Runners, each its own worker, killed with SIGKILL at random statements: the file stays whole, no trial is half there, and what is
 * left undone is done again, until the content is that of an undisturbed run. Half of the trials are written in one transaction,
 * half epoch by epoch. */
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "losslab/losslab.h"
#include "tests/store_rows.h"
#include "tests/tap.h"

enum { TRIALS = 200, EPOCHS = 6, WORKERS = 2, LONGEST = 150 };

static char folder[] = "/tmp/losslab-kill-XXXXXX";
static ll_ctx *ctx;
static int steps; /* the pipe on which a worker says that a statement is done, or -1 */

static ll_status run(ll_store *store, const char *name, const ll_value *values, size_t count) {
  LL_TRY(ll_store_run(store, name, values, count, NULL));
  if (steps >= 0 && write(steps, "s", 1) != 1) _exit(0); /* the parent is gone */
  return LL_OK;
}

static ll_status plan(const char *path) {
  ll_store *store;
  ll_status status;
  LL_TRY(ll_store_open(ctx, path, LL_STORE_CREATE, 30, &store));
  LL_GOTO(done, ll_store_begin(store));
  LL_GOTO(done, write_study(store, "kill"));
  LL_GOTO(done, write_config(store, 1));
  for (int i = 1; i <= TRIALS; i++) {
    LL_GOTO(done, write_cut(store, i));
    LL_GOTO(done, write_trial(store, i, 1, i));
  }
  LL_GOTO(done, ll_store_commit(store));
done:
  ll_store_close(store);
  return status;
}

/* What a trial leaves depends on its id alone. */
static ll_status train(ll_store *store, int64_t runner, int64_t trial) {
  bool at_once = trial % 2;
  ll_random draws = ll_random_stream(1, (uint64_t)trial, "kill");
  ll_value id = ll_value_integer(trial), null = ll_value_null();
  LL_TRY(ll_store_begin(store));
  for (int64_t e = 1; e <= EPOCHS; e++) {
    ll_value epoch = ll_value_integer(e);
    ll_value row[] = {id, epoch, ll_value_real(ll_random_normal(&draws)), null, null, null, null};
    ll_value metric[] = {id, epoch, text("valid"), text("auc"), ll_value_real(ll_random_uniform(&draws))};
    LL_TRY(run(store, "insert_epoch", row, 7));
    LL_TRY(run(store, "insert_metric", metric, 5));
    if (at_once || e == EPOCHS) continue;
    LL_TRY(ll_store_commit(store));
    LL_TRY(ll_store_begin(store));
  }
  static float scores[3000];
  for (size_t i = 0; i < 3000; i++) scores[i] = (float)ll_random_uniform(&draws);
  ll_value epoch = ll_value_integer(EPOCHS);
  ll_value blob[] = {id, text("test"), epoch, epoch, null, ll_value_integer(0), ll_value_blob(scores, sizeof scores)};
  LL_TRY(run(store, "insert_scores", blob, 7));
  ll_value end[] = {ll_value_real(0.25), null, null, null, id, ll_value_integer(runner)};
  LL_TRY(run(store, "finish", end, 6));
  LL_TRY(run(store, "choose_epoch", &id, 1));
  LL_TRY(run(store, "choose_values", &id, 1));
  return ll_store_commit(store);
}

static ll_status work(const char *path) {
  ll_store *store;
  int64_t runner, trial;
  LL_TRY(ll_store_open(ctx, path, LL_STORE_WRITE, 30, &store));
  ll_status status = ll_store_join(store, &runner);
  while (status == LL_OK && (status = take_one(store, runner, &trial)) == LL_OK && trial) status = train(store, runner, trial);
  if (status == LL_OK) status = ll_store_release(store, runner, NULL);
  ll_store_close(store);
  return status;
}

static pid_t start(const char *path) {
  fflush(stdout);
  pid_t child = fork();
  if (child) return child;
  ll_status status = work(path);
  if (status != LL_OK) printf("# worker: %s: %s\n", ll_status_name(status), ll_message(ctx));
  fflush(stdout);
  _exit(status != LL_OK);
}

/* The number that plain SQLite gives. */
static int64_t number(const char *path, const char *sql) {
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  int64_t result = -1;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && sqlite3_busy_timeout(db, 30000) == SQLITE_OK &&
      sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
    result = sqlite3_column_int64(stmt, 0);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return result;
}

int main(void) {
  char path[64], calm[64];
  if (ll_ctx_open(&ctx) != LL_OK || !mkdtemp(folder)) return 1;
  snprintf(path, sizeof path, "%s/killed.db", folder);
  snprintf(calm, sizeof calm, "%s/calm.db", folder);
  uint64_t seed = (uint64_t)time(NULL);
  printf("# seed %llu\n", (unsigned long long)seed);
  ll_random draws = ll_random_stream(seed, 0, "kill");

  steps = -1;
  works(ctx, plan(calm));
  works(ctx, work(calm));
  works(ctx, plan(path));

  int pipes[2], kills = 0, rounds = 0, batches = 0;
  bool whole = true, referenced = true, finished_whole = true, undone_bare = true, none_running = true, fine = true;
  while (number(path, "SELECT count(*) FROM trial WHERE status <> 'done'") > 0 && ++rounds < 500) {
    pid_t workers[WORKERS];
    int result;
    char step;
    if (pipe(pipes) != 0) return 1;
    steps = pipes[1];
    for (int w = 0; w < WORKERS; w++) workers[w] = start(path);
    close(pipes[1]); /* theirs alone: its end is that of the last worker */
    uint64_t left = 1 + ll_random_below(&draws, LONGEST);
    while (left && read(pipes[0], &step, 1) == 1) left--;
    for (int w = 0; w < WORKERS; w++) kill(workers[w], SIGKILL);
    while (waitpid(-1, &result, 0) > 0) {
      fine &= WIFSIGNALED(result) || result == 0;
      kills += WIFSIGNALED(result);
    }
    close(pipes[0]);
    batches += number(path, "SELECT count(DISTINCT trial) FROM epoch JOIN trial ON trial.id = trial WHERE status = 'running'") > 0;
    whole &= number(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1;
    referenced &= number(path, "SELECT count(*) FROM pragma_foreign_key_check") == 0;
    finished_whole &=
        number(
            path,
            "SELECT count(*) FROM trial AS t WHERE status = 'done' AND ((SELECT count(*) FROM epoch WHERE trial = t.id) <> 6 "
            "OR (SELECT count(*) FROM metric WHERE trial = t.id) <> 6 OR (SELECT count(*) FROM score WHERE trial = t.id) <> 1)") ==
        0;
    ll_store *store;
    works(ctx, ll_store_open(ctx, path, LL_STORE_WRITE, 30, &store));
    if (!store) return 1;
    works(ctx, ll_store_release(store, 0, NULL));
    ll_store_close(store);
    none_running &= number(path, "SELECT count(*) FROM trial WHERE status = 'running'") == 0;
    undone_bare &=
        number(path, "SELECT (SELECT count(*) FROM epoch WHERE trial IN (SELECT id FROM trial WHERE status = 'pending')) + "
                     "(SELECT count(*) FROM metric WHERE trial IN (SELECT id FROM trial WHERE status = 'pending')) + "
                     "(SELECT count(*) FROM score WHERE trial IN (SELECT id FROM trial WHERE status = 'pending'))") == 0;
  }
  printf("# %d rounds, %d kills, %d that left a half-written trial\n", rounds, kills, batches);
  ok(kills > 0 && batches > 0, "workers were killed, some between the epochs of a trial");
  ok(fine, "no worker failed by itself");
  ok(whole, "after each kill the file is whole");
  ok(referenced, "and every reference holds");
  ok(finished_whole, "a trial that is done has all of its rows");
  ok(none_running, "the trials of the killed are taken back");
  ok(undone_bare, "with nothing left of them");

  ll_store *a, *b;
  works(ctx, ll_store_open(ctx, calm, LL_STORE_READ, 30, &a));
  works(ctx, ll_store_open(ctx, path, LL_STORE_READ, 30, &b));
  static const char *const tables[] = {"study", "script", "dataset", "config", "cut",     "part", "trial",     "wanted",
                                       "epoch", "metric", "score",   "runner", "network", "kept", "checkpoint"};
  for (size_t i = 0; a && b && i < sizeof tables / sizeof *tables; i++) {
    char one[65] = "", two[65] = "";
    works(ctx, ll_store_digest(a, tables[i], one));
    works(ctx, ll_store_digest(b, tables[i], two));
    is_text(two, one, "%s is as if nobody had been killed", tables[i]);
  }
  ll_store_close(a), ll_store_close(b);
  ll_ctx_close(ctx);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return done();
}
