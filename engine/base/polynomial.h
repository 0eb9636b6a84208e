/* Polynomials by Horner's rule in fused multiply-adds, from the highest coefficient down: POLYF of floats, POLYD of doubles. */
#ifndef LOSSLAB_ENGINE_POLYNOMIAL_H
#define LOSSLAB_ENGINE_POLYNOMIAL_H

#include "engine/base/fma.h"

#define POLYF(x, ...) LL_POLY(FMAF, x, __VA_ARGS__)
#define POLYD(x, ...) LL_POLY(FMAD, x, __VA_ARGS__)

/* How many coefficients there are is found by the place at which they push a number. */
#define LL_POLY(f, x, ...)                                                                                                         \
  LL_POLY_OF(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)(f, x, __VA_ARGS__)
#define LL_POLY_OF(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23,   \
                   n, ...)                                                                                                         \
  LL_POLY_##n
#define LL_POLY_1(f, x, a) a
#define LL_POLY_2(f, x, a, b) f(a, x, b)
#define LL_POLY_3(f, x, a, b, ...) LL_POLY_2(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_4(f, x, a, b, ...) LL_POLY_3(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_5(f, x, a, b, ...) LL_POLY_4(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_6(f, x, a, b, ...) LL_POLY_5(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_7(f, x, a, b, ...) LL_POLY_6(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_8(f, x, a, b, ...) LL_POLY_7(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_9(f, x, a, b, ...) LL_POLY_8(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_10(f, x, a, b, ...) LL_POLY_9(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_11(f, x, a, b, ...) LL_POLY_10(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_12(f, x, a, b, ...) LL_POLY_11(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_13(f, x, a, b, ...) LL_POLY_12(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_14(f, x, a, b, ...) LL_POLY_13(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_15(f, x, a, b, ...) LL_POLY_14(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_16(f, x, a, b, ...) LL_POLY_15(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_17(f, x, a, b, ...) LL_POLY_16(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_18(f, x, a, b, ...) LL_POLY_17(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_19(f, x, a, b, ...) LL_POLY_18(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_20(f, x, a, b, ...) LL_POLY_19(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_21(f, x, a, b, ...) LL_POLY_20(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_22(f, x, a, b, ...) LL_POLY_21(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_23(f, x, a, b, ...) LL_POLY_22(f, x, f(a, x, b), __VA_ARGS__)
#define LL_POLY_24(f, x, a, b, ...) LL_POLY_23(f, x, f(a, x, b), __VA_ARGS__)

#endif
