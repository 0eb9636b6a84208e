/* The loops over a row of a cost matrix, each element once. Minima and sums in lanes, which the compiler turns into vectors. */
#include "engine/transport/transport.h"
#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

static inline double fold_least(double part[LANES]) {
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) part[l] = part[l + half] < part[l] ? part[l + half] : part[l];
  return part[0];
}

static double least(const ll_real *restrict c, const double *restrict v, size_t m) {
  double part[LANES];
  size_t j = 0;
  for (size_t l = 0; l < LANES; l++) part[l] = INFINITY;
  for (; j + LANES <= m; j += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double r = (double)c[j + l] - v[j + l];
      part[l] = r < part[l] ? r : part[l];
    }
  for (; j < m; j++) {
    double r = (double)c[j] - v[j];
    part[0] = r < part[0] ? r : part[0];
  }
  return fold_least(part);
}

static size_t first(const ll_real *restrict c, const double *restrict v, size_t m, double bound) {
  size_t j = 0;
  for (; j + LANES <= m; j += LANES) {
    int any = 0;
    for (size_t l = 0; l < LANES; l++) any |= (double)c[j + l] - v[j + l] <= bound;
    if (any) break;
  }
  while (j < m && !((double)c[j] - v[j] <= bound)) j++;
  return j;
}

static void lower(const ll_real *restrict c, double u, double *restrict to, size_t n) {
  EACH {
    double r = (double)c[i] - u;
    to[i] = r < to[i] ? r : to[i];
  }
}

static void exponents(const ll_real *restrict c, const double *restrict h, double rate, size_t n, double *restrict e) {
  EACH e[i] = h[i] - (double)c[i] * rate;
}

static double largest(const double *x, size_t m) {
  double part[LANES];
  size_t j = 0;
  for (size_t l = 0; l < LANES; l++) part[l] = INFINITY;
  for (; j + LANES <= m; j += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] = -x[j + l] < part[l] ? -x[j + l] : part[l];
  for (; j < m; j++) part[0] = -x[j] < part[0] ? -x[j] : part[0];
  return -fold_least(part);
}

/* What is less than e^-650 of the largest is taken for 0, since a vector of exponentials that may be denormal leaves its fast path.
 * The bound is set in a loop of its own: beside the exponential the compiler would see that it changes nothing and remove it. */
static void bound(double *e, double top, size_t n) {
  EACH {
    double x = e[i] - top;
    e[i] = x < -650 ? -650 : x;
  }
}

static void exponentials(double *e, size_t n) {
  EACH {
    double value = ll_expd(e[i]);
    e[i] = value < 1e-282 ? 0 : value;
  }
}

static double softmin(const ll_real *c, const double *h, double rate, size_t m, double *e, double *top) {
  double part[LANES] = {0};
  size_t j = 0;
  exponents(c, h, rate, m, e);
  *top = largest(e, m);
  bound(e, *top, m);
  exponentials(e, m);
  for (; j + LANES <= m; j += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += e[j + l];
  for (; j < m; j++) part[j % LANES] += e[j];
  return fold(part);
}

static void add(const double *restrict e, double weight, double *restrict sums, size_t n) { EACH sums[i] += weight * e[i]; }

static double dot(const double *restrict e, const ll_real *restrict c, size_t m) {
  double part[LANES] = {0};
  size_t j = 0;
  for (; j + LANES <= m; j += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += e[j + l] * (double)c[j + l];
  for (; j < m; j++) part[j % LANES] += e[j] * (double)c[j];
  return fold(part);
}

extern const ll_transport_kernels LL_ISA_NAME(ll_transport_kernels);
const ll_transport_kernels LL_ISA_NAME(ll_transport_kernels) = {least, first, lower, softmin, add, dot};
