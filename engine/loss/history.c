/* Memory and building of one side of the history; buffers only grow, so an epoch like the last one allocates nothing but the
 * sort's own scratch. */
#include "engine/loss/history.h"

#include <math.h>
#include <stdint.h>

enum { FAN = LL_RANK_FAN };
LL_ISA_DECLARE(ll_rank_kernels, ll_rank_kernels);

const ll_rank_kernels *ll_rank_kernels_get(void) { return LL_ISA_PICK(ll_rank_kernels); }

ll_status ll_rank_side_reserve(ll_ctx *ctx, ll_rank_side *side, size_t n) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "adaptive_rank: a history of %zu rows: at most 2^32 - 1", n);
  if (n + FAN <= side->capacity) return LL_OK;
  size_t capacity = n + n / 2 + FAN;
  void *values = side->values;
  LL_TRY(ll_realloc(ctx, &values, side->count * sizeof(ll_real), capacity * sizeof(ll_real)));
  side->values = values, side->capacity = capacity;
  return LL_OK;
}

static size_t groups(size_t n) { return (n + FAN - 1) / FAN; }

ll_status ll_rank_side_build(ll_ctx *ctx, ll_rank_side *side) {
  size_t blocks = groups(side->count), room = (blocks + 1) * sizeof(ll_rank_moments);
  for (size_t n = blocks; n > 0; n = n > FAN ? groups(n) : 0) room += groups(n) * FAN * sizeof(ll_real);
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
  side->suffix = side->index;
  ll_rank_kernels_get()->moments(side->values, side->count, side->suffix);
  ll_real *to = (ll_real *)(side->suffix + blocks + 1);
  const ll_real *from = side->values;
  for (size_t n = blocks; n > 0; n = n > FAN ? groups(n) : 0) {
    side->level[side->levels++] = to;
    for (size_t i = 0; i < n; i++) to[i] = from[i * FAN];
    for (size_t i = n; i < groups(n) * FAN; i++) to[i] = (ll_real)INFINITY;
    from = to, to += groups(n) * FAN;
  }
  return LL_OK;
}

void ll_rank_side_free(ll_ctx *ctx, ll_rank_side *side) {
  ll_free(ctx, side->values);
  ll_free(ctx, side->index);
  *side = (ll_rank_side){0};
}
