/* Loops of losses over single rows, for *.simd.c files, a block of rows at a time: values and slopes in one vectorised loop, then
 * the sum of the block's values, which are still in the first-level cache, in double. */
#ifndef LOSSLAB_ENGINE_EACH_ROW_H
#define LOSSLAB_ENGINE_EACH_ROW_H

#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

enum { EACH_ROW_BLOCK = 256 };

/* Defines name, an ll_row_kernel (engine/loss/loss.h): `shared` declares of f, the score, and y, what it is held against, what both
 * need; value and grad are expressions, grad with the factor `scale` in it. */
#define EACH_ROW(name, shared, value, grad)                                                                                        \
  static void name##_block(const ll_real *restrict scores, const ll_real *restrict labels, size_t n, ll_real a, ll_real b,         \
                           ll_real scale, ll_real *restrict values, ll_real *restrict grads) {                                     \
    (void)a, (void)b;                                                                                                              \
    EACH {                                                                                                                         \
      ll_real f = scores[i], y = labels[i];                                                                                        \
      shared;                                                                                                                      \
      values[i] = (value);                                                                                                         \
      grads[i] = (grad);                                                                                                           \
    }                                                                                                                              \
  }                                                                                                                                \
  static double name(const ll_real *scores, const ll_real *labels, size_t n, double a, double b, double scale, ll_real *rows,      \
                     ll_real *grads) {                                                                                             \
    ll_real values[EACH_ROW_BLOCK], unwanted[EACH_ROW_BLOCK];                                                                      \
    ll_sum total = {0};                                                                                                            \
    double plain = 0;                                                                                                              \
    for (size_t at = 0; at < n; at += EACH_ROW_BLOCK) {                                                                            \
      size_t m = n - at < EACH_ROW_BLOCK ? n - at : EACH_ROW_BLOCK;                                                                \
      ll_real *v = rows ? rows + at : values;                                                                                      \
      name##_block(scores + at, labels + at, m, R(a), R(b), R(scale), v, grads ? grads + at : unwanted);                           \
      double part = sum(v, m);                                                                                                     \
      plain += part;                                                                                                               \
      ll_sum_add(&total, part);                                                                                                    \
    }                                                                                                                              \
    return isfinite(plain) ? ll_sum_value(&total) : plain; /* an infinite sum leaves NaN in the carry */                           \
  }

#endif
