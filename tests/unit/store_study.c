/* The store under a study: transactions, claiming and taking back trials, digests, forks, the lock, migrations. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store.h"

static void test_transactions(void) {
  const char *path = at("two.db");
  ll_store *a = opened(path, LL_STORE_CREATE), *b = opened(path, LL_STORE_WRITE), *reader = opened(path, LL_STORE_READ), *c;
  fill(a, 1, 3);
  ok(ll_store_commit(a) == LL_ERR_ARGUMENT, "no transaction to commit");
  works(ctx, ll_store_begin(a));
  ok(ll_store_begin(a) == LL_ERR_ARGUMENT && ll_store_in_transaction(a), "transactions do not nest");
  ok(ll_store_begin(b) == LL_ERR_STORE && strstr(ll_message(ctx), "locked") && strstr(ll_message(ctx), "0.05 s"),
     "a second writer waits, then says so");
  ok(ll_store_open(ctx, path, LL_STORE_WRITE, 0.05, &c) == LL_ERR_STORE && !c, "opening to write a locked database");
  int64_t trial;
  works(ctx, ll_store_claim(a, &trial));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a reader sees what was committed");
  ll_store_rollback(a);
  ll_store_rollback(a);
  works(ctx, ll_store_begin(b));
  ll_store_rollback(b);
  near(number(b, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a rollback takes all back");
  works(ctx, ll_store_begin(reader));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a reading transaction begins");
  ok(ll_store_claim(a, &trial) == LL_ERR_STORE && trial == 0 && strstr(ll_message(ctx), "locked"), "a writer waits for its end");
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "and keeps one state");
  works(ctx, ll_store_commit(reader));
  works(ctx, ll_store_claim(a, &trial));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 2, 0, 0, "until it ends");
  ll_store_close(reader), ll_store_close(b);
  works(ctx, ll_store_begin(a));
  works(ctx, ll_store_claim(a, &trial));
  ll_store_close(a); /* in the midst */
  a = opened(path, LL_STORE_READ);
  near(number(a, "SELECT count(*) FROM trial WHERE status = 'pending'"), 2, 0, 0, "closing rolls back");
  ll_store_close(a);
}

static void test_study(void) {
  const char *path = at("study.db");
  ll_store *a = opened(path, LL_STORE_CREATE), *b = opened(path, LL_STORE_WRITE);
  fill(a, 2, 2);
  int64_t trial, released;
  char before[65], after[65], one[65], two[65];
  works(ctx, ll_store_digest(a, "trial", before));
  works(ctx, ll_store_claim(a, &trial));
  ok(trial == 1, "the lowest id first");
  works(ctx, ll_store_claim(b, &trial));
  ok(trial == 2, "then the next, by another connection");
  train(b, 2, 0.9, 0.8);
  works(ctx, ll_store_release(a, false, &released));
  ok(released == 0, "a worker that is there keeps its trial");

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) { /* a worker that dies in the middle; its connection is its own */
    ll_store *mine;
    bool fine = ll_store_claim(a, &trial) == LL_ERR_STORE && strstr(ll_message(ctx), "after a fork");
    fine = fine && ll_store_begin(a) == LL_ERR_STORE && ll_store_release(a, true, NULL) == LL_ERR_STORE;
    ll_store_close(a), ll_store_close(b);
    fine =
        fine && ll_store_open(ctx, path, LL_STORE_WRITE, 5, &mine) == LL_OK && ll_store_claim(mine, &trial) == LL_OK && trial == 3;
    _exit(fine ? 0 : 1);
  }
  int result = -1;
  siginfo_t info;
  waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* dead, and not yet waited for: its process id still answers */
  works(ctx, ll_store_release(a, false, &released));
  waitpid(child, &result, 0);
  ok(result == 0, "a store carried over a fork refuses, its own works");
  ok(released == 1, "the trial of a worker that is gone is taken back (%d)", (int)released);
  near(number(a, "SELECT count(*) FROM trial WHERE id = 3 AND status = 'pending' AND worker IS NULL AND started IS NULL"), 1, 0, 0,
       "as it was made");
  near(number(a, "SELECT count(*) FROM epoch WHERE trial = 2"), 2, 0, 0, "what the living wrote stays");

  /* a process id that belongs to another process by now; a worker elsewhere; this process itself cannot be mistaken */
  works(ctx, ll_store_claim(a, &trial));
  ok(trial == 3, "claimed again");
  plain(path, "UPDATE trial SET worker_start = worker_start - 1 WHERE id = 3");
  plain(path, "UPDATE trial SET host = 'elsewhere', worker = 1 WHERE id = 1");
  works(ctx, ll_store_release(a, false, &released));
  ok(released == 1 && number(a, "SELECT status = 'pending' FROM trial WHERE id = 3") == 1,
     "a process id used again is not the worker");
  works(ctx, ll_store_release(a, true, &released));
  ok(released == 2, "all, for who holds the lock");
  near(number(a, "SELECT (SELECT count(*) FROM epoch) + (SELECT count(*) FROM metric) + (SELECT count(*) FROM scores) + (SELECT "
                 "count(*) FROM network) + (SELECT count(*) FROM kept)"),
       0, 0, 0, "their rows are gone");
  works(ctx, ll_store_digest(a, "trial", after));
  is_text(after, before, "the trials are as they were made");

  /* the whole study: the second configuration is better on validation and worse on test */
  static const double valid[] = {0.70, 0.80, 0.85, 0.95}, tests[] = {0.9, 0.92, 0.6, 0.64};
  for (int i = 0; i < 3; i++) {
    works(ctx, ll_store_claim(i % 2 ? b : a, &trial));
    train(i % 2 ? b : a, trial, valid[trial - 1], tests[trial - 1]);
    finish(i % 2 ? b : a, trial);
  }
  ll_store_change change = {0};
  ll_value once[] = {ll_value_integer(2), ll_value_null(), ll_value_integer(1)};
  works(ctx, ll_store_run(a, "finish", once, 3, &change));
  ok(change.rows == 0, "a trial that does not run cannot be done again");
  works(ctx, ll_store_claim(a, &trial));
  train(a, 4, valid[3], tests[3]);
  works(ctx, ll_store_digest(a, "metric", one));
  finish(a, 4);
  works(ctx, ll_store_claim(a, &trial));
  ok(trial == 0, "none is pending: 0");
  near(number(a, "SELECT config FROM leaderboard WHERE loss = 'adaptive_rank'"), 2, 0, 0, "the leaderboard's configuration");
  near(number(a, "SELECT valid_mean FROM leaderboard WHERE loss = 'adaptive_rank'"), 0.9, 1e-15, 0, "mean on validation");
  near(number(a, "SELECT test_mean FROM leaderboard WHERE loss = 'adaptive_rank'"), 0.62, 1e-15, 0, "mean on test");
  near(number(a, "SELECT test_sd FROM leaderboard WHERE loss = 'adaptive_rank'"), 0.02 * sqrt(2), 1e-12, 0,
       "standard deviation, n - 1");
  near(number(a, "SELECT n FROM leaderboard WHERE loss = 'hinge'"), 2, 0, 0, "trials counted");
  near(number(a, "SELECT mean FROM curve WHERE config = 2 AND epoch = 2 AND split = 'valid'"), 0.9, 1e-15, 0, "the curve's mean");
  near(number(a, "SELECT sd FROM curve WHERE config = 2 AND epoch = 2 AND split = 'valid'"), 0.1 / sqrt(2), 1e-12, 0,
       "its standard deviation");
  /* both of one loss: chosen on validation although the other has the better test */
  plain(path, "UPDATE config SET loss = 'hinge', parameters = '{\"a\":' || id || '}'");
  near(number(a, "SELECT config FROM leaderboard"), 2, 0, 0, "chosen on validation, never on test");
  near(number(a, "SELECT tried FROM leaderboard"), 2, 0, 0, "out of two");
  plain(path, "UPDATE study SET goal = 'min'");
  near(number(a, "SELECT config FROM leaderboard"), 1, 0, 0, "the other way round where less is better");
  plain(path, "UPDATE trial SET status = 'diverged', diverged_epoch = 1 WHERE id = 1");
  near(number(a, "SELECT config FROM leaderboard"), 2, 0, 0, "a configuration that diverged comes after one that did not");
  near(number(a, "SELECT lost FROM summary WHERE config = 1"), 1, 0, 0, "and is counted");

  works(ctx, ll_store_digest(a, "trial", before));
  plain(path, "UPDATE trial SET host = 'h', worker = 5, worker_start = 6, started = 's', finished = 'f', seconds = 7");
  works(ctx, ll_store_digest(a, "trial", after));
  is_text(after, before, "hosts, workers and times are not compared");
  plain(path, "UPDATE trial SET best_epoch = 1 WHERE id = 2");
  works(ctx, ll_store_digest(a, "trial", after));
  ok(strcmp(after, before) != 0, "everything else is");
  plain(path, "UPDATE metric SET value = value + 1e-15 WHERE trial = 4 AND epoch = 2 AND split = 'test'");
  works(ctx, ll_store_digest(a, "metric", two));
  ok(strcmp(one, two) != 0, "to the last bit");
  ok(ll_store_digest(a, "trial\"; --", two) == LL_ERR_NAME, "a table that is none");
  ll_store_close(b), ll_store_close(a);
}

static void test_lock(void) {
  char path[128]; /* at() keeps the last four alone */
  snprintf(path, sizeof path, "%s", at("locked.db"));
  ll_lock *a, *b;
  ll_store_close(opened(path, LL_STORE_CREATE));
  int64_t owner;
  works(ctx, ll_lock_take(ctx, path, &a, &owner));
  ok(a && owner == 0, "the study's lock");
  works(ctx, ll_lock_take(ctx, path, &b, &owner));
  ok(!b && owner == getpid(), "is not to be had twice, and tells whose it is");
  works(ctx, ll_lock_take(ctx, path, &b, NULL));
  ok(!b, "with nobody to be told");
  ll_lock_release(b);
  ll_lock_release(a);
  ok(access(at("locked.db-lock"), F_OK) != 0, "it has no file of its own");
  works(ctx, ll_lock_take(ctx, path, &b, &owner));
  ok(b != NULL, "given back, it is free");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    ll_lock_release(b); /* a child that lets go of what it was born with must not take the parent's lock away */
    _exit(0);
  }
  waitpid(child, NULL, 0);
  works(ctx, ll_lock_take(ctx, path, &a, &owner));
  ok(!a, "a child does not give the parent's lock back");
  ll_lock_release(b);
  works(ctx, ll_lock_take(ctx, path, &a, &owner));
  ok(a != NULL, "its holder does");
  ll_lock_release(a);
  int left[2];
  if (pipe(left) != 0) ok(false, "pipe");
  child = fork();
  if (child == 0) { /* killed with the lock */
    if (ll_lock_take(ctx, path, &a, NULL) != LL_OK || !a) _exit(1);
    if (write(left[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char x;
  ok(read(left[0], &x, 1) == 1, "a process takes the lock");
  works(ctx, ll_lock_take(ctx, path, &a, &owner));
  ok(!a && owner == child, "which another meets");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  works(ctx, ll_lock_take(ctx, path, &a, &owner));
  ok(a != NULL, "and is killed: the lock is free");
  ll_lock_release(a);
  close(left[0]), close(left[1]);

  /* While it is held: no transaction begins, or one that has begun is waited for; and a file that is moved is missed. */
  ll_store *store = opened(path, LL_STORE_WRITE);
  works(ctx, ll_lock_take(ctx, path, &a, NULL));
  works(ctx, ll_store_begin(store));
  ok(!ll_lock_hold_writers(a, 0.01), "a transaction under way is waited for");
  works(ctx, ll_store_commit(store));
  ok(ll_lock_hold_writers(a, 10), "none is under way");
  ok(ll_store_begin(store) == LL_ERR_STORE && strstr(ll_message(ctx), "locked"), "and none begins");
  ll_lock_let_writers(a);
  works(ctx, ll_store_begin(store));
  works(ctx, ll_lock_take(ctx, path, &b, &owner));
  ok(!b && owner == getpid(), "to find the lock taken in mid-transaction");
  ll_store *second;
  ok(ll_store_open(ctx, path, LL_STORE_WRITE, 0.05, &second) == LL_ERR_STORE && !second, "drops no lock of the transaction's");
  works(ctx, ll_store_commit(store));
  works(ctx, ll_lock_check(a));
  if (rename(path, at("moved.db")) != 0) ok(false, "rename");
  ok(ll_lock_check(a) == LL_ERR_IO && strstr(ll_message(ctx), "was moved") && strstr(ll_message(ctx), "/moved.db"), "a moved file");
  ok(ll_store_begin(store) == LL_ERR_IO && strstr(ll_message(ctx), "was moved"), "is not written to");
  ok(ll_store_run(store, "progress", NULL, 0, NULL) == LL_ERR_IO, "nor read");
  ok(access(path, F_OK) != 0 && access(at("locked.db-journal"), F_OK) != 0, "and nothing is made in its place");
  ll_store_close(store);
  ll_store_close(opened(path, LL_STORE_CREATE));
  unlink(at("moved.db"));
  ok(ll_lock_check(a) == LL_ERR_IO && strstr(ll_message(ctx), "another file was put in its place"), "a file that is gone");
  ll_lock_release(a);
  if (link(path, at("second.db")) != 0) ok(false, "link");
  ok(ll_lock_take(ctx, path, &a, NULL) == LL_ERR_IO && !a && strstr(ll_message(ctx), "one of 2 names"), "a file of two names");
  ok(ll_store_open(ctx, path, LL_STORE_WRITE, 0.05, &store) == LL_ERR_IO && !store, "is not opened for writing");
  ll_store_close(opened(at("second.db"), LL_STORE_READ));
  ok(ll_lock_take(ctx, at("nowhere/locked.db"), &a, &owner) == LL_ERR_IO && !a && strstr(ll_message(ctx), "cannot be opened"),
     "a folder that is not there");
}

/* The mechanism on steps of the test's own: from a version that only this file knows. */
static void test_migration(void) {
  static const ll_migration steps[] = {
      {.from = 1, .change = "ALTER TABLE trial ADD COLUMN note TEXT"},
      {.from = 2,
       .change = "CREATE TABLE copy (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id), note TEXT) STRICT;"
                 "INSERT INTO copy SELECT id, dataset, 'from 2' FROM trial"},
      {.from = 3, .change = "CREATE TABLE late (x) STRICT"}, /* an error: a strict column needs a type */
      {.from = 4, .change = "UPDATE copy SET dataset = 99"}, /* breaks a foreign key */
  };
  const char *path = at("old.db");
  ll_store *store = opened(path, LL_STORE_CREATE);
  fill(store, 1, 2);
  plain(path, "PRAGMA user_version = 1");
  works(ctx, ll_store_migrate(store, steps, 4, 3));
  near(number(store, "PRAGMA user_version"), 3, 0, 0, "two steps");
  near(number(store, "SELECT count(*) FROM copy WHERE note = 'from 2'"), 2, 0, 0, "both ran");
  ok(ll_store_migrate(store, steps, 4, 4) == LL_ERR_STORE && strstr(ll_message(ctx), "from schema 3 to 4"),
     "a step that fails says which");
  near(number(store, "PRAGMA user_version"), 3, 0, 0, "and leaves the version");
  ok(ll_store_migrate(store, steps, 4, 9) == LL_ERR_STORE && !ll_store_in_transaction(store), "no transaction is left");
  plain(path, "PRAGMA user_version = 4");
  ok(ll_store_migrate(store, steps, 4, 5) == LL_ERR_FORMAT && strstr(ll_message(ctx), "2 rows refer"),
     "a step that breaks references is taken back");
  near(number(store, "SELECT count(*) FROM copy WHERE dataset = 1"), 2, 0, 0, "all of it");
  ok(ll_store_migrate(store, steps, 4, 7) != LL_OK && number(store, "PRAGMA user_version") == 4, "steps are all or none");
  plain(path, "PRAGMA user_version = 6");
  ok(ll_store_migrate(store, steps, 4, 7) == LL_ERR_FORMAT && strstr(ll_message(ctx), "version 6"), "a version without a step");
  ll_value bad[] = {ll_value_integer(9), ll_value_integer(99), ll_value_integer(99),
                    ll_value_integer(1), ll_value_integer(1),  ll_value_integer(1)};
  ok(ll_store_run(store, "insert_trial", bad, 6, NULL) == LL_ERR_STORE, "foreign keys are on again");
  ll_store_close(store);
}

int main(void) {
  static void (*const tests[])(void) = {test_transactions, test_study, test_lock, test_migration};
  return run_tests(tests, sizeof tests / sizeof *tests);
}
