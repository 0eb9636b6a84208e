/* The search and the sums of adaptive_rank. A level of the index is decided by counting over 32 values at once: no branch to
 * mispredict. Queries go through in two rounds, so that the cache misses of all of them overlap. */
#include "engine/loss/ranking/history.h"

#include "engine/base/simd_math.h"

enum { FAN = LL_HISTORY_FAN, LANES = 8 };
#if defined(__AVX512F__)
enum { WIDTH = 8 };
#elif defined(__AVX__)
enum { WIDTH = 4 };
#else
enum { WIDTH = 2 };
#endif
enum { PIECES = LANES / WIDTH };

/* A register of values, in double; written as vectors, since the compiler leaves loops this short scalar. Sums are kept in eight
 * lanes, in as many registers as those take, so that their order is the same on every instruction set. */
typedef double lanes __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t bits __attribute__((vector_size(WIDTH * sizeof(int64_t))));
typedef ll_real values_of __attribute__((vector_size(WIDTH * sizeof(ll_real)), aligned(sizeof(ll_real)), may_alias));
#define WIDEN(x) __builtin_convertvector(*(const values_of *)(x), lanes)
#define WHERE(mask, a) ((lanes)((mask) & (bits)(a))) /* 0 elsewhere: also for NaN and infinities */
/* For every register of the block's values, j its place and p the piece of the sums that it goes to. */
#define EACH_PIECE                                                                                                                 \
  for (size_t at_ = 0; at_ < FAN; at_ += LANES)                                                                                    \
    for (size_t p = 0, j = at_; p < PIECES; p++, j += WIDTH)

/* x[i] + x[i + 4], of these y the sum (y[0] + y[2]) + (y[1] + y[3]) */
static inline double fold(const lanes x[PIECES]) {
#if defined(__AVX512F__)
  lanes y = x[0];
  return ((y[0] + y[4]) + (y[2] + y[6])) + ((y[1] + y[5]) + (y[3] + y[7]));
#elif defined(__AVX__)
  lanes y = x[0] + x[1];
  return (y[0] + y[2]) + (y[1] + y[3]);
#else
  lanes y = (x[0] + x[2]) + (x[1] + x[3]);
  return y[0] + y[1];
#endif
}

static inline size_t not_above(const ll_real *x, double q, double shift) {
  bits count = {0}; /* a mask that holds is -1 */
  int64_t all = 0;
  for (size_t j = 0; j < FAN; j += WIDTH) count += ~(WIDEN(x + j) - q + shift > 0);
  for (size_t l = 0; l < WIDTH; l++) all += count[l];
  return (size_t)-all;
}

static void locate(const ll_history_side *side, const double *q, size_t n, double shift, uint32_t *places) {
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

/* The sums of one block's values, of which some may be below. */
typedef struct part {
  double value, slope;
} part;

static inline part square_block(const ll_real *x, double q, double shift) {
  lanes one[PIECES] = {{0}}, two[PIECES] = {{0}};
  EACH_PIECE {
    lanes u = WIDEN(x + j) - q + shift;
    u = WHERE(u > 0, u);
    one[p] += u;
    two[p] += u * u;
  }
  return (part){fold(two), 2 * fold(one)};
}

/* With c = u cut to [0, delta], h = c (u - c / 2) and h' = c, on both sides of delta. */
static inline part huber_block(const ll_real *x, double q, double shift, double delta) {
  lanes values[PIECES] = {{0}}, slopes[PIECES] = {{0}}, most = (lanes){0} + delta;
  EACH_PIECE {
    lanes u = WIDEN(x + j) - q + shift;
    u = WHERE(u > 0, u);
    lanes c = WHERE(u < delta, u) + WHERE(u >= delta, most);
    values[p] += c * (u - 0.5 * c);
    slopes[p] += c;
  }
  return (part){fold(values), fold(slopes)};
}

/* The values from block `place` on: how many, and the mean of their u. */
static inline double suffix_count(const ll_history_side *side, size_t place) {
  return place * FAN < side->count ? (double)(side->count - place * FAN) : 0;
}
static inline double suffix_mean(const ll_history_side *side, size_t place, double q, double shift) {
  return (double)side->level[0][place] - q + shift + side->suffix[place].mean;
}

static void square(const ll_history_side *side, const double *q, size_t n, double shift, const uint32_t *places, double *values,
                   double *slopes) {
  for (size_t i = 0; i < n; i++) {
    size_t place = places[i];
    double count = suffix_count(side, place);
    part sum = {0, 0};
    if (place) sum = square_block(side->values + (place - 1) * FAN, q[i], shift);
    if (count > 0) {
      double d = suffix_mean(side, place, q[i], shift);
      sum.value += side->suffix[place].second + count * d * d;
      sum.slope += 2 * count * d;
    }
    values[i] = sum.value, slopes[i] = sum.slope;
  }
}

/* Sums of u^2 / 2 and u over the groups [low, high) of level k. */
static inline part groups_sum(const ll_history_side *side, size_t k, size_t low, size_t high, double q, double shift) {
  size_t size = FAN;
  for (size_t j = 0; j < k; j++) size *= FAN;
  part sum = {0, 0};
  for (size_t g = low; g < high; g++) {
    size_t left = side->count - g * size;
    double count = (double)(left < size ? left : size), d = (double)side->level[k][g] - q + shift + side->group[k][g].mean;
    sum.value += 0.5 * (side->group[k][g].second + count * d * d);
    sum.slope += count * d;
  }
  return sum;
}

/* Over the whole blocks [low, high): up the levels, what does not fill a group of the next level on either side. */
static part whole_blocks(const ll_history_side *side, size_t low, size_t high, double q, double shift) {
  part sum = {0, 0}, more;
  for (size_t k = 0; low < high; k++) {
    size_t up = (low + FAN - 1) / FAN, down = high / FAN;
    if (k + 1 == side->levels || up >= down) {
      more = groups_sum(side, k, low, high, q, shift);
      sum.value += more.value, sum.slope += more.slope;
      break;
    }
    more = groups_sum(side, k, low, up * FAN, q, shift);
    sum.value += more.value, sum.slope += more.slope;
    more = groups_sum(side, k, down * FAN, high, q, shift);
    sum.value += more.value, sum.slope += more.slope;
    low = up, high = down;
  }
  return sum;
}

static void huber(const ll_history_side *side, const double *q, size_t n, double shift, double delta, const uint32_t *places,
                  const uint32_t *ends, double *values, double *slopes) {
  for (size_t i = 0; i < n; i++) {
    size_t place = places[i], end = ends[i];
    double count = suffix_count(side, end);
    part sum = {0, 0}, more;
    if (place) sum = huber_block(side->values + (place - 1) * FAN, q[i], shift, delta);
    if (end > place) { /* whole blocks of the parabola, then the block in which it ends */
      more = whole_blocks(side, place, end - 1, q[i], shift);
      sum.value += more.value, sum.slope += more.slope;
      more = huber_block(side->values + (end - 1) * FAN, q[i], shift, delta);
      sum.value += more.value, sum.slope += more.slope;
    }
    if (count > 0) {
      sum.value += count * delta * (suffix_mean(side, end, q[i], shift) - 0.5 * delta);
      sum.slope += count * delta;
    }
    values[i] = sum.value, slopes[i] = sum.slope;
  }
}

/* A whole block's, from its first value. */
static ll_history_moments block_moments(const ll_real *x) {
  const double base = (double)x[0];
  lanes one[PIECES] = {{0}}, two[PIECES] = {{0}};
  EACH_PIECE one[p] += WIDEN(x + j) - base;
  double mean = fold(one) / FAN;
  EACH_PIECE {
    lanes d = WIDEN(x + j) - base - mean;
    two[p] += d * d;
  }
  return (ll_history_moments){mean, fold(two)};
}

static ll_history_moments few_moments(const ll_real *x, size_t n) {
  ll_history_moments m = {0, 0};
  for (size_t j = 0; j < n; j++) m.mean += (double)x[j] - (double)x[0];
  m.mean /= (double)n;
  for (size_t j = 0; j < n; j++) {
    double d = (double)x[j] - (double)x[0] - m.mean;
    m.second += d * d;
  }
  return m;
}

/* From the last block to the first, by Chan's formula for two sets' moments. */
static void moments(const ll_history_side *side) {
  const ll_real *values = side->values;
  size_t count = side->count;
  size_t blocks = (count + FAN - 1) / FAN;
  ll_history_moments all = {0, 0};
  double n = 0;
  side->suffix[blocks] = all;
  for (size_t b = blocks; b-- > 0;) {
    const ll_real *x = values + b * FAN;
    size_t m = count - b * FAN < FAN ? count - b * FAN : FAN;
    ll_history_moments here = m == FAN ? block_moments(x) : few_moments(x, m);
    side->group[0][b] = here;
    double share = n / (n + (double)m);
    if (n > 0) { /* the rest, from this block's first value */
      double delta = all.mean + ((double)x[FAN] - (double)x[0]) - here.mean;
      here.mean += delta * share;
      here.second += all.second + delta * delta * ((double)m * share);
    }
    all = here;
    n += (double)m;
    side->suffix[b] = all;
  }
}

extern const ll_history_kernels LL_ISA_NAME(ll_history_kernels);
const ll_history_kernels LL_ISA_NAME(ll_history_kernels) = {locate, square, huber, moments};
