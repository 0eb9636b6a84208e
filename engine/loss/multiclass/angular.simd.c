/* The loops over the features of a row, in double. */
#include "engine/loss/multiclass/angular.h"

#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

/* The sum of `each`, an expression in i. */
#define SUM(each)                                                                                                                  \
  double part[LANES] = {0};                                                                                                        \
  size_t at = 0;                                                                                                                   \
  for (; at + LANES <= d; at += LANES)                                                                                             \
    for (size_t i = at; i < at + LANES; i++) part[i - at] += each;                                                                 \
  for (size_t i = at; i < d; i++) part[i - at] += each;                                                                            \
  return fold(part)

static double dot(const ll_real *x, const ll_real *y, size_t d) { SUM((double)x[i] * (double)y[i]); }

static double apart(const ll_real *x, double a, const ll_real *y, double b, size_t d) {
  SUM((a * (double)x[i] + b * (double)y[i]) * (a * (double)x[i] + b * (double)y[i]));
}

static void add(const ll_real *restrict x, double a, ll_real *restrict to, size_t n) { EACH to[i] += R(a * (double)x[i]); }

static void add_both(const ll_real *restrict x, double a, const ll_real *restrict y, double b, ll_real *restrict to, size_t n) {
  EACH to[i] += R(a * (double)x[i] + b * (double)y[i]);
}

static void across(const ll_real *restrict x, double along, double factor, ll_real *restrict to, size_t n) {
  EACH to[i] = R(factor * ((double)to[i] - along * (double)x[i]));
}

extern const ll_angular_kernels LL_ISA_NAME(ll_angular_kernels);
const ll_angular_kernels LL_ISA_NAME(ll_angular_kernels) = {dot, apart, add, add_both, across};
