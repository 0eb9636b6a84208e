/* Memory and building of one side of the history; buffers only grow, so an epoch like the last one allocates nothing but the
 * sort's own scratch. */
#include "engine/loss/ranking/history.h"

#include <math.h>
#include <stdint.h>

enum { FAN = LL_HISTORY_FAN };
LL_ISA_DECLARE(ll_history_kernels, ll_history_kernels);

const ll_history_kernels *ll_history_kernels_get(void) { return LL_ISA_PICK(ll_history_kernels); }

ll_status ll_history_side_reserve(ll_ctx *ctx, ll_history_side *side, size_t n) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "adaptive_rank: a history of %zu rows: at most 2^32 - 1", n);
  if (n + FAN <= side->capacity) return LL_OK;
  size_t capacity = n + n / 2 + FAN;
  void *values = side->values;
  LL_TRY(ll_realloc(ctx, &values, side->count * sizeof(ll_real), capacity * sizeof(ll_real)));
  side->values = values, side->capacity = capacity;
  return LL_OK;
}

static size_t groups(size_t n) { return (n + FAN - 1) / FAN; }

/* How many values level k has, from how many the level below has (level 0: the number of blocks); 0 above the top. */
static size_t above(size_t n) { return n > FAN ? groups(n) : 0; }

/* Levels and groups over the blocks: their places in the index, and its size. */
static size_t lay_out(ll_history_side *side) {
  size_t blocks = groups(side->count), at = (blocks + 1) * sizeof(ll_history_moments);
  unsigned char *index = side->index;
  side->suffix = side->index;
  side->levels = 0;
  for (size_t n = blocks; n > 0; n = above(n), side->levels++) {
    if (index) side->group[side->levels] = (ll_history_moments *)(void *)(index + at);
    at += n * sizeof(ll_history_moments);
  }
  size_t k = 0;
  for (size_t n = blocks; n > 0; n = above(n), k++) {
    if (index) side->level[k] = (ll_real *)(void *)(index + at);
    at += groups(n) * FAN * sizeof(ll_real);
  }
  return at;
}

/* The moments of up to 32 groups as one, by Chan's formula; size: the values in each of them but perhaps the last. */
static ll_history_moments merge(const ll_history_side *side, size_t k, size_t low, size_t high, size_t size) {
  ll_history_moments all = side->group[k][low];
  double n = fmin((double)size, (double)(side->count - low * size));
  for (size_t g = low + 1; g < high; g++) {
    double m = fmin((double)size, (double)(side->count - g * size)), share = m / (n + m);
    double delta = side->group[k][g].mean + ((double)side->level[k][g] - (double)side->level[k][low]) - all.mean;
    all.mean += delta * share;
    all.second += side->group[k][g].second + delta * delta * (n * share);
    n += m;
  }
  return all;
}

ll_status ll_history_side_build(ll_ctx *ctx, ll_history_side *side) {
  ll_history_side sized = {.count = side->count};
  size_t blocks = groups(side->count), room = lay_out(&sized);
  side->levels = 0;
  if (side->count == 0) return LL_OK;
  if (room > side->index_size) {
    void *index;
    LL_TRY(ll_alloc(ctx, &index, room + room / 2));
    ll_free(ctx, side->index);
    side->index = index, side->index_size = room + room / 2;
  }
  LL_TRY(ll_sort(ctx, side->values, side->count));
  for (size_t i = side->count; i < blocks * FAN; i++) side->values[i] = (ll_real)-INFINITY;
  lay_out(side);
  const ll_real *below = side->values;
  size_t n = blocks, size = FAN;
  for (size_t k = 0; k < side->levels; k++, n = above(n)) {
    ll_real *level = side->level[k];
    for (size_t i = 0; i < n; i++) level[i] = below[i * FAN];
    for (size_t i = n; i < groups(n) * FAN; i++) level[i] = (ll_real)INFINITY;
    below = level;
  }
  ll_history_kernels_get()->moments(side);
  n = blocks;
  for (size_t k = 0; k + 1 < side->levels; k++, n = above(n), size *= FAN)
    for (size_t g = 0; g < above(n); g++)
      side->group[k + 1][g] = merge(side, k, g * FAN, g * FAN + FAN < n ? g * FAN + FAN : n, size);
  return LL_OK;
}

void ll_history_side_free(ll_ctx *ctx, ll_history_side *side) {
  ll_free(ctx, side->values);
  ll_free(ctx, side->index);
  *side = (ll_history_side){0};
}
