/* Counts whose rate is log-linear in the columns: what a Poisson regression is made for. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

enum { N, FEATURES, RATE, SPREAD, SEED };
static const ll_param params[] = {
    [N] = LL_INTEGER("n", 1000, 2, 1e8, "rows"),
    [FEATURES] = LL_INTEGER("features", 4, 1, 1e5, "columns"),
    [RATE] = LL_NUMBER("rate", 3, 1e-3, 100, "the rate where all columns are 0"),
    [SPREAD] = LL_NUMBER("spread", 0.7, 0, 2, "deviation of the log of the rate over the rows"),
    [SEED] = LL_GENERATE_SEED,
};

/* The number of arrivals at this rate in a unit of time, one by one. */
static double arrivals(ll_random *r, double rate) {
  double count = 0, left = rate;
  while ((left += ll_log1p(-ll_random_uniform(r))) > 0) count++;
  return count;
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  size_t n = (size_t)p[N], d = (size_t)p[FEATURES];
  ll_builder b = {.values = true};
  ll_status status;
  LL_GOTO(fail, ll_matrix_new(ctx, n, d, &b.x));
  LL_GOTO(fail, ll_matrix_new(ctx, n, 1, &b.y));
  ll_random r = ll_random_stream((uint64_t)p[SEED], 0, "counts");
  for (size_t i = 0; i < n; i++) {
    ll_real *x = ll_matrix_row(&b.x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) x[j] = (ll_real)ll_random_normal(&r), sum += j % 2 ? -(double)x[j] : (double)x[j];
    b.y.data[i] = (ll_real)arrivals(&r, p[RATE] * ll_exp(p[SPREAD] * sum / sqrt((double)d)));
  }
  LL_GOTO(fail, ll_generate_finish(ctx, &ll_generator_counts, p, &b, out));
  return LL_OK;
fail:
  ll_builder_free(ctx, &b);
  return status;
}

const ll_generator ll_generator_counts = {
    .name = "counts",
    .summary = "counts, Poisson with the rate e^(spread u.x) times rate, u = (1, -1, 1, ...)/sqrt(d), x normal",
    .params = LL_GENERATE_TABLE("counts", params),
    .make = make,
};
