/* Sums in double by sixteen partial sums, for *.simd.c files. Sixteen are enough to hide the latency of an addition, and the order
 * of the additions is the same on every run. */
#ifndef LOSSLAB_ENGINE_LANES_H
#define LOSSLAB_ENGINE_LANES_H

#include "losslab/base.h"

enum { LANES = 16 };

static inline double fold(double part[LANES]) {
  for (size_t half = LANES / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) part[l] += part[l + half];
  return part[0];
}

static inline double sum(const ll_real *x, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += (double)x[i + l];
  for (; i < n; i++) part[i % LANES] += (double)x[i];
  return fold(part);
}

#endif
