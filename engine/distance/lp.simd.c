/* The loops over the features of one pair of rows. Differences in double: of two floats they are exact. */
#include <math.h>

#include "engine/base/pow.h"
#include "engine/distance/lp.h"

enum { LANES = 8 };
#define EACH_OF(count) _Pragma("GCC ivdep") for (size_t j = 0; j < (count); j++)
#define DIFFERENCE(j) ((double)x[j] - (double)y[j])

#define REDUCE(name, combine, ...)                                                                                                 \
  static double name(const ll_real *x, const ll_real *y, size_t d __VA_ARGS__) {                                                   \
    double part[LANES] = {0};                                                                                                      \
    size_t at = 0;                                                                                                                 \
    for (; at + LANES <= d; at += LANES)                                                                                           \
      for (size_t l = 0; l < LANES; l++) {                                                                                         \
        double u = fabs(DIFFERENCE(at + l)), so_far = part[l];                                                                     \
        part[l] = combine;                                                                                                         \
      }                                                                                                                            \
    for (; at < d; at++) {                                                                                                         \
      double u = fabs(DIFFERENCE(at)), so_far = part[at % LANES];                                                                  \
      part[at % LANES] = combine;                                                                                                  \
    }                                                                                                                              \
    double so_far = part[0];                                                                                                       \
    for (size_t l = 1; l < LANES; l++) so_far = JOIN(so_far, part[l]);                                                             \
    return so_far;                                                                                                                 \
  }

#define JOIN(a, b) ((a) + (b))
REDUCE(sum_of, so_far + u)
REDUCE(powers_of, so_far + ll_powd(u * share, p), , double p, double share)
#undef JOIN
#define JOIN(a, b) ((b) > (a) ? (b) : (a))
REDUCE(largest_of, u > so_far ? u : so_far)
#undef JOIN

static double manhattan(const ll_real *x, const ll_real *y, size_t d, double p) {
  (void)p;
  return sum_of(x, y, d);
}

static double chebyshev(const ll_real *x, const ll_real *y, size_t d, double p) {
  (void)p;
  return largest_of(x, y, d);
}

/* Powers are taken of shares of the largest difference, so that none overflows. */
static double minkowski(const ll_real *x, const ll_real *y, size_t d, double p) {
  double largest = largest_of(x, y, d);
  return largest > 0 ? largest * ll_powd(powers_of(x, y, d, p, 1 / largest), 1 / p) : 0;
}

static void manhattan_slope(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *restrict gx,
                            double *restrict gy) {
  (void)p;
  EACH_OF(d) {
    double u = DIFFERENCE(j), step = u > 0 ? g : u < 0 ? -g : 0;
    gx[j] += step, gy[j] -= step;
  }
}

/* The first of the largest differences. */
static void chebyshev_slope(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *gx, double *gy) {
  (void)p;
  double largest = largest_of(x, y, d);
  for (size_t j = 0; largest > 0 && j < d; j++) {
    double u = DIFFERENCE(j);
    if (fabs(u) < largest) continue;
    gx[j] += u > 0 ? g : -g, gy[j] -= u > 0 ? g : -g;
    return;
  }
}

static void minkowski_slope(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *restrict gx,
                            double *restrict gy) {
  double distance = minkowski(x, y, d, p), power = p - 1;
  if (!(distance > 0)) return;
  EACH_OF(d) {
    double u = DIFFERENCE(j), size = g * ll_powd(fabs(u) / distance, power), step = u > 0 ? size : u < 0 ? -size : 0;
    gx[j] += step, gy[j] -= step;
  }
}

extern const ll_lp_kernels LL_ISA_NAME(ll_lp_kernels);
const ll_lp_kernels LL_ISA_NAME(ll_lp_kernels) = {
    .manhattan = {manhattan, manhattan_slope},
    .chebyshev = {chebyshev, chebyshev_slope},
    .minkowski = {minkowski, minkowski_slope},
};
