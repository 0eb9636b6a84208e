/* One score against all others: smooth steps for ranks, exponential weights for tails. */
#include "engine/loss/ranking/listwise.h"

#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

/* The slope is e / (1 + e)^2, which keeps its digits on both sides; value (1 - value) does not. */
static void steps(const ll_real *restrict scores, size_t n, ll_real score, ll_real k, ll_real *restrict values,
                  ll_real *restrict slopes) {
  EACH {
    ll_real x = k * (scores[i] - score), e = EXP(-ABS(x)), share = R(1) / (R(1) + e);
    values[i] = (x < R(0) ? e : R(1)) * share;
    slopes[i] = k * e * share * share;
  }
}

/* u^2 - top^2 = (u - top)(u + top), and u - top is a difference of scores: large squares do not cancel. */
static void tilt_all(const ll_real *restrict scores, size_t n, ll_real shift, ll_real largest, ll_real rate,
                     ll_real *restrict weights, ll_real *restrict slopes) {
  ll_real top = RELU(shift + largest);
  EACH {
    ll_real u = shift + scores[i], below = u > R(0) ? scores[i] - largest : -top;
    u = RELU(u);
    weights[i] = below < R(0) ? EXP(below * (u + top) * rate) : R(1);
    slopes[i] = R(2) * u * weights[i];
  }
}

static double tilt(const ll_real *scores, size_t n, ll_real shift, ll_real largest, ll_real lambda, ll_real *weights,
                   ll_real *slopes) {
  tilt_all(scores, n, shift, largest, R(1) / lambda, weights, slopes);
  return sum(weights, n);
}

static void lifts(const ll_real *restrict scores, size_t n, ll_real shift, ll_real rate, ll_real *restrict out) {
  EACH {
    ll_real u = RELU(shift + scores[i]);
    out[i] = EXPM1(u * u * rate);
  }
}

static double lift(const ll_real *scores, size_t n, ll_real shift, ll_real lambda, ll_real *scratch) {
  lifts(scores, n, shift, R(1) / lambda, scratch);
  return sum(scratch, n);
}

static void add(const ll_real *restrict x, size_t n, double factor, double *restrict sums) {
  EACH sums[i] += factor * (double)x[i];
}

extern const ll_listwise_kernels LL_ISA_NAME(ll_listwise_kernels);
const ll_listwise_kernels LL_ISA_NAME(ll_listwise_kernels) = {steps, tilt, lift, add};
