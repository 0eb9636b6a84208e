/* Comparing and merging databases: what is carried, what goes before what, what is refused, what is compared and what is not. */
#include <string.h>

#include "tests/merge.h"

static const char *const tables[] = {"study",  "script", "dataset", "content", "config", "cut",     "part",      "trial",
                                     "wanted", "epoch",  "metric",  "learnt",  "score",  "network", "learnable", "kept"};

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

/* A refusal with that status and these words in its message. */
static void refuses(ll_status got, ll_status wanted, const char *words) {
  const char *message = got == LL_OK ? "" : ll_message(ctx);
  ok(got == wanted && strstr(message, words), "refused with \"%s\": %s \"%s\"", words, ll_status_name(got), message);
}

/* Merges, and commits if nothing is wrong. */
static ll_status merge_of(ll_store *out, const char *path, ll_store_what what, ll_store_merged *merged) {
  ll_store *from = opened(path, LL_STORE_READ);
  works(ctx, ll_store_begin(out));
  ll_status status = ll_store_merge(out, from, what, merged);
  if (status == LL_OK && merged->conflicts == 0) works(ctx, ll_store_commit(out));
  else ll_store_rollback(out);
  ll_store_close(from);
  return status;
}

static ll_status merge(ll_store *out, const char *path, ll_store_merged *merged) {
  return merge_of(out, path, LL_STORE_ALL, merged);
}

static void same_content(ll_store *a, ll_store *b, const char *what) {
  const char *differs = "";
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char one[65] = "", other[65] = "";
    works(ctx, ll_store_digest(a, tables[i], one));
    works(ctx, ll_store_digest(b, tables[i], other));
    if (strcmp(one, other) != 0) differs = tables[i];
  }
  ok(!*differs, "%s: the same content %s", what, differs);
}

/* [out] the columns that a statement or the schema gives, in one line, sorted, without some. */
static void add_column(char *list, const char *name) {
  char *copy = strdup(list), *rest = copy, *word;
  bool put = false;
  *list = 0;
  while ((word = strsep(&rest, " ")) && *word) {
    if (!put && strcmp(name, word) < 0) strcat(strcat(list, name), " "), put = true;
    strcat(strcat(list, word), " ");
  }
  if (!put) strcat(strcat(list, name), " ");
  free(copy);
}

static void test_columns(void) {
  static const struct {
    const char *table, *statement, *left_out;
  } compared[] = {{"trial", "same_trial", " id key script "}, {"epoch", "same_epochs", " trial "},
                  {"learnt", "same_learnt", " trial "},       {"metric", "same_metrics", " trial "},
                  {"network", "same_networks", " trial "},    {"kept", "same_kept", " trial "},
                  {"score", "same_scores", " trial "}};
  ll_store *store = opened(made("columns.db", DONE(1)), LL_STORE_READ);
  for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
    char wanted[512] = "", found[512] = "", word[80];
    ll_rows *rows = NULL;
    bool more = true;
    ll_value table = ll_value_text(compared[i].table, strlen(compared[i].table)), one = ll_value_integer(1);
    works(ctx, ll_store_query(store, "columns", &table, 1, &rows));
    while (ll_rows_next(rows, &more) == LL_OK && more) {
      ll_value v = ll_rows_value(rows, 0);
      snprintf(word, sizeof word, " %.*s ", (int)v.size, (const char *)v.bytes);
      if (strstr(compared[i].left_out, word)) continue;
      word[strlen(word) - 1] = 0;
      add_column(wanted, word + 1);
    }
    ll_rows_close(rows);
    works(ctx, ll_store_query(store, compared[i].statement, &one, 1, &rows));
    for (size_t c = 0; c < ll_rows_columns(rows); c++) add_column(found, ll_rows_name(rows, c));
    ll_rows_close(rows);
    ok(strcmp(wanted, found) == 0, "of table %s all is compared that has to be equal: %s, found %s", compared[i].table, wanted,
       found);
  }
  ll_store_close(store);
}

static void test_copy(void) {
  ll_store_merged merged;
  const char *all = made("all.db", DONE(1) DONE(2) DONE(3) DONE(4));
  ll_store *whole = opened(all, LL_STORE_READ), *out = opened(at("copy.db"), LL_STORE_CREATE);
  works(ctx, merge(out, all, &merged));
  ok(merged.trials == 4 && merged.added == 4 && merged.studies == 1, "all is new in an empty one");
  same_content(out, whole, "copied");
  ok(number(out, "SELECT sum(seconds) FROM epoch") == 3 && number(out, "SELECT sum(worker) FROM trial") == 28,
     "with what may differ");
  works(ctx, merge(out, all, &merged));
  ok(merged.added == 0 && merged.there == 4 && merged.rows == 0 && merged.studies == 0, "and again nothing is");
  same_content(out, whole, "merged twice");
  ok(number(out, "SELECT count(*) FROM pragma_foreign_key_check") == 0, "nothing refers to what is not there");
  plain(all, "UPDATE trial SET id = 50 - id; UPDATE metric SET trial = 50 - trial; UPDATE epoch SET trial = 50 - trial; "
             "UPDATE learnt SET trial = 50 - trial; UPDATE score SET trial = 50 - trial; UPDATE kept SET trial = 50 - trial; "
             "UPDATE network SET trial = 50 - trial; UPDATE wanted SET trial = 50 - trial");
  works(ctx, merge(out, all, &merged));
  ok(merged.there == 4 && merged.conflicts == 0, "under other ids they are the same");
  ll_store_close(out);
  ll_store_close(whole);
}

static void test_fill(void) {
  ll_store_merged merged;
  const char *whole_path = made("whole.db", DONE(1) DONE(2) DONE(3) DONE(4));
  ll_store *whole = opened(whole_path, LL_STORE_READ);
  static const char *const halves[] = {DONE(1) DONE(2),
                                       DONE(3) DONE(4) "UPDATE trial SET status = 'failed', error = 'e' WHERE id = 1",
                                       DONE(2) DONE(3) "UPDATE trial SET status = 'running', runner = 5 WHERE id = 4"};
  for (int first = 0; first < 3; first++) {
    unlink(at("filled.db"));
    ll_store *out = opened(at("filled.db"), LL_STORE_CREATE);
    for (int i = 0; i < 3; i++) works(ctx, merge(out, made("half.db", halves[(first + i) % 3]), &merged));
    same_content(out, whole, "filled");
    ok(number(out, "SELECT count(*) FROM trial WHERE runner IS NOT NULL") == 0, "and nobody has a trial in hand");
    works(ctx, merge(out, made("half.db", ""), &merged));
    ok(merged.filled == 0 && merged.there == 4, "one that is still to be done changes nothing");
    same_content(out, whole, "filled, and more that is open");
    ll_store_close(out);
  }
  ll_store_close(whole);
}

static void conflicts(const char *ours, const char *theirs, const char *table, const char *column, const char *place) {
  ll_store_merged merged;
  ll_store *out = opened(made("ours.db", ours), LL_STORE_WRITE);
  char before[65] = "", after[65] = "";
  works(ctx, ll_store_digest(out, table, before));
  works(ctx, merge(out, made("theirs.db", theirs), &merged));
  const ll_difference *d = &merged.difference;
  ok(merged.conflicts == 1 && d->table && strcmp(d->table, table) == 0 && strcmp(d->column, column) == 0 &&
         strcmp(d->place, place) == 0,
     "a conflict in %s %s %s: %d of %s %s %s: %s, %s", table, column, place, (int)merged.conflicts, d->table ? d->table : "none",
     d->column, d->place, d->a, d->b);
  works(ctx, ll_store_digest(out, table, after));
  ok(strcmp(before, after) == 0, "and ours is as it was");
  ll_store_close(out);
}

static void test_conflicts(void) {
  conflicts(DONE(1), DONE(1) "UPDATE metric SET value = 0.7000000000000001 WHERE value = 0.7", "metric", "value",
            "auc, test, epoch 2");
  conflicts(DONE(1), DONE(1) "UPDATE epoch SET train_loss = 0.5000001 WHERE epoch = 1", "epoch", "train_loss", "epoch 1");
  conflicts(DONE(1), DONE(1) "UPDATE learnt SET gradient = 1 WHERE epoch = 2", "learnt", "gradient", "margin, epoch 2");
  conflicts(DONE(1), DONE(1) "UPDATE kept SET numbers = x'0000803f000000400000404000008041'", "kept", "numbers", "map");
  conflicts(DONE(1), DONE(1) "UPDATE network SET weights = x'0103'", "network", "weights", "epoch 2");
  conflicts(DONE(1), DONE(1) "UPDATE score SET scores = x'0000803f000000400000404000008041'", "score", "scores", "test, epoch 2");
  conflicts(DONE(1), DONE(1) "UPDATE trial SET status = 'diverged', diverged_epoch = 2 WHERE id = 1", "trial", "status", "");
  conflicts(DONE(1), DONE(1) "DELETE FROM metric WHERE split = 'test' AND epoch = 2", "metric", "", "auc, test, epoch 2");
  ll_store_merged merged;
  ll_store *out = opened(made("ours.db", DONE(1)), LL_STORE_WRITE);
  works(ctx, merge(out, made("theirs.db", DONE(1) "UPDATE epoch SET seconds = 9; UPDATE trial SET host = 'other', seconds = 3"),
                   &merged));
  ok(merged.conflicts == 0 && merged.there == 1 + 3, "what may differ is none");
  refuses(merge(out, made("theirs.db", "UPDATE dataset SET rows = 5"), &merged), LL_ERR_STORE, "data sets of one key");
  refuses(merge(out, made("theirs.db", "UPDATE part SET rows = x'03000000' WHERE split = 'test'"), &merged), LL_ERR_STORE,
          "rows or labels");
  refuses(merge(out, made("theirs.db", DONE(2) "DELETE FROM epoch WHERE epoch = 2"), &merged), LL_ERR_FORMAT, "no such epoch");
  refuses(merge(out, made("theirs.db", "UPDATE trial SET cut = 9, key = 'other ' || id"), &merged), LL_ERR_FORMAT,
          "table cut, which is not there");
  refuses(merge(out, made("theirs.db", "UPDATE trial SET key = 'schema 5, 1' WHERE id = 1"), &merged), LL_ERR_FORMAT,
          "losslab resume");
  ll_store *from = opened(at("theirs.db"), LL_STORE_READ);
  refuses(ll_store_merge(out, from, LL_STORE_ALL, &merged), LL_ERR_ARGUMENT, "inside a transaction");
  ll_store_close(from);
  ll_store_close(out);
}

/* ---- scores ---- */

static void put_scores(const char *path, int first, int last, ll_scores_coding asked, float more) {
  float values[8 * 4];
  void *bytes;
  size_t size;
  ll_scores_coding coding;
  sqlite3 *db;
  sqlite3_stmt *stmt;
  for (int e = first; e <= last; e++)
    for (int i = 0; i < 4; i++) values[(e - first) * 4 + i] = (float)e + (float)i / 8 + more;
  works(ctx, ll_scores_pack(ctx, values, (size_t)(last - first + 1), 4, asked, &coding, &bytes, &size));
  sqlite3_open(path, &db);
  sqlite3_prepare_v2(db, "INSERT INTO score VALUES (1, 'valid', ?1, ?2, 1, ?3, ?4)", -1, &stmt, NULL);
  sqlite3_bind_int(stmt, 1, first), sqlite3_bind_int(stmt, 2, last), sqlite3_bind_int(stmt, 3, (int)coding);
  sqlite3_bind_blob(stmt, 4, bytes, (int)size, SQLITE_STATIC);
  ok(sqlite3_step(stmt) == SQLITE_DONE, "scores of epochs %d to %d", first, last);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  ll_free(ctx, bytes);
}

#define EIGHT DONE(1) "WITH n (e) AS (VALUES (3), (4), (5), (6), (7), (8)) INSERT INTO epoch SELECT 1, e, 1, 1, 1, 0, 0 FROM n;"

static bool differ(const char *a, const char *b, ll_difference *out) {
  ll_store *one = opened(a, LL_STORE_READ), *other = opened(b, LL_STORE_READ);
  works(ctx, ll_store_differ(one, 1, other, 1, out));
  ll_store_close(one);
  ll_store_close(other);
  return out->table != NULL;
}

static void test_scores(void) {
  ll_difference d;
  ll_store_merged merged;
  const char *raw = made("raw.db", EIGHT), *packed = made("packed.db", EIGHT), *other = made("other.db", EIGHT);
  put_scores(raw, 1, 3, LL_SCORES_RAW, 0), put_scores(raw, 4, 8, LL_SCORES_RAW, 0);
  put_scores(packed, 1, 8, LL_SCORES_PACKED, 0);
  put_scores(other, 1, 5, LL_SCORES_PACKED, 0), put_scores(other, 6, 8, LL_SCORES_PACKED, 0.5f);
  bool differs = differ(raw, packed, &d);
  ok(!differs, "how scores are packed does not count: %s %s", d.table ? d.table : "", d.place);
  differs = differ(raw, other, &d);
  ok(differs && d.epoch == 6 && d.row == 1 && strcmp(d.a, "6") == 0 && strcmp(d.b, "6.5") == 0, "epoch %d, row %d: %s, %s",
     (int)d.epoch, (int)d.row, d.a, d.b);
  /* Recorded differently: the epochs of both, each once. */
  static const struct {
    int ours[4], theirs[4];
  } cases[] = {{{2, 2}, {1, 8}}, {{1, 8}, {3, 3}}, {{1, 4}, {3, 8}}, {{1, 2, 7, 8}, {2, 7}}, {{1, 1, 8, 8}, {2, 7}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const int *ours = cases[i].ours, *theirs = cases[i].theirs;
    const char *a = made("a.db", EIGHT), *b = made("b.db", EIGHT "UPDATE trial SET records = '{\"scores\":\"all\"}'");
    for (int k = 0; k < 4 && ours[k]; k += 2) put_scores(a, ours[k], ours[k + 1], LL_SCORES_PACKED, 0);
    put_scores(b, theirs[0], theirs[1], LL_SCORES_PACKED, 0);
    ll_store *out = opened(a, LL_STORE_WRITE);
    works(ctx, merge(out, b, &merged));
    ok(merged.conflicts == 0 && number(out, "SELECT sum(last - first + 1) FROM score WHERE split = 'valid'") == 8,
       "case %zu: eight epochs", i);
    ll_store_close(out);
    plain(a, "UPDATE trial SET records = '{}'");
    differs = differ(a, raw, &d);
    ok(!differs, "with the scores of all: %s %s %s: %s, %s", d.table ? d.table : "", d.column, d.place, d.a, d.b);
  }
}

static void test_studies(void) {
  ll_store_merged merged;
  static const char later[] =
      "UPDATE study SET question = 'later', script_sha256 = substr('f' || script_sha256, 1, 64); UPDATE script SET "
      "made = '2026-02-01T00:00:00Z', sha256 = substr('f' || sha256, 1, 64); DELETE FROM wanted WHERE trial > 2;";
  char text[1024];
  for (int order = 0; order < 2; order++) {
    snprintf(text, sizeof text, "%s", later);
    const char *old = made("old.db", DONE(1)), *new = made("new.db", text);
    unlink(at("studies.db"));
    ll_store *out = opened(at("studies.db"), LL_STORE_CREATE);
    works(ctx, merge(out, order ? new : old, &merged));
    works(ctx, merge(out, order ? old : new, &merged));
    ok(number(out, "SELECT count(*) FROM main.study WHERE question = 'later'") == 1, "the later script says what a study is");
    ok(number(out, "SELECT count(*) FROM main.wanted") == 2 && number(out, "SELECT count(*) FROM trial") == 4,
       "and wants; all trials stay");
    ok(number(out, "SELECT count(*) FROM main.wanted WHERE test = 0.7") == 1, "what is done has its value");
    ok(number(out, "SELECT count(*) FROM script") == 2 && number(out, "SELECT made LIKE '2026-02%' FROM script WHERE id = 2") == 1,
       "both scripts stand in the order of their dates");
    ok(number(out, "SELECT count(*) FROM pragma_foreign_key_check") == 0, "and all refers to what is there");
    ll_store_close(out);
  }
}

/* Trials alone: what they are merged into knows what its studies are, whatever the other's clock says, and under which name. */
static void test_trials_alone(void) {
  static const char *const others[] = {
      "UPDATE study SET question = 'later', script_sha256 = substr('f' || script_sha256, 1, 64);"
      "UPDATE script SET made = '2999-02-01T00:00:00Z', sha256 = substr('f' || sha256, 1, 64);",
      "UPDATE study SET name = 'former'",
  };
  static const char *const kept[] = {"study", "script", "search", "proposal", "look"};
  ll_store_merged merged;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char text[4096], before[5][65], after[5][65];
    snprintf(text, sizeof text, "%s", DONE(2) DONE(4));
    snprintf(text + strlen(text), sizeof text - strlen(text),
             "%s; DELETE FROM wanted WHERE trial = 3; DELETE FROM trial WHERE id = 3;"
             "INSERT INTO look VALUES (1, '" SHA "', 'show', '2026-01-02', '2026-01-02', 1)",
             others[i]);
    const char *theirs = made("theirs.db", text),
               *ours = made("ours.db", DONE(1) "INSERT INTO search VALUES (1, 1, 'hinge', 0, '{}', NULL);"
                                               "INSERT INTO proposal VALUES (1, 1, 'hinge', 0, 1, 1, 1, '{}', 'start', 1);"
                                               "DELETE FROM wanted WHERE trial = 4; DELETE FROM trial WHERE id = 4");
    ll_store *out = opened(ours, LL_STORE_WRITE);
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) works(ctx, ll_store_digest(out, kept[k], before[k]));
    works(ctx, merge_of(out, theirs, LL_STORE_TRIALS, &merged));
    ok(merged.studies == 0 && merged.rows == 0 && merged.filled == 1 && merged.added == 1, "trials alone: no study");
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
      works(ctx, ll_store_digest(out, kept[k], after[k]));
      ok(strcmp(before[k], after[k]) == 0, "the table %s is as it was", kept[k]);
    }
    ok(number(out, "SELECT count(*) FROM main.wanted") == 3 &&
           number(out, "SELECT count(*) FROM main.wanted WHERE test = 0.7") == 2,
       "what is wanted is as it was, with what was chosen of it");
    ok(number(out, "SELECT count(*) FROM trial WHERE key = 'trial 4' AND status = 'done' AND script IS NULL") == 1,
       "a trial that was not there is of no script");
    ok(number(out, "SELECT count(*) FROM metric WHERE trial = (SELECT id FROM trial WHERE key = 'trial 4')") == 4, "with its rows");
    ok(number(out, "SELECT count(*) FROM pragma_foreign_key_check") == 0, "and all refers to what is there");
    works(ctx, merge_of(out, theirs, LL_STORE_TRIALS, &merged));
    ok(merged.added == 0 && merged.filled == 0 && merged.there == 3, "and again nothing is");
    ll_store_close(out);
  }
}

#define SEARCH(ended)                                                                                                              \
  "INSERT INTO search VALUES (1, 1, 'hinge', 0, '{}', " ended ");"                                                                 \
  "INSERT INTO proposal VALUES (1, 1, 'hinge', 0, 1, 1, 1, '{}', 'start', 1);"
#define PRUNED(id)                                                                                                                 \
  DONE(id) "UPDATE trial SET status = 'pruned', pruned_epoch = 2 WHERE id = " #id "; UPDATE wanted SET valid = NULL, test = NULL;"

/* Searches come with their study, and of two states of one the further one stays. */
static void test_searches(void) {
  ll_store_merged merged;
  const char *short_one =
      made("short.db", SEARCH("NULL") "UPDATE trial SET pause = 1, search = 'x'; UPDATE trial SET paused = 1 WHERE id = 1;"
                                      "INSERT INTO epoch VALUES (1, 1, 0.5, 0.1, 0.25, 0, 0);"
                                      "INSERT INTO look VALUES (1, '" SHA "', 'show', '2026-01-02', '2026-01-02', 1)");
  const char *long_one =
      made("long.db", PRUNED(2) SEARCH("'budget'") "INSERT INTO proposal VALUES (1, 1, 'hinge', 0, 2, 1, 1, '{}', 'tpe', NULL);"
                                                   "UPDATE trial SET search = 'x'; UPDATE trial SET pause = 3 WHERE id = 1;"
                                                   "INSERT INTO checkpoint VALUES (1, 1, 1, '', x'00');"
                                                   "INSERT INTO look VALUES (1, '" SHA "', 'show', '2026-01-01', '2026-01-03', 4)");
  for (int order = 0; order < 2; order++) {
    unlink(at("searched.db"));
    ll_store *out = opened(at("searched.db"), LL_STORE_CREATE);
    works(ctx, merge(out, order ? short_one : long_one, &merged));
    works(ctx, merge(out, order ? long_one : short_one, &merged));
    works(ctx, merge(out, order ? short_one : long_one, &merged));
    ok(number(out, "SELECT count(*) FROM proposal") == 2 && number(out, "SELECT ended = 'budget' FROM search") == 1,
       "the further one, with all that it proposed");
    ok(number(out, "SELECT pause FROM trial WHERE id = 1 AND status = 'pending' AND paused IS NULL") == 3 &&
           number(out, "SELECT count(*) FROM checkpoint WHERE trial = 1") == 1 &&
           number(out, "SELECT count(*) FROM epoch WHERE trial = 1") == 0,
       "a trial that waits here was let go on there");
    ok(number(out, "SELECT pruned_epoch FROM trial WHERE id = 2 AND status = 'pruned' AND search = 'x'") == 2 &&
           number(out, "SELECT count(*) FROM epoch WHERE trial = 2") == 2,
       "what was pruned comes with its rows");
    ok(number(out, "SELECT best_epoch FROM main.wanted WHERE trial = 2 AND valid IS NULL") == 2,
       "and its best epoch, but no value");
    ok(number(out, "SELECT count(*) FROM look WHERE first = '2026-01-01' AND last = '2026-01-03' AND times = 4") == 1,
       "looks are not counted twice");
    ok(number(out, "SELECT count(*) FROM pragma_foreign_key_check") == 0, "and all refers to what is there");
    ll_store_close(out);
  }
  conflicts(DONE(1), PRUNED(1), "trial", "status", "");
}

/* A trial as it was proposed, as it waits after epoch 1, let go on to 2, waiting there, let go on to its end, done: each goes
 * before those to its left, and what it has come to comes with it. */
#define EPOCH(epoch, value)                                                                                                        \
  "INSERT INTO epoch VALUES (1, " #epoch ", 0.5, 0.1, 0.25, 0, 0);"                                                                \
  "INSERT INTO metric VALUES (1, 'auc', 'valid', " #epoch ", " value ");"
#define STANDS(pause, paused, epoch)                                                                                               \
  "UPDATE trial SET search = 'x', pause = " pause ", paused = " paused ", seconds = 0.5 WHERE id = 1;"                             \
  "INSERT INTO checkpoint VALUES (1, " #epoch ", 1, 'portable', x'0" #epoch "');"
static void test_waiting(void) {
  ll_store_merged merged;
  static const char *const states[] = {"UPDATE trial SET search = 'x', pause = 1 WHERE id = 1;",
                                       STANDS("1", "1", 1) EPOCH(1, "0.5"),
                                       STANDS("2", "NULL", 1) EPOCH(1, "0.5"),
                                       STANDS("2", "2", 2) EPOCH(1, "0.5") EPOCH(2, "0.75"),
                                       STANDS("NULL", "NULL", 2) EPOCH(1, "0.5") EPOCH(2, "0.75"),
                                       DONE(1) "UPDATE trial SET search = 'x' WHERE id = 1;"};
  static const struct {
    const char *pause, *paused, *state, *epochs;
  } want[] = {{"1", NULL, NULL, "0"}, {"1", "1", "1", "1"},   {"2", NULL, "1", "1"},
              {"2", "2", "2", "2"},   {NULL, NULL, "2", "2"}, {NULL, NULL, NULL, "2"}};
  enum { STATES = sizeof states / sizeof *states };
  for (int a = 0; a < STATES; a++)
    for (int b = 0; b < STATES; b++) {
      int last = a > b ? a : b;
      const char *one = made("one.db", states[a]), *other = made("other.db", states[b]);
      char sql[512];
      unlink(at("waiting.db"));
      ll_store *out = opened(at("waiting.db"), LL_STORE_CREATE);
      works(ctx, merge(out, one, &merged));
      works(ctx, merge(out, other, &merged));
      snprintf(
          sql, sizeof sql,
          "SELECT pause IS %s AND paused IS %s AND (SELECT epoch FROM checkpoint WHERE trial = 1) IS %s AND "
          "(SELECT count(*) FROM epoch WHERE trial = 1) = %s AND (SELECT count(*) FROM metric WHERE trial = 1 AND name = 'auc' "
          "AND split = 'valid') = %s FROM trial WHERE id = 1",
          want[last].pause ? want[last].pause : "NULL", want[last].paused ? want[last].paused : "NULL",
          want[last].state ? want[last].state : "NULL", want[last].epochs, want[last].epochs);
      ok(merged.conflicts == 0 && number(out, sql) == 1, "state %d and state %d: state %d", a, b, last);
      if (want[last].paused)
        ok(number(out, "SELECT w.best_epoch = t.paused AND t.seconds = 0.5 FROM main.wanted AS w JOIN trial AS t ON t.id = w.trial "
                       "WHERE t.id = 1") == 1,
           "  with its best epoch so far");
      ll_store_close(out);
    }
  conflicts(STANDS("1", "1", 1) EPOCH(1, "0.5"), STANDS("1", "1", 1) EPOCH(1, "0.25"), "metric", "value", "auc, valid, epoch 1");
}

int main(void) {
  static void (*const tests[])(void) = {test_columns, test_copy,         test_fill,     test_conflicts, test_scores,
                                        test_studies, test_trials_alone, test_searches, test_waiting};
  if (ll_ctx_open(&ctx) != LL_OK || !mkdtemp(folder)) return 1;
  size_t held = ll_memory_used(ctx);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tests[i]();
  ok(ll_memory_used(ctx) == held && sqlite3_memory_used() == 0, "nothing is left");
  ll_ctx_close(ctx);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) return 1;
  return done();
}
