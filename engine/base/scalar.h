/* Functions of one double, the same bits on every machine; the engine and the bindings call these where they would call libm's,
 * whose last digits depend on its version and on the CPU. Special cases are C's. Errors, in units of the last place: below 1 of
 * exp, exp2, log, pow, hypot, sin and cos, 1.5 of erf and log1p, 2 of log2 and atan, 2.5 of expm1, 3 of tanh, sinh and cosh, 4 of
 * erfc and gamma (tests/property/scalar.c). sqrt, fma, floor and what else IEEE 754 defines to the last bit are libm's. */
#ifndef LOSSLAB_ENGINE_SCALAR_H
#define LOSSLAB_ENGINE_SCALAR_H

#include <math.h>

#include "losslab/base.h"

/* A number as messages show it: the sign of a NaN is the processor's. */
static inline double ll_shown(double x) { return isnan(x) ? fabs(x) : x; }

double ll_exp(double x);
double ll_exp2(double x);
double ll_expm1(double x);
double ll_log(double x);
double ll_log1p(double x);
double ll_log2(double x);
double ll_pow(double x, double y);
double ll_erf(double x);
double ll_erfc(double x);
double ll_tanh(double x);
double ll_sinh(double x);
double ll_cosh(double x);
double ll_hypot(double x, double y);
double ll_gamma(double x); /* of 1 <= x <= 171, else NaN */

/* trigonometric.c */
double ll_sin(double x);
double ll_cos(double x);
double ll_atan(double x);

/* One for each instruction set (scalar.simd.c). */
typedef struct ll_scalars {
  double (*exp)(double x), (*exp2)(double x), (*expm1)(double x), (*log)(double x), (*log1p)(double x), (*log2)(double x);
  double (*pow)(double x, double y);
  double (*erf)(double x), (*erfc)(double x), (*tanh)(double x), (*sinh)(double x), (*cosh)(double x);
  double (*hypot)(double x, double y);
  double (*gamma)(double x);
} ll_scalars;

#endif
