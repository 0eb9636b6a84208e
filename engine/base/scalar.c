/* The scalar functions for the machine that the program runs on. */
#include "engine/base/scalar.h"

#include "engine/base/isa.h"

LL_ISA_DECLARE(ll_scalars, ll_scalars);
static inline const ll_scalars *pick(void) { return LL_ISA_PICK(ll_scalars); }

double ll_exp(double x) { return pick()->exp(x); }
double ll_exp2(double x) { return pick()->exp2(x); }
double ll_expm1(double x) { return pick()->expm1(x); }
double ll_log(double x) { return pick()->log(x); }
double ll_log1p(double x) { return pick()->log1p(x); }
double ll_log2(double x) { return pick()->log2(x); }
double ll_pow(double x, double y) { return pick()->pow(x, y); }
double ll_erf(double x) { return pick()->erf(x); }
double ll_erfc(double x) { return pick()->erfc(x); }
double ll_tanh(double x) { return pick()->tanh(x); }
double ll_sinh(double x) { return pick()->sinh(x); }
double ll_cosh(double x) { return pick()->cosh(x); }
double ll_hypot(double x, double y) { return pick()->hypot(x, y); }
double ll_gamma(double x) { return pick()->gamma(x); }
