/* What the tests of metrics share: scores and labels that are drawn, a metric by its name, refusals. */
#ifndef LOSSLAB_TESTS_METRIC_CASES_H
#define LOSSLAB_TESTS_METRIC_CASES_H

#include "losslab/metric.h"
#include "tests/tap.h"

enum { MOST = 120, CASES = 150 };
static ll_ctx *ctx;
static const unsigned seed = 20250301;
static ll_real scores[MOST * 8], labels[MOST * 8], weights[MOST];

static inline double eval(const char *name, ll_matrix s, ll_matrix y, const ll_matrix *w, const double *params) {
  const ll_metric_desc *m;
  double out = NAN;
  if (ll_metric_find(ctx, name, &m) != LL_OK || ll_metric_eval(ctx, m, &s, &y, w, params, &out) != LL_OK)
    ok(false, "%s: %s", name, ll_message(ctx));
  return out;
}

/* n rows of probabilities on few levels (ties, also on edges of bins and the threshold) or many, labels with both classes. */
static inline size_t draw_binary(ll_random *r) {
  size_t n = 2 + ll_random_below(r, MOST - 2);
  uint64_t levels = (const uint64_t[]){4, 10, 1000003}[ll_random_below(r, 3)];
  bool signs = ll_random_below(r, 2);
  for (size_t i = 0; i < n; i++) {
    scores[i] = (ll_real)((double)ll_random_below(r, levels + 1) / (double)levels);
    labels[i] = i == 0 || (i > 1 && ll_random_below(r, 3) == 0) ? 1 : signs ? -1 : 0;
    weights[i] = (ll_real)(i < 2 ? 1 : (double)ll_random_below(r, 4));
  }
  return n;
}

/* Normal points (kind 0), points on a grid, so that distances tie (1), or points far from the origin and near one another, which
 * products alone cannot tell apart (2). */
static inline void draw_points(ll_random *r, ll_real *x, size_t n, size_t d, int kind) {
  for (size_t i = 0; i < n * d; i++)
    x[i] = (ll_real)(kind == 0   ? ll_random_normal(r)
                     : kind == 1 ? (double)ll_random_below(r, 3) + 1
                                 : 1000 + 0.01 * ll_random_normal(r));
}

static inline double slow_distance(const ll_real *a, const ll_real *b, size_t d, ll_measure measure) {
  double sum = 0, product = 0;
  for (size_t j = 0; j < d; j++)
    sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]), product += (double)a[j] * (double)b[j];
  return measure == LL_BY_DOT ? -product : sum;
}

static inline void refused(ll_status got, ll_status want, const char *text) {
  if (!ok(got == want && strstr(ll_message(ctx), text), "refused: %s", text))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static inline void refuse(const char *name, const ll_matrix *s, const ll_matrix *y, const double *params, ll_status want,
                          const char *text) {
  const ll_metric_desc *m;
  double value;
  works(ctx, ll_metric_find(ctx, name, &m));
  refused(ll_metric_eval(ctx, m, s, y, NULL, params, &value), want, text);
}

/* Runs the tests in a context of their own, of which nothing may be left. */
static inline int run(void (*const *tests)(void), size_t count) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  for (size_t i = 0; i < count; i++) tests[i]();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}

#endif
