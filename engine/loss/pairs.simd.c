/* The loops of the all-pairs losses that need no order. Sums in sixteen lanes of double. */
#include "engine/loss/pairs.h"

#include "engine/base/simd_math.h"

enum { LANES = 16, BLOCK = 512 };

static inline double fold(double part[LANES]) {
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) part[l] += part[l + half];
  return part[0];
}

/* Sums of value over targets and over all rows of a block of LANES; the decoys' are kept apart, so that none is a difference. */
#define BY_SIDE(value)                                                                                                             \
  double targets[LANES] = {0}, decoys[LANES] = {0};                                                                                \
  size_t count = 0, at = 0;                                                                                                        \
  for (; at + LANES <= n; at += LANES)                                                                                             \
    for (size_t l = 0; l < LANES; l++) {                                                                                           \
      size_t i = at + l;                                                                                                           \
      bool t = labels[i] > R(0);                                                                                                   \
      double v = (value);                                                                                                          \
      targets[l] += t ? v : 0;                                                                                                     \
      decoys[l] += t ? 0 : v;                                                                                                      \
    }                                                                                                                              \
  for (size_t i = at; i < n; i++) {                                                                                                \
    bool t = labels[i] > R(0);                                                                                                     \
    double v = (value);                                                                                                            \
    if (t) targets[i - at] += v;                                                                                                   \
    else decoys[i - at] += v;                                                                                                      \
  }                                                                                                                                \
  for (size_t i = 0; i < n; i++) count += labels[i] > R(0);                                                                        \
  return (ll_pair_sums) {                                                                                                          \
    .count = {n - count, count}, .sum = { fold(decoys), fold(targets) }                                                            \
  }

static ll_pair_sums totals(const ll_real *scores, const ll_real *labels, size_t n) { BY_SIDE((double)scores[i]); }

static ll_pair_sums centred(const ll_real *scores, const ll_real *labels, size_t n, const double mean[2], const double slope[2],
                            const double offset[2], ll_real *grads) {
  const double m0 = mean[0], m1 = mean[1], a0 = slope[0], a1 = slope[1], b0 = offset[0], b1 = offset[1];
  if (grads) {
    EACH {
      bool t = labels[i] > R(0);
      grads[i] = R((t ? a1 : a0) * ((double)scores[i] - (t ? m1 : m0)) + (t ? b1 : b0));
    }
  }
  BY_SIDE(((double)scores[i] - (t ? m1 : m0)) * ((double)scores[i] - (t ? m1 : m0)));
}

static void largest(const ll_real *scores, const ll_real *labels, size_t n, double out[2]) {
  ll_real decoys[LANES], targets[LANES];
  for (size_t l = 0; l < LANES; l++) decoys[l] = targets[l] = R(-INFINITY);
  for (size_t i = 0; i < n; i++) {
    bool t = labels[i] > R(0);
    ll_real x = t ? -scores[i] : scores[i], *best = t ? targets : decoys;
    best[i % LANES] = x > best[i % LANES] ? x : best[i % LANES];
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

static ll_pair_sums side_sums(const ll_real *w, const ll_real *labels, size_t n) { BY_SIDE((double)w[i]); }

static ll_pair_sums weigh(const ll_real *scores, const ll_real *labels, size_t n, const double top[2], ll_real *weights) {
  ll_pair_sums all = {{0}, {0}};
  ll_real kept[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t m = n - at < BLOCK ? n - at : BLOCK;
    ll_real *w = weights ? weights + at : kept;
    exponents(scores + at, labels + at, m, R(top[0]), R(top[1]), w);
    ll_pair_sums part = side_sums(w, labels + at, m);
    for (int side = 0; side < 2; side++) all.count[side] += part.count[side], all.sum[side] += part.sum[side];
  }
  return all;
}

static void scale(const ll_real *labels, size_t n, const double factor[2], ll_real *grads) {
  const double f0 = factor[0], f1 = factor[1];
  EACH grads[i] = R((double)grads[i] * (labels[i] > R(0) ? f1 : f0));
}

/* A block of decoys stays in the first-level cache while all targets pass over it. */
static void softplus_block(const ll_real *restrict decoys, size_t n, ll_real c, ll_real *restrict values,
                           ll_real *restrict slopes) {
  EACH {
    ll_real u = c + decoys[i], e = EXP(-ABS(u));
    values[i] = RELU(u) + LOG1P(e);
    slopes[i] = (u > R(0) ? R(1) : e) / (R(1) + e);
  }
}

static double sum_of(const ll_real *x, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += (double)x[i + l];
  for (; i < n; i++) part[i % LANES] += (double)x[i];
  return fold(part);
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
      total += sum_of(values, m);
      target_sums[t] += sum_of(slopes, m);
      add_to(decoy_sums + at, slopes, m);
    }
  }
  return total;
}

extern const ll_pair_kernels LL_ISA_NAME(ll_pair_kernels);
const ll_pair_kernels LL_ISA_NAME(ll_pair_kernels) = {totals, centred, largest, weigh, scale, logistic};
