/* The vectorised functions, of one double at a time, and a few that are made of them. */
#include "engine/base/scalar.h"

#include "engine/base/erf.h"
#include "engine/base/isa.h"
#include "engine/base/pow.h"
#include "engine/base/scalar_tables.h"

static double of_exp(double x) { return ll_scalar_tables_exp(x); }
static double of_expm1(double x) { return ll_expm1d(x); }
static double of_log(double x) { return ll_scalar_tables_log(x); }
static double of_log1p(double x) { return ll_log1pd(x); }
static double of_pow(double x, double y) { return ll_powd(x, y); }
static double of_erf(double x) { return ll_erfd(x); }
static double of_erfc(double x) { return ll_erfcd(x); }
static double of_tanh(double x) { return ll_tanhd(x); }

/* Of a whole number it is exact. */
static double of_exp2(double x) {
  double y = x < -1080 ? -1080 : x > 1025 ? 1025 : x, sum = y + LL_EXP_ROUNDERD, r = y - (sum - LL_EXP_ROUNDERD);
  return ll_exp_scaledd(FMAD(r, LL_EXP_LN2_HIGH, r * LL_EXP_LN2_LOW), sum);
}

/* Of a power of 2 it is exact. */
static double of_log2(double x) {
  if (!(x > 0 && x < INFINITY)) return ll_logd(x);
  ll_log_parts p = ll_log_split(x);
  double l = ll_log_cored(0, p.f), high = l * LL_EXP_PER_LN2, low = FMAD(l, LL_EXP_PER_LN2, -high) + l * 0x1.777d0ffda0d24p-56;
  return (p.k + high) + low;
}

/* (e^x - e^-x) / 2, by m = e^|x| - 1: (m + m / (m + 1)) / 2; where e^x overflows, by its root. */
static double of_sinh(double x) {
  double a = fabs(x), m = ll_expm1d(a), root = ll_expd(0.5 * a);
  return copysign(a > 700 ? 0.5 * root * root : 0.5 * (m + m / (m + 1)), x);
}
static double of_cosh(double x) {
  double a = fabs(x), e = ll_expd(a), root = ll_expd(0.5 * a);
  return a > 700 ? 0.5 * root * root : 0.5 * (e + 1 / e);
}

/* Scaled by a power of 2, so that no square leaves the normal numbers; the sum of squares in two parts, and one step of Newton's.
 */
static double of_hypot(double x, double y) {
  double a = fabs(x), b = fabs(y);
  if (a == INFINITY || b == INFINITY) return INFINITY;
  if (a < b) a = fabs(y), b = fabs(x);
  if (!(b > 0) || !(a > 0)) return a + b; /* 0 or NaN */
  int e;
  frexp(a, &e);
  a = ldexp(a, -e), b = ldexp(b, -e);
  double aa = a * a, bb = b * b, sum = aa + bb, rest = (aa - sum) + bb + FMAD(a, a, -aa) + FMAD(b, b, -bb), root = sqrt(sum);
  return ldexp(root + (FMAD(-root, root, sum) + rest) / (2 * root), e);
}

/* Gamma(x) = (x - 1) (x - 2) … (1 + t) Gamma(1 + t) with t = x - floor(x): the factors are exact, their product stands in
 * two parts, and 1 / Gamma(1 + t) is a polynomial, fitted (0.004 × 2^-53). */
static double of_gamma(double x) {
  if (!(x >= 1 && x <= 171)) return NAN;
  double high = 1, low = 0, t = x - floor(x);
  for (int left = (int)floor(x) - 1; left > 0; left--) {
    double factor = t + left, product = high * factor;
    low = FMAD(high, factor, -product) + low * factor, high = product;
  }
  double rest =
      POLYD(t, 0x1.21263fe0d7581p-26, -0x1.d06651164b2f5p-23, 0x1.2f5648cef71f2p-20, -0x1.491ddab297fd6p-20, -0x1.526f0927882d3p-16,
            0x1.0c9c8e2211948p-13, -0x1.c3700715a2160p-13, -0x1.31707aedb3a2ep-10, 0x1.d919b98cd62c2p-8, -0x1.3b4af14558fd6p-7,
            -0x1.59af1047ec275p-5, 0x1.5512320b8bba4p-3, -0x1.5815e8fa37841p-5, -0x1.4fcf4026af9afp-1, 0x1.2788cfc6fb617p-1, 1.0);
  return (high + low) / rest;
}

extern const ll_scalars LL_ISA_NAME(ll_scalars);
const ll_scalars LL_ISA_NAME(ll_scalars) = {of_exp, of_exp2, of_expm1, of_log,  of_log1p, of_log2,  of_pow,
                                            of_erf, of_erfc, of_tanh,  of_sinh, of_cosh,  of_hypot, of_gamma};
