/* The search and the sums of adaptive_rank. A level of the index is decided by counting over 32 values at once: no branch to
 * mispredict. Queries go through in two rounds, so that the cache misses of all of them overlap. */
#include "engine/loss/history.h"

#include "engine/base/simd_math.h"

enum { FAN = LL_RANK_FAN, LANES = 8 };

static inline double fold(double part[LANES]) {
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) part[l] += part[l + half];
  return part[0];
}

static inline size_t not_above(const ll_real *restrict x, double q, double shift) {
  int count = 0;
  for (int i = 0; i < FAN; i++) count += (double)x[i] - q + shift > 0 ? 0 : 1;
  return (size_t)count;
}

static void locate(const ll_rank_side *side, const double *q, size_t n, double shift, uint32_t *places) {
  for (size_t i = 0; i < n; i++) {
    size_t at = 0, c = 0;
    for (size_t k = side->levels; k-- > 0;) {
      c = not_above(side->level[k] + at * FAN, q[i], shift);
      if (c == 0) break; /* only at the top: a group is entered because its first value counts */
      at = at * FAN + c - 1;
    }
    places[i] = c ? (uint32_t)(at + 1) : 0;
    __builtin_prefetch(&side->suffix[places[i]]);
    const ll_real *block = side->values + at * FAN;
    __builtin_prefetch(block);
    __builtin_prefetch(block + FAN / 2);
    if (sizeof(ll_real) == sizeof(double)) {
      __builtin_prefetch(block + FAN / 4);
      __builtin_prefetch(block + 3 * FAN / 4);
    }
  }
}

static void sums(const ll_rank_side *side, const double *q, size_t n, double shift, const uint32_t *places, double *first,
                 double *second) {
  for (size_t i = 0; i < n; i++) {
    size_t place = places[i], below = place * FAN;
    double count = below < side->count ? (double)(side->count - below) : 0;
    double one[LANES] = {0}, two[LANES] = {0}, qi = q[i];
    if (place) {
      const ll_real *restrict x = side->values + (place - 1) * FAN;
      for (size_t j = 0; j < FAN; j += LANES)
        for (size_t l = 0; l < LANES; l++) {
          double u = (double)x[j + l] - qi + shift;
          u = u > 0 ? u : 0;
          one[l] += u;
          two[l] += u * u;
        }
    }
    double d = count > 0 ? (double)side->level[0][place] - qi + shift + side->suffix[place].mean : 0;
    first[i] = fold(one) + count * d;
    second[i] = fold(two) + (side->suffix[place].second + count * d * d);
  }
}

/* A whole block's, from its first value. */
static ll_rank_moments block_moments(const ll_real *restrict x) {
  double one[LANES] = {0}, two[LANES] = {0}, base = (double)x[0];
  for (size_t j = 0; j < FAN; j += LANES)
    for (size_t l = 0; l < LANES; l++) one[l] += (double)x[j + l] - base;
  double mean = fold(one) / FAN;
  for (size_t j = 0; j < FAN; j += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double d = (double)x[j + l] - base - mean;
      two[l] += d * d;
    }
  return (ll_rank_moments){mean, fold(two)};
}

static ll_rank_moments few_moments(const ll_real *x, size_t n) {
  ll_rank_moments m = {0, 0};
  for (size_t j = 0; j < n; j++) m.mean += (double)x[j] - (double)x[0];
  m.mean /= (double)n;
  for (size_t j = 0; j < n; j++) {
    double d = (double)x[j] - (double)x[0] - m.mean;
    m.second += d * d;
  }
  return m;
}

/* From the last block to the first, by Chan's formula for two sets' moments. */
static void moments(const ll_real *values, size_t count, ll_rank_moments *suffix) {
  size_t blocks = (count + FAN - 1) / FAN;
  ll_rank_moments all = {0, 0};
  double n = 0;
  suffix[blocks] = all;
  for (size_t b = blocks; b-- > 0;) {
    const ll_real *x = values + b * FAN;
    size_t m = count - b * FAN < FAN ? count - b * FAN : FAN;
    ll_rank_moments here = m == FAN ? block_moments(x) : few_moments(x, m);
    double share = n / (n + (double)m);
    if (n > 0) { /* the rest, from this block's first value */
      double delta = all.mean + ((double)x[FAN] - (double)x[0]) - here.mean;
      here.mean += delta * share;
      here.second += all.second + delta * delta * ((double)m * share);
    }
    all = here;
    n += (double)m;
    suffix[b] = all;
  }
}

extern const ll_rank_kernels LL_ISA_NAME(ll_rank_kernels);
const ll_rank_kernels LL_ISA_NAME(ll_rank_kernels) = {locate, sums, moments};
