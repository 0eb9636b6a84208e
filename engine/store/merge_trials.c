/* Trials in a merge: one of each key. What is further goes before what is less far: done, diverged or pruned before failed, that
 * before what is still to be done; of two that are, the one that its search let go further on, and where that is as far, the one
 * that has come there and waits for its search, with its rows. Two that have ended well, or wait at the same epoch, have the same
 * numbers, or are a conflict, which is told and counted; what was recorded of one of them alone is added to the other. */
#include <string.h>

#include "engine/store/merge.h"

#define FIXED "key, dataset, config, cut, fold, seed, number, study_seed, precision, code, script, search"
#define ENDED                                                                                                                      \
  "records, lacks, status, error, diverged_epoch, stopped_epoch, pruned_epoch, pause, paused, worker, worker_start, host, "        \
  "started, finished, seconds, passed_over, zero_rows, bits, computer"
enum {
  ID,
  KEY,
  DATASET,
  CONFIG,
  CUT,
  SCRIPT = 11,
  SEARCH,
  RECORDS,
  LACKS,
  STATUS,
  PAUSE = 20,
  PAUSED,
  SECONDS = 27,
  PASSED_OVER,
  ZERO_ROWS,
  BITS,
  COMPUTER
};

static const char all_trials[] = "SELECT id, " FIXED ", " ENDED " FROM main.trial ORDER BY id";
static const char find_trial[] = "SELECT id, status, records, pause, paused FROM main.trial WHERE key = ?1";
static const char insert_trial[] = "INSERT INTO main.trial (" FIXED ", " ENDED ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                                   "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, "
                                   "?29, ?30, ?31)";
static const char end_trial[] = "UPDATE main.trial SET (" ENDED ") = (?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, "
                                "?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) WHERE id = ?1";

typedef struct work {
  merge *m;
  sqlite3_stmt *all, *find, *insert, *end, *checkpoint, *behind, *keep;
} work;

/* Of two that are still to be done, where the one that is further stands. */
static ll_status put_checkpoint(work *w, int64_t from, int64_t to) {
  bool more;
  sqlite3_reset(w->checkpoint);
  sqlite3_bind_int64(w->checkpoint, 1, from);
  LL_TRY(ll_store_merge_next(w->m, w->checkpoint, &more));
  if (!more) return LL_OK;
  sqlite3_bind_int64(w->behind, 1, to);
  LL_TRY(ll_store_merge_value(w->m, w->behind, 2, w->checkpoint, 0));
  LL_TRY(ll_store_merge_put(w->m, w->behind, "checkpoint"));
  sqlite3_bind_int64(w->keep, 1, to);
  LL_TRY(ll_store_merge_value(w->m, w->keep, 2, w->checkpoint, 0));
  LL_TRY(ll_store_merge_bind(w->m, MERGE_COMPUTER, w->keep, 3, w->checkpoint, 1));
  LL_TRY(ll_store_merge_value(w->m, w->keep, 4, w->checkpoint, 2));
  LL_TRY(ll_store_merge_value(w->m, w->keep, 5, w->checkpoint, 3));
  return ll_store_merge_put(w->m, w->keep, "checkpoint");
}

/* ---- trials ---- */

enum { OPEN, FAILED, ENDED_WELL };
static int rank(sqlite3_stmt *stmt, int column) {
  const char *word = (const char *)sqlite3_column_text(stmt, column);
  if (word && strcmp(word, "pruned") == 0) return ENDED_WELL;
  return word && *word == 'd' ? ENDED_WELL : word && *word == 'f' ? FAILED : OPEN;
}

/* How far a trial is. pause: of one that is still to be done the epoch after which its search looks at it, the largest number where
 * it goes to its end; waits: whether it has come there. */
typedef struct place {
  int rank;
  int64_t pause;
  bool waits;
} place;

static place place_of(sqlite3_stmt *stmt, int status, int pause, int paused) {
  bool to_its_end = sqlite3_column_type(stmt, pause) == SQLITE_NULL;
  return (place){.rank = rank(stmt, status),
                 .pause = to_its_end ? INT64_MAX : sqlite3_column_int64(stmt, pause),
                 .waits = sqlite3_column_type(stmt, paused) != SQLITE_NULL};
}

static bool is_further(const place *a, const place *b) {
  if (a->rank != b->rank || a->rank != OPEN) return a->rank > b->rank;
  return a->pause != b->pause ? a->pause > b->pause : a->waits && !b->waits;
}

/* Binds the current trial from a column on; of one that is still to be done what it is, and what it has come to if its search has
 * looked at it. */
static ll_status bind_trial(work *w, sqlite3_stmt *to, int first, int its_rank) {
  static const int maps[COMPUTER + 1] = {[DATASET] = MERGE_DATASET + 1,
                                         [CONFIG] = MERGE_CONFIG + 1,
                                         [CUT] = MERGE_CUT + 1,
                                         [SCRIPT] = MERGE_SCRIPT + 1,
                                         [COMPUTER] = MERGE_COMPUTER + 1};
  static const bool of_open[COMPUTER + 1] = {[PAUSE] = true,     [PAUSED] = true, [SECONDS] = true, [PASSED_OVER] = true,
                                             [ZERO_ROWS] = true, [BITS] = true,   [COMPUTER] = true};
  for (int c = first; c <= COMPUTER; c++) {
    if (its_rank == OPEN && c > RECORDS && !of_open[c]) {
      if (c == STATUS) sqlite3_bind_text(to, c, "pending", -1, SQLITE_STATIC);
      else sqlite3_bind_null(to, c);
    } else if (c == SCRIPT && w->m->what == LL_STORE_TRIALS) sqlite3_bind_null(to, c);
    else if (maps[c]) LL_TRY(ll_store_merge_bind(w->m, maps[c] - 1, to, c, w->all, c));
    else LL_TRY(ll_store_merge_value(w->m, to, c, w->all, c));
  }
  return LL_OK;
}

/* Two that ended well, or that wait at the same epoch. [out] *state: whether rows of theirs are to come to ours. */
static ll_status join(work *w, int64_t from, int64_t to, bool same_records, merge_state *state) {
  ll_store_merged *merged = w->m->merged;
  ll_difference difference;
  if (same_records) LL_TRY(ll_store_differ(w->m->out, to, w->m->from, from, &difference));
  else LL_TRY(ll_store_differ_where_both(w->m->out, to, w->m->from, from, &difference));
  /* What a study asks for beside that is no number of it. */
  if (difference.table && strcmp(difference.column, "lacks") == 0) same_records = false, difference.table = NULL;
  if (difference.table) {
    if (merged->conflicts++ == 0) merged->trial = to, merged->other = from, merged->difference = difference;
    return LL_OK;
  }
  merged->there++;
  if (!same_records) *state = MERGE_BESIDE;
  return LL_OK;
}

/* Theirs in the place of ours, which is less far; to: 0 where there is none. */
static ll_status take(work *w, int64_t from, int64_t *to, const place *theirs, merge_state *state) {
  merge *m = w->m;
  sqlite3_stmt *put = *to ? w->end : w->insert;
  bool has_rows = theirs->rank != OPEN || sqlite3_column_bytes(w->all, SEARCH) > 0; /* up to where its search last looked at it */
  if (*to) LL_TRY(ll_store_reset(m->out, *to));
  LL_TRY(bind_trial(w, put, *to ? RECORDS : KEY, theirs->rank));
  if (*to) sqlite3_bind_int64(put, 1, *to);
  LL_TRY(ll_store_merge_put(m, put, "trial"));
  if (*to) m->merged->filled += theirs->rank != OPEN, m->merged->there += theirs->rank == OPEN;
  else m->merged->added++, *to = sqlite3_last_insert_rowid(m->out->db);
  if (has_rows) *state = MERGE_FRESH;
  return theirs->rank == OPEN ? put_checkpoint(w, from, *to) : LL_OK;
}

static ll_status carry(work *w) {
  merge *m = w->m;
  int64_t from = sqlite3_column_int64(w->all, ID);
  place theirs = place_of(w->all, STATUS, PAUSE, PAUSED), ours = {0};
  LL_TRY(ll_store_merge_value(m, w->find, 1, w->all, KEY));
  int rc = ll_store_step(m->out, w->find, NULL);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return ll_store_fail(m->out, rc, "merging");
  int64_t to = rc == SQLITE_ROW ? sqlite3_column_int64(w->find, 0) : 0;
  merge_state state = MERGE_THERE;
  bool same_records = to && ll_store_merge_same(w->find, 2, w->all, RECORDS);
  if (to) ours = place_of(w->find, 1, 3, 4);
  sqlite3_reset(w->find);
  m->merged->trials++;
  if (!to || is_further(&theirs, &ours)) LL_TRY(take(w, from, &to, &theirs, &state));
  else if (theirs.rank == ENDED_WELL || (ours.rank == OPEN && theirs.waits && ours.waits && theirs.pause == ours.pause))
    LL_TRY(join(w, from, to, same_records, &state));
  else {
    m->merged->there++;
    if (theirs.rank == OPEN && ours.rank == OPEN) LL_TRY(put_checkpoint(w, from, to));
  }
  return ll_store_merge_know(m, MERGE_TRIAL, from, to, state);
}

/* ---- all of them ---- */

static ll_status prepare(work *w) {
  ll_store *out = w->m->out, *from = w->m->from;
  LL_TRY(ll_store_merge_prepare(from, all_trials, &w->all));
  LL_TRY(ll_store_merge_prepare(from, "SELECT epoch, computer, bits, state FROM main.checkpoint WHERE trial = ?1", &w->checkpoint));
  LL_TRY(ll_store_merge_prepare(out, find_trial, &w->find));
  LL_TRY(ll_store_merge_prepare(out, insert_trial, &w->insert));
  LL_TRY(ll_store_merge_prepare(out, end_trial, &w->end));
  LL_TRY(ll_store_merge_prepare(out, "DELETE FROM main.checkpoint WHERE trial = ?1 AND epoch < ?2", &w->behind));
  return ll_store_merge_prepare(out,
                                "INSERT INTO main.checkpoint (trial, epoch, computer, bits, state) VALUES (?1, ?2, ?3, ?4, ?5) "
                                "ON CONFLICT DO NOTHING",
                                &w->keep);
}

ll_status ll_store_merge_trials(merge *m) {
  work w = {.m = m};
  bool more;
  ll_status status;
  LL_GOTO(done, prepare(&w));
  for (;;) {
    LL_GOTO(done, ll_store_merge_next(m, w.all, &more));
    if (!more) break;
    LL_GOTO(done, carry(&w));
  }
done:
  sqlite3_finalize(w.all), sqlite3_finalize(w.find), sqlite3_finalize(w.insert), sqlite3_finalize(w.end);
  sqlite3_finalize(w.checkpoint), sqlite3_finalize(w.behind), sqlite3_finalize(w.keep);
  return status;
}
