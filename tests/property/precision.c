/* The elementwise functions against exact values: every row of functions.def, in every instruction set that this machine has, over
 * a sample of all floats with a prime stride (LOSSLAB_STRIDE=1: over all 2^32), or as many doubles spread over all bit patterns and
 * over the range where the function lives. At most 4 units in the last place from the exact value; overflow to infinity, NaN for
 * NaN, denormals with their digits. LOSSLAB_ONLY=name looks at one. */
#include "tests/ulp.h"

static real sigmoid(real x) { return x < 0 ? E(exp)(x) / (1 + E(exp)(x)) : 1 / (1 + E(exp)(-x)); }
static real softplus(real x) { return (x > 0 ? x : 0) + E(log1p)(E(exp)(-E(fabs)(x))); }
static real gelu(real x) { return x < -200 ? -(real)0 : x * (real)0.5L * E(erfc)(-x * (real)0.70710678118654752440084436210485L); }
static real silu(real x) { return x < -12000 ? -(real)0 : x * sigmoid(x); }
static real mish(real x) { return x < -12000 ? -(real)0 : x * E(tanh)(softplus(x)); }
static real softsign(real x) { return isinf(x) ? E(copysign)(1, x) : x / (1 + E(fabs)(x)); }
/* with the numbers of the element type where they are the function's definition */
static const real selu_s = (real)1.0507009873554804934193349852946L, selu_a = (real)1.6732632423543772848170429916717L;

#define ROW(name, f)                                                                                                               \
  static void exact_##name(const ll_real *xs, real *out, size_t n) {                                                               \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      real x = (real)xs[i];                                                                                                        \
      out[i] = f;                                                                                                                  \
    }                                                                                                                              \
  }
#define ROWS                                                                                                                       \
  ROW(exp, E(exp)(x))                                                                                                              \
  ROW(log, E(log)(x))                                                                                                              \
  ROW(log1p, E(log1p)(x))                                                                                                          \
  ROW(sqrt, E(sqrt)(x))                                                                                                            \
  ROW(square, x *x)                                                                                                                \
  ROW(abs, E(fabs)(x))                                                                                                             \
  ROW(sigmoid, sigmoid(x))                                                                                                         \
  ROW(tanh, E(tanh)(x))                                                                                                            \
  ROW(relu, x < 0 ? 0 : x)                                                                                                         \
  ROW(softplus, softplus(x))                                                                                                       \
  ROW(reciprocal, x == 0 ? 0 : 1 / x)                                                                                              \
  ROW(erf, E(erf)(x))                                                                                                              \
  ROW(leaky_relu, x < 0 ? (ll_real)0.01 * x : x)                                                                                   \
  ROW(elu, x < 0 ? E(expm1)(x) : x)                                                                                                \
  ROW(selu, x < 0 ? selu_s * selu_a * E(expm1)(x) : selu_s * x)                                                                    \
  ROW(gelu, gelu(x))                                                                                                               \
  ROW(silu, silu(x))                                                                                                               \
  ROW(mish, mish(x))                                                                                                               \
  ROW(log_sigmoid, -softplus(-x))                                                                                                  \
  ROW(softsign, softsign(x))                                                                                                       \
  ROW(hardtanh, x<-1 ? -1 : x> 1 ? 1 : x)                                                                                          \
  ROW(hardsigmoid, x<-3 ? 0 : x> 3 ? 1 : (x + 3) / 6)
ROWS
#undef ROW

#define ROW(name, f) {#name, exact_##name},
    static const struct {
  const char *name;
  void (*exact)(const ll_real *x, real *out, size_t n);
} references[] = {ROWS};
#undef ROW

static const char *const names[] = {
#define UNARY(name, ...) #name,
#include "engine/matrix/functions.def"
#undef UNARY
};

static void check_powers(int t) {
  static const double powers[] = {0.5, 2, 3, -1, 1.0 / 3, 3.7, -20.2, 0, INFINITY, NAN, 1e-3, 700};
  static ll_real x[CHUNK], y[CHUNK];
  static real exact[CHUNK];
  const bound four = {4, 0};
  worst w = {0};
  double of = 0;
  for (size_t k = 0; k < sizeof powers / sizeof *powers; k++) {
    ll_real a = (ll_real)powers[k];
    for (uint64_t chunk = 0; chunk < 32; chunk++) {
      for (size_t i = 0; i < CHUNK; i++)
        x[i] = of_bits((bits)((chunk * CHUNK + i) * (sizeof(bits) == 8 ? 140737488366817u : 32749u)));
      if (chunk < 8)
        for (size_t i = 0; i < CHUNK; i++) x[i] = (ll_real)(8 * ((double)(chunk * CHUNK + i) + 0.37) / (8.0 * CHUNK));
      tables[t]->vs[LL_BINARY_pow](x, &a, y, CHUNK);
      for (size_t i = 0; i < CHUNK; i++) exact[i] = (real)powl((long double)x[i], (long double)a);
      double before = w.ulps;
      keep_worst(x, y, exact, CHUNK, four, &w);
      if (w.ulps > before) of = (double)a;
    }
  }
  char name[32];
  snprintf(name, sizeof name, "pow (%g)", of);
  verdict(name, t, four, &w);
}

int main(void) {
  int n_tables = ll_isa() + 1;
  uint64_t stride = stride_asked();
  const size_t n_references = sizeof references / sizeof *references;
  const bound four = {4, 0};
  const char *only = getenv("LOSSLAB_ONLY");
  static ll_real x[CHUNK], y[CHUNK];
  static real exact[CHUNK];
  for (size_t row = 0; row < LL_UNARY_COUNT; row++) {
    if (only && strcmp(only, names[row]) != 0) continue;
    size_t k = 0, n;
    while (k < n_references && strcmp(references[k].name, names[row]) != 0) k++;
    if (!ok(k < n_references, "%s has a reference here", names[row])) continue;
    worst found[LL_ISA_COUNT] = {{0}};
    for (uint64_t at = 0; (n = next_numbers(&at, stride, x));) {
      references[k].exact(x, exact, n);
      for (int t = 0; t < n_tables; t++) {
        tables[t]->unary[row](x, y, n);
        keep_worst(x, y, exact, n, four, &found[t]);
      }
    }
    for (int t = 0; t < n_tables; t++) verdict(names[row], t, four, &found[t]);
  }
  for (int t = 0; t < n_tables && (!only || strcmp(only, "pow") == 0); t++) check_powers(t);
  return done();
}
