/* Friedman's first function of ten uniform columns, of which five count: the usual first example of regression. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

enum { N, FEATURES, NOISE, OUTLIERS, SEED };
static const ll_param params[] = {
    [N] = LL_INTEGER("n", 1000, 2, 1e8, "rows"),
    [FEATURES] = LL_INTEGER("features", 10, 5, 1e5, "columns; those after the fifth do not count"),
    [NOISE] = LL_NUMBER("noise", 1, 0, 1e6, "deviation of the normal noise in the value"),
    [OUTLIERS] = LL_NUMBER("outliers", 0, 0, 1, "chance of a row's value to be moved by 50 up, as by a wrong entry"),
    [SEED] = LL_GENERATE_SEED,
};

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  size_t n = (size_t)p[N], d = (size_t)p[FEATURES];
  ll_builder b = {.values = true};
  ll_status status;
  LL_GOTO(fail, ll_matrix_new(ctx, n, d, &b.x));
  LL_GOTO(fail, ll_matrix_new(ctx, n, 1, &b.y));
  ll_random r = ll_random_stream((uint64_t)p[SEED], 0, "friedman");
  for (size_t i = 0; i < n; i++) {
    ll_real *x = ll_matrix_row(&b.x, i);
    for (size_t j = 0; j < d; j++) x[j] = (ll_real)ll_random_uniform(&r);
    double half = (double)x[2] - 0.5, noise = ll_random_normal(&r), moved = ll_random_uniform(&r) < p[OUTLIERS] ? 50 : 0;
    b.y.data[i] = (ll_real)(10 * ll_sin(LL_SHAPES_PI * (double)x[0] * (double)x[1]) + 20 * half * half + 10 * (double)x[3] +
                            5 * (double)x[4] + p[NOISE] * noise + moved);
  }
  LL_GOTO(fail, ll_generate_finish(ctx, &ll_generator_friedman, p, &b, out));
  return LL_OK;
fail:
  ll_builder_free(ctx, &b);
  return status;
}

const ll_generator ll_generator_friedman = {
    .name = "friedman",
    .summary = "real values 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise, x uniform on [0, 1] (Friedman 1991)",
    .params = LL_GENERATE_TABLE("friedman", params),
    .make = make,
};
