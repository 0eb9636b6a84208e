/* The kernels of first and second derivatives against exact values, as precision.c does for the functions, given the function's
 * own result and a gradient of 1. Where a derivative is a difference of larger numbers (1 - y of the sigmoid above 0, the gated
 * ones where they turn) it is right to a few last places of 1, which is the second bound; sigmoid and tanh are given y,
 * which may be 4 last places off. At infinities the limit is expected; NaN gives NaN, except where the derivative is constant. */
#include "tests/ulp.h"

#define HALF_ROOT ((real)0.70710678118654752440084436210485L)
#define ROOT_2_PI ((real)0.39894228040143267793994605993438L)
#define TWO_ROOT_PI ((real)1.1283791670955125738961589031215L)

static real e(real x) { return E(exp)(x); }
static real sigmoid(real x) { return x < 0 ? e(x) / (1 + e(x)) : 1 / (1 + e(-x)); }
static real softplus(real x) { return (x > 0 ? x : 0) + E(log1p)(e(-E(fabs)(x))); }
static real slope(real x) { return sigmoid(x) * sigmoid(-x); }
/* 1 - tanh(x)^2 = 4 e^-2|x| / (1 + e^-2|x|)^2 */
static real tanh1(real x) { return 4 * e(-2 * E(fabs)(x)) / ((1 + e(-2 * E(fabs)(x))) * (1 + e(-2 * E(fabs)(x)))); }
/* x f, where f goes to 0 faster than x grows. */
static real times(real x, real f) { return f == 0 ? 0 : x * f; }
static real density(real x) { return ROOT_2_PI * e(-x * x / 2); }
static real below(real x) { return E(erfc)(-HALF_ROOT * x) / 2; }
static real gate(real x) { return E(tanh)(softplus(x)); }
static real gate1(real x) { return tanh1(softplus(x)) * sigmoid(x); }
static real gate2(real x) { return tanh1(softplus(x)) * (slope(x) - 2 * gate(x) * sigmoid(x) * sigmoid(x)); }
static real sign(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static real far(real x) { return 1 + E(fabs)(x); }
static const real selu_s = (real)1.0507009873554804934193349852946L, selu_sa = (real)1.7580993408473768599402175208123L;

/* ROW(name, f', its bound, f'', its bound): {ulps, last places of 1}. At a kink the side where f is 0, or the left one. */
#define ROWS                                                                                                                       \
  ROW(exp, e(x), (4, 0), e(x), (4, 0))                                                                                             \
  ROW(log, 1 / x, (4, 0), -1 / (x * x), (4, 0))                                                                                    \
  ROW(log1p, 1 / (1 + x), (4, 0), -1 / ((1 + x) * (1 + x)), (4, 0))                                                                \
  ROW(sqrt, 1 / (2 * E(sqrt)(x)), (4, 0), -1 / (4 * x * E(sqrt)(x)), (4, 0))                                                       \
  ROW(square, 2 * x, (4, 0), 2, (4, 0))                                                                                            \
  ROW(abs, sign(x), (0, 0), 0, (0, 0))                                                                                             \
  ROW(sigmoid, slope(x), (4, 2), slope(x) * (1 - 2 * sigmoid(x)), (4, 2))                                                          \
  ROW(tanh, tanh1(x), (4, 4), -2 * E(tanh)(x) * tanh1(x), (4, 8))                                                                  \
  ROW(relu, x > 0 ? 1 : x < 0 ? 0 : 0 * x, (0, 0), 0, (0, 0))                                                                      \
  ROW(softplus, sigmoid(x), (4, 0), slope(x), (6, 0))                                                                              \
  ROW(reciprocal, x == 0 ? 0 : -1 / x / x, (4, 0), x == 0 ? 0 : 2 / x / x / x, (4, 0))                                             \
  ROW(erf, TWO_ROOT_PI *e(-x *x), (4, 1), times(-2 * x, TWO_ROOT_PI * e(-x * x)), (4, 2))                                          \
  ROW(leaky_relu, x > 0 ? 1 : x <= 0 ? (ll_real)0.01 : x, (0, 0), 0, (0, 0))                                                       \
  ROW(elu, x > 0 ? 1 : e(x), (4, 0), x > 0 ? 0 : e(x), (4, 0))                                                                     \
  ROW(selu, x > 0 ? selu_s : selu_sa * e(x), (6, 0), x > 0 ? 0 : selu_sa * e(x), (6, 0))                                           \
  ROW(gelu, below(x) + times(x, density(x)), (4, 1), density(x) * 2 - times(x, times(x, density(x))), (4, 2))                      \
  ROW(silu, sigmoid(x) + times(x, slope(x)), (4, 1), 2 * slope(x) + times(x, slope(x)) * (1 - 2 * sigmoid(x)), (4, 1))             \
  ROW(mish, gate(x) + times(x, gate1(x)), (4, 1), 2 * gate1(x) + times(x, gate2(x)), (4, 2))                                       \
  ROW(log_sigmoid, sigmoid(-x), (4, 0), -slope(x), (6, 0))                                                                         \
  ROW(softsign, 1 / far(x) / far(x), (4, 0), -2 * sign(x) / far(x) / far(x) / far(x), (6, 0))                                      \
  ROW(hardtanh, E(fabs)(x) < 1 ? 1 : 0 / (x != x ? x : 1), (0, 0), 0, (0, 0))                                                      \
  ROW(hardsigmoid, E(fabs)(x) < 3 ? (ll_real)1 / 6 : 0 / (x != x ? x : 1), (1, 0), 0, (0, 0))

#define ROW(name, f1, bound1, f2, bound2)                                                                                          \
  static void first_##name(const ll_real *xs, real *out, size_t n) {                                                               \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      real x = (real)xs[i];                                                                                                        \
      out[i] = f1;                                                                                                                 \
    }                                                                                                                              \
  }                                                                                                                                \
  static void second_##name(const ll_real *xs, real *out, size_t n) {                                                              \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      real x = (real)xs[i];                                                                                                        \
      (void)x;                                                                                                                     \
      out[i] = f2;                                                                                                                 \
    }                                                                                                                              \
  }
ROWS
#undef ROW

#define BARE(...) __VA_ARGS__
#define ROW(name, f1, bound1, f2, bound2) {#name, {first_##name, second_##name}, {{BARE bound1}, {BARE bound2}}},
    static const struct {
  const char *name;
  void (*exact[2])(const ll_real *x, real *out, size_t n);
  bound bounds[2];
} references[] = {ROWS};
#undef ROW

static const char *const names[] = {
#define UNARY(name, ...) #name,
#include "engine/matrix/functions.def"
#undef UNARY
};

int main(void) {
  int n_tables = ll_isa() + 1;
  uint64_t stride = stride_asked();
  const size_t n_references = sizeof references / sizeof *references;
  const char *only = getenv("LOSSLAB_ONLY");
  static ll_real x[CHUNK], y[CHUNK], got[CHUNK], ones[CHUNK];
  static real exact[2][CHUNK];
  for (size_t i = 0; i < CHUNK; i++) ones[i] = 1;
  for (size_t row = 0; row < LL_UNARY_COUNT; row++) {
    if (only && strcmp(only, names[row]) != 0) continue;
    size_t k = 0, n;
    while (k < n_references && strcmp(references[k].name, names[row]) != 0) k++;
    if (!ok(k < n_references, "%s has a reference here", names[row])) continue;
    worst found[2][LL_ISA_COUNT] = {{{0}}};
    for (uint64_t at = 0; (n = next_numbers(&at, stride, x));) {
      for (int order = 0; order < 2; order++) references[k].exact[order](x, exact[order], n);
      for (int t = 0; t < n_tables; t++) {
        tables[t]->unary[row](x, y, n);
        tables[t]->unary1[row](x, y, ones, got, n);
        keep_worst(x, got, exact[0], n, references[k].bounds[0], &found[0][t]);
        tables[t]->unary2[row](x, y, ones, got, n);
        keep_worst(x, got, exact[1], n, references[k].bounds[1], &found[1][t]);
      }
    }
    for (int order = 0; order < 2; order++)
      for (int t = 0; t < n_tables; t++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", names[row], order ? "''" : "'");
        verdict(name, t, references[k].bounds[order], &found[order][t]);
      }
  }
  return done();
}
