/* Products against the plain triple loop, for every transpose and for views; sorting against the library's qsort. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static void products(uint64_t seed) {
  ll_random r = ll_random_stream(seed, 0, "products");
  size_t n = ll_random_below(&r, 9), k = ll_random_below(&r, 9), m = ll_random_below(&r, 9);
  bool ta = ll_random_below(&r, 2), tb = ll_random_below(&r, 2);
  double alpha = ll_random_normal(&r), beta = ll_random_below(&r, 2) ? 0 : ll_random_normal(&r);
  ll_matrix wide_a, wide_b, a, b, c, before;
  works(ctx, ll_matrix_new(ctx, (ta ? k : n) + 2, (ta ? n : k) + 3, &wide_a));
  works(ctx, ll_matrix_new(ctx, (tb ? m : k) + 1, (tb ? k : m) + 1, &wide_b));
  ll_matrix_normal(&wide_a, &r, 0, 1);
  ll_matrix_normal(&wide_b, &r, 0, 1);
  works(ctx, ll_matrix_view(ctx, &wide_a, 2, 1, ta ? k : n, ta ? n : k, &a));
  works(ctx, ll_matrix_view(ctx, &wide_b, 1, 0, tb ? m : k, tb ? k : m, &b));
  works(ctx, ll_matrix_new(ctx, n, m, &c));
  ll_matrix_normal(&c, &r, 0, 1);
  works(ctx, ll_matrix_copy(ctx, &c, &before));
  ll_matrix_gemm(ta, tb, alpha, &a, &b, beta, &c);
  double worst = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++) {
      double sum = 0;
      for (size_t l = 0; l < k; l++)
        sum += (double)(ta ? ll_matrix_row(&a, l)[i] : ll_matrix_row(&a, i)[l]) *
               (double)(tb ? ll_matrix_row(&b, j)[l] : ll_matrix_row(&b, l)[j]);
      double want = alpha * sum + (beta == 0 ? 0 : beta * (double)ll_matrix_row(&before, i)[j]);
      worst = fmax(worst, fabs((double)ll_matrix_row(&c, i)[j] - want));
    }
  if (!(worst <= 100 * LL_EPS))
    ok(false, "seed %d: product %zux%zux%zu, transposed %d %d, differs by %g", (int)seed, n, k, m, ta, tb, worst);
  ll_matrix_release(ctx, &a);
  ll_matrix_release(ctx, &b);
  ll_matrix_release(ctx, &c);
  ll_matrix_release(ctx, &before);
  ll_matrix_release(ctx, &wide_a);
  ll_matrix_release(ctx, &wide_b);
}

static const ll_real *compared;
static int by_value_then_row(const void *a, const void *b) {
  uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
  if (compared[i] < compared[j]) return -1;
  if (compared[i] > compared[j]) return 1;
  return i < j ? -1 : i > j;
}

static void sorting(uint64_t seed) {
  ll_random r = ll_random_stream(seed, 0, "sorting");
  size_t n = ll_random_below(&r, seed % 10 == 0 ? 20000 : 300);
  unsigned kind = (unsigned)ll_random_below(&r, 4);
  ll_real *values = malloc((n + 1) * sizeof *values);
  uint32_t *order = malloc((n + 1) * sizeof *order), *want = malloc((n + 1) * sizeof *want);
  static const ll_real odd[] = {0, (ll_real)-0.0, 1, -1, INFINITY, -INFINITY, LL_EPS, -LL_EPS};
  for (size_t i = 0; i < n; i++) {
    values[i] = kind == 0   ? (ll_real)ll_random_normal(&r)
                : kind == 1 ? (ll_real)ll_random_below(&r, 5)
                : kind == 2 ? odd[ll_random_below(&r, 8)]
                            : (ll_real)exp(60 * (ll_random_uniform(&r) - 0.5));
    want[i] = (uint32_t)i;
  }
  compared = values;
  qsort(want, n, sizeof *want, by_value_then_row);
  works(ctx, ll_argsort(ctx, values, n, order));
  if (n && memcmp(order, want, n * sizeof *order) != 0) ok(false, "seed %d: argsort of %zu values of kind %u", (int)seed, n, kind);
  works(ctx, ll_sort(ctx, values, n));
  for (size_t i = 1; i < n; i++)
    if (values[i - 1] > values[i]) {
      ok(false, "seed %d: sort of %zu values of kind %u at %zu", (int)seed, n, kind, i);
      break;
    }
  free(values), free(order), free(want);
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  for (uint64_t seed = 0; seed < 400; seed++) products(seed);
  ok(tap_failed == 0, "400 products, seeds 0 to 399");
  for (uint64_t seed = 0; seed < 400; seed++) sorting(seed);
  ok(tap_failed == 0, "400 sorts, seeds 0 to 399");
  ll_ctx_close(ctx);
  return done();
}
