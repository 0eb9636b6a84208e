/* Two parallel lines: distributions whose supports are disjoint unless the shift is 0. */
#include "engine/data/data.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {LL_SHAPES_ROWS(1000),
                                  LL_NUMBER("shift", 1, -100, 100, "distance of the second line from the first, along x"),
                                  LL_GENERATE_SEED};

static void line(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)classes;
  at[0] = k ? p[1] : 0, at[1] = ll_random_uniform(r);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  LL_TRY(ll_shapes_draw(ctx, &ll_generator_two_lines, p, 2, 2, 0, (uint64_t)p[2], line, out));
  ll_data_shared_of(*out)->info.optimal_auc = p[1] != 0 ? 1 : 0.5;
  return LL_OK;
}

const ll_generator ll_generator_two_lines = {
    .name = "two_lines",
    .summary =
        "uniform on {0} x [0, 1] and {shift} x [0, 1]: Wasserstein distance |shift|, Jensen-Shannon ln 2 unless shift is 0 (Arjovsky, Chintala and Bottou 2017, example 1)",
    .params = LL_GENERATE_TABLE("two_lines", params),
    .make = make,
};
