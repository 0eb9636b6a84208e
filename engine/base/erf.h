/* The error function, its complement and what the normal distribution has of them, of floats (erff, erfcf, …) and doubles (erfd,
 * erfcd, …), vectorised and portable as exp.h is. All rest on w(a) = e^(a^2) erfc(a), a >= 0, which is (1 + p(t)) / (1 + 2 a),
 * t = (a - k) / (a + k), k = 2 (of doubles 4), p fitted over all a for which erfc(a) is not 0 (error 0.44 × 2^-24, 0.17 × 2^-53):
 * Shepherd and Laframboise 1981, Math. Comp. 36:249. Both quotients come from one reciprocal, and a step of Newton's each. Where w
 * is multiplied by e^(-a^2), a^2 stands in two parts, since its rounding would be an error of the result many times as large. */
#ifndef LOSSLAB_ENGINE_ERF_H
#define LOSSLAB_ENGINE_ERF_H

#include "engine/base/exp.h"
#include "engine/base/exp_double.h"

/* w(a), 0 <= a <= 10.2 */
LL_INLINE float ll_erf_tailf(float a) {
  float d = a + 2.0f, h = a + 0.5f, r = 1.0f / (d * h), by_d = r * h, half_by_h = 0.5f * (r * d);
  float t = (a - 2.0f) * by_d;
  t = FMAF(FMAF(t, -a, FMAF(t + 1.0f, -2.0f, a)), by_d, t);
  float u = t * t, p = FMAF(POLYF(u, -0x1.9e3f42p-12f, 0x1.571bfcp-10f, -0x1.08102p-7f, 0x1.4ffc2cp-3f, -0x1.7bf614p-4f), t,
                            POLYF(u, -0x1.4099a8p-10f, 0x1.1a9d12p-7f, -0x1.bc05b4p-5f, -0x1.54087p-3f, 0x1.1ba03ap-2f));
  float w = FMAF(p, half_by_h, half_by_h);
  return FMAF((p - w) + FMAF(w + w, -a, 1.0f), half_by_h, w);
}

/* w(a), 0 <= a <= 27.5 */
LL_INLINE double ll_erf_taild(double a) {
  double d = a + 4, h = a + 0.5, r = 1 / (d * h), by_d = r * h, half_by_h = 0.5 * (r * d);
  double t = (a - 4) * by_d;
  t = FMAD(FMAD(t, -a, FMAD(t + 1, -4.0, a)), by_d, t);
  double u = t * t, v = u * u;
  double p = FMAD(FMAD(POLYD(v, 0x1.ef1643c60001ep-24, 0x1.7fb3f7eed6df7p-18, -0x1.a1de84740374p-13, 0x1.3079edf9d640cp-5,
                             0x1.16ecefcfa5f69p-4),
                       t,
                       POLYD(v, -0x1.f1434406ea745p-30, 0x1.0e5e0e1302474p-24, -0x1.78a35a3286555p-17, -0x1.8d4a9d9f8b89dp-11,
                             -0x1.0fb06dfe45675p-4, 0x1.f7f5df66fda69p-7)),
                  u,
                  FMAD(POLYD(v, -0x1.d60e80d3cd046p-27, -0x1.c03f70ad61c12p-21, -0x1.996a1e01c70e6p-16, 0x1.49c671973c048p-8,
                             0x1.7fee004df8323p-4, -0x1.1df1ad154a29bp-3),
                       t,
                       POLYD(v, -0x1.0d4b3314cc443p-27, 0x1.435802eb77bd9p-22, 0x1.3be0b00dab2p-13, -0x1.0962388385c88p-6,
                             -0x1.9ddb23c3e9b2p-4, 0x1.dd2c8b74febf6p-3)));
  double w = FMAD(p, half_by_h, half_by_h);
  return FMAD((p - w) + FMAD(w + w, -a, 1.0), half_by_h, w);
}

LL_INLINE float ll_erfcf(float x) {
  float a = fabsf(x);
  a = a > ll_exp_limit.erfc_highest ? ll_exp_limit.erfc_highest : a; /* NaN stays NaN */
  float square = a * a, tail = ll_exp_sumf(-square, -FMAF(a, a, -square)) * ll_erf_tailf(a);
  return x < 0.0f ? 2.0f - tail : tail;
}
LL_INLINE double ll_erfcd(double x) {
  double a = fabs(x);
  a = a > ll_exp_double_limit.erfc_highest ? ll_exp_double_limit.erfc_highest : a;
  double square = a * a, tail = ll_exp_sumd(-square, -FMAD(a, a, -square)) * ll_erf_taild(a);
  return x < 0 ? 2 - tail : tail;
}

/* Near 0, a + a (series in a^2); beyond, 1 - erfc(a), of which no digit near the last counts: in float by ln erfc(a), fitted (0.04
 * × 2^-24 of 1). */
LL_INLINE float ll_erff(float x) {
  float a = fabsf(x);
  a = a > ll_exp_limit.erf_highest ? ll_exp_limit.erf_highest : a;
  float square = a * a, fourth = square * square;
  float near = FMAF(POLYF(fourth, -0x1.a9ff5ep-11f, -0x1.b80d1cp-6f, -0x1.812742p-2f), square,
                    POLYF(fourth, 0x1.5c33ccp-14f, 0x1.54be28p-8f, 0x1.ce2deep-4f, 0x1.06eba8p-3f));
  float far = FMAF(POLYF(square, -0x1.7c8044p-15f, -0x1.36046ep-8f, -0x1.c24222p-4f, -0x1.21505ap0f), a,
                   POLYF(square, 0x1.ae39b6p-20f, 0x1.35ba0cp-11f, 0x1.af7dep-6f, -0x1.4394b8p-1f, 0x1.34cb9ap-12f));
  return copysignf(a < 0.925f ? FMAF(near, a, a) : 1.0f - ll_exp_normalf(far), x);
}
LL_INLINE double ll_erfd(double x) {
  double a = fabs(x);
  a = a > ll_exp_double_limit.erf_highest ? ll_exp_double_limit.erf_highest : a;
  double square = a * a, fourth = square * square;
  double near = FMAD(POLYD(fourth, -0x1.ac163c367368cp-31, -0x1.5c0b954cd884fp-23, -0x1.f4ca5b066f00fp-17, -0x1.c02db03f93968p-11,
                           -0x1.b82ce311f6f93p-6, -0x1.812746b0379b5p-2),
                     square,
                     POLYD(fourth, 0x1.d73c28d9d481bp-27, 0x1.b980780e425cdp-20, 0x1.f9a2bb4169cacp-14, 0x1.565bccf906546p-8,
                           0x1.ce2f21a040bp-4, 0x1.06eba8214db68p-3));
  double far = 1 - ll_exp_sumd(-square, -FMAD(a, a, -square)) * ll_erf_taild(a);
  return copysign(a < 1 ? FMAD(near, a, a) : far, x);
}

/* What is made of the normal distribution P(Z < x) = erfc(-x / √2) / 2: its tail w(|x| / √2) / 2 and e^(-x^2 / 2), which are to
 * be multiplied in an order in which nothing but the last product can be denormal. x is cut where the tail has reached 0. */
typedef struct ll_erf_tail_float {
  float x, tail, density;
} ll_erf_tail_float;
typedef struct ll_erf_tail_double {
  double x, tail, density;
} ll_erf_tail_double;

LL_INLINE ll_erf_tail_float ll_erf_normalf(float x) {
  float most = ll_exp_limit.gelu_highest, y = x < -most ? -most : x;
  y = y > most ? most : y;
  float a = fabsf(y), square = a * a;
  return (ll_erf_tail_float){y, 0.5f * ll_erf_tailf(a * 0.707106781f), ll_exp_sumf(-0.5f * square, -0.5f * FMAF(a, a, -square))};
}
LL_INLINE ll_erf_tail_double ll_erf_normald(double x) {
  double most = ll_exp_double_limit.gelu_highest, y = x < -most ? -most : x;
  y = y > most ? most : y;
  double a = fabs(y), square = a * a;
  return (ll_erf_tail_double){y, 0.5 * ll_erf_taild(a * 0.70710678118654752440),
                              ll_exp_sumd(-0.5 * square, -0.5 * FMAD(a, a, -square))};
}

/* x P(Z < x) */
LL_INLINE float ll_erf_geluf(float x) {
  ll_erf_tail_float t = ll_erf_normalf(x);
  float part = t.x * t.tail * t.density, below = x < t.x ? -0.0f : part;
  return x > 0.0f ? x - part : below;
}
LL_INLINE double ll_erf_gelud(double x) {
  ll_erf_tail_double t = ll_erf_normald(x);
  double part = t.x * t.tail * t.density, below = x < t.x ? -0.0 : part;
  return x > 0 ? x - part : below;
}

/* Its derivative, P(Z < x) + x density(x). */
LL_INLINE float ll_erf_gelu_slopef(float x) {
  ll_erf_tail_float t = ll_erf_normalf(x);
  float part = t.tail * t.density, below = x > 0.0f ? 1.0f - part : part;
  return FMAF(0.398942280f * t.x, t.density, below);
}
LL_INLINE double ll_erf_gelu_sloped(double x) {
  ll_erf_tail_double t = ll_erf_normald(x);
  double part = t.tail * t.density, below = x > 0 ? 1 - part : part;
  return FMAD(0.39894228040143267794 * t.x, t.density, below);
}

#endif
