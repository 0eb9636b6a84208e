/* The row loops. Partial results in lanes hide the latency of an addition and come in the same order on every run. */
#include "engine/matrix/rowwise.h"
#include "engine/base/lanes.h"
#include "engine/base/scalar_tables.h"
#include "engine/base/simd_math.h"

/* A NaN loses every comparison, so `odd` keeps whether there was one. part starts as x[0]; if that is a NaN, odd says so. */
#define EXTREME(name, better)                                                                                                      \
  static ll_real name(const ll_real *x, size_t n) {                                                                                \
    ll_real part[LANES];                                                                                                           \
    int odd[LANES] = {0};                                                                                                          \
    size_t i = 0;                                                                                                                  \
    for (size_t l = 0; l < LANES; l++) part[l] = x[0];                                                                             \
    for (; i + LANES <= n; i += LANES)                                                                                             \
      for (size_t l = 0; l < LANES; l++) {                                                                                         \
        ll_real v = x[i + l];                                                                                                      \
        part[l] = v better part[l] ? v : part[l];                                                                                  \
        odd[l] |= v != v;                                                                                                          \
      }                                                                                                                            \
    for (; i < n; i++) part[0] = x[i] better part[0] ? x[i] : part[0], odd[0] |= x[i] != x[i];                                     \
    for (size_t l = 1; l < LANES; l++) part[0] = part[l] better part[0] ? part[l] : part[0], odd[0] |= odd[l];                     \
    return odd[0] ? (ll_real)NAN : part[0];                                                                                        \
  }
EXTREME(largest, >)
EXTREME(smallest, <)

static void exp_shifted(const ll_real *x, ll_real shift, ll_real *out, size_t n) { EACH out[i] = EXP(x[i] - shift); }

static void softmax(const ll_real *x, ll_real *out, size_t n) {
  exp_shifted(x, largest(x, n), out, n);
  ll_real all = R(sum(out, n));
  EACH out[i] = out[i] / all;
}

static void log_softmax(const ll_real *x, ll_real *out, size_t n) {
  ll_real top = largest(x, n);
  exp_shifted(x, top, out, n);
  ll_real rest = R(ll_scalar_tables_log(sum(out, n)));
  EACH out[i] = (x[i] - top) - rest;
}

/* All -inf: the sum is 0, its logarithm -inf; one +inf: +inf. */
static double logsumexp(const ll_real *x, ll_real *scratch, size_t n) {
  ll_real top = largest(x, n);
  if (!isfinite(top)) return (double)top;
  exp_shifted(x, top, scratch, n);
  return (double)top + ll_scalar_tables_log(sum(scratch, n));
}

static double deviations(const ll_real *x, double centre, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double d = (double)x[i + l] - centre;
      part[l] += d * d;
    }
  for (; i < n; i++) part[i % LANES] += ((double)x[i] - centre) * ((double)x[i] - centre);
  return fold(part);
}

static void col_deviations(const ll_real *restrict x, size_t rows, size_t cols, size_t stride, const double *restrict centre,
                           double *restrict sums) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++) {
      double d = (double)x[i * stride + j] - centre[j];
      sums[j] += d * d;
    }
}

static double distance(const ll_real *x, const ll_real *y, size_t n) {
  double part[LANES] = {0}, few = 0;
  size_t i = 0;
  if (n < LANES) { /* points in the plane: folding the lanes would cost more than the sum */
    for (; i < n; i++) few += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
    return few;
  }
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double d = (double)x[i + l] - (double)y[i + l];
      part[l] += d * d;
    }
  for (; i < n; i++) part[i % LANES] += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
  return fold(part);
}

static void add_difference(double a, const ll_real *restrict x, const ll_real *restrict y, size_t n, double *restrict sums) {
  EACH sums[i] += a * ((double)x[i] - (double)y[i]);
}

static void where(const ll_real *mask, const ll_real *x, const ll_real *y, ll_real *out, size_t n) {
  EACH out[i] = mask[i] != R(0) ? x[i] : y[i];
}

extern const ll_rowwise_kernels LL_ISA_NAME(ll_rowwise_kernels);
const ll_rowwise_kernels LL_ISA_NAME(ll_rowwise_kernels) = {
    .largest = largest,
    .smallest = smallest,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .logsumexp = logsumexp,
    .deviations = deviations,
    .col_deviations = col_deviations,
    .distance = distance,
    .add_difference = add_difference,
    .where = where,
};
