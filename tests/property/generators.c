/* Each generator's figure: with no noise every row lies on it, classes differ by one row at most, the same seed gives the same
 * set and another seed another; noise has the deviation asked for. A row of the table without a test here fails. */
#include "losslab/data.h"

#include "tests/tap.h"

static ll_ctx *ctx;
static const double PI = 3.14159265358979323846;

/* How far a row lies from the figure of its class (0-based). Closed forms where there are, the nearest of 4000 points else. */
typedef double (*distance_to)(const double *at, size_t k, const double *p);

static double moon(const double *at, size_t k, const double *p) {
  double turn = -p[2] * PI / 180, x = cos(turn) * at[0] - sin(turn) * at[1], y = sin(turn) * at[0] + cos(turn) * at[1];
  if (k == 1) x = 1 - x, y = 0.5 - y;
  return fabs(hypot(x, y) - 1) + fmax(0, -y);
}
static double ring(const double *at, size_t k, const double *p) { return fabs(hypot(at[0], at[1]) - (p[2] - (double)k) / p[2]); }
static double arm(const double *at, size_t k, const double *p) {
  double radius = hypot(at[0], at[1]), t = 2 * PI * (p[3] * radius + (double)k / p[2]);
  return hypot(at[0] - radius * cos(t), at[1] - radius * sin(t)) + fmax(0, 0.1 - radius) + fmax(0, radius - 1);
}
static double roll(const double *at, size_t k, const double *p) {
  double t = hypot(at[0], p[2] == 3 ? at[2] : at[1]), low = PI * (1.5 + 3 * (double)k / p[3]);
  double off = hypot(at[0] - t * cos(t), (p[2] == 3 ? at[2] : at[1]) - t * sin(t));
  if (p[2] == 3) off += fmax(0, -at[1]) + fmax(0, at[1] - 21);
  return off + fmax(0, low - t) + fmax(0, t - low - 3 * PI / p[3]);
}
static double line(const double *at, size_t k, const double *p) {
  return fabs(at[0] - (k ? p[1] : 0)) + fmax(0, -at[1]) + fmax(0, at[1] - 1);
}
static double on_ring(const double *at, size_t k, const double *p) {
  double t = 2 * PI * (double)k / p[2];
  return hypot(at[0] - p[3] * cos(t), at[1] - p[3] * sin(t));
}
static double on_grid(const double *at, size_t k, const double *p) {
  size_t side = (size_t)p[2];
  double x = (double)(k % side) - (p[2] - 1) / 2, y = (double)(k / side) - (p[2] - 1) / 2;
  return hypot(at[0] - p[3] * x, at[1] - p[3] * y);
}

/* Parameters of a case by position after n; noise < 0: the shape has none. */
static const struct figure {
  const char *name;
  distance_to distance;
  size_t classes;
  bool noisy;
  double rest[5];
} figures[] = {
    {"moons", moon, 2, true, {0, 0, 3}},
    {"moons", moon, 2, true, {0, 35, 3}},
    {"rings", ring, 2, true, {0, 2, 3}},
    {"rings", ring, 5, true, {0, 5, 3}},
    {"spirals", arm, 3, true, {0, 3, 1.5, 3}},
    {"spirals", arm, 2, true, {0, 2, 1, 3}},
    {"swiss_roll", roll, 2, true, {0, 3, 2, 3}},
    {"swiss_roll", roll, 4, true, {0, 2, 4, 3}},
    {"two_lines", line, 2, false, {0.7, 3}},
    {"ring_gaussians", on_ring, 8, true, {0, 8, 2, 3}},
    {"grid_gaussians", on_grid, 25, true, {0, 5, 2, 3}},
};
enum { FIGURES = sizeof figures / sizeof *figures, N = 2003 };

static ll_data *make(const struct figure *f, double noise, double seed) {
  const ll_generator *g;
  double p[LL_MAX_PARAMS];
  ll_data *d = NULL;
  works(ctx, ll_generator_find(ctx, f->name, &g));
  p[0] = N;
  for (size_t i = 1; i < g->params.count; i++) p[i] = f->rest[i - 1];
  if (f->noisy) p[1] = noise;
  p[g->params.count - 1] = seed;
  works(ctx, ll_generate(ctx, g, p, &d));
  return d;
}

static void check(const struct figure *f) {
  double p[6] = {N}, worst = 0, squares = 0;
  memcpy(p + 1, f->rest, sizeof f->rest);
  ll_data *d = make(f, 0, 3), *again = make(f, 0, 3), *other = make(f, 0, 4), *noisy = make(f, 0.25, 3);
  size_t counts[64];
  ll_data_class_counts(d, counts);
  bool even = d->info->n_classes == f->classes && d->info->multiclass == (f->classes > 2);
  for (size_t k = 0; k < d->info->n_classes; k++) even = even && counts[k] >= N / f->classes && counts[k] <= N / f->classes + 1;
  for (size_t i = 0; i < N; i++) {
    double at[3] = {0};
    for (size_t j = 0; j < d->x.cols; j++) {
      at[j] = (double)ll_matrix_row(&d->x, i)[j];
      squares += pow((double)ll_matrix_row(&noisy->x, i)[j] - at[j], 2);
    }
    worst = fmax(worst, f->distance(at, ll_data_class(d, i), p));
  }
  ok(even, "%s, %zu classes: rows of each within one", f->name, f->classes);
  ok(worst <= 200 * LL_EPS, "%s, %zu classes: every row lies on its figure (worst %.3g)", f->name, f->classes, worst);
  ok(strcmp(d->info->hash, again->info->hash) == 0, "%s: the same seed, the same set", f->name);
  ok(f->classes > 5 || strcmp(d->info->hash, other->info->hash) != 0, "%s: another seed, another set", f->name);
  if (f->noisy) near(sqrt(squares / (double)ll_matrix_count(&d->x)), 0.25, 0.05, 0, "%s: the noise's deviation", f->name);
  ll_data_free(ctx, d), ll_data_free(ctx, again), ll_data_free(ctx, other), ll_data_free(ctx, noisy);
}

/* Uniform along the figure: each quarter of the parameter's range holds a quarter of the rows, within five deviations. */
static void spread(void) {
  size_t quarters[4] = {0};
  ll_data *d = make(&figures[2], 0, 7);
  for (size_t i = 0; i < N; i++) {
    const ll_real *row = ll_matrix_row(&d->x, i);
    quarters[(row[0] > 0) + 2 * (row[1] > 0)]++;
  }
  bool even = true;
  for (int q = 0; q < 4; q++) even = even && fabs((double)quarters[q] - N / 4.0) < 5 * sqrt(N * 0.25 * 0.75);
  ok(even, "rings: as many rows in each quadrant (%zu %zu %zu %zu)", quarters[0], quarters[1], quarters[2], quarters[3]);
  ll_data_free(ctx, d);
}

static ll_data *made(const char *name, const double *p) {
  const ll_generator *g;
  ll_data *d = NULL;
  works(ctx, ll_generator_find(ctx, name, &g));
  works(ctx, ll_generate(ctx, g, p, &d));
  return d;
}

/* Real values: without noise they are the formula, noise has its deviation, so many rows are moved, each by 50. */
static void friedman(void) {
  ll_data *d = made("friedman", (double[]){N, 7, 0, 0, 3}), *noisy = made("friedman", (double[]){N, 7, 2, 0, 3});
  ll_data *moved = made("friedman", (double[]){N, 7, 0, 0.2, 3}), *other = made("friedman", (double[]){N, 7, 0, 0, 4});
  double worst = 0, squares = 0;
  size_t far = 0, wrong = 0;
  for (size_t i = 0; i < N; i++) {
    const ll_real *row = ll_matrix_row(&d->x, i);
    double x[5], y = (double)d->y.data[i], off;
    for (size_t j = 0; j < 5; j++) x[j] = (double)row[j];
    worst = fmax(worst, fabs(10 * sin(PI * x[0] * x[1]) + 20 * (x[2] - 0.5) * (x[2] - 0.5) + 10 * x[3] + 5 * x[4] - y));
    squares += pow((double)noisy->y.data[i] - y, 2);
    off = (double)moved->y.data[i] - y;
    far += off > 1, wrong += !(fabs(off) < 1e-4 || fabs(off - 50) < 1e-4);
  }
  ok(d->info->values && d->info->n_classes == 0 && !d->info->multiclass, "friedman: real values have no classes");
  ok(worst <= 200 * LL_EPS, "friedman: every value is the formula's (worst %.3g)", worst);
  near(sqrt(squares / N), 2, 0.1, 0, "friedman: the noise's deviation");
  ok(wrong == 0 && fabs((double)far - 0.2 * N) < 5 * sqrt(0.16 * N), "friedman: a fifth of the rows are moved by 50 (%zu)", far);
  ok(strcmp(d->info->hash, other->info->hash) != 0, "friedman: another seed, another set");
  ll_data_free(ctx, d), ll_data_free(ctx, noisy), ll_data_free(ctx, moved), ll_data_free(ctx, other);
}

/* Counts: whole numbers whose sum, and whose squares about it, are those of their rates. */
static void counts(void) {
  ll_data *d = made("counts", (double[]){N, 3, 2.5, 0.6, 3}), *other = made("counts", (double[]){N, 3, 2.5, 0.6, 4});
  double left = 0, rates = 0, squares = 0;
  bool whole = d->info->values;
  for (size_t i = 0; i < N; i++) {
    const ll_real *x = ll_matrix_row(&d->x, i);
    double y = (double)d->y.data[i], rate = 2.5 * exp(0.6 * ((double)x[0] - (double)x[1] + (double)x[2]) / sqrt(3));
    whole = whole && y >= 0 && floor(y) >= y;
    left += y - rate, rates += rate, squares += (y - rate) * (y - rate) / rate;
  }
  ok(whole, "counts: whole numbers of at least 0");
  ok(fabs(left) < 5 * sqrt(rates), "counts: as many as their rates say (%g of %g)", left, rates);
  near(squares / N, 1, 0.15, 0, "counts: with the variance of their rates");
  ok(strcmp(d->info->hash, other->info->hash) != 0, "counts: another seed, another set");
  ll_data_free(ctx, d), ll_data_free(ctx, other);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  for (size_t i = 0; i < FIGURES; i++) check(&figures[i]);
  spread();
  friedman();
  counts();
  for (size_t g = 0; g < ll_generator_count; g++) {
    const char *name = ll_generators[g]->name;
    bool tested = strcmp(name, "target_decoy") == 0 || strcmp(name, "gaussians") == 0 /* tests/property/data.c */ ||
                  strcmp(name, "friedman") == 0 || strcmp(name, "counts") == 0;
    for (size_t i = 0; i < FIGURES; i++) tested = tested || strcmp(figures[i].name, name) == 0;
    ok(tested, "%s has a test", name);
  }
  const ll_generator *g;
  ll_data *d;
  works(ctx, ll_generator_find(ctx, "grid_gaussians", &g));
  double p[] = {24, 0.1, 5, 2, 1};
  ok(ll_generate(ctx, g, p, &d) == LL_ERR_RANGE && !d && strstr(ll_message(ctx), "24 rows for 25 classes"),
     "fewer rows than classes");
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
