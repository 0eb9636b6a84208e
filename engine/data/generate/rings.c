/* Rings about one centre: classes that differ in their distance from it. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {LL_SHAPES_ROWS(1000), LL_SHAPES_NOISE(0.05),
                                  LL_SHAPES_CLASSES(2, 64, "rings, from the outermost in"), LL_GENERATE_SEED};

static void ring(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)p;
  double t = 2 * LL_SHAPES_PI * ll_random_uniform(r), radius = (double)(classes - k) / (double)classes;
  at[0] = radius * ll_cos(t), at[1] = radius * ll_sin(t);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_rings, p, 2, (size_t)p[2], p[1], (uint64_t)p[3], ring, out);
}

const ll_generator ll_generator_rings = {
    .name = "rings",
    .summary = "rings about the origin, of radius 1, (K-1)/K, …, 1/K for K classes",
    .params = LL_GENERATE_TABLE("rings", params),
    .make = make,
};
