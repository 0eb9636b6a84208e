/* a b + c, rounded once: FMAF of floats, FMAD of doubles, FMA of the element type. The compiler is told never to contract a product
 * and a sum by itself (-ffp-contract=off), so what is fused stands in the source, and an instruction set without the instruction
 * gives the same bits: in float by double arithmetic in a form that is vectorised, in double by the C library's fma(), which is
 * exact everywhere. A NaN is a NaN; its sign and payload are the machine's. */
#ifndef LOSSLAB_ENGINE_FMA_H
#define LOSSLAB_ENGINE_FMA_H

#include <math.h>
#include <string.h>

#include "losslab/base.h"

/* Of functions that are to become part of a vectorised loop, however long they are. */
#define LL_INLINE static inline __attribute__((always_inline))

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || (defined(__FP_FAST_FMA) && defined(__FP_FAST_FMAF))
#define LL_FMA_HARDWARE 1
#define FMAF(a, b, c) __builtin_fmaf(a, b, c)
#define FMAD(a, b, c) __builtin_fma(a, b, c)
#else

/* The product is exact in double. The sum is rounded to odd: where it is not exact and its last bit is even, the neighbour on the
 * side of the error is taken, so that the last bit tells the second rounding, to float, that something followed. Nothing here
 * underflows, as all are multiples of 2^-298; of infinities the error is NaN, which is not above 0. */
LL_INLINE float ll_fma_float(float a, float b, float c) {
  double p = (double)a * (double)b, q = (double)c, s = p + q, z = s - p, error = (p - (s - z)) + (q - z);
  int64_t sum_bits, error_bits;
  memcpy(&sum_bits, &s, sizeof s);
  memcpy(&error_bits, &error, sizeof error);
  int64_t even = ~sum_bits & 1, apart = (int64_t)((uint64_t)(sum_bits ^ error_bits) >> 63);
  int64_t step = fabs(error) > 0 ? even : 0;
  sum_bits += (step ^ -apart) + apart; /* minus the step where the signs differ */
  memcpy(&s, &sum_bits, sizeof s);
  return (float)s;
}

#define FMAF(a, b, c) ll_fma_float(a, b, c)
#define FMAD(a, b, c) fma(a, b, c)
#endif

#ifdef LL_DOUBLE
#define FMA(a, b, c) FMAD(a, b, c)
#else
#define FMA(a, b, c) FMAF(a, b, c)
#endif

/* Of two numbers of the element type, added to a double: of floats the product is exact in double, fused or not. */
#if defined(LL_DOUBLE) || defined(LL_FMA_HARDWARE)
#define FMA_WIDE(a, b, c) FMAD((double)(a), (double)(b), c)
#else
#define FMA_WIDE(a, b, c) ((double)(a) * (double)(b) + (c))
#endif

#endif
