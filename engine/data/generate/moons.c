/* Two half circles that no line separates. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_SHAPES_ROWS(1000),
    LL_SHAPES_NOISE(0.1),
    LL_NUMBER("angle", 0, -360, 360, "degrees by which the figure is turned about the origin: a shift of domain"),
    LL_GENERATE_SEED,
};

static void moon(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)classes;
  double t = LL_SHAPES_PI * ll_random_uniform(r), x = ll_cos(t), y = ll_sin(t), turn = p[2] * LL_SHAPES_PI / 180;
  if (k == 1) x = 1 - x, y = 0.5 - y;
  at[0] = ll_cos(turn) * x - ll_sin(turn) * y;
  at[1] = ll_sin(turn) * x + ll_cos(turn) * y;
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_moons, p, 2, 2, p[1], (uint64_t)p[3], moon, out);
}

const ll_generator ll_generator_moons = {
    .name = "moons",
    .summary = "two half circles of radius 1 that reach into each other: (cos t, sin t) and (1 - cos t, 1/2 - sin t)",
    .params = LL_GENERATE_TABLE("moons", params),
    .make = make,
};
