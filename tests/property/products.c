/* Products to the bit: every instruction set of this machine against the plain triple loop with fma(), in float and in double, over
 * drawn shapes, strides, factors and operands with odd numbers in them; every tile; and every number of threads. */
#include "engine/base/isa.h"
#include "engine/matrix/gemm_kernels.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

LL_ISA_DECLARE(ll_gemm_kernels, ll_gemm_kernels);
static const ll_gemm_kernels *const sets[] = {LL_ISA_ALL(ll_gemm_kernels)};
static ll_ctx *ctx;
static _Alignas(64) unsigned char room[GEMM_ROOM];
static size_t cases, empty;

/* Mostly small: then 1, 2, 3 and tails of all lengths are there. */
static size_t side(ll_random *r, size_t most) {
  switch (ll_random_below(r, 4)) {
  case 0: return ll_random_below(r, 4);
  case 1: return 1 + ll_random_below(r, 20);
  default: return 1 + ll_random_below(r, most);
  }
}

static double number(ll_random *r, unsigned kind) {
  static const double odd[] = {0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 1e-45, 0x1p-149, 0x1p-130, 3e38, 1e-310, 1e300, 0x1p-24};
  if (kind == 1 && ll_random_below(r, 40) == 0) return odd[ll_random_below(r, sizeof odd / sizeof *odd)];
  if (kind == 2) return (double)ll_random_below(r, 5) - 2; /* many sums are 0 */
  if (kind == 3) return ldexp(ll_random_uniform(r) - 0.5, (int)ll_random_below(r, 120) - 80);
  return ll_random_uniform(r) * 2 - 1;
}

static ll_gemm_shape draw_shape(ll_random *r, size_t most) {
  static const double alphas[] = {1, 1, 1, -2, 0.3}, betas[] = {0, 0, 1, 0.7};
  ll_gemm_shape s = {.ta = ll_random_below(r, 2), .tb = ll_random_below(r, 2)};
  s.m = side(r, most), s.n = side(r, most), s.k = side(r, 3 * most);
  s.lda = (s.ta ? s.m : s.k) + ll_random_below(r, 3), s.ldb = (s.tb ? s.k : s.n) + ll_random_below(r, 3);
  s.ldc = s.n + ll_random_below(r, 2);
  s.alpha = alphas[ll_random_below(r, 5)], s.beta = betas[ll_random_below(r, 4)];
  return s;
}

/* draw_T: n numbers, the caller's. plain_T: C by the definition in engine/matrix/gemm.h. same_T: bits, or both NaN. */
#define KIND(T, FUSED)                                                                                                             \
  static T *draw_##T(ll_random *r, size_t n, unsigned kind) {                                                                      \
    T *x = malloc((n + 1) * sizeof *x);                                                                                            \
    for (size_t i = 0; i < n; i++) x[i] = (T)number(r, kind);                                                                      \
    return x;                                                                                                                      \
  }                                                                                                                                \
  static void plain_##T(const ll_gemm_shape *s, const T *a, const T *b, const T *bias, T *c) {                                     \
    T alpha = (T)s->alpha, beta = (T)s->beta;                                                                                      \
    for (size_t i = 0; i < s->m; i++)                                                                                              \
      for (size_t j = 0; j < s->n; j++) {                                                                                          \
        T *out = &c[i * s->ldc + j], sum = s->beta != 0 ? beta * *out : bias ? bias[j] : 0;                                        \
        for (size_t k = 0; k < s->k; k++) {                                                                                        \
          T x = s->ta ? a[k * s->lda + i] : a[i * s->lda + k], y = s->tb ? b[j * s->ldb + k] : b[k * s->ldb + j];                  \
          sum = FUSED(s->beta != 0 ? alpha * x : x, y, sum);                                                                       \
        }                                                                                                                          \
        *out = s->beta != 0 ? sum : alpha * sum;                                                                                   \
      }                                                                                                                            \
  }                                                                                                                                \
  static bool same_##T(const T *x, const T *y, size_t n) {                                                                         \
    for (size_t i = 0; i < n; i++)                                                                                                 \
      if (memcmp(&x[i], &y[i], sizeof *x) != 0 && !(isnan(x[i]) && isnan(y[i]))) return false;                                     \
    return true;                                                                                                                   \
  }                                                                                                                                \
  static bool try_##T(const ll_gemm_shape *s, ll_random *r, unsigned kind, bool with_bias, const ll_gemm_kernels *set) {           \
    size_t na = (s->ta ? s->k : s->m) * s->lda, nb = (s->tb ? s->n : s->k) * s->ldb, nc = s->m * s->ldc;                           \
    T *a = draw_##T(r, na, kind), *b = draw_##T(r, nb, kind), *bias = draw_##T(r, s->n, kind), *c = draw_##T(r, nc, kind);         \
    T *want = malloc((nc + 1) * sizeof *want);                                                                                     \
    memcpy(want, c, nc * sizeof *want);                                                                                            \
    plain_##T(s, a, b, with_bias ? bias : NULL, want);                                                                             \
    if (!set) ll_gemm_##T(s, a, b, with_bias ? bias : NULL, c);                                                                    \
    else set->T##_(s, a, b, with_bias ? bias : NULL, c, ll_random_below(r, 4) ? room : NULL);                                      \
    bool fine = same_##T(c, want, nc);                                                                                             \
    free(a), free(b), free(bias), free(c), free(want);                                                                             \
    cases++, empty += s->m * s->n * s->k == 0;                                                                                     \
    return fine;                                                                                                                   \
  }
#define ll_gemm_float ll_gemmf
#define ll_gemm_double ll_gemmd
KIND(float, fmaf)
KIND(double, fma)

static bool report(const char *what, const char *name, const ll_gemm_shape *s, bool with_bias) {
  return ok(false, "%s, %s: A%s B%s, %zux%zux%zu, strides %zu %zu %zu, alpha %g, beta %g%s", what, name, s->ta ? "'" : "",
            s->tb ? "'" : "", s->m, s->k, s->n, s->lda, s->ldb, s->ldc, s->alpha, s->beta, with_bias ? ", with a bias" : "");
}

static bool shapes(size_t set, uint64_t seed) {
  ll_random r = ll_random_stream(seed, set, "products");
  ll_gemm_shape s = draw_shape(&r, seed % 16 ? 24 : set ? 150 : 60);
  unsigned kind = (unsigned)ll_random_below(&r, 4);
  bool with_bias = s.beta == 0 && ll_random_below(&r, 2);
  if (!try_float(&s, &r, kind, with_bias, sets[set])) return report("float", ll_isa_names[set], &s, with_bias);
  if (!try_double(&s, &r, kind, with_bias, sets[set])) return report("double", ll_isa_names[set], &s, with_bias);
  return true;
}

/* Each number of rows and columns up to beyond the largest tile. */
static bool tiles(size_t set) {
  ll_random r = ll_random_stream(1, set, "tiles");
  for (size_t m = 1; m <= 14; m++)
    for (size_t n = 1; n <= 70; n++)
      for (int form = 0; form < 4; form++) {
        bool ta = form & 1, tb = form & 2;
        size_t k = 1 + (m + n) % 7;
        ll_gemm_shape s = {ta, tb, m, n, k, ta ? m : k, tb ? k : n, n, 1, form == 3};
        if (!try_float(&s, &r, 0, form == 2, sets[set])) return report("a tile of floats", ll_isa_names[set], &s, form == 2);
        if (!try_double(&s, &r, 0, form == 2, sets[set])) return report("a tile of doubles", ll_isa_names[set], &s, form == 2);
      }
  return true;
}

/* Above what is shared out; so deep that chains are carried on from C; tall and wide. */
static void threads(void) {
  static const size_t sides[][3] = {{150, 300, 200}, {400, 130, 129}, {65, 1100, 130}, {2050, 33, 70}};
  for (size_t t = 1; t <= 8; t = t < 4 ? t + 1 : 2 * t) {
    ll_threads(t);
    bool fine = true;
    for (size_t i = 0; i < sizeof sides / sizeof *sides * 4 && fine; i++) {
      ll_random r = ll_random_stream(i, 0, "threads");
      const size_t *at = sides[i / 4], m = at[0], n = at[1], k = at[2];
      bool ta = i & 1, tb = i & 2, with_bias = i % 3 == 0;
      ll_gemm_shape s = {ta, tb, m, n, k, ta ? m : k, tb ? k : n, n, 1, i % 3 == 1};
      if (!try_float(&s, &r, 3, with_bias, NULL)) fine = report("threads", "float", &s, with_bias);
      if (fine && !try_double(&s, &r, 3, with_bias, NULL)) fine = report("threads", "double", &s, with_bias);
    }
    ok(fine, "%zu threads give the plain loop's bits", t);
  }
  ll_threads(1);
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  for (size_t set = 0; set <= (size_t)ll_isa(); set++) {
    bool fine = true;
    cases = empty = 0;
    for (uint64_t seed = 0; seed < 1200 && fine; seed++) fine = shapes(set, seed);
    ok(fine && empty > 50, "%s: %zu products, seeds 0 to 1199, are the plain loop's to the bit; %zu of them empty",
       ll_isa_names[set], cases, empty);
    ok(tiles(set), "%s: every tile, too", ll_isa_names[set]);
  }
  threads();
  ll_ctx_close(ctx);
  return done();
}
