/* Studies in a merge. One name is one study: the script that was run last says what it asks and which trials it wants; every
 * version of the script stays. What is chosen of trials that came to a study is chosen anew, by its metric. */
#include <string.h>

#include "engine/store/merge.h"

/* last: when its script was run last, as far as the file knows. */
#define STUDY                                                                                                                      \
  "SELECT s.id, s.name, s.question, s.file, s.script, s.script_sha256, s.plan, s.plan_sha256, s.metric, s.goal, s.version, "       \
  "s.precision, s.machine, s.cpu, s.isa, s.blas, s.created, s.ran, "                                                               \
  "coalesce((SELECT max(made) FROM main.script AS x WHERE x.study = s.id), s.created) AS last FROM main.study AS s "
enum { ID, NAME, QUESTION, SCRIPT_SHA256 = 5, PLAN_SHA256 = 7, RAN = 17, LAST = 18 };

static const char insert_study[] =
    "INSERT INTO main.study (name, question, file, script, script_sha256, plan, plan_sha256, metric, goal, version, precision, "
    "machine, cpu, isa, blas, created, ran) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
static const char update_study[] =
    "UPDATE main.study SET question = ?2, file = ?3, script = ?4, script_sha256 = ?5, plan = ?6, plan_sha256 = ?7, metric = ?8, "
    "goal = ?9, version = ?10, precision = ?11, machine = ?12, cpu = ?13, isa = ?14, blas = ?15, "
    "created = min(created, ?16), ran = max(ran, ?17) WHERE name = ?1";

static int order(sqlite3_stmt *a, sqlite3_stmt *b, int column) {
  const char *x = (const char *)sqlite3_column_text(a, column), *y = (const char *)sqlite3_column_text(b, column);
  return strcmp(x ? x : "", y ? y : "");
}

/* Which of two versions is the later one: by the times at which they were run, or, where a second does not tell them apart, by
 * their hashes, so that every order of merging gives the same. */
static merge_state compare(sqlite3_stmt *theirs, sqlite3_stmt *ours) {
  static const int columns[] = {LAST, SCRIPT_SHA256, PLAN_SHA256};
  if (order(theirs, ours, SCRIPT_SHA256) == 0 && order(theirs, ours, PLAN_SHA256) == 0) return MERGE_THERE;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    int by = order(theirs, ours, columns[i]);
    if (by) return by > 0 ? MERGE_NEWER : MERGE_OLDER;
  }
  return MERGE_THERE;
}

ll_status ll_store_merge_studies(merge *m) {
  sqlite3_stmt *all = NULL, *find = NULL, *put[2] = {NULL};
  bool more;
  ll_status status;
  LL_GOTO(done, ll_store_merge_prepare(m->from, STUDY "ORDER BY s.id", &all));
  LL_GOTO(done, ll_store_merge_prepare(m->out, STUDY "WHERE s.name = ?1", &find));
  LL_GOTO(done, ll_store_merge_prepare(m->out, insert_study, &put[0]));
  LL_GOTO(done, ll_store_merge_prepare(m->out, update_study, &put[1]));
  for (;;) {
    LL_GOTO(done, ll_store_merge_next(m, all, &more));
    if (!more) break;
    LL_GOTO(done, ll_store_merge_value(m, find, 1, all, NAME));
    int rc = ll_store_step(m->out, find, NULL);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) LL_GOTO(done, ll_store_fail(m->out, rc, "merging"));
    merge_state state = rc == SQLITE_ROW ? compare(all, find) : MERGE_FRESH;
    int64_t there = rc == SQLITE_ROW ? sqlite3_column_int64(find, ID) : 0;
    sqlite3_reset(find);
    if (state == MERGE_FRESH || state == MERGE_NEWER) {
      sqlite3_stmt *stmt = put[state == MERGE_NEWER];
      for (int c = NAME; c <= RAN; c++) LL_GOTO(done, ll_store_merge_value(m, stmt, c, all, c));
      LL_GOTO(done, ll_store_merge_put(m, stmt, "study"));
      if (state == MERGE_FRESH) there = sqlite3_last_insert_rowid(m->out->db);
      m->merged->studies++;
    }
    LL_GOTO(done, ll_store_merge_know(m, MERGE_STUDY, sqlite3_column_int64(all, ID), there, state));
  }
done:
  sqlite3_finalize(all), sqlite3_finalize(find), sqlite3_finalize(put[0]), sqlite3_finalize(put[1]);
  return status;
}

/* ---- what they want ---- */

static ll_status want(merge *m, const merge_id *study, sqlite3_stmt *all, sqlite3_stmt *forget, sqlite3_stmt *insert) {
  enum { DATASET, CONFIG, TRIAL, PLACE, END = PLACE + 4 };
  bool more;
  if (study->state == MERGE_OLDER) return LL_OK;
  if (study->state == MERGE_NEWER) {
    sqlite3_bind_int64(forget, 1, study->to);
    LL_TRY(ll_store_merge_put(m, forget, "wanted"));
  }
  sqlite3_reset(all);
  sqlite3_bind_int64(all, 1, study->from);
  sqlite3_bind_int64(insert, 1, study->to);
  for (;;) {
    LL_TRY(ll_store_merge_next(m, all, &more));
    if (!more) return LL_OK;
    LL_TRY(ll_store_merge_bind(m, MERGE_DATASET, insert, 2, all, DATASET));
    LL_TRY(ll_store_merge_bind(m, MERGE_CONFIG, insert, 3, all, CONFIG));
    LL_TRY(ll_store_merge_bind(m, MERGE_TRIAL, insert, 4, all, TRIAL));
    for (int c = PLACE; c < END; c++) LL_TRY(ll_store_merge_value(m, insert, c + 2, all, c));
    LL_TRY(ll_store_merge_put(m, insert, "wanted"));
  }
}

/* Scripts stand in the order of running; where those that came do not, all get their numbers anew. */
static ll_status order_scripts(merge *m) {
  static const char numbers[] =
      "PRAGMA defer_foreign_keys = 1;"
      "CREATE TEMP TABLE merged_scripts (old INTEGER PRIMARY KEY, new INTEGER);"
      "INSERT INTO merged_scripts SELECT id, row_number() OVER (ORDER BY made, id) FROM main.script;"
      "UPDATE main.trial SET script = (SELECT -new FROM merged_scripts WHERE old = script) WHERE script IS NOT NULL;"
      "UPDATE main.script SET id = (SELECT -new FROM merged_scripts WHERE old = id);"
      "UPDATE main.trial SET script = -script WHERE script IS NOT NULL;"
      "UPDATE main.script SET id = -id;"
      "DROP TABLE merged_scripts";
  int64_t astray;
  LL_TRY(ll_store_number(m->out,
                         "SELECT EXISTS (SELECT 1 FROM (SELECT made, lag(made) OVER (ORDER BY id) AS before FROM main.script) "
                         "WHERE before > made)",
                         &astray));
  return astray ? ll_store_exec(m->out, numbers, "merging") : LL_OK;
}

ll_status ll_store_merge_wanted(merge *m) {
  sqlite3_stmt *all = NULL, *forget = NULL, *insert = NULL;
  ll_status status;
  LL_GOTO(done,
          ll_store_merge_prepare(
              m->from, "SELECT dataset, config, trial, place, best_epoch, valid, test FROM main.wanted WHERE study = ?1", &all));
  LL_GOTO(done, ll_store_merge_prepare(m->out, "DELETE FROM main.wanted WHERE study = ?1", &forget));
  LL_GOTO(done, ll_store_merge_prepare(m->out,
                                       "INSERT INTO main.wanted (study, dataset, config, trial, place, best_epoch, valid, test) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                                       &insert));
  for (size_t i = 0; i < m->maps[MERGE_STUDY].count; i++) LL_GOTO(done, want(m, &m->maps[MERGE_STUDY].ids[i], all, forget, insert));
  LL_GOTO(done, order_scripts(m));
done:
  sqlite3_finalize(all), sqlite3_finalize(forget), sqlite3_finalize(insert);
  return status;
}

ll_status ll_store_merge_choose(merge *m) {
  LL_TRY(ll_store_run(m->out, "choose_all_epochs", NULL, 0, NULL));
  return ll_store_run(m->out, "choose_all_values", NULL, 0, NULL);
}
