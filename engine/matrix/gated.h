/* The gated activations (x times a gate) for kernels.simd.c. Each takes one exponential and keeps its digits down to the smallest
 * denormal, where e^x alone would have lost digits before x multiplies it. */
#ifndef LOSSLAB_ENGINE_GATED_H
#define LOSSLAB_ENGINE_GATED_H

#include "engine/base/simd_math.h"

/* x f, where f goes to 0 faster than x grows: 0 at infinity, where the plain product would be NaN. */
static inline ll_real TIMES(ll_real x, ll_real f) { return f == R(0) ? R(0) : x * f; }
/* The derivative of the sigmoid, with its digits on both sides. */
static inline ll_real SLOPE(ll_real x) { return SIGMOID(x) * SIGMOID(-x); }

/* Below -SHIFT, x e^x is x e^(x + SHIFT) times e^-SHIFT: there the sum is exact, and nothing underflows but the last product. */
#ifdef LL_DOUBLE
#define SHIFT R(512)
#define SHIFT_FACTOR R(4.377491037053051217e-223)
#else
#define SHIFT R(55.5) /* rounded to a float, e^-55.5 is off by a hundredth of a last place, e^-64 by half of one */
#define SHIFT_FACTOR R(7.882359790600850907e-25)
#endif

/* e^-|x|, and below -SHIFT the shifted exponential. */
static inline ll_real GATE_EXP(ll_real x) { return EXP(x < -SHIFT ? x + SHIFT : -ABS(x)); }
/* x e^x below -SHIFT, from e = GATE_EXP(x); -0 at -infinity. */
static inline ll_real GATE_TAIL(ll_real x, ll_real e) { return x < R(-2) * SHIFT ? R(-0.0) : (x * e) * SHIFT_FACTOR; }

/* SILU and MISH are t - t q, with t = x e^x below 0 and x above, and q small where it matters: fewer roundings than a quotient. */
static inline ll_real SILU(ll_real x) {
  ll_real e = GATE_EXP(x), t = x < R(0) ? x * e : x, q = e / (R(1) + e);
  return x < -SHIFT ? GATE_TAIL(x, e) : t - (q > R(0) ? t * q : R(0));
}

/* x tanh(ln(1 + e^x)) = x (e^2x + 2 e^x) / (e^2x + 2 e^x + 2). */
static inline ll_real MISH(ll_real x) {
  ll_real e = GATE_EXP(x), t = x < R(0) ? x * e : x;
  ll_real q = (x < R(0) ? FMA(e, e, e) : R(2) * e * e) / (x < R(0) ? FMA(e, e + R(2), R(2)) : FMA(R(2) * e, R(1) + e, R(1)));
  return x < -SHIFT ? GATE_TAIL(x, e) : t - (q > R(0) ? t * q : R(0));
}

/* MISH's gate tanh(ln(1 + e^x)) = ((1 + e^x)^2 - 1) / ((1 + e^x)^2 + 1), and the gate's derivative, by e = e^-|x| alone: a is
 * (1 + e^x)^2 and b is 1, both divided by e^2x where x > 0. Nothing is subtracted, so nothing cancels. */
static inline ll_real MISH_GATE(ll_real x) {
  ll_real e = EXP(-ABS(x)), a = (R(1) + e) * (R(1) + e), b = x < R(0) ? R(1) : e * e;
  return (x < R(0) ? e * (e + R(2)) : R(1) + R(2) * e) / (a + b);
}
static inline ll_real MISH_SLOPE(ll_real x) {
  ll_real e = EXP(-ABS(x)), a = (R(1) + e) * (R(1) + e), b = x < R(0) ? R(1) : e * e;
  return R(4) * (a / (a + b)) * (b / (a + b)) * (x < R(0) ? e : R(1)) / (R(1) + e);
}

#endif
