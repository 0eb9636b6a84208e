/* Arms that wind around each other. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_SHAPES_ROWS(1000),
    LL_SHAPES_NOISE(0.02),
    LL_SHAPES_CLASSES(2, 64, "arms"),
    LL_NUMBER("turns", 1, 0, 16, "how often an arm goes around"),
    LL_GENERATE_SEED,
};

static void arm(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  double radius = 0.1 + 0.9 * ll_random_uniform(r), t = 2 * LL_SHAPES_PI * (p[3] * radius + (double)k / (double)classes);
  at[0] = radius * ll_cos(t), at[1] = radius * ll_sin(t);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_spirals, p, 2, (size_t)p[2], p[1], (uint64_t)p[4], arm, out);
}

const ll_generator ll_generator_spirals = {
    .name = "spirals",
    .summary = "arms of one spiral: radius r in [0.1, 1] at the angle 2 pi (turns r + k/K)",
    .params = LL_GENERATE_TABLE("spirals", params),
    .make = make,
};
