/* The loops of the all-pairs losses that need no order. Sums in sixteen lanes of double. */
#include "engine/loss/ranking/pair_sums.h"

#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

enum { BLOCK = 512 };

static double sum_of_doubles(const double *x, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += x[i + l];
  for (; i < n; i++) part[i % LANES] += x[i];
  return fold(part);
}

/* Adds a block's values to the sums of their sides, each by itself: one taken as the whole less the other would lose digits. */
static inline void add_block(ll_pair_sums *sums, const ll_real *restrict labels, const double *restrict values, size_t n) {
  double side[BLOCK];
  EACH side[i] = labels[i] > R(0) ? values[i] : 0.0;
  sums->sum[1] += sum_of_doubles(side, n);
  EACH side[i] = labels[i] > R(0) ? 0.0 : values[i];
  sums->sum[0] += sum_of_doubles(side, n);
}

/* For every block of rows [at, at + m). */
#define BLOCKS(n) for (size_t at = 0, m; m = (n)-at < BLOCK ? (n)-at : BLOCK, at < (n); at += m)

static inline void widen(const ll_real *restrict x, size_t n, double base, double *restrict out) {
  EACH out[i] = (double)x[i] - base;
}

static ll_pair_sums totals(const ll_real *scores, const ll_real *labels, size_t rows, double base) {
  ll_pair_sums sums = {{0}};
  double values[BLOCK];
  BLOCKS(rows) {
    widen(scores + at, m, base, values);
    add_block(&sums, labels + at, values, m);
  }
  return sums;
}

static inline void squares(const ll_real *restrict scores, const ll_real *restrict labels, size_t n, double base,
                           const double mean[2], double *restrict out) {
  const double m0 = mean[0], m1 = mean[1];
  EACH {
    double d = (double)scores[i] - base - (labels[i] > R(0) ? m1 : m0);
    out[i] = d * d;
  }
}

static inline void slopes_of(const ll_real *restrict scores, const ll_real *restrict labels, size_t n, double base,
                             const double mean[2], const double slope[2], const double offset[2], ll_real *restrict grads) {
  const double m0 = mean[0], m1 = mean[1], a0 = slope[0], a1 = slope[1], b0 = offset[0], b1 = offset[1];
  EACH {
    bool t = labels[i] > R(0);
    grads[i] = R((t ? a1 : a0) * ((double)scores[i] - base - (t ? m1 : m0)) + (t ? b1 : b0));
  }
}

static ll_pair_sums centred(const ll_real *scores, const ll_real *labels, size_t rows, double base, const double mean[2],
                            const double slope[2], const double offset[2], ll_real *grads) {
  ll_pair_sums sums = {{0}};
  double values[BLOCK];
  BLOCKS(rows) {
    squares(scores + at, labels + at, m, base, mean, values);
    add_block(&sums, labels + at, values, m);
    if (grads) slopes_of(scores + at, labels + at, m, base, mean, slope, offset, grads + at);
  }
  return sums;
}

static void largest(const ll_real *scores, const ll_real *labels, size_t n, double out[2]) {
  ll_real decoys[LANES], targets[LANES];
  for (size_t l = 0; l < LANES; l++) decoys[l] = targets[l] = R(-INFINITY);
  size_t at = 0;
  for (; at + LANES <= n; at += LANES)
    for (size_t l = 0; l < LANES; l++) {
      ll_real s = scores[at + l], y = labels[at + l], target = y > R(0) ? -s : R(-INFINITY), decoy = y > R(0) ? R(-INFINITY) : s;
      targets[l] = target > targets[l] ? target : targets[l];
      decoys[l] = decoy > decoys[l] ? decoy : decoys[l];
    }
  for (; at < n; at++) {
    ll_real *best = labels[at] > R(0) ? targets : decoys, x = labels[at] > R(0) ? -scores[at] : scores[at];
    *best = x > *best ? x : *best;
  }
  for (size_t l = 1; l < LANES; l++) {
    decoys[0] = decoys[l] > decoys[0] ? decoys[l] : decoys[0];
    targets[0] = targets[l] > targets[0] ? targets[l] : targets[0];
  }
  out[0] = (double)decoys[0], out[1] = (double)targets[0];
}

static void exponents(const ll_real *restrict scores, const ll_real *restrict labels, size_t n, ll_real decoy, ll_real target,
                      ll_real *restrict out) {
  EACH {
    bool t = labels[i] > R(0);
    out[i] = EXP((t ? -scores[i] : scores[i]) - (t ? target : decoy));
  }
}

static ll_pair_sums weigh(const ll_real *scores, const ll_real *labels, size_t rows, const double top[2], ll_real *weights) {
  ll_pair_sums sums = {{0}};
  ll_real kept[BLOCK];
  double values[BLOCK];
  BLOCKS(rows) {
    ll_real *w = weights ? weights + at : kept;
    exponents(scores + at, labels + at, m, R(top[0]), R(top[1]), w);
    widen(w, m, 0, values);
    add_block(&sums, labels + at, values, m);
  }
  return sums;
}

static void scale(const ll_real *labels, size_t n, const double factor[2], ll_real *grads) {
  const double f0 = factor[0], f1 = factor[1];
  EACH grads[i] = R((double)grads[i] * (labels[i] > R(0) ? f1 : f0));
}

/* A block of decoys stays in the first-level cache while every target is held against it. */
static void softplus_block(const ll_real *restrict decoys, size_t n, ll_real c, ll_real *restrict values,
                           ll_real *restrict slopes) {
  EACH {
    ll_real u = c + decoys[i], e = EXP(-ABS(u));
    values[i] = RELU(u) + LOG1P_SMALL(e);
    slopes[i] = (u > R(0) ? R(1) : e) / (R(1) + e);
  }
}

static void add_to(double *restrict sums, const ll_real *restrict x, size_t n) { EACH sums[i] += (double)x[i]; }

static double logistic(const ll_real *targets, size_t n_targets, const ll_real *decoys, size_t n_decoys, double margin,
                       double *target_sums, double *decoy_sums) {
  ll_real values[BLOCK], slopes[BLOCK];
  double total = 0;
  for (size_t at = 0; at < n_decoys; at += BLOCK) {
    size_t m = n_decoys - at < BLOCK ? n_decoys - at : BLOCK;
    for (size_t t = 0; t < n_targets; t++) {
      softplus_block(decoys + at, m, R(margin - (double)targets[t]), values, slopes);
      total += sum(values, m);
      target_sums[t] += sum(slopes, m);
      add_to(decoy_sums + at, slopes, m);
    }
  }
  return total;
}

extern const ll_pair_sums_kernels LL_ISA_NAME(ll_pair_sums_kernels);
const ll_pair_sums_kernels LL_ISA_NAME(ll_pair_sums_kernels) = {totals, centred, largest, weigh, scale, logistic};
