/* x^y, of floats (powf) and doubles (powd), vectorised and portable as exp.h is, with the special cases of C. It is e^(y ln |x|):
 * of floats in double, without fused operations, since so many digits are not needed; of doubles with ln |x| in two parts, the
 * relative error below 2^-65. */
#ifndef LOSSLAB_ENGINE_POW_H
#define LOSSLAB_ENGINE_POW_H

#include "engine/base/exp.h"
#include "engine/base/log.h"

/* y, in a form of which the compiler cannot see that it may be the same for a whole loop: it would split the loop by the special
 * cases of y and leave the pieces scalar. Infinity is replaced by an even number so large that it has the same effect, and 1 to its
 * power is 1. */
LL_INLINE double ll_pow_finited(double x, double y) {
  const double largest = ll_exp_double_limit.largest_power;
  uint64_t mixed, bits;
  memcpy(&mixed, &x, sizeof x);
  memcpy(&bits, &y, sizeof y);
  bits ^= mixed & ll_exp_double_limit.zero;
  memcpy(&y, &bits, sizeof y);
  y = y < -largest ? -largest : y; /* NaN stays */
  return y > largest ? largest : y;
}
LL_INLINE float ll_pow_finitef(float x, float y) {
  const float largest = ll_exp_limit.largest_power;
  uint32_t mixed, bits;
  memcpy(&mixed, &x, sizeof x);
  memcpy(&bits, &y, sizeof y);
  bits ^= mixed & ll_exp_limit.zero;
  memcpy(&y, &bits, sizeof y);
  y = y < -largest ? -largest : y;
  return y > largest ? largest : y;
}

/* |x|^y, given as value, with the sign or the NaN that x and y ask for. Whole numbers from 2^53 (of floats 2^24) on are even. */
LL_INLINE double ll_pow_signedd(double x, double y, double value) {
  double size = fabs(y);
  size = size < ll_exp_double_limit.all_even ? size : ll_exp_double_limit.all_even; /* not NaN */
  double shifted = size < 0x1p52 ? size + 0x1p52 : size, back = size < 0x1p52 ? shifted - 0x1p52 : size;
  uint64_t x_bits, odd, value_bits;
  memcpy(&x_bits, &x, sizeof x);
  memcpy(&odd, &shifted, sizeof odd);
  memcpy(&value_bits, &value, sizeof value);
  uint64_t negated = value_bits ^ (x_bits & (odd << 63));
  double negative;
  memcpy(&negative, &negated, sizeof negative);
  double broken = (x < 0) & (x > -INFINITY) ? NAN : value;
  value = back == size ? negative : broken;
  return (y == 0) | (x == 1) ? 1 : value;
}
LL_INLINE float ll_pow_signedf(float x, float y, float value) {
  float size = fabsf(y);
  size = size < ll_exp_limit.all_even ? size : ll_exp_limit.all_even;
  int32_t whole = (int32_t)size;
  uint32_t x_bits, value_bits;
  memcpy(&x_bits, &x, sizeof x);
  memcpy(&value_bits, &value, sizeof value);
  uint32_t negated = value_bits ^ (x_bits & ((uint32_t)whole << 31));
  float negative;
  memcpy(&negative, &negated, sizeof negative);
  float broken = (x < 0) & (x > (float)-INFINITY) ? (float)NAN : value;
  value = (float)whole == size ? negative : broken;
  return (y == 0) | (x == 1) ? 1 : value;
}

LL_INLINE double ll_powd(double x, double y) {
  y = ll_pow_finited(x, y);
  double a = fabs(x);
  ll_log_parts parts = ll_log_split(a);
  double k = parts.k, f = parts.f;
  /* s = f / (2 + f) in two parts */
  double d = 2 + f, d_rest = f - (d - 2), r = 1 / d, s = f * r, s_rest = FMAD(-s, d_rest, FMAD(-s, d, f)) * r;
  /* the square, in two parts; the series 2/3 + 2/5 w + … in two parts; their product */
  double w = s * s, w_rest = FMAD(2 * s, s_rest, FMAD(s, s, -w)), v = w * w;
  double odd = POLYD(v, 0x1.db0085e60a02dp-4, 0x1.1115782a21c26p-3, 0x1.745d173e6b059p-3, 0x1.2492492492302p-2);
  double even = POLYD(v, 0x1.e010f752603e5p-4, 0x1.3b13a91c92fc5p-3, 0x1.c71c71c74aee7p-3, 0x1.999999999999ap-2);
  double more = w * FMAD(odd, w, even);
  double q = 0x1.5555555555555p-1 + more, q_rest = (0x1.5555555555555p-1 - q) + more + 0x1.5555555555555p-55;
  double z = w * q, z_rest = FMAD(w_rest, q, FMAD(w, q_rest, FMAD(w, q, -z)));
  /* s (2 + z) */
  double u = 2 + z, u_rest = (2 - u) + z + z_rest;
  double l = s * u, l_rest = FMAD(s_rest, u, FMAD(s, u_rest, FMAD(s, u, -l)));
  /* + k ln 2 */
  double high = k * LL_EXP_LN2_HIGH, sum = high + l, rest = (high - sum) + l + FMAD(k, LL_EXP_LN2_LOW, l_rest);
  double log = sum + rest;
  rest = (sum - log) + rest;
  log = a < INFINITY ? log : a;
  log = a == 0 ? -INFINITY : log;
  double e = y * log, e_rest = FMAD(y, rest, FMAD(y, log, -e));
  e = e < ll_exp_double_limit.power_lowest ? ll_exp_double_limit.power_lowest : e;
  e = e > ll_exp_double_limit.power_highest ? ll_exp_double_limit.power_highest : e;
  e_rest = e_rest > -ll_exp_double_limit.one ? e_rest : -ll_exp_double_limit.one; /* it counts where it is small; not NaN */
  e_rest = e_rest < ll_exp_double_limit.one ? e_rest : ll_exp_double_limit.one;
  return ll_pow_signedd(x, y, ll_exp_sumd(e, e_rest));
}

/* The same in floats: ln |x| is off by 2^-35 of itself, and ln 2 stands in two parts of which the first has 16 digits. */
LL_INLINE float ll_powf(float x, float y) {
  y = ll_pow_finitef(x, y);
  float a = fabsf(x), scale = a < 0x1p-126f ? 0x1p23f : 1.0f, shift = a < 0x1p-126f ? -23.0f : 0.0f, m = a * scale;
  uint32_t bits, exponent;
  memcpy(&bits, &m, sizeof bits);
  exponent = (bits - 0x3f3504f3u) & 0xff800000u;
  bits -= exponent;
  memcpy(&m, &bits, sizeof m);
  float k = FMAF((float)(int32_t)exponent, 0x1p-23f, shift), f = m - 1.0f;
  float d = 2.0f + f, d_rest = f - (d - 2.0f), r = 1.0f / d, s = f * r, s_rest = FMAF(-s, d_rest, FMAF(-s, d, f)) * r;
  float w = s * s, z = w * POLYF(w, 0x1.ddf316p-3f, 0x1.245b96p-2f, 0x1.9999eep-2f, 0x1.555556p-1f);
  float u = 2.0f + z, u_rest = (2.0f - u) + z, l = s * u, l_rest = FMAF(s_rest, u, FMAF(s, u_rest, FMAF(s, u, -l)));
  float high = k * 0x1.62e4p-1f, sum = high + l, rest = (high - sum) + l + FMAF(k, 0x1.7f7d1cp-20f, l_rest);
  float log = sum + rest;
  rest = (sum - log) + rest;
  log = a < (float)INFINITY ? log : a;
  log = a == 0 ? (float)-INFINITY : log;
  float e = y * log, e_rest = FMAF(y, rest, FMAF(y, log, -e));
  e = e < ll_exp_limit.power_lowest ? ll_exp_limit.power_lowest : e;
  e = e > ll_exp_limit.power_highest ? ll_exp_limit.power_highest : e;
  e_rest = e_rest > -ll_exp_limit.one ? e_rest : -ll_exp_limit.one;
  e_rest = e_rest < ll_exp_limit.one ? e_rest : ll_exp_limit.one;
  return ll_pow_signedf(x, y, ll_exp_sumf(e, e_rest));
}

#endif
