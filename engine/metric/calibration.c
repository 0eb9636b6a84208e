/* Calibration: rows in bins of probability, each bin's mean probability against its share of targets. Bins of equal mass are cut
 * between distinct probabilities, so that the order of the rows does not matter; nor does it by a rounding of the weights, which
 * could put a probability into the next bin. */
#include "engine/metric/probability.h"

typedef struct bin {
  ll_sum weight, probability, targets;
} bin;

static double probability_at(const ll_matrix *scores, size_t i, double from) {
  double s = (double)ll_matrix_row(scores, i)[0];
  return from == FROM_LOGITS ? ll_metric_sigmoid(s) : s;
}

static void put(bin *b, double p, const ll_matrix *labels, const ll_matrix *weights, size_t row) {
  double w = weights ? (double)ll_matrix_row(weights, row)[0] : 1;
  ll_sum_add(&b->weight, w);
  ll_sum_add(&b->probability, w * p);
  if (ll_matrix_row(labels, row)[0] == 1) ll_sum_add(&b->targets, w);
}

/* Rows by ascending score; a score's bin is where the weight below it falls among bins of equal weight. */
static ll_status fill_by_mass(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                              size_t n_bins, double from, bin *bins) {
  size_t n = scores->rows;
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (sizeof(ll_real) + sizeof(uint32_t))));
  ll_real *values = block;
  uint32_t *order = (uint32_t *)(values + n);
  ll_sum below = {0}, all = {0};
  for (size_t i = 0; i < n; i++) values[i] = ll_matrix_row(scores, i)[0];
  for (size_t i = 0; weights && i < n; i++) ll_sum_add(&all, (double)ll_matrix_row(weights, i)[0]);
  double total = weights ? ll_sum_value(&all) : (double)n;
  ll_status status = ll_argsort(ctx, values, n, order);
  for (size_t i = 0, end; status == LL_OK && i < n; i = end) {
    size_t k = (size_t)((weights ? ll_sum_value(&below) : (double)i) * (double)n_bins / total);
    for (end = i; end < n && values[order[end]] == values[order[i]]; end++) {
      put(&bins[k < n_bins ? k : n_bins - 1], probability_at(scores, order[end], from), labels, weights, order[end]);
      if (weights) ll_sum_add(&below, (double)ll_matrix_row(weights, order[end])[0]);
    }
  }
  ll_free(ctx, block);
  return status;
}

/* [out] bins (to be freed) and the sum of the weights. */
static ll_status fill(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                      size_t n_bins, bool equal_mass, double from, bin **out, double *total) {
  void *block;
  LL_TRY(ll_metric_check_probabilities(ctx, who, scores, from));
  *total = weights ? ll_matrix_sum(weights) : (double)scores->rows;
  if (!(*total > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, scores->rows);
  LL_TRY(ll_calloc(ctx, &block, n_bins, sizeof **out));
  *out = block;
  ll_status status = LL_OK;
  if (equal_mass) status = fill_by_mass(ctx, scores, labels, weights, n_bins, from, *out);
  for (size_t i = 0; !equal_mass && i < scores->rows; i++) {
    double p = probability_at(scores, i, from);
    size_t k = (size_t)(p * (double)n_bins);
    put(&(*out)[k < n_bins ? k : n_bins - 1], p, labels, weights, i);
  }
  if (status != LL_OK) ll_free(ctx, block);
  return status;
}

enum { BINS, BINNING, NORM, KIND };

static ll_status calibration_error(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                   const double *params, double *out) {
  bin *bins;
  double total, worst = 0;
  ll_sum sum = {0};
  size_t n = (size_t)params[BINS];
  LL_TRY(fill(ctx, "calibration_error", scores, labels, weights, n, params[BINNING] == 1, params[KIND], &bins, &total));
  for (size_t k = 0; k < n; k++) {
    double gap = fabs(ll_sum_value(&bins[k].probability) - ll_sum_value(&bins[k].targets)), weight = ll_sum_value(&bins[k].weight);
    if (!(weight > 0)) continue;
    ll_sum_add(&sum, gap / total);
    worst = fmax(worst, gap / weight);
  }
  *out = params[NORM] == 1 ? worst : ll_sum_value(&sum);
  ll_free(ctx, bins);
  return LL_OK;
}

ll_status ll_metric_reliability(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                size_t bins, bool equal_mass, ll_from from, ll_matrix *out) {
  bin *filled;
  double total;
  size_t count = 0;
  *out = (ll_matrix){0};
  LL_TRY(ll_metric_check(ctx, "reliability", LL_NEEDS_ANY, scores, labels, weights));
  if (bins == 0) return ll_fail(ctx, LL_ERR_RANGE, "reliability: no bins");
  LL_TRY(fill(ctx, "reliability", scores, labels, weights, bins, equal_mass, from, &filled, &total));
  for (size_t k = 0; k < bins; k++) count += ll_sum_value(&filled[k].weight) > 0;
  ll_status status = ll_matrix_new(ctx, count, 3, out);
  for (size_t k = 0, at = 0; status == LL_OK && k < bins; k++) {
    double weight = ll_sum_value(&filled[k].weight);
    if (!(weight > 0)) continue;
    ll_real *row = ll_matrix_row(out, at++);
    row[0] = (ll_real)(ll_sum_value(&filled[k].probability) / weight);
    row[1] = (ll_real)(ll_sum_value(&filled[k].targets) / weight);
    row[2] = (ll_real)(weight / total);
  }
  ll_free(ctx, filled);
  return status;
}

static const char *const binnings[] = {"width", "mass", NULL}, *const norms[] = {"mean", "max", NULL};
static const ll_param params[] = {
    LL_INTEGER("bins", 15, 1, 1e6, "how many bins"),
    LL_CHOICE("binning", 0, binnings, "bins of equal width on [0, 1], or of equal mass: as many rows in each as ties allow"),
    LL_CHOICE("norm", 0, norms, "the mean gap over rows (ECE), or the largest bin's (MCE)"),
    FROM(FROM_PROBABILITIES),
};

extern const ll_metric_desc ll_metric_calibration_error;
const ll_metric_desc ll_metric_calibration_error = {
    .name = "calibration_error",
    .summary = "how far probabilities are from the shares of targets among the rows that have them",
    .formula = "sum over bins b of n_b / n |mean p in b - share of targets in b|, or the largest of the gaps",
    .source = "Naeini, Cooper and Hauskrecht 2015, AAAI; 15 bins as Guo et al. 2017, ICML",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_PROBABILITY,
    .params = {"calibration_error", params, sizeof params / sizeof *params},
    .eval = calibration_error,
};
