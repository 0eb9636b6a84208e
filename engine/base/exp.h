/* e^x and functions made of it, in float, in portable C that the compiler vectorises: no branch, no table, no call, and shorter
 * than libmvec's. x = n ln 2 + r with |r| <= ln 2 / 2, and e^r = 1 + r + r^2 q(r), q fitted to make the largest relative error
 * small (of e^r 0.05 × 2^-24, of e^r - 1 0.22 × 2^-24). x / ln 2 is rounded by adding 1.5 × 2^23 and a bias: the low bits of the
 * sum are then n plus the bias of a float's exponent, and shifted there they are the power of 2. Checked against exact values by
 * tests/property/precision.c. */
#ifndef LOSSLAB_ENGINE_EXP_H
#define LOSSLAB_ENGINE_EXP_H

#include <math.h>
#include <string.h>

#include "losslab/base.h"

#ifndef LL_DOUBLE

typedef struct ll_exp_limits {
  float lowest, highest, sigmoid_highest, tanh_highest; /* below: 0; above: infinity, 1, 1 */
} ll_exp_limits;
extern const ll_exp_limits ll_exp_limit;

/* x - n ln 2, ln 2 in two parts: n times the first is exact. */
static inline float ll_exp_rest(float x, float n) { return (x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f; }

static inline float ll_power_of_2(uint32_t biased) {
  float power;
  biased <<= 23;
  memcpy(&power, &biased, sizeof power);
  return power;
}

/* 1 + r + r^2 q(r) */
static inline float ll_exp_core(float r) {
  float q = (((0x1.6a233ep-10f * r + 0x1.123a76p-7f) * r + 0x1.5558f6p-5f) * r + 0x1.55549p-3f) * r + 0x1.fffffcp-2f;
  return (q * r + 1.0f) * r + 1.0f;
}

static inline float ll_exp(float x) {
  x = x < ll_exp_limit.lowest ? ll_exp_limit.lowest : x; /* NaN stays NaN */
  x = x > ll_exp_limit.highest ? ll_exp_limit.highest : x;
  const float rounder = 0x1.8p23f + 2 * 127;
  float sum = x * 0x1.715476p0f + rounder, e = ll_exp_core(ll_exp_rest(x, sum - rounder));
  uint32_t n, half;
  memcpy(&n, &sum, sizeof n);
  half = n >> 1;
  return e * ll_power_of_2(half) * ll_power_of_2(n - half); /* in two steps, since 2^n may be no normal number */
}

/* c / (c + c e^-x) with c = 2^-30, so that the quotient underflows where it should, and nothing before it. */
static inline float ll_sigmoid(float x) {
  x = x < ll_exp_limit.lowest ? ll_exp_limit.lowest : x;
  x = x > ll_exp_limit.sigmoid_highest ? ll_exp_limit.sigmoid_highest : x;
  const float rounder = 0x1.8p23f + 127 - 30, c = 0x1p-30f;
  float sum = x * -0x1.715476p0f + rounder, n = sum - rounder, e = ll_exp_core((-x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f);
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  return c / (e * ll_power_of_2(bits) + c);
}

/* m / (m + 2) with m = e^|2x| - 1, which keeps its digits at 0; h is half of r */
static inline float ll_tanh(float x) {
  float y = fabsf(x);
  y = y > ll_exp_limit.tanh_highest ? ll_exp_limit.tanh_highest : y;
  const float rounder = 0x1.8p23f + 127;
  float sum = y * 0x1.715476p1f + rounder, n = sum - rounder, h = (y - n * 0x1.63p-2f) - n * -0x1.bd0106p-14f;
  float q = (((0x1.6bebf2p-4f * h + 0x1.122802p-2f) * h + 0x1.555674p-1f) * h + 0x1.5554b0p0f) * h + 0x1.fffffep0f;
  uint32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  float power = ll_power_of_2(bits), p = h * h * q + 2.0f * h, m = p * power + (power - 1.0f);
  return copysignf(m / (m + 2.0f), x);
}

/* ln(1 + e) for 0 <= e <= 1: 2 artanh(t / 2) = t + t^3 / 12 + …, t = e / (1 + e / 2); the series of the quotient by t is fitted as
 * above (0.08 × 2^-24). */
static inline float ll_log1p_small(float e) {
  float t = e / (0.5f * e + 1.0f), u = t * t;
  float p = ((0x1.1ee0b2p-11f * u + 0x1.1ebb60p-9f) * u + 0x1.99d220p-7f) * u + 0x1.555502p-4f;
  return t * u * p + t;
}

#endif
#endif
