/* What the files that merge databases share (merge.c, merge_rows.c, merge_trials.c). Rows are carried from one store, which is
 * read, to another, in whose transaction they are written; both are main tables of this schema's version. */
#ifndef LOSSLAB_ENGINE_MERGE_H
#define LOSSLAB_ENGINE_MERGE_H

#include "engine/store/store.h"

/* What a row is beside those that were there: new; of a study what its script says later or earlier; of a trial whether its rows
 * are to come as well, to a trial that has none or beside those that it has. */
typedef enum merge_state { MERGE_THERE, MERGE_FRESH, MERGE_NEWER, MERGE_OLDER, MERGE_BESIDE } merge_state;

/* Which row of `out` a row of `from` is, by ids; ascending by from. */
typedef struct merge_id {
  int64_t from, to;
  merge_state state;
} merge_id;

typedef struct merge_map {
  const char *table;
  merge_id *ids;
  size_t count, room;
} merge_map;

enum { MERGE_DATASET, MERGE_CONFIG, MERGE_CUT, MERGE_COMPUTER, MERGE_STUDY, MERGE_SCRIPT, MERGE_TRIAL, MERGE_MAPS };

typedef struct merge {
  ll_store *out, *from;
  ll_store_what what;
  ll_store_merged *merged;
  merge_map maps[MERGE_MAPS];
} merge;

/* Adds an id that is larger than those before. LL_ERR_MEMORY. */
ll_status ll_store_merge_know(merge *m, int map, int64_t from, int64_t to, merge_state state);
/* [out] the row that a row is; LL_ERR_FORMAT if `from` has none of that id. */
ll_status ll_store_merge_find(merge *m, int map, int64_t from, const merge_id **out);
/* The same, bound as a value; NULL stays NULL. */
ll_status ll_store_merge_bind(merge *m, int map, sqlite3_stmt *to, int place, sqlite3_stmt *row, int column);

/* A value of one row, bound as it is. LL_ERR_MEMORY. */
ll_status ll_store_merge_value(merge *m, sqlite3_stmt *to, int place, sqlite3_stmt *row, int column);

/* [out] a statement of our own, to be finalised. */
ll_status ll_store_merge_prepare(ll_store *store, const char *sql, sqlite3_stmt **out);
/* The next row of a statement on `from`. */
ll_status ll_store_merge_next(merge *m, sqlite3_stmt *stmt, bool *more);
/* Runs a statement on `out` that gives no row, and resets it. LL_ERR_FORMAT: the rows of `from` do not fit the schema. */
ll_status ll_store_merge_put(merge *m, sqlite3_stmt *stmt, const char *table);
/* What such a statement's end means. */
ll_status ll_store_merge_ended(merge *m, int rc, const char *table);
/* Whether a column of one row and one of another hold the same bits. */
bool ll_store_merge_same(sqlite3_stmt *a, int i, sqlite3_stmt *b, int j);

/* Data sets, configurations, cuts with their parts, computers, what losses learn; and, of all, studies' rows and scripts. */
ll_status ll_store_merge_rows(merge *m);
/* The rows of studies alone: before the scripts. */
ll_status ll_store_merge_studies(merge *m);
/* Trials; then their rows, table by table (merge_epochs.c) and scores beside those that are there (merge_scores.c). */
ll_status ll_store_merge_trials(merge *m);
ll_status ll_store_merge_epochs(merge *m);
ll_status ll_store_merge_scores(merge *m);
/* What the studies want, and the order of the scripts. After the trials. */
ll_status ll_store_merge_wanted(merge *m);
/* What is chosen of what the studies of `out` want. After that. */
ll_status ll_store_merge_choose(merge *m);
/* What their searches proposed, and who looked at their test parts. */
ll_status ll_store_merge_searches(merge *m);

/* ll_store_differ, where a row that one of them lacks, and what was asked to be recorded, are no differences. */
ll_status ll_store_differ_where_both(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, ll_difference *out);
/* The scores of two trials (differ_scores.c). strict: as ll_store_differ. */
ll_status ll_store_differ_scores(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, bool strict, ll_difference *out);

#endif
