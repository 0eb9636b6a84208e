/* Rankers as bytes (losslab/base.h, states): columns of x; the four lists, each behind its length; of each column that is kept its
 * knots, values and z. */
#include <math.h>

#include "engine/base/snapshot.h"
#include "engine/psm/ranker.h"

#define KIND "ranker"
#define NAME "normal_scores"

static ll_status put_list(ll_ctx *ctx, const uint32_t *numbers, size_t n, ll_snapshot *to) {
  LL_TRY(ll_snapshot_put_count(ctx, to, n));
  return ll_snapshot_put(ctx, to, numbers, n * sizeof *numbers);
}

static ll_status put(ll_ctx *ctx, const ll_ranker *ranker, ll_snapshot *to) {
  const ll_ranker_info *info = &ranker->info;
  LL_TRY(ll_snapshot_begin(ctx, to, KIND, NAME));
  LL_TRY(ll_snapshot_put_count(ctx, to, info->columns_of_x));
  LL_TRY(put_list(ctx, info->columns, info->n_columns, to));
  LL_TRY(put_list(ctx, info->constant, info->n_constant, to));
  LL_TRY(put_list(ctx, info->duplicates, info->n_duplicates, to));
  LL_TRY(put_list(ctx, info->originals, info->n_duplicates, to));
  for (size_t k = 0; k < info->n_columns; k++) {
    const ll_ranker_map *map = &ranker->maps[k];
    LL_TRY(ll_snapshot_put_count(ctx, to, map->n));
    LL_TRY(ll_snapshot_put(ctx, to, map->value, map->n * sizeof *map->value));
    LL_TRY(ll_snapshot_put(ctx, to, map->z, map->n * sizeof *map->z));
  }
  return LL_OK;
}

ll_status ll_ranker_save(ll_ctx *ctx, const ll_ranker *ranker, void **bytes, size_t *n) {
  ll_snapshot to = {0};
  return ll_snapshot_end(ctx, &to, put(ctx, ranker, &to), bytes, n);
}

/* ---- reading
 * --------------------------------------------------------------------------------------------------------------------- */

/* [out] list number `which` of the ranker; ascending but for the last. */
static ll_status take_list(ll_ctx *ctx, ll_snapshot_reader *from, const ll_ranker *ranker, size_t which, size_t *n) {
  size_t d = ranker->info.columns_of_x;
  uint32_t *numbers = ranker->lists + which * ranker->room;
  LL_TRY(ll_snapshot_take_count(ctx, from, n));
  if (*n > ranker->room) return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker lists %zu of %zu columns, or is cut", *n, d);
  LL_TRY(ll_snapshot_take(ctx, from, numbers, *n * sizeof *numbers));
  for (size_t i = 0; i < *n; i++)
    if (numbers[i] >= d || (which < 3 && i && numbers[i] <= numbers[i - 1]))
      return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker lists column %zu of %zu out of order", (size_t)numbers[i] + 1, d);
  return LL_OK;
}

static ll_status take_map(ll_ctx *ctx, ll_snapshot_reader *from, size_t column, ll_ranker_map *map) {
  LL_TRY(ll_snapshot_take_count(ctx, from, &map->n));
  if (map->n < 3 || map->n > LL_RANKER_KNOTS)
    return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker has %zu knots for column %zu, 3 to %d expected", map->n, column + 1,
                   LL_RANKER_KNOTS);
  LL_TRY(ll_snapshot_take(ctx, from, map->value, map->n * sizeof *map->value));
  LL_TRY(ll_snapshot_take(ctx, from, map->z, map->n * sizeof *map->z));
  enum { MOST = 39 }; /* beyond it no double is the probability of a tail */
  for (size_t i = 0; i < map->n; i++)
    if (!isfinite(map->value[i]) || !(fabs(map->z[i]) < MOST) ||
        (i && !(map->value[i] > map->value[i - 1] && map->z[i] > map->z[i - 1])))
      return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker: knot %zu of column %zu does not ascend", i + 1, column + 1);
  return LL_OK;
}

static ll_status take(ll_ctx *ctx, ll_snapshot_reader *from, ll_ranker *ranker) {
  ll_ranker_info *info = &ranker->info;
  size_t originals;
  LL_TRY(take_list(ctx, from, ranker, 0, &info->n_columns));
  LL_TRY(take_list(ctx, from, ranker, 1, &info->n_constant));
  LL_TRY(take_list(ctx, from, ranker, 2, &info->n_duplicates));
  LL_TRY(take_list(ctx, from, ranker, 3, &originals));
  if (originals != info->n_duplicates)
    return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker has %zu duplicates of %zu columns", info->n_duplicates, originals);
  for (size_t i = 0; i < originals; i++)
    if (info->originals[i] >= info->duplicates[i])
      return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker: column %zu repeats column %zu, which is not before it",
                     (size_t)info->duplicates[i] + 1, (size_t)info->originals[i] + 1);
  LL_TRY(ll_ranker_room(ctx, ranker, info->n_columns));
  for (size_t k = 0; k < info->n_columns; k++) LL_TRY(take_map(ctx, from, info->columns[k], &ranker->maps[k]));
  return ll_snapshot_close(ctx, from);
}

ll_status ll_ranker_load(ll_ctx *ctx, const void *bytes, size_t n, ll_ranker **out) {
  ll_snapshot_reader from;
  ll_ranker *ranker;
  size_t d;
  *out = NULL;
  LL_TRY(ll_snapshot_open(ctx, bytes, n, KIND, NAME, &from));
  LL_TRY(ll_snapshot_take_count(ctx, &from, &d));
  if (d == 0 || d > LL_MATRIX_SIDE) return ll_fail(ctx, LL_ERR_FORMAT, "the saved ranker is of %zu columns", d);
  size_t listed = from.left / sizeof(uint32_t); /* no list has more than the bytes that are left */
  LL_TRY(ll_ranker_new(ctx, d, listed < d ? listed : d, &ranker));
  ll_status status = take(ctx, &from, ranker);
  if (status == LL_OK) *out = ranker;
  else ll_ranker_free(ctx, ranker);
  return status;
}
