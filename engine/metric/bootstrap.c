/* The bootstrap of any metric: rows are drawn with replacement from strata (classes, or one of all rows) and gathered into the
 * same memory for every resample; the inputs are checked once, so that the metric's own function can be called. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ctx.h"
#include "engine/metric/ranking.h"
#include "losslab/distributions.h"

enum { LEAST_RESAMPLES = 20, JACKKNIFE_GROUPS = 200 };

static const ll_bootstrap nothing = {NAN, NAN, NAN, NAN, NAN, 0};

typedef struct sampler {
  const ll_metric_desc *metric;
  const ll_matrix *scores, *other, *labels, *weights; /* other: NULL, or scores whose metric is subtracted */
  const double *params;
  uint32_t *strata, *drawn; /* the rows by stratum; those of this resample */
  size_t *starts, n_strata, n;
  ll_matrix some_scores, some_other, some_labels, some_weights; /* the resample, n rows */
} sampler;

static void gather(const ll_matrix *from, const uint32_t *rows, size_t n, ll_matrix *to) {
  to->rows = n;
  for (size_t i = 0; i < n; i++) memcpy(ll_matrix_row(to, i), ll_matrix_row(from, rows[i]), from->cols * sizeof(ll_real));
}

/* The metric of the first n rows drawn. */
static ll_status eval(ll_ctx *ctx, sampler *s, size_t n, double *out) {
  gather(s->scores, s->drawn, n, &s->some_scores);
  gather(s->labels, s->drawn, n, &s->some_labels);
  if (s->weights) gather(s->weights, s->drawn, n, &s->some_weights);
  const ll_matrix *weights = s->weights ? &s->some_weights : NULL;
  double other = 0;
  if (s->other) {
    gather(s->other, s->drawn, n, &s->some_other);
    LL_TRY(ll_metric_run(ctx, s->metric, &s->some_other, &s->some_labels, weights, s->params, NULL, &other));
  }
  LL_TRY(ll_metric_run(ctx, s->metric, &s->some_scores, &s->some_labels, weights, s->params, NULL, out));
  *out -= other;
  return LL_OK;
}

static void draw(sampler *s, ll_random *r) {
  for (size_t k = 0; k < s->n_strata; k++)
    for (size_t i = s->starts[k], count = s->starts[k + 1] - i; i < s->starts[k + 1]; i++)
      s->drawn[i] = s->strata[s->starts[k] + ll_random_below(r, count)];
}

/* Rows in order of their label, one stratum a label, or one of all. */
static ll_status stratify(ll_ctx *ctx, sampler *s, bool by_label) {
  void *block;
  size_t n = s->n;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(ll_real)));
  ll_real *values = block;
  for (size_t i = 0; i < n; i++) values[i] = by_label ? ll_matrix_row(s->labels, i)[0] : 0;
  ll_status status = ll_argsort(ctx, values, n, s->strata);
  s->n_strata = 0;
  for (size_t i = 0; status == LL_OK && i < n; i++)
    if (i == 0 || values[s->strata[i]] != values[s->strata[i - 1]]) s->starts[s->n_strata++] = i;
  s->starts[s->n_strata] = n;
  ll_free(ctx, block);
  return status;
}

static ll_status open_sampler(ll_ctx *ctx, sampler *s, bool by_label) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, (s->n + 1) * sizeof(size_t) + 2 * s->n * sizeof(uint32_t)));
  s->starts = block, s->strata = (uint32_t *)(s->starts + s->n + 1), s->drawn = s->strata + s->n;
  LL_TRY(ll_matrix_new(ctx, s->n, s->scores->cols, &s->some_scores));
  LL_TRY(ll_matrix_new(ctx, s->n, s->labels->cols, &s->some_labels));
  if (s->other) LL_TRY(ll_matrix_new(ctx, s->n, s->other->cols, &s->some_other));
  if (s->weights) LL_TRY(ll_matrix_new(ctx, s->n, 1, &s->some_weights));
  return stratify(ctx, s, by_label);
}

static void close_sampler(ll_ctx *ctx, sampler *s) {
  ll_free(ctx, s->starts);
  ll_matrix_release(ctx, &s->some_scores), ll_matrix_release(ctx, &s->some_other);
  ll_matrix_release(ctx, &s->some_labels), ll_matrix_release(ctx, &s->some_weights);
}

/* Acceleration a = sum d³ / (6 (sum d²)^1.5), d = mean - value without a group (Efron 1987, eq. 7.3 by groups). Groups take rows
 * stratum by stratum in turn, so that every class remains when one is taken out. A group without which there is no metric does not
 * count. */
static ll_status acceleration(ll_ctx *ctx, sampler *s, double *out) {
  size_t groups = s->n < JACKKNIFE_GROUPS ? s->n : JACKKNIFE_GROUPS, used = 0;
  double values[JACKKNIFE_GROUPS], mean = 0, squares = 0, cubes = 0;
  for (size_t g = 0; g < groups; g++) {
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
      if (i % groups != g) s->drawn[kept++] = s->strata[i];
    ll_status status = kept ? eval(ctx, s, kept, &values[used]) : LL_ERR_LABEL;
    if (status == LL_ERR_MEMORY) return status;
    if (status == LL_OK && isfinite(values[used])) mean += values[used++];
  }
  for (size_t g = 0; g < used; g++) {
    double d = mean / (double)used - values[g];
    squares += d * d, cubes += d * d * d;
  }
  *out = squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
  return LL_OK;
}

/* -0 before 0, so that no order is left to the sort. */
static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y ? 1 : (signbit(y) != 0) - (signbit(x) != 0);
}

static double quantile(const double *sorted, size_t n, double p) {
  double place = p * (double)(n - 1);
  size_t below = (size_t)place;
  if (below + 1 >= n) return sorted[n - 1];
  return sorted[below] == sorted[below + 1] ? sorted[below]
                                            : sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void interval(const double *sorted, size_t n, double a, const ll_bootstrap_options *options, ll_bootstrap *out) {
  double tail = (1 - options->level) / 2, low = tail, high = 1 - tail;
  if (options->bca) {
    double below = 0;
    for (size_t i = 0; i < n; i++) below += sorted[i] < out->value ? 1 : sorted[i] == out->value ? 0.5 : 0;
    /* Where all resamples lie on one side of the value, n of them only tell that the share is below about 1 / n. */
    double z0 = ll_normal_quantile(fmin(fmax(below / (double)n, 0.5 / (double)n), 1 - 0.5 / (double)n));
    double reach = -ll_normal_quantile(tail), from = z0 - reach, to = z0 + reach;
    low = ll_normal_cdf(z0 + from / (1 - a * from)), high = ll_normal_cdf(z0 + to / (1 - a * to));
  }
  out->low = quantile(sorted, n, low), out->high = quantile(sorted, n, high);
}

/* The p of "there is no difference": twice the share of resamples on the rarer side of 0; never 0, which n of them cannot tell. */
static double two_sided(const double *values, size_t n) {
  size_t below = 0, above = 0;
  for (size_t k = 0; k < n; k++) below += values[k] <= 0, above += values[k] >= 0;
  return fmin(1, 2 * ((double)(below < above ? below : above) + 1) / ((double)n + 1));
}

static ll_status resample(ll_ctx *ctx, sampler *s, const ll_bootstrap_options *options, double *values, ll_bootstrap *out) {
  ll_random r = ll_random_stream(options->seed, 0, "bootstrap");
  size_t n = 0, drawn = options->resamples;
  double mean = 0, squares = 0, a = 0;
  ll_status refused = LL_ERR_NUMBER;
  char why[512] = "it is not finite";
  for (size_t k = 0; k < drawn; k++) {
    LL_TRY(ll_ctx_go_on(ctx));
    draw(s, &r);
    ll_status status = eval(ctx, s, s->n, &values[n]);
    if (status == LL_ERR_MEMORY) return status;
    if (status == LL_OK && isfinite(values[n])) mean += values[n++];
    else if (status != LL_OK) refused = status, snprintf(why, sizeof why, "%s", ll_message(ctx));
  }
  out->skipped = drawn - n;
  if (n < LEAST_RESAMPLES || n < drawn / 2)
    return ll_fail(ctx, refused, "bootstrap: %zu of %zu resamples have no %s: %s%s", out->skipped, drawn, s->metric->name, why,
                   options->stratify ? "" : " (stratify keeps as many rows of each class)");
  mean /= (double)n;
  for (size_t k = 0; k < n; k++) squares += (values[k] - mean) * (values[k] - mean);
  out->deviation = sqrt(squares / (double)(n - 1)), out->bias = mean - out->value;
  if (options->bca) LL_TRY(acceleration(ctx, s, &a));
  qsort(values, n, sizeof *values, ascending);
  interval(values, n, a, options, out);
  return LL_OK;
}

/* Of one metric or, with other scores, of the difference of two. [out] both: the two metrics. */
static ll_status bootstrap(ll_ctx *ctx, sampler *s, const ll_bootstrap_options *options, double both[2], double *p,
                           ll_bootstrap *out) {
  ll_status status = LL_OK;
  double defaults[LL_MAX_PARAMS];
  void *values = NULL;
  const ll_metric_desc *metric = s->metric;
  *out = nothing;
  if (metric->needs == LL_NEEDS_EMBEDDINGS)
    return ll_fail(ctx, LL_ERR_UNSUPPORTED, "bootstrap of %s: a row drawn twice would find itself as its neighbour", metric->name);
  if (options->resamples < LEAST_RESAMPLES || options->resamples > 100000000)
    return ll_fail(ctx, LL_ERR_RANGE, "bootstrap: %zu resamples; from %d to 10^8", options->resamples, LEAST_RESAMPLES);
  if (!(options->level > 0 && options->level < 1))
    return ll_fail(ctx, LL_ERR_RANGE, "bootstrap: level must be in (0, 1), not %g", options->level);
  if (!s->params) {
    ll_params_default(&metric->params, defaults);
    s->params = defaults;
  }
  both[1] = 0;
  LL_TRY(ll_metric_eval(ctx, metric, s->scores, s->labels, s->weights, s->params, &both[0]));
  if (s->other) LL_TRY(ll_metric_eval(ctx, metric, s->other, s->labels, s->weights, s->params, &both[1]));
  out->value = both[0] - both[1];
  if (metric->needs == LL_NEEDS_LISTS && s->scores->cols == 1)
    s->weights = NULL; /* the weight is of the one list, not of its entries */
  LL_GOTO(cleanup, open_sampler(ctx, s, options->stratify && s->labels->cols == 1));
  LL_GOTO(cleanup, ll_alloc(ctx, &values, options->resamples * sizeof(double)));
  LL_GOTO(cleanup, resample(ctx, s, options, values, out));
  if (p) *p = two_sided(values, options->resamples - out->skipped);
cleanup:
  ll_free(ctx, values);
  close_sampler(ctx, s);
  if (status != LL_OK) *out = nothing;
  return status;
}

ll_status ll_metric_bootstrap(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                              const ll_matrix *weights, const double *params, const ll_bootstrap_options *options,
                              ll_bootstrap *out) {
  sampler s = {.metric = metric, .scores = scores, .labels = labels, .weights = weights, .params = params, .n = scores->rows};
  double both[2];
  return bootstrap(ctx, &s, options, both, NULL, out);
}

ll_status ll_metric_bootstrap_compare(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *a, const ll_matrix *b,
                                      const ll_matrix *labels, const ll_matrix *weights, const double *params,
                                      const ll_bootstrap_options *options, ll_bootstrap_difference *out) {
  sampler s = {.metric = metric, .scores = a, .other = b, .labels = labels, .weights = weights, .params = params, .n = a->rows};
  *out = (ll_bootstrap_difference){.value = {NAN, NAN}, .p = NAN, .difference = nothing};
  if (a->rows != b->rows || a->cols != b->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "bootstrap_compare: scores %zux%zu and %zux%zu; they must be of the same rows", a->rows,
                   a->cols, b->rows, b->cols);
  return bootstrap(ctx, &s, options, out->value, &out->p, &out->difference);
}
