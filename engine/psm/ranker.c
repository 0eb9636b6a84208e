/* A column is sorted alone, as bare keys, and walked once: distinct values, their mean ranks, the cells that these fall in. The
 * cells' edges are computed as ranks, so that of millions of values only the knots ask for a quantile of the normal distribution.
 * Several columns are sorted at a time, each in room of its own. */
#include "engine/psm/ranker.h"

#include <string.h>

#include "engine/base/crew.h"
#include "engine/base/ctx.h"
#include "engine/base/sort.h"
#include "engine/matrix/inputs.h"
#include "losslab/distributions.h"

ll_status ll_ranker_new(ll_ctx *ctx, size_t d, size_t room, ll_ranker **out) {
  void *ranker = NULL, *lists = NULL;
  *out = NULL;
  LL_TRY(ll_calloc(ctx, &ranker, 1, sizeof(ll_ranker)));
  ll_status status = ll_calloc(ctx, &lists, 4 * room, sizeof(uint32_t));
  if (status != LL_OK) {
    ll_free(ctx, ranker);
    return status;
  }
  ll_ranker *r = *out = ranker;
  r->lists = lists, r->room = room;
  r->info = (ll_ranker_info){.columns_of_x = d,
                             .columns = r->lists,
                             .constant = r->lists + room,
                             .duplicates = r->lists + 2 * room,
                             .originals = r->lists + 3 * room};
  return LL_OK;
}

ll_status ll_ranker_room(ll_ctx *ctx, ll_ranker *ranker, size_t n) {
  void *maps;
  LL_TRY(ll_calloc(ctx, &maps, n, sizeof(ll_ranker_map)));
  ranker->maps = maps;
  return LL_OK;
}

void ll_ranker_free(ll_ctx *ctx, ll_ranker *ranker) {
  if (!ranker) return;
  ll_free(ctx, ranker->maps);
  ll_free(ctx, ranker->lists);
  ll_free(ctx, ranker);
}

ll_ranker_info ll_ranker_about(const ll_ranker *ranker) { return ranker->info; }

/* ---- a column
 * ------------------------------------------------------------------------------------------------------------------ */

enum { CELLS = LL_RANKER_KNOTS / 2 };

/* The share of rows below a value, half of those that have it among them. */
static double share_of(size_t below, size_t with, size_t n) { return ((double)below + (double)with / 2) / (double)n; }

static void add_knot(ll_ranker_map *map, ll_key key, double share) {
  map->value[map->n] = ll_value_of(key);
  map->z[map->n++] = ll_normal_quantile(share);
}

/* Every distinct value. */
static void all_knots(const ll_key *keys, size_t n, ll_ranker_map *map) {
  for (size_t i = 0, end; i < n; i = end) {
    for (end = i; end < n && keys[end] == keys[i]; end++) continue;
    add_knot(map, keys[i], share_of(i, end - i, n));
  }
}

/* Of each cell of z the first and the last value. edge: the shares at which cells end. */
static void cell_knots(const ll_key *keys, size_t n, ll_ranker_map *map) {
  size_t first = 0, last = n - 1;
  while (first + 1 < n && keys[first + 1] == keys[0]) first++;
  while (last > 0 && keys[last - 1] == keys[n - 1]) last--;
  double low = ll_normal_quantile(share_of(0, first + 1, n)), high = ll_normal_quantile(share_of(last, n - last, n));
  double edge = 0, held = 0; /* held: the share of the last value of the present cell, where it is not its first */
  ll_key held_key = 0;
  for (size_t i = 0, end, cell = 0; i < n; i = end) {
    for (end = i; end < n && keys[end] == keys[i]; end++) continue;
    double share = share_of(i, end - i, n);
    if (i > 0 && share < edge) {
      held = share, held_key = keys[i];
      continue;
    }
    if (held > 0) add_knot(map, held_key, held);
    add_knot(map, keys[i], share);
    held = 0;
    while (cell < CELLS && !(share < edge)) {
      cell++;
      edge = cell < CELLS ? ll_normal_cdf(low + (high - low) * (double)cell / CELLS) : 2;
    }
  }
  if (held > 0) add_knot(map, held_key, held);
}

typedef struct work {
  const ll_matrix *x;
  const uint8_t *rows;
  size_t n;        /* rows that count */
  size_t first;    /* the column of the first task */
  ll_key *room;    /* of each task: twice n keys, and the counters of the sort */
  size_t room_one; /* keys of room for one task */
  ll_ranker_map *maps;
  size_t *distinct; /* of each column: 1, 2 or 3 for more */
  uint64_t *hash;   /* of each column */
} work;

/* Columns that differ in one row differ here, up to one chance in 2^64; who needs to be sure compares. */
static uint64_t mix(uint64_t hash, ll_key key) {
  hash = (hash ^ key) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

static void fit_column(void *user, size_t task) {
  work *w = user;
  size_t column = w->first + task, n = 0, distinct = 1;
  ll_key *keys = w->room + task * w->room_one, *spare = keys + w->n;
  uint64_t hash = 0;
  for (size_t i = 0; i < w->x->rows; i++)
    if (!w->rows || w->rows[i]) keys[n] = ll_key_of(ll_matrix_row(w->x, i)[column]), hash = mix(hash, keys[n++]);
  const ll_key *sorted = ll_sort_keys(keys, spare, n, (uint32_t *)(spare + w->n));
  for (size_t i = 1; i < n && distinct <= LL_RANKER_KNOTS; i++) distinct += sorted[i] != sorted[i - 1];
  w->hash[column] = hash;
  w->distinct[column] = distinct < 3 ? distinct : 3;
  w->maps[task].n = 0;
  if (distinct > LL_RANKER_KNOTS) cell_knots(sorted, n, &w->maps[task]);
  else if (distinct > 2) all_knots(sorted, n, &w->maps[task]);
}

/* ---- all columns
 * --------------------------------------------------------------------------------------------------------------- */

static bool equal(const work *w, size_t a, size_t b) {
  for (size_t i = 0; i < w->x->rows; i++) {
    const ll_real *row = ll_matrix_row(w->x, i);
    if ((!w->rows || w->rows[i]) && row[a] != row[b]) return false;
  }
  return true;
}

/* The first column that column c repeats, or c. The hashes have been sorted by nobody: columns are few beside rows. */
static size_t original_of(const work *w, size_t c) {
  for (size_t k = 0; k < c; k++)
    if (w->hash[k] == w->hash[c] && equal(w, k, c)) return k;
  return c;
}

static void list(ll_ranker *ranker, const work *w, size_t column) {
  ll_ranker_info *info = &ranker->info;
  size_t room = ranker->room, original;
  uint32_t *lists = ranker->lists;
  if (w->distinct[column] == 1) {
    lists[room + info->n_constant++] = (uint32_t)column;
  } else if ((original = original_of(w, column)) != column) {
    lists[2 * room + info->n_duplicates] = (uint32_t)column, lists[3 * room + info->n_duplicates++] = (uint32_t)original;
  } else if (w->distinct[column] > 2) {
    lists[info->n_columns++] = (uint32_t)column;
  }
}

static ll_status fit_columns(ll_ctx *ctx, work *w, size_t at_once, ll_ranker *ranker) {
  size_t d = ranker->info.columns_of_x, kept = 0;
  for (w->first = 0; w->first < d; w->first += at_once) {
    size_t tasks = d - w->first < at_once ? d - w->first : at_once;
    LL_TRY(ll_crew_run(ctx, tasks, fit_column, w));
    for (size_t task = 0; task < tasks; task++) {
      size_t before = ranker->info.n_columns;
      list(ranker, w, w->first + task);
      if (ranker->info.n_columns > before) ranker->maps[kept++] = w->maps[task];
    }
  }
  return LL_OK;
}

static ll_status check(ll_ctx *ctx, const ll_matrix *x, const uint8_t *rows, size_t *n) {
  static const ll_input desc = {"x", "n,d", LL_INPUT_MATRIX};
  LL_TRY(ll_inputs_check(ctx, "normal_scores", &desc, 1, 0, x));
  if (x->rows > UINT32_MAX - 1) return ll_fail(ctx, LL_ERR_RANGE, "normal_scores: %zu rows, at most 2^32 - 2", x->rows);
  *n = x->rows;
  for (size_t i = 0; rows && i < x->rows; i++) *n -= !rows[i];
  return *n ? LL_OK : ll_fail(ctx, LL_ERR_SHAPE, "normal_scores: of %zu rows none counts", x->rows);
}

ll_status ll_ranker_fit(ll_ctx *ctx, const ll_matrix *x, const uint8_t *rows, ll_ranker **out) {
  size_t d = x->cols, at_once = ll_crew_size() < d ? ll_crew_size() : d;
  work w = {.x = x, .rows = rows};
  void *room = NULL, *maps = NULL, *distinct = NULL, *hash = NULL;
  ll_ranker *ranker = NULL;
  ll_status status;
  *out = NULL;
  LL_TRY(check(ctx, x, rows, &w.n));
  w.room_one = 2 * w.n + LL_SORT_COUNTS;
  LL_GOTO(cleanup, ll_ranker_new(ctx, d, d, &ranker));
  LL_GOTO(cleanup, ll_ranker_room(ctx, ranker, d));
  LL_GOTO(cleanup, ll_alloc(ctx, &room, at_once * w.room_one * sizeof(ll_key)));
  LL_GOTO(cleanup, ll_calloc(ctx, &maps, at_once, sizeof(ll_ranker_map)));
  LL_GOTO(cleanup, ll_calloc(ctx, &distinct, d, sizeof(size_t)));
  LL_GOTO(cleanup, ll_calloc(ctx, &hash, d, sizeof(uint64_t)));
  w.room = room, w.maps = maps, w.distinct = distinct, w.hash = hash;
  LL_GOTO(cleanup, fit_columns(ctx, &w, at_once, ranker));
  *out = ranker, ranker = NULL;
cleanup:
  ll_ranker_free(ctx, ranker);
  ll_free(ctx, room);
  ll_free(ctx, maps);
  ll_free(ctx, distinct);
  ll_free(ctx, hash);
  return status;
}
