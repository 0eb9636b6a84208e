/* Sums of doubles by eight partial sums, for *.simd.c files that work in double in both builds. Eight are enough to hide the
 * latency of an addition, and the order of the additions is the same on every run. */
#ifndef LOSSLAB_ENGINE_DOUBLE_LANES_H
#define LOSSLAB_ENGINE_DOUBLE_LANES_H

#include <stddef.h>

enum { LANES = 8 };

/* No iteration depends on another. */
#define EACH_OF(count) _Pragma("GCC ivdep") for (size_t j = 0; j < (count); j++)

static inline double fold(double part[LANES]) {
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) part[l] += part[l + half];
  return part[0];
}

static inline double sum(const double *v, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += v[i + l];
  for (; i < n; i++) part[i % LANES] += v[i];
  return fold(part);
}

/* name(x, y, n) = the sum of `each`, an expression in a = x[i] and b = y[i]. */
#define REDUCE(name, type, each)                                                                                                   \
  static double name(const type *x, const type *y, size_t n) {                                                                     \
    double part[LANES] = {0};                                                                                                      \
    size_t i = 0;                                                                                                                  \
    for (; i + LANES <= n; i += LANES)                                                                                             \
      for (size_t l = 0; l < LANES; l++) {                                                                                         \
        double a = (double)x[i + l], b = (double)y[i + l];                                                                         \
        part[l] += each;                                                                                                           \
      }                                                                                                                            \
    for (; i < n; i++) {                                                                                                           \
      double a = (double)x[i], b = (double)y[i];                                                                                   \
      part[i % LANES] += each;                                                                                                     \
    }                                                                                                                              \
    return fold(part);                                                                                                             \
  }

#endif
