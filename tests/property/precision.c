/* The elementwise functions against long double: every row of unary.def, in every instruction set that this machine has, over a
 * sample of all floats with a prime stride (LOSSLAB_STRIDE=1: over all 2^32), or as many doubles spread over all bit
 * patterns and over the range where the function lives. At most 4 units in the last place from the exact value; overflow to
 * infinity, NaN for NaN, denormals with their digits. */
#include "engine/matrix/kernels.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

LL_ISA_DECLARE(ll_kernels, ll_kernels);

typedef long double real;

static real sigmoid(real x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static real softplus(real x) { return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x))); }
static real relu(real x) { return x < 0 ? 0 : x; }
static real square(real x) { return x * x; }
static real reciprocal(real x) { return x == 0 ? 0 : 1 / x; }
static real elu(real x) { return x < 0 ? expm1l(x) : x; }
/* with the numbers of the element type: they are the function's definition */
static real leaky_relu(real x) { return x < 0 ? (ll_real)0.01 * x : x; }
static real selu(real x) {
  const real s = 1.0507009873554804934193349852946L, a = 1.6732632423543772848170429916717L;
  return x < 0 ? s * a * expm1l(x) : s * x;
}
static real gelu(real x) { return x < -200 ? -0.0L : x * 0.5L * erfcl(-x * 0.70710678118654752440084436210485L); }
static real silu(real x) { return x < -12000 ? -0.0L : x * sigmoid(x); }
static real mish(real x) { return x < -12000 ? -0.0L : x * tanhl(softplus(x)); }
static real log_sigmoid(real x) { return -softplus(-x); }
static real softsign(real x) { return isinf(x) ? copysignl(1, x) : x / (1 + fabsl(x)); }
static real hardtanh(real x) { return x < -1 ? -1 : x > 1 ? 1 : x; }
static real hardsigmoid(real x) { return x < -3 ? 0 : x > 3 ? 1 : (x + 3) / 6; }

static const struct {
  const char *name;
  real (*exact)(real);
} references[] = {{"exp", expl},
                  {"log", logl},
                  {"log1p", log1pl},
                  {"sqrt", sqrtl},
                  {"square", square},
                  {"abs", fabsl},
                  {"sigmoid", sigmoid},
                  {"tanh", tanhl},
                  {"relu", relu},
                  {"softplus", softplus},
                  {"reciprocal", reciprocal},
                  {"erf", erfl},
                  {"leaky_relu", leaky_relu},
                  {"elu", elu},
                  {"selu", selu},
                  {"gelu", gelu},
                  {"silu", silu},
                  {"mish", mish},
                  {"log_sigmoid", log_sigmoid},
                  {"softsign", softsign},
                  {"hardtanh", hardtanh},
                  {"hardsigmoid", hardsigmoid}};

static const char *const names[] = {
#define UNARY(name, ...) #name,
#include "engine/matrix/unary.def"
#undef UNARY
};

#ifdef LL_DOUBLE
typedef uint64_t bits;
enum { DIGITS = 53, LOWEST = -1074 };
#define LARGEST 1.7976931348623157e308L
#else
typedef uint32_t bits;
enum { DIGITS = 24, LOWEST = -149 };
#define LARGEST 3.40282346638528859812e38L
#endif

/* How far got is from the exact value, in units of the last place of a number of that size. */
static double distance(ll_real got, real exact) {
  if (isnan(got) || isnan(exact)) return isnan(got) && isnan(exact) ? 0 : (double)INFINITY;
  real size = fabsl(exact);
  if (isinf(got) || size > LARGEST) { /* infinite, or, within the error allowed, the largest number: not another's infinity */
    real limit = LARGEST * (1 - 4 * ldexpl(1, -DIGITS));
    bool near = size >= limit && fabsl((real)got) >= limit && (exact < 0) == (got < 0);
    return near ? 0 : (double)INFINITY;
  }
  int exponent;
  frexpl(size, &exponent);
  int place = size == 0 || exponent - DIGITS < LOWEST ? LOWEST : exponent - DIGITS;
  return (double)(fabsl((real)got - exact) / ldexpl(1, place));
}

enum { CHUNK = 4096 };

typedef struct worst {
  double ulps;
  ll_real x, got;
  real exact;
} worst;

static void check(const ll_kernels *const *tables, int n_tables, size_t row, real (*exact)(real), const ll_real *x, size_t n,
                  worst *found) {
  static ll_real y[CHUNK];
  static real expected[CHUNK];
  for (size_t i = 0; i < n; i++) expected[i] = exact((real)x[i]);
  for (int t = 0; t < n_tables; t++) {
    tables[t]->unary[row](x, y, n);
    for (size_t i = 0; i < n; i++) {
      double ulps = distance(y[i], expected[i]);
      if (ulps > found[t].ulps) found[t] = (worst){ulps, x[i], y[i], expected[i]};
    }
  }
}

static ll_real of_bits(bits b) {
  ll_real x;
  memcpy(&x, &b, sizeof x);
  return isnan(x) ? (ll_real)NAN : x; /* a quiet one: pow(NaN, 0) is 1, of a signalling one NaN */
}

static void check_powers(const ll_kernels *const *tables, int n_tables, const char *const *isas) {
  static const double powers[] = {0.5, 2, 3, -1, 1.0 / 3, 3.7, -20.2, 0, INFINITY, NAN, 1e-3, 700};
  static ll_real x[CHUNK], y[CHUNK];
  for (int t = 0; t < n_tables; t++) {
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
        for (size_t i = 0; i < CHUNK; i++) {
          real exact = powl((real)x[i], (real)a);
          double ulps = distance(y[i], exact);
          if (ulps > w.ulps) w = (worst){ulps, x[i], y[i], exact}, of = (double)a;
        }
      }
    }
    if (!ok(w.ulps <= 4, "pow, %s: within 4 ulp (%.2f)", isas[t], w.ulps))
      printf("#   at %.17g ^ %g: got %.17g, exact %.20Lg\n", (double)w.x, of, (double)w.got, w.exact);
  }
}

int main(void) {
  const ll_kernels *tables[] = {&ll_kernels_base, &ll_kernels_v3, &ll_kernels_v4};
  static const char *const isas[] = {"base", "v3", "v4"};
  int n_tables = ll_isa() + 1;
  const char *all = getenv("LOSSLAB_STRIDE");
  uint64_t stride = all ? strtoull(all, NULL, 10) : 0;
  if (stride == 0 || sizeof(ll_real) == 8) stride = 8191;
  const size_t n_references = sizeof references / sizeof *references;
  const char *only = getenv("LOSSLAB_ONLY");
  for (size_t row = 0; row < LL_UNARY_COUNT; row++) {
    if (only && strcmp(only, names[row]) != 0) continue;
    size_t k = 0;
    while (k < n_references && strcmp(references[k].name, names[row]) != 0) k++;
    if (!ok(k < n_references, "%s has a reference here", names[row])) continue;
    worst found[LL_ISA_COUNT] = {{0}};
    static ll_real x[CHUNK];
    size_t n = 0;
    for (uint64_t at = 0; at < (uint64_t)1 << 32; at += stride) {
      x[n++] = of_bits((bits)at << (sizeof(ll_real) == 8 ? 32 : 0) | (sizeof(ll_real) == 8 ? (bits)(at * 2654435761u) : 0));
      if (n == CHUNK || at + stride >= (uint64_t)1 << 32) check(tables, n_tables, row, references[k].exact, x, n, found), n = 0;
    }
    for (int range = 0; range < 4; range++) { /* where the function lives, evenly */
      double width = (double[]){1, 8, 100, 800}[range];
      for (size_t chunk = 0; chunk < 8; chunk++) {
        for (size_t i = 0; i < CHUNK; i++) x[i] = (ll_real)(width * (((double)(chunk * CHUNK + i) + 0.37) / (4.0 * CHUNK) - 1));
        check(tables, n_tables, row, references[k].exact, x, CHUNK, found);
      }
    }
    static const double special[] = {0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 4e-324, -4e-324, 1e-45, -1e-45, 1e-310, -1e-40};
    for (size_t i = 0; i < CHUNK; i++) x[i] = (ll_real)special[i % (sizeof special / sizeof *special)];
    check(tables, n_tables, row, references[k].exact, x, CHUNK, found);
    for (int t = 0; t < n_tables; t++) {
      worst w = found[t];
      if (!ok(w.ulps <= 4, "%s, %s: within 4 ulp (%.2f)", names[row], isas[t], w.ulps))
        printf("#   at %.17g (%a): got %.17g, exact %.20Lg\n", (double)w.x, (double)w.x, (double)w.got, w.exact);
    }
  }
  if (!only || strcmp(only, "pow") == 0) check_powers(tables, n_tables, isas);
  return done();
}
