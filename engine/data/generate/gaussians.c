/* Two classes that differ in their mean alone. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_INTEGER("n", 1000, 2, 1e8, "rows"),
    LL_INTEGER("features", 2, 1, 1e5, "columns"),
    LL_NUMBER("shift", 2, 0, 100, "distance of the two means, in deviations"),
    {.name = "positives",
     .kind = LL_PARAM_NUMBER,
     .value = 0.5,
     .low = 0,
     .low_open = true,
     .high = 1,
     .doc = "share of the rows that are positive"},
    LL_GENERATE_SEED,
};

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  size_t positives;
  LL_TRY(ll_shifted_share(ctx, "gaussians", "positives", p[0], p[3], &positives));
  ll_shifted_kind kinds[] = {{(size_t)p[0] - positives, -p[2] / 2, false, false}, {positives, p[2] / 2, true, true}};
  return ll_shifted_draw(ctx, &ll_generator_gaussians, p, (size_t)p[1], kinds, 2, (uint64_t)p[4], ll_shifted_auc(p[2]), out);
}

/* The log odds of a row: the densities differ by exp(shift u·x), the rest is in the shares. */
static ll_status probability(ll_ctx *ctx, const double *p, const ll_matrix *x, double *out) {
  size_t positives;
  LL_TRY(ll_shifted_share(ctx, "gaussians", "positives", p[0], p[3], &positives));
  LL_TRY(ll_shifted_check(ctx, "gaussians", x, (size_t)p[1]));
  double prior = ll_log((double)positives) - ll_log(p[0] - (double)positives);
  for (size_t i = 0; i < x->rows; i++) out[i] = 1 / (1 + ll_exp(-(p[2] * ll_shifted_score(ll_matrix_row(x, i), x->cols) + prior)));
  return LL_OK;
}

const ll_generator ll_generator_gaussians = {
    .name = "gaussians",
    .summary = "two classes, N(-shift/2 u, I) and N(shift/2 u, I), |u| = 1",
    .params = LL_GENERATE_TABLE("gaussians", params),
    .make = make,
    .probability = probability,
};
