/* Posterior error probabilities: the slope of the largest convex curve below the points (targets, false ones) of all thresholds,
 * which is an isotonic regression without its passes: a point that lies above the line of its neighbours is dropped from a stack.
 */
#include "engine/base/scalar.h"
#include "engine/fdr/fdr_parts.h"

/* A block between two corners of the convex curve; steps [from, to) of the curve have their targets in it. */
typedef struct block {
  size_t from, to;
  double start, width, slope; /* targets above it and in it; the slope is at most 1 */
} block;

/* Corner c, the end of step corners[c - 1]; corner 0 is (0, 0). */
static double at(const uint32_t *corners, const double *values, size_t c) { return c ? values[corners[c - 1]] : 0; }

/* [out] the last steps of the blocks; returns how many there are. Steps without targets only lift the curve. */
static size_t find_corners(const ll_fdr_curve *curve, uint32_t *corners) {
  const double *x = curve->targets, *y = curve->wrong;
  size_t n = 0;
  for (size_t k = 0; k < curve->steps; k++) {
    if (!(x[k] > (k ? x[k - 1] : 0))) continue;
    for (; n > 0; n--) {
      double x0 = at(corners, x, n - 1), y0 = at(corners, y, n - 1), x1 = at(corners, x, n), y1 = at(corners, y, n);
      if ((y1 - y0) * (x[k] - x1) < (y[k] - y1) * (x1 - x0)) break;
    }
    corners[n++] = (uint32_t)k;
  }
  return n;
}

static block block_of(const ll_fdr_curve *curve, const uint32_t *corners, size_t b) {
  double start = at(corners, curve->targets, b), width = at(corners, curve->targets, b + 1) - start;
  double slope = (at(corners, curve->wrong, b + 1) - at(corners, curve->wrong, b)) / width;
  return (block){b ? corners[b - 1] + (size_t)1 : 0, corners[b] + (size_t)1, start, width, slope < 1 ? slope : 1};
}

/* Where two blocks meet: the slope there of a parabola through their three corners. */
static double between(const block *a, const block *b) {
  return (b->width * a->slope + a->width * b->slope) / (a->width + b->width);
}

/* The PEP along a block, from low to high with a mean: low + (high - low) u^power, u in [0, 1]. */
typedef struct rise {
  double low, high, mean, power; /* power < 0: the mean all along */
} rise;

static rise rise_of(double low, double mean, double high) {
  bool flat = !(low < mean) || !(mean < high);
  return (rise){low, high, mean, flat ? -1 : (high - mean) / (mean - low)};
}
static double value_at(const rise *r, double u) {
  return r->power < 0 ? r->mean : r->low + (r->high - r->low) * ll_pow(u, r->power);
}
/* The integral from 0 to u. */
static double sum_to(const rise *r, double u) {
  return r->power < 0 ? r->mean * u : r->low * u + (r->high - r->low) * ll_pow(u, r->power + 1) / (r->power + 1);
}

static void fill_step(const ll_fdr_curve *curve, size_t k, double pep, ll_matrix *out) {
  for (size_t i = k ? curve->ends[k - 1] : 0; i < curve->ends[k]; i++) ll_matrix_row(out, curve->order[i])[0] = (ll_real)pep;
}

/* A step's PEP is the mean over its targets, or, without any, the value at its place. Rounding may not turn the order. */
static double fill_block(const ll_fdr_curve *curve, const block *b, const rise *r, double least, ll_matrix *out) {
  double before = 0, sum = 0;
  for (size_t k = b->from; k < b->to; k++) {
    double u = (curve->targets[k] - b->start) / b->width, to = sum_to(r, u);
    double pep = u > before && r->power >= 0 ? (to - sum) / (u - before) : value_at(r, u);
    if (pep > least) least = pep < 1 ? pep : 1;
    fill_step(curve, k, least, out);
    before = u, sum = to;
  }
  return least;
}

static void fill(const ll_fdr_curve *curve, const uint32_t *corners, size_t blocks, bool stepped, ll_matrix *out) {
  double least = 0, low = 0;
  size_t done = 0;
  for (size_t b = 0; b < blocks; b++) {
    block here = block_of(curve, corners, b);
    double mean = here.slope, high = mean;
    bool last = b + 1 == blocks;
    block next = last ? here : block_of(curve, corners, b + 1);
    if (!last) high = between(&here, &next);
    else if (here.to < curve->steps) high = 1;
    else if (b > 0) high = 2 * mean - low < 1 ? 2 * mean - low : 1;
    if (b == 0) low = 2 * mean - high > mean / 2 ? 2 * mean - high : mean / 2; /* nothing above tells how far it falls */
    rise r = stepped ? (rise){mean, mean, mean, -1} : rise_of(low, mean, high);
    least = fill_block(curve, &here, &r, least, out);
    low = high, done = here.to;
  }
  for (; done < curve->steps; done++) fill_step(curve, done, 1, out);
}

ll_status ll_fdr_pep(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options, ll_matrix *out) {
  ll_fdr_options asked = ll_fdr_options_or_defaults(options);
  ll_fdr_curve curve;
  void *corners = NULL;
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "pep", scores, labels, NULL, NULL));
  LL_TRY(ll_fdr_check_options(ctx, "pep", options));
  LL_TRY(ll_fdr_curve_open(ctx, scores, labels, &asked, NULL, scores->rows, &curve));
  ll_status status = ll_alloc(ctx, &corners, curve.steps * sizeof(uint32_t));
  if (status == LL_OK) status = ll_matrix_new(ctx, scores->rows, 1, out);
  if (status == LL_OK) {
    ll_matrix_fill(out, 1);
    fill(&curve, corners, find_corners(&curve, corners), asked.stepped, out);
  }
  ll_free(ctx, corners);
  ll_fdr_curve_close(ctx, &curve);
  return status;
}
