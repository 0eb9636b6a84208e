/* Transport: the exact distance of 2000 points to 2000 others in the plane and in 16 dimensions, entropic transport of the same,
 * and the distance of a million numbers to a million others. */
#include <time.h>

#include "losslab/transport.h"

#include <stdio.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static ll_ctx *ctx;

static ll_status points(ll_random *r, size_t n, size_t d, double shift, ll_node **out) {
  ll_matrix m;
  LL_TRY(ll_matrix_new(ctx, n, d, &m));
  ll_matrix_normal(&m, r, shift, 1);
  return ll_node_new(ctx, &m, false, out);
}

/* The rows called `name` and `regularised` of n points in d dimensions. */
static ll_status plane(size_t n, size_t d, const char *name, const char *regularised) {
  ll_random r = ll_random_stream(1, d, "bench");
  const ll_divergence_desc *exact, *sinkhorn;
  ll_node *x, *y, *cost;
  ll_matrix p, potential[2];
  LL_TRY(ll_divergence_find(ctx, "wasserstein", &exact));
  LL_TRY(ll_divergence_find(ctx, "sinkhorn", &sinkhorn));
  LL_TRY(points(&r, n, d, 0, &x));
  LL_TRY(points(&r, n, d, 1, &y));
  LL_TRY(ll_transport_cost(ctx, x, y, 2, &cost));
  LL_TRY(ll_matrix_new(ctx, n, 1, &p));
  for (int k = 0; k < 2; k++) LL_TRY(ll_matrix_new(ctx, n, 1, &potential[k]));
  ll_matrix_fill(&p, 1 / (double)n);
  const ll_matrix inputs[3] = {p, p, cost->value};
  ll_divergence_call call = {.inputs = inputs, .u = &potential[0], .v = &potential[1]};
  double start = now();
  LL_TRY(ll_divergence_eval(ctx, exact, NULL, &call));
  printf("%s\t%.6g\n", name, now() - start);
  fprintf(stderr, "  %s: %.9g, gap %.2g, %zu pivots\n", name, call.value, call.report.error, call.report.iterations);
  if (regularised) {
    start = now();
    LL_TRY(ll_divergence_eval(ctx, sinkhorn, NULL, &call));
    printf("%s\t%.6g\n", regularised, now() - start);
    fprintf(stderr, "  %s: %.9g, marginals within %.2g, %zu passes\n", regularised, call.value, call.report.error,
            call.report.iterations);
  }
  ll_matrix_release(ctx, &p);
  for (int k = 0; k < 2; k++) ll_matrix_release(ctx, &potential[k]);
  ll_node_release(ctx, cost);
  ll_node_release(ctx, x);
  ll_node_release(ctx, y);
  return LL_OK;
}

static ll_status line(size_t n) {
  ll_random r = ll_random_stream(1, 1, "bench");
  const ll_divergence_desc *row;
  ll_node *x, *y;
  LL_TRY(ll_divergence_find(ctx, "wasserstein_1d", &row));
  LL_TRY(points(&r, n, 1, 0, &x));
  LL_TRY(points(&r, n, 1, 1, &y));
  const ll_matrix inputs[4] = {x->value, y->value, {0}, {0}};
  ll_divergence_call call = {.inputs = inputs};
  double best = 1e9;
  for (int k = 0; k < 3; k++) {
    double start = now();
    LL_TRY(ll_divergence_eval(ctx, row, NULL, &call));
    double took = now() - start;
    if (took < best) best = took;
  }
  printf("wasserstein_1d, 10^6 and 10^6 numbers\t%.6g\n", best);
  ll_node_release(ctx, x);
  ll_node_release(ctx, y);
  return LL_OK;
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_status status = plane(2000, 2, "wasserstein, 2000x2000 points in the plane", "sinkhorn, the same, epsilon 0.05, to 1e-6");
  if (status == LL_OK) status = plane(2000, 16, "wasserstein, 2000x2000 points in 16 dimensions", NULL);
  if (status == LL_OK) status = line(1000000);
  if (status != LL_OK) fprintf(stderr, "%s\n", ll_message(ctx));
  ll_ctx_close(ctx);
  return status != LL_OK;
}
