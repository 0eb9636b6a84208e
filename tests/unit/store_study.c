/* The store under a study: transactions, claiming and taking back trials, digests, forks, the lock, migrations. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include <fcntl.h>
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
  works(ctx, take_one(a, runner, &trial));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a reader sees what was committed");
  ll_store_rollback(a);
  ll_store_rollback(a);
  works(ctx, ll_store_begin(b));
  ll_store_rollback(b);
  near(number(b, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a rollback takes all back");
  works(ctx, ll_store_begin(reader));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "a reading transaction begins");
  ok(take_one(a, runner, &trial) == LL_ERR_STORE && trial == 0 && strstr(ll_message(ctx), "locked"), "a writer waits for its end");
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "and keeps one state");
  works(ctx, ll_store_commit(reader));
  works(ctx, take_one(a, runner, &trial));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 2, 0, 0, "until it ends");
  ll_store_close(reader), ll_store_close(b);
  works(ctx, ll_store_begin(a));
  works(ctx, take_one(a, runner, &trial));
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
  works(ctx, take_one(a, runner, &trial));
  ok(trial == 1, "the lowest id first");
  works(ctx, take_one(b, runner, &trial));
  ok(trial == 2, "then the next, by another connection");
  train(b, 2, 0.9, 0.8);
  works(ctx, ll_store_release(a, 0, &released));
  ok(released == 0, "a runner that is there keeps its workers' trials");

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) { /* a runner that dies in the middle; its connection is its own */
    ll_store *mine;
    int64_t other;
    bool fine = take_one(a, runner, &trial) == LL_ERR_STORE && strstr(ll_message(ctx), "after a fork");
    fine = fine && ll_store_begin(a) == LL_ERR_STORE && ll_store_release(a, runner, NULL) == LL_ERR_STORE;
    fine = fine && ll_store_join(a, &other) == LL_ERR_STORE && ll_store_choose(a, 1) == LL_ERR_STORE;
    ll_store_close(a), ll_store_close(b);
    fine = fine && ll_store_open(ctx, path, LL_STORE_WRITE, 5, &mine) == LL_OK && ll_store_join(mine, &other) == LL_OK &&
           take_one(mine, other, &trial) == LL_OK && trial == 3;
    _exit(fine ? 0 : 1);
  }
  int result = -1;
  siginfo_t info;
  waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* dead, and not yet waited for: its process id still answers */
  near(number(a, "SELECT count(*) FROM runner"), 2, 0, 0, "two runners");
  works(ctx, ll_store_release(a, 0, &released));
  waitpid(child, &result, 0);
  ok(result == 0, "a store carried over a fork refuses, its own works");
  ok(released == 1, "the trial of a runner that is gone is taken back (%d)", (int)released);
  near(number(a,
              "SELECT count(*) FROM trial WHERE id = 3 AND status = 'pending' AND worker IS NULL AND started IS NULL AND runner IS "
              "NULL"),
       1, 0, 0, "as it was made");
  near(number(a, "SELECT count(*) FROM runner"), 1, 0, 0, "and it is no runner any more");
  near(number(a, "SELECT count(*) FROM epoch WHERE trial = 2"), 2, 0, 0, "what the living wrote stays");

  /* a process id that belongs to another process by now; a runner elsewhere; this process itself cannot be mistaken */
  int64_t older, elsewhere;
  works(ctx, ll_store_join(a, &older));
  works(ctx, take_one(a, older, &trial));
  ok(trial == 3, "claimed again");
  works(ctx, ll_store_join(a, &elsewhere));
  works(ctx, take_one(a, elsewhere, &trial));
  ok(trial == 4, "and another");
  char sql[200];
  snprintf(sql, sizeof sql,
           "UPDATE runner SET start = start - 1 WHERE id = %lld; UPDATE runner SET boot = 'another', process = 1 WHERE id = %lld",
           (long long)older, (long long)elsewhere);
  plain(path, sql);
  works(ctx, ll_store_release(a, 0, &released));
  ok(released == 1 && number(a, "SELECT status = 'pending' FROM trial WHERE id = 3") == 1,
     "a process id used again is not the runner");
  works(ctx, ll_store_release(a, elsewhere, &released));
  ok(released == 1 && number(a, "SELECT status = 'pending' FROM trial WHERE id = 4") == 1,
     "one elsewhere keeps its trial until it is given up");
  works(ctx, ROW(a, "insert_computer", text("v"), text("r"), text("float"), text("i"), text("b"), text("k"), text("c"), text("l"),
                 text("m"), text("f"), text("x"), text("5.4"), text("3"), ll_value_integer(1)));
  works(ctx, ROW(a, "save_checkpoint", ll_value_integer(2), ll_value_integer(1), ll_value_integer(1), text("portable"),
                 ll_value_blob("x", 1), ll_value_integer(runner)));
  works(ctx, ll_store_release(a, runner, &released));
  ok(released == 2, "one's own when one leaves (%d)", (int)released);
  near(number(a, "SELECT (SELECT count(*) FROM epoch) + (SELECT count(*) FROM metric) + (SELECT count(*) FROM score) + (SELECT "
                 "count(*) FROM network) + (SELECT count(*) FROM kept)"),
       0, 0, 0, "their rows are gone");
  near(number(a, "SELECT count(*) FROM checkpoint"), 1, 0, 0, "but for the place they go on from");
  works(ctx, ll_store_reset(a, 2));
  near(number(a, "SELECT count(*) FROM checkpoint"), 0, 0, 0, "which goes with a reset");
  works(ctx, ll_store_digest(a, "trial", after));
  is_text(after, before, "the trials are as they were made");
  int64_t gone = runner;
  works(ctx, take_one(a, gone, &trial));
  ok(trial == 0, "for a runner that is not there nothing is claimed");
  works(ctx, ll_store_join(a, &runner));
  ok(runner > 0 && runner != gone && runner <= (int64_t)1 << 53, "who comes later has another number");

  /* the whole study: the second configuration is better on validation and worse on test */
  static const double valid[] = {0.70, 0.80, 0.85, 0.95}, tests[] = {0.9, 0.92, 0.6, 0.64};
  for (int i = 0; i < 3; i++) {
    works(ctx, take_one(i % 2 ? b : a, runner, &trial));
    train(i % 2 ? b : a, trial, valid[trial - 1], tests[trial - 1]);
    finish(i % 2 ? b : a, trial);
  }
  int64_t rows = 0;
  works(ctx, write_end(a, runner, 1, 1.5, &rows));
  ok(rows == 0, "a trial that does not run cannot be done again");
  works(ctx, take_one(a, runner, &trial));
  train(a, 4, valid[3], tests[3]);
  works(ctx, write_end(a, runner + 1, 4, 1.5, &rows));
  ok(rows == 0, "nor can one that is another runner's");
  works(ctx, ll_store_digest(a, "metric", one));
  works(ctx, ll_store_join(a, &elsewhere));
  snprintf(sql, sizeof sql, "UPDATE runner SET boot = 'another' WHERE id = %lld", (long long)elsewhere);
  plain(path, sql);
  works(ctx, ll_store_join(b, &gone));
  works(ctx, ll_store_release(b, gone, &released));
  near(number(a, "SELECT count(*) FROM runner"), 2, 0, 0, "others stay as long as there is something to do");
  finish(a, 4);
  works(ctx, take_one(a, runner, &trial));
  ok(trial == 0, "none is pending: 0");
  works(ctx, ll_store_release(a, 0, &released));
  near(number(a, "SELECT count(*) FROM runner"), 2, 0, 0, "who only looks leaves all in place");
  works(ctx, ll_store_release(a, runner, &released));
  near(number(a, "SELECT count(*) FROM runner"), 0, 0, 0, "who leaves last takes those with it of whom nothing is known");
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
  plain(path, "UPDATE trial SET status = 'diverged', diverged_epoch = 1 WHERE id = 1; UPDATE wanted SET valid = NULL, test = NULL "
              "WHERE trial = 1");
  near(number(a, "SELECT config FROM leaderboard"), 2, 0, 0, "a configuration that diverged comes after one that did not");
  near(number(a, "SELECT lost FROM summary WHERE config = 1"), 1, 0, 0, "and is counted");

  works(ctx, ll_store_digest(a, "trial", before));
  plain(path, "UPDATE trial SET host = 'h', worker = 5, worker_start = 6, started = 's', finished = 'f', seconds = 7");
  works(ctx, ll_store_digest(a, "trial", after));
  is_text(after, before, "hosts, workers and times are not compared");
  plain(path, "UPDATE trial SET number = 9 WHERE id = 2");
  works(ctx, ll_store_digest(a, "trial", after));
  ok(strcmp(after, before) != 0, "everything else is");
  plain(path, "UPDATE metric SET value = value + 1e-15 WHERE trial = 4 AND epoch = 2 AND split = 'test'");
  works(ctx, ll_store_digest(a, "metric", two));
  ok(strcmp(one, two) != 0, "to the last bit");
  ok(ll_store_digest(a, "trial\"; --", two) == LL_ERR_NAME, "a table that is none");
  ll_store_close(b), ll_store_close(a);
}

/* The lock as losslab took it up to schema 5: alone. */
static int lock_alone(const char *path) {
  int file = open(path, O_RDWR | O_CLOEXEC);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)1 << 62, .l_len = (off_t)getpid() + 1};
  if (file >= 0 && fcntl(file, F_OFD_SETLK, &range) == 0) return file;
  if (file >= 0) close(file);
  return -1;
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
  ok(b && owner == 0, "is had by any number");
  ok(lock_alone(path) < 0, "but an older losslab, which runs alone, is kept out");
  ll_lock_release(b);
  ok(lock_alone(path) < 0, "until the last has given it back");
  ll_lock_release(a);
  ok(access(at("locked.db-lock"), F_OK) != 0, "it has no file of its own");
  int alone = lock_alone(path);
  ok(alone >= 0, "given back, it is free");
  works(ctx, ll_lock_take(ctx, path, &b, &owner));
  ok(!b && owner == getpid(), "an older losslab's is not to be had, and tells whose it is");
  works(ctx, ll_lock_take(ctx, path, &b, NULL));
  ok(!b, "with nobody to be told");
  close(alone);
  works(ctx, ll_lock_take(ctx, path, &b, &owner));
  ok(b && owner == 0, "until that one ends");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    ll_lock_release(b); /* a child that lets go of what it was born with must not take the parent's lock away */
    _exit(0);
  }
  waitpid(child, NULL, 0);
  ok(lock_alone(path) < 0, "a child does not give the parent's lock back");
  ll_lock_release(b);
  alone = lock_alone(path);
  ok(alone >= 0, "its holder does");
  close(alone);
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
  ok(lock_alone(path) < 0, "which another meets");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  alone = lock_alone(path);
  ok(alone >= 0, "and is killed: the lock is free");
  close(alone);
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
  ll_lock_release(b);
  ok(b && owner == 0, "to take the lock and give it back in mid-transaction");
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

/* The mechanism on steps and schemas of the test's own: from a version that only this file knows. */
#define THING                                                                                                                      \
  "\nCREATE TABLE thing ( -- a comment; of its own\n  id INTEGER PRIMARY KEY,\n  dataset INTEGER NOT NULL REFERENCES dataset (id), note TEXT\n) STRICT;\n"
#define NOTED                                                                                                                      \
  "CREATE INDEX thing_note ON thing (note);\n\nCREATE TABLE copy (\n  id INTEGER PRIMARY KEY, note TEXT\n) STRICT;\n"              \
  "\nCREATE VIEW noted AS -- all notes\n  SELECT note FROM thing;\n"

static void test_migration(void) {
  static const ll_migration steps[] = {
      {1, "CREATE TEMP VIEW thing_3 AS SELECT id, dataset, 'from 1' AS note FROM main.thing", NULL},
      {2,
       "CREATE TEMP VIEW IF NOT EXISTS thing_3 AS SELECT id, dataset, note FROM main.thing;"
       "CREATE TEMP VIEW thing AS SELECT id, dataset, note || ' by 2' AS note FROM thing_3;"
       "CREATE TEMP TABLE copy AS SELECT id, note FROM thing_3",
       NULL},
      {3, "CREATE TEMP VIEW thing AS SELECT nowhere FROM main.thing; SELECT * FROM temp.thing",
       NULL},                                                                                /* an error: no such column */
      {4, "CREATE TEMP VIEW thing AS SELECT id, 99 AS dataset, note FROM main.thing", NULL}, /* breaks a foreign key */
  };
  static const char schema[] = THING NOTED, changed[] = THING "-- \n" NOTED;
  const char *path = at("old.db");
  ll_store *store = opened(path, LL_STORE_CREATE);
  fill(store, 1, 2);
  plain(path, "CREATE TABLE thing (id INTEGER PRIMARY KEY, dataset INTEGER); INSERT INTO thing VALUES (1, 1), (5, 1); "
              "CREATE TABLE mine (x); INSERT INTO mine VALUES (7); PRAGMA user_version = 1");
  works(ctx, ll_store_show_as(store, steps, 4, 1, 3));
  near(number(store, "SELECT count(*) FROM thing WHERE note = 'from 1 by 2'"), 2, 0, 0, "read as the newest shows it");
  ll_store_close(store);
  plain(path, "PRAGMA user_version = 8");
  store = opened(path, LL_STORE_WRITE);
  plain(path, "PRAGMA user_version = 1");
  works(ctx, ll_store_migrate(store, steps, 4, schema, 3));
  near(number(store, "PRAGMA user_version"), 3, 0, 0, "two steps");
  near(number(store, "SELECT count(*) FROM main.thing WHERE note = 'from 1 by 2' AND id IN (1, 5)"), 2, 0, 0, "both were taken");
  near(number(store, "SELECT count(*) FROM main.copy WHERE note = 'from 1'"), 2, 0, 0, "a table that is new is filled");
  near(number(store, "SELECT count(*) FROM main.noted"), 2, 0, 0, "a view is made");
  near(number(store, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'thing_note'"), 1, 0, 0, "an index is made");
  near(number(store, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'thing' AND sql LIKE '%-- a comment; of its own%'"), 1,
       0, 0, "the table has the schema's text");
  near(number(store, "SELECT x FROM mine"), 7, 0, 0, "what is the user's own stays");
  ok(ll_store_migrate(store, steps, 4, schema, 4) == LL_ERR_STORE && strstr(ll_message(ctx), "schema 3 as 4"),
     "a step that fails says which");
  near(number(store, "PRAGMA user_version"), 3, 0, 0, "and leaves the version");
  ok(ll_store_migrate(store, steps, 4, schema, 9) == LL_ERR_STORE && !ll_store_in_transaction(store), "no transaction is left");
  plain(path, "PRAGMA user_version = 4");
  ok(ll_store_migrate(store, steps, 4, changed, 5) == LL_ERR_FORMAT && strstr(ll_message(ctx), "2 rows refer"),
     "a step that breaks references is taken back");
  near(number(store, "SELECT count(*) FROM main.thing WHERE dataset = 1"), 2, 0, 0, "all of it");
  ok(ll_store_migrate(store, steps, 4, changed, 7) != LL_OK && number(store, "PRAGMA user_version") == 4, "steps are all or none");
  plain(path, "PRAGMA user_version = 6");
  ok(ll_store_migrate(store, steps, 4, schema, 7) == LL_ERR_FORMAT && strstr(ll_message(ctx), "version 6"),
     "a version without a step");
  ok(write_trial(store, 9, 99, 99) == LL_ERR_STORE, "foreign keys are on again");
  ll_store_close(store);
}

/* Of trials that wait for their search one goes on and one is pruned; nobody takes one that waits, and what is pruned is neither
 * chosen nor lost. */
static void test_search(void) {
  ll_store *store = opened(at("search.db"), LL_STORE_CREATE);
  fill(store, 3, 1);
  ll_value one = ll_value_integer(1), two = ll_value_integer(2), none = ll_value_null(), zero = ll_value_integer(0);
  int64_t trial;
  works(ctx, ROW(store, "insert_search", one, one, text("hinge"), zero, text("{}")));
  works(ctx, ROW(store, "insert_proposal", one, one, text("hinge"), zero, one, one, one, text("{}"), text("start"), two));
  works(ctx,
        ROW(store, "insert_proposal", one, one, text("hinge"), zero, one, two, ll_value_integer(3), text("{}"), text("tpe"), two));
  ok(ROW(store, "insert_proposal", one, one, text("other"), zero, one, one, one, text("{}"), text("tpe"), none) == LL_ERR_STORE,
     "a proposal is of a search");
  for (int64_t id = 1; id <= 3; id++) {
    works(ctx, take_one(store, runner, &trial));
    near((double)trial, (double)id, 0, 0, "the next, since those before wait");
    train(store, id, id == 1 ? 0.625 : 0.75, 0.25);
    works(ctx, ROW(store, "pause", two, ll_value_real(1), none, none, ll_value_integer(id), ll_value_integer(runner)));
    works(ctx, ROW(store, "choose_epoch", ll_value_integer(id)));
    works(ctx, ROW(store, "choose_values", ll_value_integer(id)));
  }
  works(ctx, take_one(store, runner, &trial));
  ok(trial == 0 && number(store, "SELECT count(*) FROM trial WHERE paused = 2") == 3, "nobody takes one that waits");
  works(ctx, ROW(store, "prune", one));
  works(ctx, ROW(store, "set_pause", none, two));
  works(ctx, take_one(store, runner, &trial));
  ok(trial == 2, "one goes on");
  works(ctx, ROW(store, "prune", two));
  near(number(store, "SELECT group_concat(status || coalesce(pruned_epoch, '')) = 'pruned2,running,pending' FROM trial"), 1, 0, 0,
       "one that runs is not pruned");
  near(number(store, "SELECT sum(pruned) * 10 + sum(lost) FROM summary"), 10, 0, 0, "what is pruned is not lost");
  near(number(store, "SELECT count(*) FROM own_choice WHERE trial = 1"), 0, 0, 0, "nor chosen");
  near(number(store, "SELECT best_epoch FROM wanted WHERE trial = 1 AND valid IS NULL"), 2, 0, 0, "it has its best epoch so far");
  works(ctx, ROW(store, "end_search", text("budget"), one, one, text("hinge"), zero));
  near(number(store, "SELECT count(*) FROM search WHERE ended = 'budget'"), 1, 0, 0, "a search ends");
  works(ctx, ROW(store, "delete_proposals", one));
  works(ctx, ROW(store, "delete_searches", one));
  near(number(store, "SELECT (SELECT count(*) FROM search) + (SELECT count(*) FROM proposal)"), 0, 0, 0, "and is forgotten");
  works(ctx, ll_store_reset(store, 1));
  near(number(store, "SELECT count(*) FROM trial WHERE id = 1 AND status = 'pending' AND pruned_epoch IS NULL"), 1, 0, 0,
       "a pruned trial can be made pending again");
  for (int i = 0; i < 2; i++) works(ctx, ROW(store, "insert_look", text("show"), one));
  works(ctx, ROW(store, "insert_look", text("plot"), one));
  near(number(store, "SELECT sum(times) * 10 + count(*) FROM look WHERE plan_sha256 = (SELECT plan_sha256 FROM study)"), 32, 0, 0,
       "looks are counted");
  ll_store_close(store);
}

int main(void) {
  static void (*const tests[])(void) = {test_transactions, test_study, test_lock, test_migration, test_search};
  return run_tests(tests, sizeof tests / sizeof *tests);
}
