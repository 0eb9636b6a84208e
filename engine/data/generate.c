/* The table of generators. Each draws its rows in order from one stream; which rows are of which kind is a permutation
 * from another, so that the shares are exact and the best score's AUC is known in closed form. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/generate.h"

ll_status ll_generated(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_builder *b, ll_data **out) {
  *out = NULL;
  LL_TRY(ll_builder_columns(ctx, &b->columns, b->x.cols));
  /* What the hash is of: the generator, its parameters, then the elements. */
  char text[512], hashes[3][65];
  size_t at = (size_t)snprintf(text, sizeof text, "%s", generator->name);
  for (size_t k = 0; k < generator->params.count && at < sizeof text; k++)
    at += (size_t)snprintf(text + at, sizeof text - at, " %s=%.17g", generator->params.params[k].name, params[k]);
  ll_sha256(text, at < sizeof text ? at : sizeof text - 1, hashes[0]);
  ll_sha256(b->x.data, ll_matrix_count(&b->x) * sizeof(ll_real), hashes[1]);
  ll_sha256(b->y.data, b->y.rows * sizeof(ll_real), hashes[2]);
  LL_TRY(ll_builder_finish(ctx, b, "", generator->name, out));
  ll_sha256(hashes, sizeof hashes, (*out)->info->hash);
  return LL_OK;
}

/* Kinds of rows: the mean along the direction (1, …, 1)/sqrt(d), the deviation, label, and whether it is a right target. */
typedef struct kind {
  size_t rows;
  double shift;
  bool positive, right;
} kind;

static ll_status draw(ll_ctx *ctx, const ll_generator *generator, const double *params, size_t features, const kind *kinds,
                      size_t n_kinds, uint64_t seed, double auc, ll_data **out) {
  ll_status status = LL_OK;
  size_t n = 0;
  ll_builder b = {0};
  ll_matrix truth = {0};
  ll_data *d = NULL;
  void *block = NULL;
  for (size_t k = 0; k < n_kinds; k++) n += kinds[k].rows;
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, features, &b.x));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b.y));
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &truth));
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *order = block;
  ll_random places = ll_random_stream(seed, 0, "places"), values = ll_random_stream(seed, 0, "rows");
  ll_random_permutation(&places, order, n);
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    for (size_t rank = order[i]; k + 1 < n_kinds && rank >= kinds[k].rows; k++) rank -= kinds[k].rows;
    double mean = kinds[k].shift / sqrt((double)features);
    ll_real *row = ll_matrix_row(&b.x, i);
    for (size_t j = 0; j < features; j++) row[j] = (ll_real)(ll_random_normal(&values) + mean);
    b.y.data[i] = kinds[k].positive;
    truth.data[i] = kinds[k].right;
  }
  LL_GOTO(cleanup, ll_generated(ctx, generator, params, &b, &d));
  d->info->optimal_auc = auc;
  d->truth = truth, truth = (ll_matrix){0};
  *out = d;
cleanup:
  ll_builder_free(ctx, &b);
  ll_matrix_release(ctx, &truth);
  ll_free(ctx, block);
  return status;
}

/* Phi(shift / sqrt 2): how often N(shift, 1) is above N(0, 1). */
static double shifted_auc(double shift) { return 0.5 * erfc(-shift / 2); }

static ll_status share_of(ll_ctx *ctx, const char *owner, const char *what, double n, double share, size_t *out) {
  *out = (size_t)floor(n * share + 0.5);
  if (*out == 0 || (double)*out >= n)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %s of %g in %g rows makes %zu; both classes need a row", owner, what, share, n, *out);
  return LL_OK;
}

/* ---- target_decoy ---------------------------------------------------------------------------------------------------------- */

static const ll_param target_decoy_params[] = {
    {"n", LL_PARAM_INTEGER, 5000, 2, 1e8, false, false, NULL, "rows"},
    {"features", LL_PARAM_INTEGER, 10, 1, 1e5, false, false, NULL, "columns"},
    {"wrong", LL_PARAM_NUMBER, 0.5, 0, 1, false, false, NULL, "share of the targets that are wrong: distributed as decoys"},
    {"shift", LL_PARAM_NUMBER, 3, 0, 100, false, false, NULL,
     "distance of the right targets' mean from the decoys', in deviations"},
    {"decoys", LL_PARAM_NUMBER, 0.5, 0, 1, true, false, NULL, "share of the rows that are decoys"},
    {"seed", LL_PARAM_INTEGER, 1, 0, LL_MOST_SEED, false, false, NULL, "of the random streams"},
};
static const ll_generator target_decoy;

/* The likelihood ratio of target to decoy is wrong + (1 - wrong) exp(shift u·x - shift²/2): it grows with u·x, so u·x is
 * an optimal score; a wrong target is above a decoy as often as not, a right one as Phi(shift/sqrt 2) says. */
static ll_status make_target_decoy(ll_ctx *ctx, const double *p, ll_data **out) {
  double n = p[0], shift = p[3];
  size_t decoys;
  LL_TRY(share_of(ctx, "target_decoy", "decoys", n, p[4], &decoys));
  size_t targets = (size_t)n - decoys, wrong = (size_t)floor((double)targets * p[2] + 0.5);
  double share = (double)wrong / (double)targets;
  kind kinds[] = {{decoys, 0, false, false}, {wrong, 0, true, false}, {targets - wrong, shift, true, true}};
  return draw(ctx, &target_decoy, p, (size_t)p[1], kinds, 3, (uint64_t)p[5], share * 0.5 + (1 - share) * shifted_auc(shift), out);
}

static const ll_generator target_decoy = {
    "target_decoy",
    "decoys N(0, I); right targets N(shift u, I), |u| = 1; wrong targets as decoys",
    {"target_decoy", target_decoy_params, sizeof target_decoy_params / sizeof *target_decoy_params},
    make_target_decoy,
};

/* ---- gaussians -------------------------------------------------------------------------------------------------------------- */

static const ll_param gaussians_params[] = {
    {"n", LL_PARAM_INTEGER, 1000, 2, 1e8, false, false, NULL, "rows"},
    {"features", LL_PARAM_INTEGER, 2, 1, 1e5, false, false, NULL, "columns"},
    {"shift", LL_PARAM_NUMBER, 2, 0, 100, false, false, NULL, "distance of the two means, in deviations"},
    {"positives", LL_PARAM_NUMBER, 0.5, 0, 1, true, false, NULL, "share of the rows that are positive"},
    {"seed", LL_PARAM_INTEGER, 1, 0, LL_MOST_SEED, false, false, NULL, "of the random streams"},
};
static const ll_generator gaussians;

static ll_status make_gaussians(ll_ctx *ctx, const double *p, ll_data **out) {
  size_t positives;
  LL_TRY(share_of(ctx, "gaussians", "positives", p[0], p[3], &positives));
  kind kinds[] = {{(size_t)p[0] - positives, -p[2] / 2, false, false}, {positives, p[2] / 2, true, true}};
  return draw(ctx, &gaussians, p, (size_t)p[1], kinds, 2, (uint64_t)p[4], shifted_auc(p[2]), out);
}

static const ll_generator gaussians = {
    "gaussians",
    "two classes, N(-shift/2 u, I) and N(shift/2 u, I), |u| = 1",
    {"gaussians", gaussians_params, sizeof gaussians_params / sizeof *gaussians_params},
    make_gaussians,
};

/* ---- the table -------------------------------------------------------------------------------------------------------------- */

const ll_generator *const ll_generators[] = {
    &target_decoy,
    &gaussians,
    &ll_generator_moons,
    &ll_generator_rings,
    &ll_generator_spirals,
    &ll_generator_swiss_roll,
    &ll_generator_two_lines,
    &ll_generator_ring_gaussians,
    &ll_generator_grid_gaussians,
};
const size_t ll_generator_count = sizeof ll_generators / sizeof *ll_generators;

ll_status ll_generator_find(ll_ctx *ctx, const char *name, const ll_generator **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "generator", name, ll_generators, ll_generator_count, &place));
  *out = ll_generators[place];
  return LL_OK;
}

ll_status ll_generate(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_data **out) {
  *out = NULL;
  return generator->make(ctx, params, out);
}
