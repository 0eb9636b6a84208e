/* Figures of the plane (and the swiss roll's space) as classes. A shape is a function that draws one row of a class; what class
 * each row is of is a permutation from a stream of its own, so classes differ by one row at most. Noise is drawn for every
 * coordinate, also where it is 0: the figure under the noise is the same whatever the noise. */
#include <math.h>

#include "engine/data/generate.h"

static const double PI = 3.14159265358979323846;

/* Draws the row of class k of classes into at[]; p: the shape's parameters. */
typedef void (*point_of)(ll_random *r, const double *p, size_t k, size_t classes, double *at);

static ll_status draw(ll_ctx *ctx, const ll_generator *generator, const double *p, size_t features, size_t classes, double noise,
                      uint64_t seed, point_of point, ll_data **out) {
  ll_status status = LL_OK;
  size_t n = (size_t)p[0];
  ll_builder b = {.multiclass = classes > 2};
  void *block = NULL;
  if (n < classes)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: n = %zu rows for %zu classes; each needs one", generator->name, n, classes);
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, features, &b.x));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b.y));
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *order = block, number;
  ll_random places = ll_random_stream(seed, 0, "places"), values = ll_random_stream(seed, 0, "rows");
  ll_random_permutation(&places, order, n);
  for (size_t i = 0; i < n; i++) {
    double at[3];
    size_t k = order[i] % classes;
    point(&values, p, k, classes, at);
    for (size_t j = 0; j < features; j++) ll_matrix_row(&b.x, i)[j] = (ll_real)(at[j] + noise * ll_random_normal(&values));
    b.y.data[i] = (ll_real)k;
  }
  for (size_t k = 0; k < classes && b.multiclass; k++)
    LL_GOTO(cleanup, ll_builder_class(ctx, &b.classes, (double)(k + 1), &number));
  LL_GOTO(cleanup, ll_generated(ctx, generator, p, &b, out));
cleanup:
  ll_builder_free(ctx, &b);
  ll_free(ctx, block);
  return status;
}

#define ROWS(def) LL_INTEGER("n", def, 2, 1e8, "rows, as many of each class within one")
#define NOISE(def) LL_NUMBER("noise", def, 0, 100, "deviation of the normal noise in each coordinate")
#define CLASSES(def, most, text) LL_INTEGER("classes", def, 2, most, text)
#define SEED LL_INTEGER("seed", 1, 0, LL_MOST_SEED, "of the random streams")
#define GENERATOR(word, text, list, maker)                                                                                         \
  const ll_generator ll_generator_##word = {#word, text, {#word, list, sizeof list / sizeof *list}, maker}

/* ---- moons ------------------------------------------------------------------------------------------------------------------ */

static const ll_param moons_params[] = {
    ROWS(1000),
    NOISE(0.1),
    LL_NUMBER("angle", 0, -360, 360, "degrees by which the figure is turned about the origin: a shift of domain"),
    SEED,
};
static void moon(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)classes;
  double t = PI * ll_random_uniform(r), x = cos(t), y = sin(t), turn = p[2] * PI / 180;
  if (k == 1) x = 1 - x, y = 0.5 - y;
  at[0] = cos(turn) * x - sin(turn) * y;
  at[1] = sin(turn) * x + cos(turn) * y;
}
static ll_status make_moons(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_moons, p, 2, 2, p[1], (uint64_t)p[3], moon, out);
}
GENERATOR(moons, "two half circles of radius 1 that reach into each other: (cos t, sin t) and (1 - cos t, 1/2 - sin t)",
          moons_params, make_moons);

/* ---- rings ------------------------------------------------------------------------------------------------------------------- */

static const ll_param rings_params[] = {ROWS(1000), NOISE(0.05), CLASSES(2, 64, "rings, from the outermost in"), SEED};
static void ring(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)p;
  double t = 2 * PI * ll_random_uniform(r), radius = (double)(classes - k) / (double)classes;
  at[0] = radius * cos(t), at[1] = radius * sin(t);
}
static ll_status make_rings(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_rings, p, 2, (size_t)p[2], p[1], (uint64_t)p[3], ring, out);
}
GENERATOR(rings, "rings about the origin, of radius 1, (K-1)/K, …, 1/K for K classes", rings_params, make_rings);

/* ---- spirals ------------------------------------------------------------------------------------------------------------------
 */

static const ll_param spirals_params[] = {
    ROWS(1000), NOISE(0.02), CLASSES(2, 64, "arms"), LL_NUMBER("turns", 1, 0, 16, "how often an arm goes around"), SEED,
};
static void arm(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  double radius = 0.1 + 0.9 * ll_random_uniform(r), t = 2 * PI * (p[3] * radius + (double)k / (double)classes);
  at[0] = radius * cos(t), at[1] = radius * sin(t);
}
static ll_status make_spirals(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_spirals, p, 2, (size_t)p[2], p[1], (uint64_t)p[4], arm, out);
}
GENERATOR(spirals, "arms of one spiral: radius r in [0.1, 1] at the angle 2 pi (turns r + k/K)", spirals_params, make_spirals);

/* ---- swiss_roll -----------------------------------------------------------------------------------------------------------------
 */

static const ll_param swiss_roll_params[] = {
    ROWS(1000),
    NOISE(0),
    LL_INTEGER("features", 3, 2, 3, "3: the roll; 2: its section, without the height"),
    CLASSES(2, 64, "stretches of the unrolled length parameter t"),
    SEED,
};
static void roll(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  double t = PI * (1.5 + 3 * ((double)k + ll_random_uniform(r)) / (double)classes), height = 21 * ll_random_uniform(r);
  bool flat = p[2] == 2;
  at[0] = t * cos(t);
  at[1] = flat ? t * sin(t) : height;
  at[2] = t * sin(t);
}
static ll_status make_swiss_roll(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_swiss_roll, p, (size_t)p[2], (size_t)p[3], p[1], (uint64_t)p[4], roll, out);
}
GENERATOR(swiss_roll, "(t cos t, h, t sin t), t in [1.5 pi, 4.5 pi], h in [0, 21]; classes are stretches of t, the inner first",
          swiss_roll_params, make_swiss_roll);

/* ---- two_lines
 * ------------------------------------------------------------------------------------------------------------------- */

static const ll_param two_lines_params[] = {
    ROWS(1000), LL_NUMBER("shift", 1, -100, 100, "distance of the second line from the first, along x"), SEED};
static void line(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)classes;
  at[0] = k ? p[1] : 0, at[1] = ll_random_uniform(r);
}
static ll_status make_two_lines(ll_ctx *ctx, const double *p, ll_data **out) {
  LL_TRY(draw(ctx, &ll_generator_two_lines, p, 2, 2, 0, (uint64_t)p[2], line, out));
  (*out)->info->optimal_auc = p[1] != 0 ? 1 : 0.5;
  return LL_OK;
}
GENERATOR(two_lines,
          "uniform on {0} x [0, 1] and {shift} x [0, 1]: Wasserstein distance |shift|, Jensen-Shannon ln 2 unless shift is 0 (001)",
          two_lines_params, make_two_lines);

/* ---- mixtures of Gaussians ----------------------------------------------------------------------------------------------------
 */

static const ll_param ring_gaussians_params[] = {ROWS(2000), NOISE(0.02), CLASSES(8, 1024, "Gaussians"),
                                                 LL_POSITIVE("radius", 2, "of the ring of their means"), SEED};
static void on_ring(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)r;
  double t = 2 * PI * (double)k / (double)classes;
  at[0] = p[3] * cos(t), at[1] = p[3] * sin(t);
}
static ll_status make_ring_gaussians(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_ring_gaussians, p, 2, (size_t)p[2], p[1], (uint64_t)p[4], on_ring, out);
}
GENERATOR(ring_gaussians, "Gaussians whose means stand evenly on a circle: the 8 Gaussians of GAN studies", ring_gaussians_params,
          make_ring_gaussians);

static const ll_param grid_gaussians_params[] = {ROWS(2500), NOISE(0.05), LL_INTEGER("side", 5, 2, 32, "Gaussians along each side"),
                                                 LL_POSITIVE("spacing", 2, "between neighbouring means"), SEED};
static void on_grid(ll_random *r, const double *p, size_t k, size_t classes, double *at) {
  (void)r, (void)classes;
  size_t side = (size_t)p[2], row = k / side, column = k % side;
  double middle = (p[2] - 1) / 2;
  at[0] = p[3] * ((double)column - middle), at[1] = p[3] * ((double)row - middle);
}
static ll_status make_grid_gaussians(ll_ctx *ctx, const double *p, ll_data **out) {
  return draw(ctx, &ll_generator_grid_gaussians, p, 2, (size_t)p[2] * (size_t)p[2], p[1], (uint64_t)p[4], on_grid, out);
}
GENERATOR(grid_gaussians, "Gaussians whose means stand on a square grid about the origin: the 25 Gaussians of GAN studies",
          grid_gaussians_params, make_grid_gaussians);
