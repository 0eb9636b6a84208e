/* Entrapment: among accepted targets those that are known to be wrong, counted on the way down the curve. */
#include <math.h>

#include "engine/fdr/fdr_parts.h"
#include "engine/matrix/inputs.h"
#include "losslab/distributions.h"

typedef struct counted {
  size_t sample, entrapment;
} counted;

static bool is_entrapment(const ll_matrix *kind, size_t row) { return ll_matrix_row(kind, row)[0] == 1; }

/* The targets of a step. */
static counted step_of(const ll_fdr_curve *curve, const ll_matrix *labels, const ll_matrix *kind, size_t k) {
  counted here = {0, 0};
  for (size_t i = k ? curve->ends[k - 1] : 0; i < curve->ends[k]; i++) {
    size_t row = curve->order[i];
    if (!ll_fdr_is_target(labels, row)) continue;
    if (is_entrapment(kind, row)) here.entrapment++;
    else here.sample++;
  }
  return here;
}

/* Targets at or below the median of decoys: from the bottom up until half of the decoys are below. */
static ll_status estimate_ratio(ll_ctx *ctx, const ll_fdr_curve *curve, const ll_matrix *labels, const ll_matrix *kind,
                                double *ratio) {
  size_t decoys = curve->n - (curve->steps ? (size_t)curve->targets[curve->steps - 1] : 0), below = 0;
  counted low = {0, 0};
  for (size_t k = curve->steps; k-- > 0 && 2 * below < decoys;) {
    counted here = step_of(curve, labels, kind, k);
    low.sample += here.sample, low.entrapment += here.entrapment;
    below += curve->ends[k] - (k ? curve->ends[k - 1] : 0) - here.sample - here.entrapment;
  }
  if (!low.sample || !low.entrapment)
    return ll_fail(ctx, LL_ERR_LABEL,
                   "entrapment: the ratio cannot be estimated: of %zu decoys, the targets at or below their median are %zu of the "
                   "sample and %zu of entrapment; give ratio, the size of the entrapment part to that of the sample's",
                   decoys, low.sample, low.entrapment);
  *ratio = (double)low.entrapment / (double)low.sample;
  return LL_OK;
}

/* The p at which P(X >= k) (tail true) or P(X <= k) of n trials is alpha, by halving to the last digit. */
static double binomial_bound(double k, double n, double alpha, bool tail) {
  double low = 0, high = 1;
  if ((tail && k == 0) || (!tail && k == n)) return tail ? 0 : 1;
  for (int i = 0; i < 60; i++) {
    double p = (low + high) / 2, chance = tail ? ll_beta_inc(p, 1 - p, k, n - k + 1) : ll_binomial_cdf(k, n, p);
    if ((chance < alpha) == tail) low = p;
    else high = p;
  }
  return (low + high) / 2;
}

static double at_most_one(double x) { return x < 1 ? x : 1; }

static void fill(ll_fdr_entrapment_point *point, counted n, double ratio, double confidence) {
  double wrong = (double)n.entrapment, all = wrong + (double)n.sample, alpha = (1 - confidence) / 2, times = 1 + 1 / ratio;
  point->sample = n.sample, point->entrapment = n.entrapment;
  point->lower_bound = all > 0 ? wrong / all : 0;
  point->bound_low = all > 0 ? binomial_bound(wrong, all, alpha, true) : 0;
  point->bound_high = all > 0 ? binomial_bound(wrong, all, alpha, false) : 1;
  point->combined = at_most_one(times * point->lower_bound);
  point->low = at_most_one(times * point->bound_low), point->high = at_most_one(times * point->bound_high);
}

/* Behind the last step whose q-value is at most the level, from step k on. */
static size_t last_step(const ll_fdr_curve *curve, double level, size_t k) {
  while (k < curve->steps && curve->q[k] <= level) k++;
  return k;
}

/* [out] the q-values at which targets are, ascending: where levels are not given. */
static size_t all_levels(const ll_fdr_curve *curve, double *levels) {
  size_t n = 0;
  for (size_t k = 0; k < curve->steps; k++) {
    bool any = curve->targets[k] > (k ? curve->targets[k - 1] : 0);
    if (any && (n == 0 || curve->q[k] > levels[n - 1])) levels[n++] = curve->q[k];
  }
  return n;
}

static size_t thin_out(double *levels, size_t n, size_t points) {
  if (points == 0 || n <= points) return n;
  if (points == 1) levels[0] = levels[n - 1];
  for (size_t i = 0; i < points && points > 1; i++)
    levels[i] = levels[(size_t)floor((double)i * (double)(n - 1) / (double)(points - 1) + 0.5)];
  return points;
}

static void count_points(const ll_fdr_curve *curve, const ll_matrix *labels, const ll_matrix *kind, const double *levels, size_t n,
                         double ratio, double confidence, ll_fdr_entrapment_point *points) {
  counted sum = {0, 0};
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t end = last_step(curve, levels[i], k); k < end; k++) {
      counted here = step_of(curve, labels, kind, k);
      sum.sample += here.sample, sum.entrapment += here.entrapment;
    }
    points[i].q = levels[i];
    fill(&points[i], sum, ratio, confidence);
  }
}

static void sort(double *levels, size_t n) {
  for (size_t i = 1; i < n; i++) {
    double level = levels[i];
    size_t j = i;
    for (; j > 0 && levels[j - 1] > level; j--) levels[j] = levels[j - 1];
    levels[j] = level;
  }
}

static ll_status check(ll_ctx *ctx, const ll_fdr_entrapment_options *asked) {
  if (!(asked->ratio >= 0 && asked->ratio < INFINITY))
    return ll_fail(ctx, LL_ERR_RANGE, "entrapment: ratio is %g, a number > 0 expected", asked->ratio);
  if (!(asked->confidence > 0 && asked->confidence < 1))
    return ll_fail(ctx, LL_ERR_RANGE, "entrapment: confidence is %g, between 0 and 1 expected", asked->confidence);
  enum { MOST = 1000 };
  if (asked->levels && asked->n_levels > MOST)
    return ll_fail(ctx, LL_ERR_RANGE, "entrapment: %zu levels, at most %d", asked->n_levels, MOST);
  for (size_t i = 0; asked->levels && i < asked->n_levels; i++)
    if (!(asked->levels[i] >= 0 && asked->levels[i] <= 1))
      return ll_fail(ctx, LL_ERR_RANGE, "entrapment: level %zu is %g, a rate from 0 to 1 expected", i + 1, asked->levels[i]);
  return LL_OK;
}

ll_status ll_fdr_entrapment(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *kind,
                            const ll_fdr_options *options, const ll_fdr_entrapment_options *asked, double *ratio,
                            ll_fdr_entrapment_point **points, size_t *count) {
  static const ll_input desc[] = {{"scores", "n,1", LL_INPUT_MATRIX}, {"kind", "n,1", LL_INPUT_BINARY}};
  ll_fdr_options method = ll_fdr_options_or_defaults(options);
  ll_fdr_curve curve = {0};
  void *levels = NULL, *room = NULL;
  ll_status status;
  *points = NULL, *count = 0, *ratio = asked->ratio;
  LL_TRY(ll_fdr_check(ctx, "entrapment", scores, labels, NULL, NULL));
  LL_TRY(ll_inputs_check(ctx, "entrapment", desc, 2, 0, (const ll_matrix[]){*scores, *kind}));
  LL_TRY(ll_fdr_check_options(ctx, "entrapment", options));
  LL_TRY(check(ctx, asked));
  LL_GOTO(cleanup, ll_fdr_curve_open(ctx, scores, labels, &method, NULL, scores->rows, &curve));
  if (!(*ratio > 0)) LL_GOTO(cleanup, estimate_ratio(ctx, &curve, labels, kind, ratio));
  size_t n = asked->levels ? asked->n_levels : curve.steps;
  LL_GOTO(cleanup, ll_alloc(ctx, &levels, n * sizeof(double)));
  for (size_t i = 0; asked->levels && i < n; i++) ((double *)levels)[i] = asked->levels[i];
  if (asked->levels) sort(levels, n);
  else n = thin_out(levels, all_levels(&curve, levels), asked->points);
  LL_GOTO(cleanup, ll_alloc(ctx, &room, n * sizeof(ll_fdr_entrapment_point)));
  count_points(&curve, labels, kind, levels, n, *ratio, asked->confidence, room);
  *points = room, *count = n;
cleanup:
  ll_fdr_curve_close(ctx, &curve);
  ll_free(ctx, levels);
  return status;
}
