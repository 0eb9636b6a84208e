/* Logarithms, of floats (logf, log1pf, log1p_smallf) and doubles (logd, log1pd, log1p_smalld), vectorised and portable as exp.h is.
 * x = 2^k (1 + f): k and f come from the bits of x, by whole-number arithmetic that puts 1 + f between 2/3 and 4/3 (of doubles:
 * √½ and √2). In float ln(1 + f) = f + f^2 p(f) (error 0.08 × 2^-24); in double, by s = f / (2 + f), it is
 * f - (h - s (h + R(s^2))) with h = f^2 / 2, R the rest of the series of 2 artanh s, fitted (0.05 × 2^-53): as in FreeBSD's
 * e_log.c. */
#ifndef LOSSLAB_ENGINE_LOG_H
#define LOSSLAB_ENGINE_LOG_H

#include "engine/base/exp_double.h"

/* ln(2^k (1 + f)) */
LL_INLINE float ll_log_coref(float k, float f) {
  float w = f * f, p = FMAF(POLYF(w, 0x1.1e73a2p-3f, 0x1.1ed424p-3f, 0x1.99d05ep-3f, 0x1.555506p-2f), f,
                            POLYF(w, -0x1.080cap-3f, -0x1.f30e36p-4f, -0x1.559de4p-3f, -0x1.fffefp-3f, -0.5f));
  return FMAF(k, 0x1.62e43p-1f, FMAF(w, p, f));
}
LL_INLINE double ll_log_cored(double k, double f) {
  double s = f / (2 + f), w = s * s, h = 0.5 * f * f;
  double v = w * w,
         rest = w * FMAD(POLYD(v, 0x1.39fb717e4f952p-3, 0x1.c71c629bb2debp-3, 0x1.9999999995184p-2), w,
                         POLYD(v, 0x1.2b7d1f0990b77p-3, 0x1.7462caadf34ccp-3, 0x1.2492492e25b5ap-2, 0x1.5555555555558p-1));
  return FMAD(k, LL_EXP_LN2_HIGH, f - (h - FMAD(s, h + rest, k * LL_EXP_LN2_LOW)));
}

/* The value with what a logarithm is beyond the positive numbers, step by step, as the compiler vectorises it best: infinity and
 * NaN stay. */
LL_INLINE float ll_log_anywheref(float x, float zero, float value) {
  float end = x == zero ? (float)-INFINITY : (float)NAN;
  value = x < (float)INFINITY ? value : x;
  return x > zero ? value : end;
}
LL_INLINE double ll_log_anywhered(double x, double zero, double value) {
  double end = x == zero ? -INFINITY : NAN;
  value = x < INFINITY ? value : x;
  return x > zero ? value : end;
}

LL_INLINE float ll_logf(float x) {
  float scale = x < 0x1p-126f ? 0x1p23f : 1.0f, shift = x < 0x1p-126f ? -23.0f : 0.0f, y = x * scale;
  int32_t bits, exponent;
  memcpy(&bits, &y, sizeof bits);
  exponent = (int32_t)(((uint32_t)bits - 0x3f2aaaabu) & 0xff800000u);
  bits = (int32_t)((uint32_t)bits - (uint32_t)exponent);
  memcpy(&y, &bits, sizeof y);
  float k = FMAF((float)exponent, 0x1p-23f, shift), value = ll_log_coref(k, y - 1.0f);
  return ll_log_anywheref(x, 0.0f, value);
}

/* f = x 2^-k + (2^-k - 1): both terms are exact. */
LL_INLINE float ll_log1pf(float x) {
  float u = 1.0f + x, scaled, four;
  int32_t bits, exponent, x_bits;
  memcpy(&bits, &u, sizeof bits);
  memcpy(&x_bits, &x, sizeof x_bits);
  exponent = (int32_t)(((uint32_t)bits - 0x3f2aaaabu) & 0xff800000u);
  x_bits = (int32_t)((uint32_t)x_bits - (uint32_t)exponent);
  bits = (int32_t)(0x40800000u - (uint32_t)exponent);
  memcpy(&scaled, &x_bits, sizeof scaled);
  memcpy(&four, &bits, sizeof four);
  float value = ll_log_coref((float)exponent * 0x1p-23f, scaled + FMAF(0.25f, four, -1.0f));
  return ll_log_anywheref(x, -1.0f, copysignf(value, x));
}

/* ln(1 + e) for 0 <= e <= 1: 2 artanh(t / 2) = t + t^3 / 12 + …, t = e / (1 + e / 2); the series of the quotient by t is fitted
 * (0.08 × 2^-24). */
LL_INLINE float ll_log1p_smallf(float e) {
  float t = e / FMAF(0.5f, e, 1.0f), u = t * t;
  float p = POLYF(u, 0x1.1ee0b2p-11f, 0x1.1ebb60p-9f, 0x1.99d220p-7f, 0x1.555502p-4f);
  return FMAF(t * u, p, t);
}

/* The bits of x less those of √½, more those of 1: the exponent of a double is then k and its bias. */
#define LL_LOG_ROOT_HALF 0x3fe6a09e667f3bcdu
#define LL_LOG_ONE 0x3ff0000000000000u

/* A whole number up to 2^12 as a double, in a way that every instruction set has. */
LL_INLINE double ll_log_whole(uint64_t n) {
  double x;
  n |= 0x4330000000000000u;
  memcpy(&x, &n, sizeof x);
  return x - 0x1p52;
}

typedef struct ll_log_parts {
  double k, f;
} ll_log_parts;

/* Of x > 0 and finite. */
LL_INLINE ll_log_parts ll_log_split(double x) {
  double scale = x < 0x1p-1022 ? 0x1p54 : 1, shift = x < 0x1p-1022 ? 1023 + 54 : 1023, y = x * scale;
  uint64_t bits;
  memcpy(&bits, &y, sizeof bits);
  bits += LL_LOG_ONE - LL_LOG_ROOT_HALF;
  double k = ll_log_whole(bits >> 52) - shift;
  bits = (bits & 0x000fffffffffffffu) + LL_LOG_ROOT_HALF;
  memcpy(&y, &bits, sizeof y);
  return (ll_log_parts){k, y - 1};
}

LL_INLINE double ll_logd(double x) {
  ll_log_parts p = ll_log_split(x);
  double value = ll_log_cored(p.k, p.f);
  return ll_log_anywhered(x, 0, value);
}

LL_INLINE double ll_log1pd(double x) {
  double u = 1 + x, scaled, four;
  uint64_t bits, x_bits;
  memcpy(&bits, &u, sizeof bits);
  memcpy(&x_bits, &x, sizeof x_bits);
  bits = (bits + (LL_LOG_ONE - LL_LOG_ROOT_HALF)) & 0xfff0000000000000u;
  double k = ll_log_whole(bits >> 52) - 1023;
  bits -= LL_LOG_ONE;
  x_bits -= bits;
  bits = 0x4010000000000000u - bits;
  memcpy(&scaled, &x_bits, sizeof scaled);
  memcpy(&four, &bits, sizeof four);
  double value = ll_log_cored(k, scaled + FMAD(0.25, four, -1));
  return ll_log_anywhered(x, -1, copysign(value, x));
}

LL_INLINE double ll_log1p_smalld(double e) {
  double far = e > 0.41421356237309505 ? 1 : 0, f = e > 0.41421356237309505 ? FMAD(0.5, e, -0.5) : e;
  return ll_log_cored(far, f);
}

#endif
