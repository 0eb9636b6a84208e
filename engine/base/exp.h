/* e^x and functions made of it, of floats, in portable C that the compiler vectorises: no branch, no table, no call; the same bits
 * on every instruction set. x = n ln 2 + r with |r| <= ln 2 / 2, and e^r = 1 + r + r^2 q(r), q fitted to make the largest relative
 * error small (of e^r 0.05 × 2^-24, of e^r - 1 0.22 × 2^-24). x / ln 2 is rounded by adding 1.5 × 2^23 and a bias: the low bits
 * of the sum are then n plus the bias of a float's exponent, and shifted there they are the power of 2. Checked against exact
 * values by tests/property/precision.c; exp_double.h has the same of doubles. */
#ifndef LOSSLAB_ENGINE_EXP_H
#define LOSSLAB_ENGINE_EXP_H

#include "engine/base/polynomial.h"

/* Where results have reached 0, infinity, -1 or 1. They are kept from the compiler's sight (exp.c), since where it sees a value, it
 * turns a minimum into four instructions. */
typedef struct ll_exp_limits {
  float lowest, highest, sigmoid_highest, tanh_highest, lowest_less_1, erf_highest, erfc_highest, gelu_highest, largest_power,
      power_lowest, power_highest, all_even, one;
  uint32_t zero;
} ll_exp_limits;
extern const ll_exp_limits ll_exp_limit;

/* x - n ln 2, ln 2 in two parts: n times the first is exact. */
LL_INLINE float ll_exp_restf(float x, float n) { return FMAF(n, 0x1.bd0106p-13f, FMAF(n, -0x1.63p-1f, x)); }

LL_INLINE float ll_exp_power_of_2f(uint32_t biased) {
  float power;
  biased <<= 23;
  memcpy(&power, &biased, sizeof power);
  return power;
}

/* (e^r - 1 - r) / r^2 */
LL_INLINE float ll_exp_bendf(float r) {
  return POLYF(r, 0x1.6a233ep-10f, 0x1.123a76p-7f, 0x1.5558f6p-5f, 0x1.55549p-3f, 0x1.fffffcp-2f);
}
LL_INLINE float ll_exp_coref(float r) { return FMAF(FMAF(ll_exp_bendf(r), r, 1.0f), r, 1.0f); }

/* e^r 2^n, n the low bits of sum less two biases: in two steps, since 2^n may be no normal number */
LL_INLINE float ll_exp_scaledf(float r, float sum) {
  uint32_t n, half;
  memcpy(&n, &sum, sizeof n);
  half = n >> 1;
  return ll_exp_coref(r) * ll_exp_power_of_2f(half) * ll_exp_power_of_2f(n - half);
}
#define LL_EXP_ROUNDERF (0x1.8p23f + 2 * 127)

/* e^(x + more), where |more| is far below 1 and x within the limits */
LL_INLINE float ll_exp_sumf(float x, float more) {
  float sum = FMAF(x, 0x1.715476p0f, LL_EXP_ROUNDERF);
  return ll_exp_scaledf(ll_exp_restf(x, sum - LL_EXP_ROUNDERF) + more, sum);
}

/* e^x of an x whose result is a normal number */
LL_INLINE float ll_exp_normalf(float x) {
  const float rounder = 0x1.8p23f + 127;
  float sum = FMAF(x, 0x1.715476p0f, rounder);
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return ll_exp_coref(ll_exp_restf(x, sum - rounder)) * ll_exp_power_of_2f(bits);
}

LL_INLINE float ll_expf(float x) {
  x = x < ll_exp_limit.lowest ? ll_exp_limit.lowest : x; /* NaN stays NaN */
  x = x > ll_exp_limit.highest ? ll_exp_limit.highest : x;
  float sum = FMAF(x, 0x1.715476p0f, LL_EXP_ROUNDERF);
  return ll_exp_scaledf(ll_exp_restf(x, sum - LL_EXP_ROUNDERF), sum);
}

/* 2 (p 2^(n-1) + 2^(n-1) - 1/2) with p = e^r - 1: half, so that nothing overflows before the result does. */
LL_INLINE float ll_expm1f(float x) {
  float y = x < ll_exp_limit.lowest_less_1 ? ll_exp_limit.lowest_less_1 : x;
  y = y > ll_exp_limit.highest ? ll_exp_limit.highest : y;
  const float rounder = 0x1.8p23f + 126;
  float sum = FMAF(y, 0x1.715476p0f, rounder), n = sum - rounder, r = ll_exp_restf(y, n), p = FMAF(ll_exp_bendf(r) * r, r, r);
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  float power = ll_exp_power_of_2f(bits), m = 2.0f * FMAF(p, power, power - 0.5f);
  return copysignf(n < 0.0f || n > 0.0f ? m : p, x);
}

/* c / (c + c e^-x) with c = 2^-30, so that the quotient underflows where it should, and nothing before it. */
LL_INLINE float ll_sigmoidf(float x) {
  x = x < ll_exp_limit.lowest ? ll_exp_limit.lowest : x;
  x = x > ll_exp_limit.sigmoid_highest ? ll_exp_limit.sigmoid_highest : x;
  const float rounder = 0x1.8p23f + 127 - 30, c = 0x1p-30f;
  float sum = FMAF(x, -0x1.715476p0f, rounder), e = ll_exp_coref(ll_exp_restf(-x, sum - rounder));
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return c / FMAF(e, ll_exp_power_of_2f(bits), c);
}

/* m / (m + 2) with m = e^|2x| - 1, which keeps its digits at 0; h is half of r */
LL_INLINE float ll_tanhf(float x) {
  float y = fabsf(x);
  y = y > ll_exp_limit.tanh_highest ? ll_exp_limit.tanh_highest : y;
  const float rounder = 0x1.8p23f + 127;
  float sum = FMAF(y, 0x1.715476p1f, rounder), n = sum - rounder, h = FMAF(n, 0x1.bd0106p-14f, FMAF(n, -0x1.63p-2f, y));
  float q = POLYF(h, 0x1.6bebf2p-4f, 0x1.122802p-2f, 0x1.555674p-1f, 0x1.5554b0p0f, 0x1.fffffep0f);
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  float power = ll_exp_power_of_2f(bits), p = FMAF(h * h, q, 2.0f * h), m = FMAF(p, power, power - 1.0f);
  return copysignf(m / (m + 2.0f), x);
}

#endif
