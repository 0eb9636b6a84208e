/* exp.h for doubles: the same forms, q of ten coefficients (error of e^r 0.07 × 2^-53, of e^r - 1 0.18 × 2^-53). */
#ifndef LOSSLAB_ENGINE_EXP_DOUBLE_H
#define LOSSLAB_ENGINE_EXP_DOUBLE_H

#include "engine/base/polynomial.h"

typedef struct ll_exp_double_limits {
  double lowest, highest, tanh_highest, lowest_less_1, erf_highest, erfc_highest, gelu_highest, largest_power, power_lowest,
      power_highest, all_even, one;
  uint64_t zero;
} ll_exp_double_limits;
extern const ll_exp_double_limits ll_exp_double_limit; /* exp.c */

#define LL_EXP_PER_LN2 0x1.71547652b82fep0
/* ln 2 in two parts: a whole number below 2^11 times the first is exact. */
#define LL_EXP_LN2_HIGH 0x1.62e42fefa38p-1
#define LL_EXP_LN2_LOW 0x1.ef35793c7673p-45

LL_INLINE double ll_exp_power_of_2d(uint64_t biased) {
  double power;
  biased <<= 52;
  memcpy(&power, &biased, sizeof power);
  return power;
}

/* (e^r - 1 - r) / r^2 */
LL_INLINE double ll_exp_bendd(double r) {
  double w = r * r;
  return FMAD(
      POLYD(w, 0x1.ae77aa5a5b9e6p-26, 0x1.71de80fa36f19p-19, 0x1.a01a0177f3ca6p-13, 0x1.1111111118834p-7, 0x1.555555555553bp-3), r,
      POLYD(w, 0x1.28a2a1b3c047fp-22, 0x1.a019a6914c09ap-16, 0x1.6c16c17f336cp-10, 0x1.5555555552101p-5, 0x1.0000000000005p-1));
}

/* e^r 2^n, n the low bits of sum less two biases: in two steps, since 2^n may be no normal number */
LL_INLINE double ll_exp_scaledd(double r, double sum) {
  double e = FMAD(FMAD(ll_exp_bendd(r), r, 1.0), r, 1.0);
  uint64_t bits, half;
  memcpy(&bits, &sum, sizeof bits);
  half = bits >> 1;
  return e * ll_exp_power_of_2d(half) * ll_exp_power_of_2d(bits - half);
}
#define LL_EXP_ROUNDERD (0x1.8p52 + 2 * 1023)

/* e^(x + more), where |more| is far below 1 and x within the limits */
LL_INLINE double ll_exp_sumd(double x, double more) {
  double sum = FMAD(x, LL_EXP_PER_LN2, LL_EXP_ROUNDERD), n = sum - LL_EXP_ROUNDERD;
  return ll_exp_scaledd(FMAD(n, -LL_EXP_LN2_HIGH, x) + FMAD(n, -LL_EXP_LN2_LOW, more), sum);
}

LL_INLINE double ll_expd(double x) {
  x = x < ll_exp_double_limit.lowest ? ll_exp_double_limit.lowest : x; /* NaN stays NaN */
  x = x > ll_exp_double_limit.highest ? ll_exp_double_limit.highest : x;
  double sum = FMAD(x, LL_EXP_PER_LN2, LL_EXP_ROUNDERD), n = sum - LL_EXP_ROUNDERD;
  return ll_exp_scaledd(FMAD(n, -LL_EXP_LN2_LOW, FMAD(n, -LL_EXP_LN2_HIGH, x)), sum);
}

LL_INLINE double ll_expm1d(double x) {
  double y = x < ll_exp_double_limit.lowest_less_1 ? ll_exp_double_limit.lowest_less_1 : x;
  y = y > ll_exp_double_limit.highest ? ll_exp_double_limit.highest : y;
  const double rounder = 0x1.8p52 + 1022;
  double sum = FMAD(y, LL_EXP_PER_LN2, rounder), n = sum - rounder;
  double r = FMAD(n, -LL_EXP_LN2_LOW, FMAD(n, -LL_EXP_LN2_HIGH, y)), p = FMAD(ll_exp_bendd(r) * r, r, r);
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  double power = ll_exp_power_of_2d(bits), m = 2 * FMAD(p, power, power - 0.5);
  return copysign(n < 0 || n > 0 ? m : p, x);
}

LL_INLINE double ll_tanhd(double x) {
  double y = fabs(x);
  y = y > ll_exp_double_limit.tanh_highest ? ll_exp_double_limit.tanh_highest : y;
  const double rounder = 0x1.8p52 + 1023;
  double sum = FMAD(y, 2 * LL_EXP_PER_LN2, rounder), n = sum - rounder;
  double r = FMAD(n, -LL_EXP_LN2_LOW, FMAD(n, -LL_EXP_LN2_HIGH, 2 * y)), p = FMAD(ll_exp_bendd(r) * r, r, r);
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  double power = ll_exp_power_of_2d(bits), m = FMAD(p, power, power - 1);
  return copysign(m / (m + 2), x);
}

#endif
