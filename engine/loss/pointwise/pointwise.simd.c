/* The loops of the pointwise losses, a block of rows at a time: values and slopes in one vectorised loop, then the sum of the
 * block's values, which are still in the first-level cache, in double. */
#include "engine/loss/pointwise/pointwise.h"
#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"

enum { BLOCK = 256 };

#define POINTWISE(name, shared, value, slope)                                                                                      \
  static void name##_block(const ll_real *restrict scores, const ll_real *restrict labels, size_t n, ll_real a, ll_real b,         \
                           ll_real scale, ll_real *restrict values, ll_real *restrict grads) {                                     \
    (void)a, (void)b;                                                                                                              \
    EACH {                                                                                                                         \
      ll_real f = scores[i];                                                                                                       \
      int t = labels[i] > R(0);                                                                                                    \
      ll_real side = t ? R(1) : R(-1), z = side * f;                                                                               \
      (void)z;                                                                                                                     \
      shared;                                                                                                                      \
      values[i] = (value);                                                                                                         \
      grads[i] = side * scale * (slope);                                                                                           \
    }                                                                                                                              \
  }                                                                                                                                \
  static double name(const ll_real *scores, const ll_real *labels, size_t n, double a, double b, double scale, ll_real *rows,      \
                     ll_real *grads) {                                                                                             \
    ll_real values[BLOCK], unwanted[BLOCK];                                                                                        \
    ll_sum total = {0};                                                                                                            \
    double plain = 0;                                                                                                              \
    for (size_t at = 0; at < n; at += BLOCK) {                                                                                     \
      size_t m = n - at < BLOCK ? n - at : BLOCK;                                                                                  \
      ll_real *v = rows ? rows + at : values;                                                                                      \
      name##_block(scores + at, labels + at, m, R(a), R(b), R(scale), v, grads ? grads + at : unwanted);                           \
      double part = sum(v, m);                                                                                                     \
      plain += part;                                                                                                               \
      ll_sum_add(&total, part);                                                                                                    \
    }                                                                                                                              \
    return isfinite(plain) ? ll_sum_value(&total) : plain; /* an infinite sum leaves NaN in the carry */                           \
  }
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE

extern const ll_pointwise_kernels LL_ISA_NAME(ll_pointwise_kernels);
const ll_pointwise_kernels LL_ISA_NAME(ll_pointwise_kernels) = {.form = {
#define POINTWISE(name, ...) name,
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE
                                                                }};
