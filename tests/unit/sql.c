/* The SQL functions against the engine's metrics, on scores that are kept raw, packed and as ranks; their refusals; and databases
 * whose numbers do not fit one another. */
#include <stdarg.h>

#include "tests/store.h"

enum { ROWS = 40, EPOCHS = 5, CLASSES = 3 };
static const unsigned seed = 20261130;
static float binary[EPOCHS][ROWS], wide[EPOCHS][ROWS * CLASSES], labels[ROWS], classes[ROWS];
static uint32_t numbers[ROWS];

/* ---- a database ------------------------------------------------------------------------------------------------------------- */

static void run(ll_store *store, const char *sql) {
  char *why = NULL;
  if (sqlite3_exec(store->db, sql, NULL, NULL, &why) != SQLITE_OK) ok(false, "%s: %s", sql, why);
  sqlite3_free(why);
}

static void draw(void) {
  ll_random random = ll_random_stream(seed, 0, "sql");
  for (size_t i = 0; i < ROWS; i++) {
    labels[i] = (float)(i % 3 == 0), classes[i] = (float)(1 + i % CLASSES), numbers[i] = (uint32_t)(3 * i + 1);
    for (size_t e = 0; e < EPOCHS; e++) {
      binary[e][i] = (float)(ll_random_uniform(&random) < 0.2 ? 0.5 : ll_random_uniform(&random) * 4 - 2); /* some are equal */
      for (size_t k = 0; k < CLASSES; k++) wide[e][i * CLASSES + k] = (float)(ll_random_uniform(&random) * 4 - 2);
    }
  }
}

/* The scores of all epochs of a trial's test part. */
static void keep(ll_store *store, int trial, const void *scores, int columns, ll_scores_coding asked) {
  ll_scores_coding coding;
  void *bytes;
  size_t size;
  sqlite3_stmt *stmt;
  works(ctx, ll_scores_pack(ctx, scores, EPOCHS, (size_t)(ROWS * columns), asked, &coding, &bytes, &size));
  sqlite3_prepare_v2(store->db, "INSERT INTO score VALUES (?, 'test', 1, ?, ?, ?, ?)", -1, &stmt, NULL);
  sqlite3_bind_int(stmt, 1, trial), sqlite3_bind_int(stmt, 2, EPOCHS), sqlite3_bind_int(stmt, 3, columns);
  sqlite3_bind_int(stmt, 4, (int)coding), sqlite3_bind_blob64(stmt, 5, bytes, size, SQLITE_TRANSIENT);
  ok(sqlite3_step(stmt) == SQLITE_DONE, "scores of trial %d are kept, coding %d", trial, (int)coding);
  sqlite3_finalize(stmt);
  ll_free(ctx, bytes);
}

static void part(ll_store *store, int cut, const float *of) {
  sqlite3_stmt *stmt;
  sqlite3_prepare_v2(store->db, "INSERT INTO part VALUES (?, 'test', ?, ?, ?)", -1, &stmt, NULL);
  sqlite3_bind_int(stmt, 1, cut), sqlite3_bind_int(stmt, 2, ROWS);
  sqlite3_bind_blob(stmt, 3, numbers, sizeof numbers, SQLITE_STATIC), sqlite3_bind_blob(stmt, 4, of, 4 * ROWS, SQLITE_STATIC);
  ok(sqlite3_step(stmt) == SQLITE_DONE, "part of cut %d", cut);
  sqlite3_finalize(stmt);
}

enum { RAW = 1, PACKED, RANKS, OF_CLASSES, NOTHING_KEPT, SIGMOID, TRIALS = SIGMOID };

static ll_store *made(void) {
  ll_store *store = opened(":memory:", LL_STORE_CREATE);
  run(store, "PRAGMA foreign_keys = 0; INSERT INTO dataset VALUES (1, 'd', 'd', 'd', 40, 1, 2, 1, 1, NULL, '');"
             "INSERT INTO config VALUES (1, 'k', 'hinge', 1, '{}', '{\"output\":\"identity\"}', '{}'),"
             "(2, 'l', 'hinge', 1, '{}', '{\"output\":\"sigmoid\"}', '{}');"
             "INSERT INTO cut VALUES (1, 'a', 1, 1, 1, '{}'), (2, 'b', 1, 1, 2, '{}')");
  part(store, 1, labels), part(store, 2, classes);
  for (int t = 1; t <= TRIALS; t++) {
    char sql[400];
    snprintf(sql, sizeof sql,
             "INSERT INTO trial (id, key, dataset, config, cut, fold, seed, number, study_seed, precision) VALUES "
             "(%d, '%d', 1, %d, %d, 1, 1, %d, 1, 'float')",
             t, t, t == SIGMOID ? 2 : 1, t == OF_CLASSES ? 2 : 1, t);
    run(store, sql);
  }
  run(store,
      "INSERT INTO main.wanted (study, dataset, config, trial, place, best_epoch) VALUES (1, 1, 1, 1, 1, 3), (1, 1, 1, 2, 2, 4), "
      "(2, 1, 1, 2, 1, 2), (1, 1, 1, 3, 3, NULL)");
  keep(store, RAW, binary, 1, LL_SCORES_RAW), keep(store, PACKED, binary, 1, LL_SCORES_PACKED);
  keep(store, RANKS, binary, 1, LL_SCORES_RANKS), keep(store, OF_CLASSES, wide, CLASSES, LL_SCORES_PACKED);
  float shares[EPOCHS][ROWS];
  for (size_t e = 0; e < EPOCHS; e++)
    for (size_t i = 0; i < ROWS; i++) shares[e][i] = 1 / (1 + expf(-binary[e][i]));
  keep(store, SIGMOID, shares, 1, LL_SCORES_PACKED);
  works(ctx, ll_sql_add(store));
  return store;
}

static void closed(ll_store *store) {
  ll_store_close(store);
  ll_matrix_trim(ctx); /* buffers for the next matrices */
}

/* ---- values ---------------------------------------------------------------------------------------------------------------------
 */

static ll_matrix matrix_of(const float *values, size_t rows, size_t columns) {
  ll_matrix m;
  works(ctx, ll_matrix_new(ctx, rows, columns, &m));
  for (size_t i = 0; i < rows * columns; i++) m.data[i] = (ll_real)values[i];
  return m;
}

/* The engine's value; from: what the scores are, where the metric asks. */
static double engine(const ll_metric_desc *metric, const float *scores, size_t columns, const char *from) {
  double params[LL_MAX_PARAMS], out;
  ll_matrix s = matrix_of(scores, ROWS, columns), y = matrix_of(columns > 1 ? classes : labels, ROWS, 1);
  ll_params_default(&metric->params, params);
  for (size_t i = 0; from && i < metric->params.count; i++)
    if (strcmp(metric->params.params[i].name, "from") == 0)
      works(ctx, ll_params_set_choice(ctx, &metric->params, params, "from", from));
  works(ctx, ll_metric_eval(ctx, metric, &s, &y, NULL, params, &out));
  ll_matrix_release(ctx, &s), ll_matrix_release(ctx, &y);
  return out;
}

static void same(ll_store *store, double want, const char *format, ...) LL_PRINTF(3, 4);
static void same(ll_store *store, double want, const char *format, ...) {
  char sql[400];
  va_list args;
  va_start(args, format);
  vsnprintf(sql, sizeof sql, format, args);
  va_end(args);
  double got = number(store, sql);
  if (!ok(got == want || (isnan(got) && isnan(want)), "%s", sql)) fprintf(stderr, "#   got %.17g, expected %.17g\n", got, want);
}

/* Every metric of the table, by its function, by its name, and as an aggregate. Epochs in and out of order. */
static void metrics(void) {
  static const size_t epochs[] = {1, 2, 2, 5, 3};
  ll_store *store = made();
  for (size_t m = 0; m < ll_metric_count; m++) {
    const ll_metric_desc *metric = ll_metrics[m];
    if (strcmp(metric->name, "poisson_deviance") == 0) continue; /* of rates: these scores are below 0, too */
    bool of_classes = metric->needs == LL_NEEDS_CLASSES || metric->needs == LL_NEEDS_EMBEDDINGS;
    for (size_t k = 0; k < LL_ROWS(epochs); k++) {
      size_t e = epochs[k];
      const float *scores = of_classes ? wide[e - 1] : binary[e - 1];
      double want = engine(metric, scores, of_classes ? CLASSES : 1, "logits");
      int trial = of_classes ? OF_CLASSES : PACKED;
      same(store, want, "SELECT %s(%d, %zu, 'test')", metric->name, trial, e);
      same(store, want, "SELECT ll_metric('%s', %d, %zu, 'test')", metric->name, trial, e);
      if (of_classes) continue;
      same(store, want, "SELECT %s(%d, %zu, 'test')", metric->name, RAW, e);
      bool by_order = metric->needs == LL_NEEDS_ANY || metric->needs == LL_NEEDS_LISTS;
      same(store, by_order ? want : NAN, "SELECT %s(%d, %zu, 'test')", metric->name, RANKS, e);
      bool from = false;
      for (size_t i = 0; i < metric->params.count; i++) from = from || strcmp(metric->params.params[i].name, "from") == 0;
      if (!from) same(store, want, "SELECT %s_of(score, label) FROM scores(%d, %zu, 'test')", metric->name, PACKED, e);
      else same(store, want, "SELECT %s_of(score, label, 'from=logits') FROM scores(%d, %zu, 'test')", metric->name, RAW, e);
    }
  }
  same(store, number(store, "SELECT log_loss(6, 2, 'test', 'from=probabilities')"), "SELECT log_loss(%d, 2, 'test')", SIGMOID);
  closed(store);
}

static void arguments(void) {
  ll_store *store = made();
  double third = number(store, "SELECT auc(1, 3, 'test')"),
         share = number(store, "SELECT partial_auc(1, 3, 'test', 'max_fpr=0.25')");
  same(store, third, "SELECT auc(1, 'best', 'test')");
  same(store, third, "SELECT auc(1.0, 3.0, 'test')");
  same(store, number(store, "SELECT auc(1, 5, 'test')"), "SELECT auc(1, 'last', 'test')");
  same(store, share, "SELECT ll_metric('partial_auc(max_fpr=0.25)', 1, 3, 'test')");
  ok(share != number(store, "SELECT partial_auc(1, 3, 'test')"), "an option counts");
  static const char *const nothing[] = {"SELECT auc(NULL, 3, 'test')",
                                        "SELECT auc(1, NULL, 'test')",
                                        "SELECT auc(1, 3, NULL)",
                                        "SELECT auc(1, 6, 'test')",
                                        "SELECT auc(1, 0, 'test')",
                                        "SELECT auc(1, 3, 'valid')",
                                        "SELECT auc(5, 3, 'test')",
                                        "SELECT auc(3, 'best', 'test')",
                                        "SELECT auc(5, 'last', 'test')",
                                        "SELECT ll_scores(1, 9, 'test')",
                                        "SELECT ll_metric(NULL, 1, 3, 'test')",
                                        "SELECT auc_of(score, label) FROM scores(1, 9, 'test')",
                                        "SELECT ll_unpack(NULL)",
                                        "SELECT ll_unpack(x'', 'uint32', 1)",
                                        "SELECT ll_unpack(x'00000000', 'uint32', 2)",
                                        "SELECT ll_unpack(x'00000000', 'uint32', NULL)"};
  for (size_t i = 0; i < LL_ROWS(nothing); i++) same(store, NAN, "%s", nothing[i]);
  closed(store);
}

static void tables(void) {
  ll_store *store = made();
  double sum = 0, total = 0;
  for (size_t i = 0; i < ROWS; i++) sum += (double)binary[1][i];
  for (size_t i = 0; i < ROWS * CLASSES; i++) total += (double)wide[1][i];
  same(store, ROWS, "SELECT count(*) FROM scores(2, 2, 'test')");
  near(number(store, "SELECT sum(score) FROM scores(2, 2, 'test')"), sum, 1e-12, 1e-12, "scores as a table");
  near(number(store, "SELECT sum(score) FROM scores(4, 2, 'test')"), total, 1e-12, 1e-12, "scores of several columns");
  same(store, ROWS * CLASSES, "SELECT count(*) FROM scores(4, 2, 'test')");
  same(store, 3 * 7 + 1, "SELECT row FROM scores(4, 2, 'test') WHERE column = 2 LIMIT 1 OFFSET 7");
  same(store, (double)wide[1][7 * CLASSES + 1], "SELECT score FROM scores(4, 2, 'test') WHERE column = 2 AND row = 22");
  same(store, 14, "SELECT sum(label) FROM labels(1, 'test')");
  same(store, 14, "SELECT sum(label) FROM labels(1, 'test')");
  same(store, 3, "SELECT DISTINCT epoch FROM scores(1, 'best', 'test')");
  same(store, 0, "SELECT count(*) FROM scores(NULL, 1, 'test')");
  same(store, 0, "SELECT count(*) FROM scores(5, 1, 'test')");
  same(store, 4 * ROWS, "SELECT count(*) FROM trial AS t, scores(t.id, 1, 'test') AS s WHERE t.id <> 4");
  same(store, 2 * ROWS,
       "SELECT count(*) FROM scores(1, 1, 'test') AS a, scores AS b "
       "WHERE b.trial = 2 AND b.epoch IN (1, 2) AND b.split = 'test' AND a.row = b.row");
  same(store, 4 * ROWS, "SELECT length(ll_scores(1, 1, 'test'))");
  same(store, 1, "SELECT ll_scores(1, 4, 'test') = ll_scores(2, 4, 'test')");
  same(store, (double)binary[0][6], "SELECT ll_unpack(ll_scores(2, 1, 'test'), 'float32', 7)");
  same(store, 1, "SELECT (SELECT json_group_array(value) FROM ll_unpack(rows, 'uint32')) = ll_unpack(rows, 'uint32') FROM part");
  same(store, ROWS, "SELECT json_array_length(ll_unpack(labels)) FROM part");
  same(store, 1, "SELECT ll_unpack(x'0000c07f0000803fcdcccc3d') = '[null,1,0.1]'");
  same(store, 1, "SELECT ll_unpack(x'') = '[]'");
  same(store, 100 * 101 / 2, "SELECT sum(number) FROM ll_unpack(zeroblob(400))");
  closed(store);
}

/* ---- refusals ------------------------------------------------------------------------------------------------------------------
 */

/* [out] what a query comes to: its error, or LL_OK. */
static ll_status outcome(ll_store *store, const char *sql) {
  ll_rows *rows;
  bool more = true;
  ll_status status = ll_store_ask(store, sql, NULL, 0, &rows);
  while (status == LL_OK && more) status = ll_rows_next(rows, &more);
  ll_rows_close(rows);
  return status;
}

static void refused(ll_store *store, const char *sql, const char *words) {
  ll_status status = outcome(store, sql);
  if (!ok(status != LL_OK && strstr(ll_message(ctx), words), "%.*s: refused", (int)strcspn(sql, "\n"), sql))
    fprintf(stderr, "#   got %s: %s\n#   expected %s\n", ll_status_name(status), status ? ll_message(ctx) : "", words);
}

static void refusals(void) {
  ll_store *store = made();
  refused(store, "SELECT auc(1, 3, 'tset')", "did you mean \"test\"?");
  refused(store, "SELECT auc(99, 3, 'test')", "there is no trial 99");
  refused(store, "SELECT auc(1, 3)", "takes (trial, epoch, split");
  refused(store, "SELECT auc('one', 3, 'test')", "trial must be a trial's id, a whole number, not 'one'");
  refused(store, "SELECT auc(1.5, 3, 'test')", "not 1.5");
  refused(store, "SELECT auc(x'00', 3, 'test')", "not a blob");
  refused(store, "SELECT auc(1, 'bst', 'test')", "did you mean \"best\"?");
  refused(store, "SELECT auc(2, 'best', 'test')", "chose different epochs");
  refused(store, "SELECT auc(1, 3, 3)", "split must be 'train', 'valid' or 'test'");
  refused(store, "SELECT auc(1, 3, 'test', 'max_fpr=1')", "auc has no parameter");
  refused(store, "SELECT partial_auc(1, 3, 'test', 'max_fp=1')", "did you mean \"max_fpr\"?");
  refused(store, "SELECT partial_auc(1, 3, 'test', 'max_fpr=2')", "must be in (0, 1]");
  refused(store, "SELECT partial_auc(1, 3, 'test', 'max_fpr=much')", "must be a number, not 'much'");
  refused(store, "SELECT partial_auc(1, 3, 'test', 0.1)", "an option is a text 'name=value'");
  refused(store, "SELECT partial_auc(1, 3, 'test', 'max_fpr')", "an option is a text 'name=value'");
  refused(store, "SELECT accuracy(1, 3, 'test', 'from=logit')", "did you mean \"logits\"?");
  refused(store, "SELECT accuracy(1, 3, 'test', 'from=probabilities')", "no probability");
  refused(store, "SELECT multiclass_accuracy(1, 3, 'test')", "(trial 1, epoch 3, test)");
  refused(store, "SELECT ll_metric('acu', 1, 3, 'test')", "did you mean \"auc\"?");
  refused(store, "SELECT ll_metric('partial_auc(max_fpr=0.1', 1, 3, 'test')", "does not end in ')'");
  refused(store, "SELECT auc_of(score) FROM scores(1, 3, 'test')", "takes (score, label");
  refused(store, "SELECT auc_of('high', label) FROM scores(1, 3, 'test')", "a score is 'high', no number");
  refused(store, "SELECT auc_of(score, 1) FROM scores(1, 3, 'test')", "needs both classes");
  refused(store, "SELECT partial_auc_of(score, label, 'max_fp=1') FROM scores(1, 3, 'test')", "did you mean \"max_fpr\"?");
  refused(store, "SELECT * FROM scores", "arguments are missing: scores(trial, epoch, split)");
  refused(store, "SELECT * FROM scores(1, 3)", "arguments are missing");
  refused(store, "SELECT * FROM labels(1)", "arguments are missing: labels(trial, split)");
  refused(store, "SELECT * FROM labels(1, 'tst')", "did you mean \"test\"?");
  refused(store, "SELECT ll_unpack(x'0102')", "2 bytes are no whole number of float32");
  refused(store, "SELECT ll_unpack('text')", "takes a blob");
  refused(store, "SELECT ll_unpack(x'', 'float')", "did you mean \"float32\"?");
  refused(store, "SELECT ll_unpack(x'', 'uint32', 'one')", "index must be a whole number");
  refused(store, "SELECT ll_unpack()", "not 0 arguments");
  refused(store, "SELECT * FROM ll_unpack", "arguments are missing: ll_unpack(blob");
  refused(store, "SELECT * FROM ll_unpack('text')", "takes a blob");
  run(store, "CREATE VIEW sly AS SELECT auc(1, 3, 'test')");
  refused(store, "SELECT * FROM sly", "unsafe use of auc");
  run(store, "CREATE VIEW slyer AS SELECT * FROM scores(1, 3, 'test')");
  refused(store, "SELECT * FROM slyer", "unsafe use of virtual table");
  closed(store);
}

/* ---- damage
 * ---------------------------------------------------------------------------------------------------------------------- */

static const char *const all_of_them[] = {
    "SELECT auc(id, 3, 'test') FROM trial",           "SELECT log_loss(id, 'best', 'test') FROM trial WHERE id <> 2",
    "SELECT multiclass_accuracy(4, 'last', 'test')",  "SELECT count(*) FROM trial, scores(id, 2, 'test')",
    "SELECT count(*) FROM trial, labels(id, 'test')", "SELECT sum(length(ll_scores(id, 2, 'test'))) FROM trial",
};

/* After each change every function gives something, or says what is wrong, and what is said is no lie about memory. */
static void damage(void) {
  static const char *const changes[] = {
      "UPDATE score SET scores = x''",
      "UPDATE score SET scores = substr(scores, 1, length(scores) - 1)",
      "UPDATE score SET scores = CAST(scores || x'00' AS BLOB)",
      "UPDATE score SET scores = zeroblob(length(scores))",
      "UPDATE score SET coding = 1 - coding",
      "UPDATE score SET coding = 77",
      "UPDATE score SET coding = -9223372036854775808",
      "UPDATE score SET columns = 9223372036854775807",
      "UPDATE score SET columns = 0",
      "UPDATE score SET columns = 2",
      "UPDATE score SET first = -9223372036854775808, last = 9223372036854775807",
      "UPDATE score SET last = 9223372036854775807",
      "UPDATE score SET last = 1000000",
      "UPDATE score SET first = 3",
      "UPDATE part SET count = 9223372036854775807",
      "UPDATE part SET count = -1",
      "UPDATE part SET count = 0",
      "UPDATE part SET count = 0, rows = NULL, labels = NULL",
      "UPDATE part SET count = 2000000000, rows = NULL, labels = NULL",
      "UPDATE part SET count = 39",
      "UPDATE part SET labels = x'00'",
      "UPDATE part SET labels = NULL",
      "UPDATE part SET rows = x'00'",
      "UPDATE part SET rows = NULL",
      "UPDATE part SET labels = zeroblob(160)",
      "UPDATE config SET model = '{'",
      "DELETE FROM part",
      "DELETE FROM config",
      "UPDATE main.wanted SET best_epoch = -9223372036854775808",
      "DROP TABLE main.wanted",
      "DROP TABLE part",
      "ALTER TABLE score DROP COLUMN coding",
  };
  ll_store *store = made();
  run(store, "PRAGMA ignore_check_constraints = 1");
  for (size_t i = 0; i < LL_ROWS(changes); i++) {
    run(store, "SAVEPOINT whole");
    sqlite3_exec(store->db, changes[i], NULL, NULL, NULL);
    bool told = true;
    for (size_t k = 0; k < LL_ROWS(all_of_them); k++) {
      ll_status status = outcome(store, all_of_them[k]);
      told &= status != LL_ERR_MEMORY && (status == LL_OK || *ll_message(ctx));
      if (!told) printf("# %s: %s\n", all_of_them[k], ll_message(ctx));
    }
    ok(told, "%s", changes[i]);
    run(store, "ROLLBACK TO whole; RELEASE whole");
  }
  refused(store, "SELECT auc(1, 3, 'test') FROM (SELECT 1) WHERE auc(99, 1, 'test')", "no trial 99");
  run(store, "UPDATE score SET scores = substr(scores, 1, length(scores) - 4) WHERE trial = 1");
  refused(store, "SELECT auc(1, 3, 'test')", "the database is damaged: trial 1, test, epoch 3");
  closed(store);
}

/* A blob with one byte changed gives the same scores or a refusal, never others; also just after the whole one was read. */
static void flipped(void) {
  ll_store *store = made();
  double whole = number(store, "SELECT auc(2, 4, 'test')");
  int size = (int)number(store, "SELECT length(scores) FROM score WHERE trial = 2"), refusals_seen = 0;
  bool right = true;
  for (int i = 0; i < size; i += 7) {
    char sql[200];
    snprintf(
        sql, sizeof sql,
        "SAVEPOINT whole; UPDATE score SET scores = CAST(substr(scores, 1, %d) || x'a5' || substr(scores, %d) AS BLOB) WHERE trial = 2",
        i, i + 2);
    run(store, sql);
    if (outcome(store, "SELECT auc(2, 4, 'test')") != LL_OK) refusals_seen++;
    else right &= number(store, "SELECT auc(2, 4, 'test')") == whole;
    run(store, "ROLLBACK TO whole; RELEASE whole");
    right &= number(store, "SELECT auc(2, 4, 'test')") == whole;
  }
  ok(right && refusals_seen > size / 10, "a changed byte is told: %d of %d", refusals_seen, size / 7);
  closed(store);
}

/* ---- what is said of a wrong query ---------------------------------------------------------------------------------------------
 */

static void wrong(void) {
  ll_store *store = made();
  refused(store, "SELECT tset FROM leaderboard", "no such column: tset; did you mean \"test\"? (line 1, column 8: \"tset FROM");
  refused(store, "SELECT valid_mean,\n  tset_mean FROM leaderboard",
          "did you mean \"test_mean\"? (line 2, column 3: \"tset_mean FROM");
  refused(store, "SELECT * FROM leaderbord", "did you mean \"leaderboard\"? (line 1, column 15: \"leaderbord\")");
  refused(store, "SELECT t.sed FROM trial AS t", "no such column: t.sed; did you mean \"seed\"?");
  refused(store, "SELECT acu(1, 2, 'test')", "no such function: acu; did you mean \"auc\"?");
  refused(store, "SELECT 'é', FROM trial", "near \"FROM\": syntax error (line 1, column 13: \"FROM trial\")");
  refused(store, "SELECT zzzzzzzzz FROM trial", "no such column: zzzzzzzzz (line 1, column 8");
  refused(store, "SELECT (", "query \"SELECT (\": incomplete input");
  closed(store);
}

int main(void) {
  printf("# seed %u\n", seed);
  draw();
  static void (*const tests[])(void) = {metrics, arguments, tables, refusals, damage, flipped, wrong};
  return run_tests(tests, LL_ROWS(tests));
}
