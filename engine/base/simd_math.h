/* The element type's functions under one name, for *.simd.c files: R(x) is a constant of the type. */
#ifndef LOSSLAB_ENGINE_SIMD_MATH_H
#define LOSSLAB_ENGINE_SIMD_MATH_H

#include <math.h>

#include "engine/base/exp.h"
#include "engine/base/isa.h"

#define R(x) ((ll_real)(x))
#ifdef LL_DOUBLE
#define EXP(x) exp(x)
#define LOG(x) log(x)
#define LOG1P(x) log1p(x)
#define LOG1P_SMALL(x) log1p(x) /* 0 <= x <= 1 */
#define POW(x, a) pow(x, a)
#define TANH(x) tanh(x)
#define EXPM1(x) expm1(x)
#define ERFC(x) erfc(x)
#define ERF(x) erf(x)
#define SQRT(x) sqrt(x)
#define ABS(x) fabs(x)
#define SMALLEST 2.2250738585072014e-308 /* the smallest normal number: its reciprocal is finite */
#else
#define EXP(x) ll_exp(x)
#define LOG(x) logf(x)
#define LOG1P(x) log1pf(x)
#define LOG1P_SMALL(x) ll_log1p_small(x)
#define POW(x, a) powf(x, a)
#define TANH(x) ll_tanh(x)
#define EXPM1(x) expm1f(x)
#define ERFC(x) erfcf(x)
#define ERF(x) ((float)erf((double)(x))) /* libmvec's erff is off by up to 4 ulp */
#define SQRT(x) sqrtf(x)
#define ABS(x) fabsf(x)
#define SMALLEST 1.17549435e-38f
#endif
#define SIGN_OF(x) ((x) > R(0) ? R(1) : (x) < R(0) ? R(-1) : (x)*R(0)) /* NaN stays NaN */
#define RELU(x) ((x) < R(0) ? R(0) : (x))                              /* NaN stays NaN */

/* e^-|x| cannot overflow; the negative side keeps its digits down to the smallest denormal. */
static inline ll_real SIGMOID(ll_real x) {
#ifdef LL_DOUBLE
  ll_real e = EXP(-ABS(x));
  return (x < R(0) ? e : R(1)) / (R(1) + e);
#else
  return ll_sigmoid(x);
#endif
}
static inline ll_real SOFTPLUS(ll_real x) { return RELU(x) + LOG1P_SMALL(EXP(-ABS(x))); }

/* Outputs may be one of the inputs, never a shifted piece of it: no iteration depends on another. */
#define EACH _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)

#endif
