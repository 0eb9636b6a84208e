/* Gaussians on a grid: a test of whether a generator network covers them all. */
#include "engine/data/generate/generate.h"

static const ll_param params[] = {LL_SHAPES_ROWS(2500), LL_SHAPES_NOISE(0.05),
                                  LL_INTEGER("side", 5, 2, 32, "Gaussians along each side"),
                                  LL_POSITIVE("spacing", 2, "between neighbouring means"), LL_GENERATE_SEED};

static void on_grid(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)r, (void)classes;
  size_t side = (size_t)p[2], row = k / side, column = k % side;
  double middle = (p[2] - 1) / 2;
  at[0] = p[3] * ((double)column - middle), at[1] = p[3] * ((double)row - middle);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_grid_gaussians, p, 2, (size_t)p[2] * (size_t)p[2], p[1], (uint64_t)p[4], on_grid, out);
}

const ll_generator ll_generator_grid_gaussians = {
    .name = "grid_gaussians",
    .summary = "Gaussians whose means stand on a square grid about the origin: the 25 Gaussians of GAN studies",
    .params = LL_GENERATE_TABLE("grid_gaussians", params),
    .make = make,
};
