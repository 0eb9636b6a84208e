/* One side of adaptive_rank's history: sorted values that answer, for a row q and a shift, sums over all u = value - q + shift > 0
 * in one search and constant work.
 *
 * The targets' side holds negated scores, so that both terms of the loss ask the same question. Values stand in blocks of
 * LL_HISTORY_FAN. Of n values with mean m and second moment M2, sum (x - q)^2 = M2 + n (m - q)^2, where nothing cancels: for every
 * block the moments of all values from it to the end are kept (for the square), and the moments of the block, of 32 blocks, of
 * 32^2, … (for huber, whose parabola ends: the difference of two suffixes would cancel). Whether u > 0 is always decided on
 * (double)value - q + shift, the expression a plain double loop uses, so both agree at the kink. */
#ifndef LOSSLAB_ENGINE_HISTORY_H
#define LOSSLAB_ENGINE_HISTORY_H

#include "engine/base/isa.h"

enum { LL_HISTORY_FAN = 32, LL_HISTORY_LEVELS = 7 }; /* 32^8 > 2^32 rows */

typedef struct ll_history_moments {
  double mean;   /* less the first value, level[0][block]: scores far from 0 and close to each other keep their digits */
  double second; /* sum (x - mean)^2 */
} ll_history_moments;

typedef struct ll_history_side {
  ll_real *values; /* ascending; the last block is filled up with -inf, which counts nothing */
  size_t count, capacity;
  void *index; /* the levels and moments, one block of memory */
  size_t index_size;
  ll_real *level[LL_HISTORY_LEVELS]; /* level[0]: the first value of each block; level[k+1]: every 32nd of level[k]; +inf behind */
  size_t levels;
  ll_history_moments *suffix;                   /* blocks + 1 of them: of all values from block b on */
  ll_history_moments *group[LL_HISTORY_LEVELS]; /* group[k]: of 32^k blocks, as many as level[k] has values */
} ll_history_side;

/* Room for n values and one behind them. LL_ERR_MEMORY; the side stays as it was. */
ll_status ll_history_side_reserve(ll_ctx *ctx, ll_history_side *side, size_t n);
/* Sorts the values and makes the index. LL_ERR_MEMORY: the values are then in any order. */
ll_status ll_history_side_build(ll_ctx *ctx, ll_history_side *side);
void ll_history_side_free(ll_ctx *ctx, ll_history_side *side);

typedef struct ll_history_kernels {
  /* places[i]: how many blocks begin with u <= 0, for q[i]; fetches ahead what the sums will read. */
  void (*locate)(const ll_history_side *side, const double *q, size_t n, double shift, uint32_t *places);
  /* values[i] = sum of h(u), slopes[i] = sum of h'(u), h(u) = [u]+^2. */
  void (*square)(const ll_history_side *side, const double *q, size_t n, double shift, const uint32_t *places, double *values,
                 double *slopes);
  /* The same for h(u) = u^2 / 2 up to delta, delta (u - delta / 2) beyond; ends: the places for shift - delta. */
  void (*huber)(const ll_history_side *side, const double *q, size_t n, double shift, double delta, const uint32_t *places,
                const uint32_t *ends, double *values, double *slopes);
  /* Fills suffix and group[0]. */
  void (*moments)(const ll_history_side *side);
} ll_history_kernels;
const ll_history_kernels *ll_history_kernels_get(void);

#endif
