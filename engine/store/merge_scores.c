/* Scores in a merge of trials that were recorded differently, so that one has scores of epochs which the other has not. */
#include "engine/store/merge.h"
#include "losslab/scores.h"

typedef struct work {
  merge *m;
  sqlite3_stmt *rows, *overlap, *drop, *put;
} work;
enum { TRIAL, SPLIT, FIRST, LAST, COLUMNS, CODING, SCORES };

/* [out] how many rows of `out` hold epochs from first to last, how many of these epochs, and whether they hold no others. */
static ll_status find_overlap(work *w, int64_t to, int64_t first, int64_t last, int64_t *rows, int64_t *epochs, bool *within) {
  sqlite3_bind_int64(w->overlap, 1, to);
  LL_TRY(ll_store_merge_value(w->m, w->overlap, 2, w->rows, SPLIT));
  sqlite3_bind_int64(w->overlap, 3, first), sqlite3_bind_int64(w->overlap, 4, last);
  int rc = ll_store_step(w->m->out, w->overlap, NULL);
  if (rc != SQLITE_ROW) return ll_store_fail(w->m->out, rc, "merging");
  *rows = sqlite3_column_int64(w->overlap, 0), *epochs = sqlite3_column_int64(w->overlap, 1);
  *within = sqlite3_column_int(w->overlap, 2);
  sqlite3_reset(w->overlap);
  return LL_OK;
}

static ll_status put(work *w, int64_t to, int64_t first, int64_t last, int coding, const void *bytes, size_t size) {
  sqlite3_bind_int64(w->put, 1, to);
  LL_TRY(ll_store_merge_value(w->m, w->put, 2, w->rows, SPLIT));
  sqlite3_bind_int64(w->put, 3, first), sqlite3_bind_int64(w->put, 4, last);
  LL_TRY(ll_store_merge_value(w->m, w->put, 5, w->rows, COLUMNS));
  sqlite3_bind_int(w->put, 6, coding);
  if (sqlite3_bind_blob64(w->put, 7, bytes, size, SQLITE_TRANSIENT) != SQLITE_OK)
    return ll_store_fail(w->m->out, SQLITE_NOMEM, "merging");
  return ll_store_merge_put(w->m, w->put, "score");
}

/* Epochs some of which are there, in a row that holds others, too: those that are missing come one by one. */
static ll_status put_missing(work *w, int64_t to, int64_t first, int64_t last) {
  ll_ctx *ctx = w->m->out->ctx;
  int coding = sqlite3_column_int(w->rows, CODING);
  const void *bytes = sqlite3_column_blob(w->rows, SCORES);
  size_t size = (size_t)sqlite3_column_bytes(w->rows, SCORES), epochs = (size_t)(last - first + 1), count, packed_size;
  ll_scores *scores = NULL;
  void *values = NULL, *packed = NULL;
  ll_status status;
  LL_TRY(ll_scores_count(ctx, coding, bytes, size, epochs, &count));
  LL_TRY(ll_alloc(ctx, &values, count * sizeof(float)));
  LL_GOTO(done, ll_scores_open(ctx, coding, bytes, size, epochs, count, &scores));
  for (int64_t epoch = first; epoch <= last; epoch++) {
    ll_scores_coding as;
    int64_t rows = 0, held;
    bool within;
    LL_GOTO(done, ll_scores_next(scores, values));
    LL_GOTO(done, find_overlap(w, to, epoch, epoch, &rows, &held, &within));
    if (rows) continue;
    LL_GOTO(done, ll_scores_pack(ctx, values, 1, count, (ll_scores_coding)coding, &as, &packed, &packed_size));
    LL_GOTO(done, put(w, to, epoch, epoch, (int)as, packed, packed_size));
    ll_free(ctx, packed), packed = NULL;
  }
done:
  ll_scores_close(scores);
  ll_free(ctx, packed);
  ll_free(ctx, values);
  return status;
}

/* A row for a trial that may have some of its epochs: the larger row stays. */
static ll_status add(work *w, int64_t to) {
  int64_t first = sqlite3_column_int64(w->rows, FIRST), last = sqlite3_column_int64(w->rows, LAST), rows = 0, epochs = 0;
  bool within = false;
  if (first < 0 || last < first || last >= INT32_MAX)
    return ll_fail(w->m->out->ctx, LL_ERR_FORMAT, "%s is damaged: scores of epochs %lld to %lld", w->m->from->path,
                   (long long)first, (long long)last);
  LL_TRY(find_overlap(w, to, first, last, &rows, &epochs, &within));
  if (epochs > last - first) return LL_OK;
  if (rows && !within) return put_missing(w, to, first, last);
  if (rows) {
    sqlite3_bind_int64(w->drop, 1, to);
    LL_TRY(ll_store_merge_value(w->m, w->drop, 2, w->rows, SPLIT));
    sqlite3_bind_int64(w->drop, 3, first), sqlite3_bind_int64(w->drop, 4, last);
    LL_TRY(ll_store_merge_put(w->m, w->drop, "score"));
  }
  return put(w, to, first, last, sqlite3_column_int(w->rows, CODING), sqlite3_column_blob(w->rows, SCORES),
             (size_t)sqlite3_column_bytes(w->rows, SCORES));
}

static ll_status prepare(work *w) {
  ll_store *out = w->m->out;
  LL_TRY(ll_store_merge_prepare(
      w->m->from,
      "SELECT trial, split, first, last, columns, coding, scores FROM main.score WHERE trial = ?1 ORDER BY split, first",
      &w->rows));
  LL_TRY(ll_store_merge_prepare(out,
                                "SELECT count(*), coalesce(sum(min(last, ?4) - max(first, ?3) + 1), 0), min(first) >= ?3 AND "
                                "max(last) <= ?4 FROM main.score WHERE trial = ?1 AND split = ?2 AND first <= ?4 AND last >= ?3",
                                &w->overlap));
  LL_TRY(ll_store_merge_prepare(out, "DELETE FROM main.score WHERE trial = ?1 AND split = ?2 AND first >= ?3 AND last <= ?4",
                                &w->drop));
  return ll_store_merge_prepare(
      out, "INSERT INTO main.score (trial, split, first, last, columns, coding, scores) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      &w->put);
}

ll_status ll_store_merge_scores(merge *m) {
  const merge_map *map = &m->maps[MERGE_TRIAL];
  work w = {.m = m};
  ll_status status = LL_OK;
  for (size_t i = 0; i < map->count; i++) {
    bool more;
    if (map->ids[i].state != MERGE_BESIDE) continue;
    if (!w.rows) LL_GOTO(done, prepare(&w));
    sqlite3_reset(w.rows);
    sqlite3_bind_int64(w.rows, 1, map->ids[i].from);
    for (;;) {
      LL_GOTO(done, ll_store_merge_next(m, w.rows, &more));
      if (!more) break;
      LL_GOTO(done, add(&w, map->ids[i].to));
    }
  }
done:
  sqlite3_finalize(w.rows), sqlite3_finalize(w.overlap), sqlite3_finalize(w.drop), sqlite3_finalize(w.put);
  return status;
}
