/* Gaussians on a circle: a test of whether a generator network covers them all. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {LL_SHAPES_ROWS(2000), LL_SHAPES_NOISE(0.02), LL_SHAPES_CLASSES(8, 1024, "Gaussians"),
                                  LL_POSITIVE("radius", 2, "of the ring of their means"), LL_GENERATE_SEED};

static void on_ring(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)r;
  double t = 2 * LL_SHAPES_PI * (double)k / (double)classes;
  at[0] = p[3] * ll_cos(t), at[1] = p[3] * ll_sin(t);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_ring_gaussians, p, 2, (size_t)p[2], p[1], (uint64_t)p[4], on_ring, out);
}

const ll_generator ll_generator_ring_gaussians = {
    .name = "ring_gaussians",
    .summary = "Gaussians whose means stand evenly on a circle: the 8 Gaussians of GAN studies",
    .params = LL_GENERATE_TABLE("ring_gaussians", params),
    .make = make,
};
