/* The element type's functions under one name, for *.simd.c files: R(x) is a constant of the type. */
#ifndef LOSSLAB_ENGINE_SIMD_MATH_H
#define LOSSLAB_ENGINE_SIMD_MATH_H

#include <math.h>

#include "engine/base/erf.h"
#include "engine/base/isa.h"
#include "engine/base/pow.h"

#define R(x) ((ll_real)(x))
#ifdef LL_DOUBLE
#define EXP(x) ll_expd(x)
#define LOG(x) ll_logd(x)
#define LOG1P(x) ll_log1pd(x)
#define LOG1P_SMALL(x) ll_log1p_smalld(x) /* 0 <= x <= 1 */
#define POW(x, a) ll_powd(x, a)
#define TANH(x) ll_tanhd(x)
#define EXPM1(x) ll_expm1d(x)
#define ERFC(x) ll_erfcd(x)
#define ERF(x) ll_erfd(x)
#define GELU(x) ll_erf_gelud(x)
#define GELU_SLOPE(x) ll_erf_gelu_sloped(x)
#define SQRT(x) sqrt(x)
#define ABS(x) fabs(x)
#define SMALLEST 2.2250738585072014e-308 /* the smallest normal number: its reciprocal is finite */
#else
#define EXP(x) ll_expf(x)
#define LOG(x) ll_logf(x)
#define LOG1P(x) ll_log1pf(x)
#define LOG1P_SMALL(x) ll_log1p_smallf(x)
#define POW(x, a) ll_powf(x, a)
#define TANH(x) ll_tanhf(x)
#define EXPM1(x) ll_expm1f(x)
#define ERFC(x) ll_erfcf(x)
#define ERF(x) ll_erff(x)
#define GELU(x) ll_erf_geluf(x)
#define GELU_SLOPE(x) ll_erf_gelu_slopef(x)
#define SQRT(x) sqrtf(x)
#define ABS(x) fabsf(x)
#define SMALLEST 1.17549435e-38f
#endif
#define SIGN_OF(x) ((x) > R(0) ? R(1) : (x) < R(0) ? R(-1) : (x)*R(0)) /* NaN stays NaN */
#define RELU(x) ((x) < R(0) ? R(0) : (x))                              /* NaN stays NaN */

/* x cut to [0, 1], NaN stays. The bounds are kept from the compiler's sight (exp.h): it would compute what comes of 0 and of 1
 * beforehand, and branch to it. */
static inline ll_real CUT_TO_1(ll_real x) {
#ifdef LL_DOUBLE
  ll_real one = ll_exp_double_limit.one, none = one - one;
#else
  ll_real one = ll_exp_limit.one, none = one - one;
#endif
  x = x < none ? none : x;
  return x > one ? one : x;
}

/* e^-|x| cannot overflow; the negative side keeps its digits down to the smallest denormal. */
static inline ll_real SIGMOID(ll_real x) {
#ifdef LL_DOUBLE
  ll_real e = EXP(-ABS(x));
  return (x < R(0) ? e : R(1)) / (R(1) + e);
#else
  return ll_sigmoidf(x);
#endif
}
static inline ll_real SOFTPLUS(ll_real x) { return RELU(x) + LOG1P_SMALL(EXP(-ABS(x))); }

/* Outputs may be one of the inputs, never a shifted piece of it: no iteration depends on another. */
#define EACH _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)

#endif
