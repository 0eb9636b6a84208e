/* A sheet rolled up in space; the classes are stretches of its length. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_SHAPES_ROWS(1000),
    LL_SHAPES_NOISE(0),
    LL_INTEGER("features", 3, 2, 3, "3: the roll; 2: its section, without the height"),
    LL_SHAPES_CLASSES(2, 64, "stretches of the unrolled length parameter t"),
    LL_GENERATE_SEED,
};

static void roll(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  double t = LL_SHAPES_PI * (1.5 + 3 * ((double)k + ll_random_uniform(r)) / (double)classes), height = 21 * ll_random_uniform(r);
  bool flat = p[2] == 2;
  at[0] = t * ll_cos(t);
  at[1] = flat ? t * ll_sin(t) : height;
  at[2] = t * ll_sin(t);
}

static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  return ll_shapes_draw(ctx, &ll_generator_swiss_roll, p, (size_t)p[2], (size_t)p[3], p[1], (uint64_t)p[4], roll, out);
}

const ll_generator ll_generator_swiss_roll = {
    .name = "swiss_roll",
    .summary = "(t cos t, h, t sin t), t in [1.5 pi, 4.5 pi], h in [0, 21]; classes are stretches of t, the inner first",
    .params = LL_GENERATE_TABLE("swiss_roll", params),
    .make = make,
};
