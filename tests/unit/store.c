/* The store: opening databases that are losslab's and others that are not, statements, rows, queries of the user's own. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store.h"

static void refuses(const char *path, ll_store_mode mode, ll_status want, const char *part, const char *name) {
  ll_store *store;
  ll_status status = ll_store_open(ctx, path, mode, 0.05, &store);
  if (!ok(status == want && !store && strstr(ll_message(ctx), part) && (strstr(ll_message(ctx), path) || !*path), "%s", name))
    printf("#   got %s: %s\n#   expected %s: … %s …\n", ll_status_name(status), status ? ll_message(ctx) : "", ll_status_name(want),
           part);
  ll_store_close(store);
}

static void test_open(void) {
  const char *path = at("new.db");
  refuses(path, LL_STORE_READ, LL_ERR_IO, "no such database", "reading what is not there");
  refuses(path, LL_STORE_WRITE, LL_ERR_IO, "no such database", "writing what is not there");
  refuses("", LL_STORE_CREATE, LL_ERR_ARGUMENT, "needs a path", "an empty path");
  refuses(folder, LL_STORE_CREATE, LL_ERR_IO, "is a folder", "a folder");
  refuses("/dev/null", LL_STORE_CREATE, LL_ERR_IO, "not a regular file", "a device");
  refuses("/dev/null/x.db", LL_STORE_CREATE, LL_ERR_IO, "Not a directory", "a path through a file");
  refuses(at("none/x.db"), LL_STORE_CREATE, LL_ERR_IO, "No such file or directory", "a folder that is not there");
  refuses("/proc/losslab.db", LL_STORE_CREATE, LL_ERR_IO, "/proc", "a folder that takes no files");
  ll_store *store;
  ok(ll_store_open(ctx, path, LL_STORE_CREATE, NAN, &store) == LL_ERR_RANGE && !store, "a timeout that is no number");

  store = opened(path, LL_STORE_CREATE);
  near(number(store, "PRAGMA user_version"), LL_STORE_VERSION, 0, 0, "schema.sql and store.h agree on the version");
  near(number(store, "PRAGMA application_id"), LL_STORE_APPLICATION, 0, 0, "and on the application id");
  near(number(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'"), 0, 0, 0,
       "every table is strict");
  ok(write_trial(store, 1, 99, 99) == LL_ERR_STORE && strstr(ll_message(ctx), "FOREIGN KEY"), "foreign keys are on");
  is_text(ll_store_path(store), path, "its path");
  ll_store_close(store);
  ok(access(at("new.db-wal"), F_OK) != 0, "the last to close leaves one file");
  ll_store_close(opened(path, LL_STORE_CREATE));
  ll_store_close(opened(path, LL_STORE_WRITE));
  ll_store_close(opened(path, LL_STORE_READ));

  /* two made at once in one process, and a name that SQLite would take for a URI */
  char tree[4096];
  if (!getcwd(tree, sizeof tree) || chdir(folder) != 0) ok(false, "chdir");
  store = opened("file:odd?mode=memory#%41.db", LL_STORE_CREATE);
  ok(access("file:odd?mode=memory#%41.db", F_OK) == 0, "a name is a name, not a URI");
  ll_store_close(store);
  if (chdir(tree) != 0) ok(false, "chdir");

  store = opened(":memory:", LL_STORE_CREATE);
  fill(store, 1, 1);
  ll_store_close(store);
}

/* What the newest schema shows of the one loss that moved its margin, in the first of two trials. */
static void as_the_newest(ll_store *store, const char *how) {
  near(number(store, "SELECT sum(value * 100 + gradient) FROM learnt WHERE trial = 1 AND name = 'margin' AND epoch = 1"), 25.5, 0,
       0, "%s: what was learnt has its place", how);
  near(number(store, "SELECT count(*) FROM learnt"), 1, 0, 0, "%s: and no more than that", how);
  near(number(store, "SELECT count(*) FROM learnable WHERE name = 'margin' AND symbol = 'ξ'"), 1, 0, 0, "%s: it is named", how);
  near(number(store, "SELECT count(*) FROM kept"), 0, 0, 0, "%s: nothing was kept", how);
  near(number(store, "SELECT count(*) FROM epoch WHERE passed_over IS NULL AND zero_rows IS NULL"), 2, 0, 0,
       "%s: what was passed over was not counted", how);
  near(number(store, "SELECT count(*) FROM dataset WHERE notes = ''"), 1, 0, 0, "%s: no notes were taken", how);
  near(number(store, "SELECT t.id FROM trial AS t JOIN computer AS c ON c.id = t.computer WHERE c.blas = 'A 1.2 x' AND "
                     "c.core = 'Core' AND c.isa = 'base' AND c.version = '" LL_VERSION "' AND c.revision = '' AND c.libc = ''"),
       1, 0, 0, "%s: the study's row says what computed the trial that is done", how);
  near(number(store, "SELECT count(*) FROM trial WHERE computer IS NULL"), 1, 0, 0, "%s: and nothing of the one that is not", how);
  near(number(store, "SELECT count(*) FROM study WHERE file = '' AND name = 's'"), 1, 0, 0, "%s: a study of no known file", how);
  near(number(store, "SELECT count(*) FROM script WHERE study = 1 AND text = 'return {}' AND trials = 2"), 1, 0, 0,
       "%s: its script is the first of its versions", how);
  near(number(store, "SELECT best_epoch + valid + test FROM wanted WHERE study = 1 AND trial = 1 AND place = 1"), 2.25, 0, 0,
       "%s: what was chosen of a trial is the study's", how);
  near(number(store, "SELECT count(*) FROM wanted WHERE best_epoch IS NULL AND valid IS NULL"), 1, 0, 0,
       "%s: and nothing is of one to be done", how);
  near(number(store, "SELECT count(*) FROM trial AS t JOIN part AS p ON p.cut = t.cut WHERE p.split = 'test' AND p.count = 4"), 2,
       0, 0, "%s: both trials are of the one cut", how);
  near(number(store, "SELECT first + last + coding + columns FROM score WHERE trial = 1"), 3, 0, 0,
       "%s: scores of one epoch, as they are", how);
  near(number(store, "SELECT test_mean FROM leaderboard"), 0.75, 0, 0, "%s: the answer", how);
  static const char *const tables[] = {"epoch", "trial", "config", "dataset"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char digest[65];
    works(ctx, ll_store_digest(store, tables[i], digest));
  }
}

/* A database of the first schema, whose text is kept in tests/unit: a trial that is done and one that is not, of two losses. */
static void make_first(const char *path) {
  static char schema[1 << 16];
  FILE *f = fopen("tests/unit/first_schema.sql", "r");
  size_t n = f ? fread(schema, 1, sizeof schema - 1, f) : 0;
  if (f) fclose(f);
  schema[n] = 0;
  ok(n > 0, "the first schema's text");
  plain(path, schema);
  char hash64[65] = {0};
  memset(hash64, '0', 64);
  char rows[4096];
  snprintf(
      rows, sizeof rows,
      "INSERT INTO study (name, question, script, script_sha256, plan, plan_sha256, metric, goal, version, precision, isa, blas) "
      "VALUES ('s', 'q', 'return {}', '%s', '{}', '%s', 'auc', 'max', '" LL_VERSION "', 'float', 'base', 'A 1.2 x (Core)');"
      "INSERT INTO dataset (id, name, sha256, rows, features, classes, positives, negatives) VALUES (1, 'd', 'x', 4, 2, 2, 2, 2);"
      "INSERT INTO config (id, key, loss, parameters) VALUES (1, 'a', 'hinge', '{}'), (2, 'b', 'adaptive_rank', '{}');"
      "INSERT INTO trial (id, dataset, config, fold, seed, number, status, best_epoch) VALUES (1, 1, 1, 1, 7, 1, 'done', 1), "
      "(2, 1, 2, 1, 7, 2, 'pending', NULL);"
      "INSERT INTO part (dataset, fold, seed, split, count) VALUES (1, 1, 7, 'test', 4);"
      "INSERT INTO metric (trial, name, split, epoch, value) VALUES (1, 'auc', 'valid', 1, 0.5), (1, 'auc', 'test', 1, 0.75);"
      "INSERT INTO scores (trial, epoch, split, scores) VALUES (1, 1, 'test', zeroblob(16));"
      "INSERT INTO epoch (trial, epoch, margin, margin_gradient) VALUES (1, 1, 0.25, 0.5), (2, 1, NULL, NULL)",
      hash64, hash64);
  plain(path, rows);
}

static void test_foreign(void) {
  const char *path = at("text.db");
  FILE *f = fopen(path, "w");
  for (int i = 0; i < 500; i++) fputs("this is no database\n", f);
  fclose(f);
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "is not a database", "reading a text file");
  refuses(path, LL_STORE_CREATE, LL_ERR_FORMAT, "is not a database", "creating over a text file");
  struct stat info;
  ok(stat(path, &info) == 0 && info.st_size == 10000, "which stays as it was");

  path = at("foreign.db");
  plain(path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "not one of losslab's", "reading another program's database");
  refuses(path, LL_STORE_CREATE, LL_ERR_FORMAT, "0x00000000", "creating over another program's database");
  plain(path, "PRAGMA application_id = 252006673");
  refuses(path, LL_STORE_WRITE, LL_ERR_FORMAT, "0x0f055111", "the message gives its application id");

  path = at("empty.db");
  fclose(fopen(path, "w"));
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "is empty", "reading an empty file");
  refuses(path, LL_STORE_WRITE, LL_ERR_FORMAT, "is empty", "writing an empty file");
  ll_store_close(opened(path, LL_STORE_CREATE));

  path = at("newer.db");
  ll_store_close(opened(path, LL_STORE_CREATE));
  plain(path, "PRAGMA user_version = 4711");
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "version 4711, losslab " LL_VERSION " knows up to 8", "a newer schema");
  refuses(path, LL_STORE_CREATE, LL_ERR_FORMAT, "newer losslab", "a newer schema is not touched");
  plain(path, "PRAGMA user_version = 0");
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "cannot bring up to date", "reading a schema older than any");
  refuses(path, LL_STORE_WRITE, LL_ERR_FORMAT, "cannot bring up to date", "a schema older than any");

  /* A database of the first schema: read as it is, it shows what the newest has; opened for writing it is brought up to date. */
  path = at("first.db");
  make_first(path);
  ll_store *first;
  first = opened(path, LL_STORE_READ);
  as_the_newest(first, "read");
  near(number(first, "PRAGMA user_version"), 1, 0, 0, "read: the file stays as it is");
  ll_store_close(first);
  first = opened(path, LL_STORE_WRITE);
  as_the_newest(first, "brought up to date");
  near(number(first, "PRAGMA user_version"), LL_STORE_VERSION, 0, 0, "brought up to date: says so");
  near(number(first, "SELECT count(*) FROM pragma_table_info('epoch') WHERE name LIKE 'margin%'"), 0, 0, 0,
       "brought up to date: the columns of the margin are gone");
  ll_store_close(first);

  /* Views hold no rows: they follow the program without a new version of the schema. */
  path = at("views.db");
  ll_store_close(opened(path, LL_STORE_CREATE));
  plain(path, "DROP VIEW leaderboard; CREATE VIEW leaderboard AS SELECT 1 AS one; DROP VIEW own_choice");
  ll_store_close(opened(path, LL_STORE_READ));
  first = opened(path, LL_STORE_READ);
  near(number(first, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'own_choice'"), 0, 0, 0,
       "a reader leaves a view as it is");
  ll_store_close(first);
  ll_store_close(opened(path, LL_STORE_WRITE));
  first = opened(path, LL_STORE_READ);
  near(
      number(
          first,
          "SELECT count(*) FROM main.sqlite_schema WHERE name = 'own_choice' OR name = 'leaderboard' AND sql LIKE '%folds_agree%'"),
      2, 0, 0, "a writer makes it what the schema has");
  ll_store_close(first);

  path = at("cut.db");
  ll_store *store = opened(path, LL_STORE_CREATE);
  fill(store, 4, 4);
  ll_store_close(store);
  if (truncate(path, 8192) != 0) ok(false, "truncate");
  ll_status status = ll_store_open(ctx, path, LL_STORE_WRITE, 0.05, &store);
  if (status == LL_OK) status = ll_store_run(store, "leaderboard", NULL, 0, NULL);
  ok(status == LL_ERR_FORMAT && strstr(ll_message(ctx), "damaged"), "a database cut short");
  ll_store_close(store);
}

static int as_nobody(void) {
  ll_store *store;
  const char *path = at("frozen/r.db"), *other = at("frozen/new.db"), *lone = at("frozen.db");
  ok(ll_store_open(ctx, other, LL_STORE_CREATE, 0.05, &store) == LL_ERR_IO &&
         strstr(ll_message(ctx), "cannot write into the folder") && strstr(ll_message(ctx), "frozen/"),
     "a read-only folder");
  ok(ll_store_open(ctx, path, LL_STORE_WRITE, 0.05, &store) == LL_ERR_IO, "writing in a read-only folder");
  ok(ll_store_open(ctx, lone, LL_STORE_WRITE, 0.05, &store) == LL_ERR_IO && strstr(ll_message(ctx), "may not be written"),
     "a read-only file");
  ok(ll_store_open(ctx, at("secret.db"), LL_STORE_READ, 0.05, &store) == LL_ERR_IO && strstr(ll_message(ctx), "may not be read"),
     "a file that is not for us");
  works(ctx, ll_store_open(ctx, path, LL_STORE_READ, 0.05, &store));
  if (store) near(number(store, "SELECT count(*) FROM trial"), 2, 0, 0, "reading in a read-only folder");
  ll_store_close(store);
  return done();
}

static void test_read_only(void) {
  if (mkdir(at("frozen"), 0755) != 0) ok(false, "mkdir");
  ll_store *store = opened(at("frozen/r.db"), LL_STORE_CREATE);
  fill(store, 1, 2);
  ll_store_close(store);
  ll_store_close(opened(at("frozen.db"), LL_STORE_CREATE));
  ll_store_close(opened(at("secret.db"), LL_STORE_CREATE));
  chmod(at("frozen"), 0555), chmod(at("frozen.db"), 0444), chmod(at("frozen/r.db"), 0444), chmod(at("secret.db"), 0);
  chmod(folder, 0755);
  /* Permissions do not bind root: a child gives it up. Its lines are the parent's to print. */
  fflush(stdout);
  char log[128];
  snprintf(log, sizeof log, "%s/log", folder);
  pid_t child = fork();
  if (child == 0) {
    if (!freopen(log, "w", stdout)) _exit(9);
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(9);
    tap_count = tap_failed = 0;
    int failed = as_nobody();
    fflush(stdout);
    _exit(failed);
  }
  int result = 0;
  waitpid(child, &result, 0);
  if (!ok(result == 0, "files and folders that may not be written, seen by a user who is not root")) {
    char line[512];
    FILE *f = fopen(log, "r");
    while (f && fgets(line, sizeof line, f)) printf("# %s", line);
    if (f) fclose(f);
  }
  chmod(at("frozen"), 0755);
}

static void test_statements(void) {
  ll_store *store = opened(":memory:", LL_STORE_CREATE);
  ll_rows *rows, *again;
  bool more;
  size_t count;
  const ll_statement_info *all = ll_store_statements(&count);
  const char *names[LL_STORE_MAX_VALUES];
  size_t broken = 0, undocumented = 0, wide = 0;
  for (size_t i = 0; i < count; i++) { /* each prepares against the schema */
    size_t values = 0;
    if (ll_store_parameters(store, all[i].name, names, &values) != LL_OK) broken++, printf("# %s\n", ll_message(ctx));
    undocumented += !*all[i].doc;
    wide += values > LL_STORE_MAX_VALUES;
  }
  ok(broken == 0 && undocumented == 0 && wide == 0, "%d statements prepare and are documented", (int)count);
  works(ctx, ll_store_parameters(store, "insert_metric", names, &count));
  ok(count == 5 && strcmp(names[0], "trial") == 0 && strcmp(names[4], "value") == 0, "a statement names its values");
  ok(ll_store_run(store, "insert_metrc", NULL, 0, NULL) == LL_ERR_NAME && strstr(ll_message(ctx), "insert_metric"),
     "the nearest statement");
  ok(ll_store_run(store, "insert_metric", NULL, 0, NULL) == LL_ERR_ARGUMENT &&
         strstr(ll_message(ctx), "(trial, epoch, split, name, value), not 0"),
     "too few values");

  fill(store, 2, 3);
  rows = NULL;
  works(ctx, ll_store_query(store, "study", NULL, 0, &rows));
  works(ctx, ll_rows_next(rows, &more));
  ok(more && ll_rows_columns(rows) == 18, "the study's row");
  is_text(ll_rows_name(rows, 1), "name", "a column's name");
  is_text(ll_rows_value(rows, 1).bytes, "it's \"a\" `study`; DROP TABLE trial; --", "a name that would be SQL stays a name");
  ok(ll_rows_value(rows, 99).kind == LL_VALUE_NULL && !*ll_rows_name(rows, 99), "past the last column");
  ll_rows_close(rows);

  works(ctx, ll_store_query(store, "trials", NULL, 0, &rows));
  works(ctx, ll_rows_next(rows, &more));
  works(ctx, ll_store_query(store, "trials", NULL, 0, &again));
  for (count = 0; ll_rows_next(again, &more) == LL_OK && more;) count++;
  ok(count == 6, "the same statement read twice at once: 6 rows, got %zu", count);
  ok(ll_rows_next(again, &more) == LL_OK && !more, "past the last row");
  ll_rows_close(again);
  works(ctx, ll_store_run(store, "trials", NULL, 0, NULL));
  for (count = 1; ll_rows_next(rows, &more) == LL_OK && more;) count++;
  ok(count == 6, "the first is not disturbed: 6 rows, got %zu", count);
  ll_rows_close(rows);

  int64_t trial;
  works(ctx, take_one(store, runner, &trial));
  train(store, trial, 0.75, 0.5);
  finish(store, trial);
  ll_value key[] = {ll_value_integer(1), text("test"), ll_value_integer(2)};
  works(ctx, ll_store_query(store, "scores_and_labels", key, 3, &rows));
  works(ctx, ll_rows_next(rows, &more));
  float back[4] = {0};
  ll_value blob = ll_rows_value(rows, 4);
  ok(more && blob.kind == LL_VALUE_BLOB && blob.size == sizeof back, "scores are a blob of 4 floats");
  if (blob.size == sizeof back) memcpy(back, blob.bytes, sizeof back);
  ok(back[0] == 0.25f && back[1] == -1 && back[2] == 3 && back[3] == 0.5f, "with the same bits");
  ll_rows_close(rows);
  ll_value nan[] = {ll_value_integer(1), ll_value_integer(1), text("train"), text("auc"), ll_value_real(NAN)};
  works(ctx, ll_store_run(store, "insert_metric", nan, 5, NULL));
  near(number(store, "SELECT count(*) FROM metric WHERE value IS NULL"), 1, 0, 0, "NaN is stored as NULL");
  ok(ll_store_run(store, "insert_metric", nan, 5, NULL) == LL_ERR_STORE && strstr(ll_message(ctx), "UNIQUE"), "a row twice");
  nan[2] = text("validd");
  ok(ll_store_run(store, "insert_metric", nan, 5, NULL) == LL_ERR_STORE && strstr(ll_message(ctx), "CHECK"),
     "a split that is none");

  /* rows that outlive the store */
  works(ctx, ll_store_query(store, "trials", NULL, 0, &rows));
  works(ctx, ll_store_ask(store, "SELECT 1 UNION ALL SELECT 2", NULL, 0, &again));
  works(ctx, ll_rows_next(rows, &more));
  ll_store_close(store);
  ok(ll_rows_next(rows, &more) == LL_ERR_STORE && strstr(ll_message(ctx), "closed"), "rows after their store");
  ok(ll_rows_columns(again) == 0 && ll_rows_value(again, 0).kind == LL_VALUE_NULL, "and their columns");
  ll_rows_close(again);
  ll_rows_close(rows);
}

static void asks(ll_store *store, const char *sql, bool allowed) {
  ll_rows *rows = NULL;
  ll_status status = ll_store_ask(store, sql, NULL, 0, &rows);
  if (!ok(allowed ? status == LL_OK && rows : status == LL_ERR_ARGUMENT && !rows, "query %s: %s", allowed ? "allows" : "refuses",
          sql))
    printf("#   got %s: %s\n", ll_status_name(status), ll_message(ctx));
  ll_rows_close(rows);
}

static void test_ask(void) {
  static const char *const refused[] = {"DELETE FROM trial",
                                        "INSERT INTO study (id) VALUES (1)",
                                        "DROP TABLE trial",
                                        "CREATE TABLE x (y)",
                                        "CREATE TEMP TABLE x (y)",
                                        "UPDATE trial SET fold = 1",
                                        "ATTACH 'other.db' AS o",
                                        "DETACH main",
                                        "VACUUM",
                                        "VACUUM INTO 'copy.db'",
                                        "BEGIN",
                                        "COMMIT",
                                        "SAVEPOINT s",
                                        "REINDEX",
                                        "ANALYZE",
                                        "PRAGMA user_version = 9",
                                        "PRAGMA journal_mode = DELETE",
                                        "PRAGMA foreign_keys = 0",
                                        "PRAGMA query_only = 0",
                                        "PRAGMA wal_checkpoint",
                                        "SELECT load_extension('x')",
                                        "SELECT 1; DROP TABLE trial",
                                        "SELECT 1; /* then */ SELECT 2",
                                        "",
                                        " ; -- nothing",
                                        "SELEC 1",
                                        "SELECT * FROM nowhere",
                                        "WITH t AS (SELECT 1) DELETE FROM trial",
                                        "EXPLAIN DROP TABLE trial"};
  static const char *const allowed[] = {
      "SELECT * FROM leaderboard",
      "SELECT * FROM curve;  -- all",
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n",
      "PRAGMA table_info(trial)",
      "PRAGMA integrity_check",
      "SELECT name FROM pragma_table_info('trial')",
      "SELECT value FROM json_each('[1,2]')",
      "SELECT json_extract('{\"a\":1}', '$.a')",
      "EXPLAIN QUERY PLAN SELECT * FROM trial",
      "VALUES (1)",
      "SELECT 1 /* one */ ; ",
      "/* first */ SELECT sqrt(2)"};
  ll_store *store = opened(at("ask.db"), LL_STORE_CREATE);
  fill(store, 1, 1);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) asks(store, refused[i], false);
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) asks(store, allowed[i], true);
  near(number(store, "SELECT count(*) FROM trial"), 1, 0, 0, "nothing was changed");
  ll_rows *rows;
  ll_value values[] = {text("x' OR 1"), ll_value_blob("", 0)};
  bool more;
  works(ctx, ll_store_ask(store, "SELECT ?1, typeof(?1), typeof(?2), length(?2)", values, 2, &rows));
  works(ctx, ll_rows_next(rows, &more));
  is_text(ll_rows_value(rows, 0).bytes, "x' OR 1", "values are bound");
  is_text(ll_rows_value(rows, 2).bytes, "blob", "an empty blob is a blob");
  ll_rows_close(rows);
  ok(ll_store_ask(store, "SELECT ?1", NULL, 0, &rows) == LL_ERR_ARGUMENT && strstr(ll_message(ctx), "takes 1 value"),
     "a value too few");
  ll_store_close(store);
  store = opened(at("ask.db"), LL_STORE_READ);
  ok(ROW(store, "fail", text("e"), ll_value_null(), ll_value_integer(1), ll_value_integer(1)) == LL_ERR_STORE,
     "a store opened to read does not write");
  int64_t trial;
  ok(take_one(store, runner, &trial) == LL_ERR_STORE && trial == 0, "nor claims");
  ok(ll_store_join(store, &runner) == LL_ERR_STORE && runner == 0, "nor joins");
  ll_store_close(store);
}

int main(void) {
  static void (*const tests[])(void) = {test_open, test_foreign, test_read_only, test_statements, test_ask};
  return run_tests(tests, sizeof tests / sizeof *tests);
}
