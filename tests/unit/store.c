/* The store: opening what is and is not ours, statements, rows, transactions, claiming and taking back, digests, forks. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/internal.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static char folder[] = "/tmp/losslab-store-XXXXXX";

static const char *at(const char *name) {
  static char paths[4][128];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

/* What the plain library does to a file. */
static void plain(const char *path, const char *sql) {
  sqlite3 *db;
  char *why = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
    printf("# %s: %s\n", sql, why ? why : sqlite3_errmsg(db));
  sqlite3_free(why);
  sqlite3_close(db);
}

static void refuses(const char *path, ll_store_mode mode, ll_status want, const char *part, const char *name) {
  ll_store *store;
  ll_status status = ll_store_open(ctx, path, mode, 0.05, &store);
  if (!ok(status == want && !store && strstr(ll_message(ctx), part) && (strstr(ll_message(ctx), path) || !*path), "%s", name))
    printf("#   got %s: %s\n#   expected %s: … %s …\n", ll_status_name(status), status ? ll_message(ctx) : "", ll_status_name(want),
           part);
  ll_store_close(store);
}

/* The number a query gives. */
static double number(ll_store *store, const char *sql) {
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

static ll_value text(const char *s) { return ll_value_text(s, strlen(s)); }

static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* A study of one data set, `configs` configurations and `folds` folds; names hold what SQL would take for its own. */
static void fill(ll_store *store, int configs, int folds) {
  ll_value study[] = {text("it's \"a\" `study`; DROP TABLE trial; --"),
                      text("does it\nwork?"),
                      text("return {}"),
                      text(hash),
                      text("{}"),
                      text(hash),
                      text("auc"),
                      text("max"),
                      text(LL_VERSION),
                      text("float"),
                      text("m"),
                      text("c"),
                      text("base"),
                      text("b")};
  ll_value dataset[] = {ll_value_integer(1), text("a'b"),         text(hash),          ll_value_integer(4), ll_value_integer(2),
                        ll_value_integer(2), ll_value_integer(2), ll_value_integer(2), ll_value_null()};
  works(ctx, ll_store_begin(store));
  works(ctx, ll_store_run(store, "insert_study", study, 14, NULL));
  works(ctx, ll_store_run(store, "insert_dataset", dataset, 9, NULL));
  int id = 0;
  for (int c = 1; c <= configs; c++) {
    char key[16];
    snprintf(key, sizeof key, "key%d", c);
    ll_value config[] = {ll_value_integer(c), text(key),  text(c % 2 ? "hinge" : "adaptive_rank"),
                         text("{}"),          text("{}"), text("{}")};
    works(ctx, ll_store_run(store, "insert_config", config, 6, NULL));
    for (int fold = 1; fold <= folds; fold++) {
      id++;
      ll_value trial[] = {ll_value_integer(id),   ll_value_integer(1), ll_value_integer(c),
                          ll_value_integer(fold), ll_value_integer(7), ll_value_integer(id)};
      works(ctx, ll_store_run(store, "insert_trial", trial, 6, NULL));
    }
  }
  works(ctx, ll_store_commit(store));
}

/* Epochs 1 and 2 of a trial with these metrics at its best epoch, 2; scores at that epoch. */
static void train(ll_store *store, int64_t trial, double valid, double test) {
  static const float scores[] = {0.25f, -1, 3, 0.5f};
  ll_value id = ll_value_integer(trial);
  works(ctx, ll_store_begin(store));
  for (int64_t epoch = 1; epoch <= 2; epoch++) {
    ll_value e = ll_value_integer(epoch);
    ll_value row[] = {id,
                      e,
                      ll_value_real(1.0 / (double)epoch),
                      ll_value_real(0.1),
                      ll_value_null(),
                      ll_value_real(1e-3),
                      ll_value_null(),
                      ll_value_real(0.5)};
    works(ctx, ll_store_run(store, "insert_epoch", row, 8, NULL));
    ll_value v[] = {id, e, text("valid"), text("auc"), ll_value_real(epoch == 2 ? valid : 0.5)};
    works(ctx, ll_store_run(store, "insert_metric", v, 5, NULL));
    ll_value x[] = {id, e, text("test"), text("auc"), ll_value_real(epoch == 2 ? test : 0.99)};
    works(ctx, ll_store_run(store, "insert_metric", x, 5, NULL));
  }
  ll_value s[] = {id, ll_value_integer(2), text("test"), ll_value_blob(scores, sizeof scores), ll_value_null()};
  works(ctx, ll_store_run(store, "insert_scores", s, 5, NULL));
  ll_value w[] = {id, ll_value_integer(2), ll_value_blob("weights", 7)};
  works(ctx, ll_store_run(store, "insert_network", w, 3, NULL));
  works(ctx, ll_store_commit(store));
}

static void finish(ll_store *store, int64_t trial) {
  ll_store_change change;
  ll_value done[] = {ll_value_integer(2), ll_value_real(1.5), ll_value_integer(trial)};
  works(ctx, ll_store_run(store, "finish", done, 3, &change));
  ok(change.rows == 1, "trial %d is done", (int)trial);
}

static ll_store *opened(const char *path, ll_store_mode mode) {
  ll_store *store = NULL;
  works(ctx, ll_store_open(ctx, path, mode, 0.05, &store));
  if (!store) exit(done() || 1);
  return store;
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
  ll_value bad[] = {ll_value_integer(1), ll_value_integer(99), ll_value_integer(99),
                    ll_value_integer(1), ll_value_integer(1),  ll_value_integer(1)};
  ok(ll_store_run(store, "insert_trial", bad, 6, NULL) == LL_ERR_STORE && strstr(ll_message(ctx), "FOREIGN KEY"),
     "foreign keys are on");
  is_text(ll_store_path(store), path, "its path");
  ll_store_close(store);
  ok(access(at("new.db-wal"), F_OK) != 0, "the last to close leaves one file");
  ll_store_close(opened(path, LL_STORE_CREATE));
  ll_store_close(opened(path, LL_STORE_WRITE));
  ll_store_close(opened(path, LL_STORE_READ));

  /* two made at once in one process, and a name that SQLite would take for a URI */
  if (chdir(folder) != 0) ok(false, "chdir");
  store = opened("file:odd?mode=memory#%41.db", LL_STORE_CREATE);
  ok(access("file:odd?mode=memory#%41.db", F_OK) == 0, "a name is a name, not a URI");
  ll_store_close(store);

  store = opened(":memory:", LL_STORE_CREATE);
  fill(store, 1, 1);
  ll_store_close(store);
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
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "version 4711, losslab " LL_VERSION " knows up to 1", "a newer schema");
  refuses(path, LL_STORE_CREATE, LL_ERR_FORMAT, "newer losslab", "a newer schema is not touched");
  plain(path, "PRAGMA user_version = 0");
  refuses(path, LL_STORE_READ, LL_ERR_FORMAT, "open it once for writing", "reading an older schema");
  refuses(path, LL_STORE_WRITE, LL_ERR_FORMAT, "cannot bring up to date", "a schema older than any");

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
  ok(more && ll_rows_columns(rows) == 16, "the study's row");
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
  works(ctx, ll_store_claim(store, &trial));
  train(store, trial, 0.75, 0.5);
  finish(store, trial);
  ll_value key[] = {ll_value_integer(1), ll_value_integer(2), text("test")};
  works(ctx, ll_store_query(store, "scores", key, 3, &rows));
  works(ctx, ll_rows_next(rows, &more));
  float back[4] = {0};
  ll_value blob = ll_rows_value(rows, 1);
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
  ok(ll_store_run(store, "fail", (ll_value[]){text("e"), ll_value_null(), ll_value_integer(1)}, 3, NULL) == LL_ERR_STORE,
     "a store opened to read does not write");
  int64_t trial;
  ok(ll_store_claim(store, &trial) == LL_ERR_STORE && trial == 0, "nor claims");
  ll_store_close(store);
}

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
  works(ctx, ll_store_claim(a, &trial));
  near(number(reader, "SELECT count(*) FROM trial WHERE status = 'pending'"), 3, 0, 0, "and keeps one state");
  works(ctx, ll_store_commit(reader));
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
                 "count(*) FROM network)"),
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
  const char *path = at("locked.db");
  ll_store *a = opened(path, LL_STORE_CREATE), *b = opened(path, LL_STORE_WRITE);
  bool held;
  int64_t owner;
  works(ctx, ll_store_lock(a, &held, &owner));
  ok(held, "the study's lock");
  works(ctx, ll_store_lock(a, &held, &owner));
  ok(held, "which is held already");
  works(ctx, ll_store_lock(b, &held, &owner));
  ok(!held && owner == getpid(), "is not to be had twice, and tells whose it is");
  ll_store_unlock(a);
  ok(access(at("locked.db-lock"), F_OK) != 0, "its file goes with it");
  works(ctx, ll_store_lock(b, &held, &owner));
  ok(held, "given back, it is free");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    ll_store_close(b); /* a child that closes what it was born with must not take the parent's lock away */
    _exit(0);
  }
  waitpid(child, NULL, 0);
  works(ctx, ll_store_lock(a, &held, &owner));
  ok(!held, "a child does not give the parent's lock back");
  ll_store_close(b);
  works(ctx, ll_store_lock(a, &held, &owner));
  ok(held, "closing does");
  ll_store_close(a);
  int left[2];
  if (pipe(left) != 0) ok(false, "pipe");
  child = fork();
  if (child == 0) { /* killed with the lock */
    a = opened(path, LL_STORE_WRITE);
    if (ll_store_lock(a, &held, NULL) != LL_OK || !held) _exit(1);
    if (write(left[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char x;
  ok(read(left[0], &x, 1) == 1, "a process takes the lock");
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  a = opened(path, LL_STORE_WRITE);
  works(ctx, ll_store_lock(a, &held, &owner));
  ok(held, "and is killed: the lock is free");
  ll_store_close(a);
  close(left[0]), close(left[1]);
}

/* The mechanism on steps of the test's own: from a version that only this file knows. */
static void test_migration(void) {
  static const ll_migration steps[] = {
      {.from = 1, .sql = "ALTER TABLE trial ADD COLUMN note TEXT"},
      {.from = 2,
       .sql = "CREATE TABLE copy (id INTEGER PRIMARY KEY, dataset INTEGER NOT NULL REFERENCES dataset (id), note TEXT) STRICT;"
              "INSERT INTO copy SELECT id, dataset, 'from 2' FROM trial"},
      {.from = 3, .sql = "CREATE TABLE late (x) STRICT"}, /* an error: a strict column needs a type */
      {.from = 4, .sql = "UPDATE copy SET dataset = 99"}, /* breaks a foreign key */
  };
  const char *path = at("old.db");
  ll_store *store = opened(path, LL_STORE_CREATE);
  fill(store, 1, 2);
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
  if (ll_ctx_open(&ctx) != LL_OK || !mkdtemp(folder)) return 1;
  size_t held = ll_memory_used(ctx);
  test_open();
  test_foreign();
  test_read_only();
  test_statements();
  test_ask();
  test_transactions();
  test_study();
  test_lock();
  test_migration();
  ok(ll_memory_used(ctx) == held, "nothing is left: %zu bytes", ll_memory_used(ctx) - held);
  ok(sqlite3_memory_used() == 0, "nor of SQLite's: %lld bytes", (long long)sqlite3_memory_used());
  ll_ctx_close(ctx);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return done();
}
