/* How far scores are from real values: means of what each row's error costs, and r2, which compares one with the spread of the
 * values. */
#include "engine/base/scalar.h"
#include "engine/metric/ranking.h"

/* What a row costs, of its score and its value; a: the metric's parameter. */
typedef double (*cost_of)(double score, double value, double a);

static inline double weight_at(const ll_matrix *weights, size_t i) { return weights ? (double)ll_matrix_row(weights, i)[0] : 1; }

static ll_status mean_of(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *values, const ll_matrix *weights,
                         cost_of cost, double a, double *out) {
  ll_sum sum = {0}, total = {0};
  for (size_t i = 0; i < scores->rows; i++) {
    double w = weight_at(weights, i);
    ll_sum_add(&sum, w * cost((double)ll_matrix_row(scores, i)[0], (double)ll_matrix_row(values, i)[0], a));
    ll_sum_add(&total, w);
  }
  if (!(ll_sum_value(&total) > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, scores->rows);
  *out = ll_sum_value(&sum) / ll_sum_value(&total);
  return LL_OK;
}

static double square_of(double score, double value, double a) { return (void)a, (score - value) * (score - value); }
static double size_of(double score, double value, double a) { return (void)a, fabs(score - value); }
static double pinball_of(double score, double value, double a) {
  return score < value ? a * (value - score) : (1 - a) * (score - value);
}
/* 2 (y ln(y / s) - y + s), with y = 0 without the first term; near y by t = (s - y) / y, which keeps the digits of what is left. */
static double deviance_of(double score, double value, double a) {
  (void)a;
  double t = value > 0 ? (score - value) / value : -1;
  if (t > -0.5 && t < 1) return 2 * value * (t - ll_log1p(t));
  return 2 * ((value > 0 ? value * ll_log(value / score) : 0) - (value - score));
}

#define MEAN(name, cost, a)                                                                                                        \
  static ll_status name(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,                   \
                        const double *params, double *out) {                                                                       \
    (void)params;                                                                                                                  \
    return mean_of(ctx, #name, scores, labels, weights, cost, a, out);                                                             \
  }
MEAN(mse, square_of, 0)
MEAN(mae, size_of, 0)
MEAN(pinball, pinball_of, params[0])

static ll_status rmse(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                      double *out) {
  (void)params;
  LL_TRY(mean_of(ctx, "rmse", scores, labels, weights, square_of, 0, out));
  *out = sqrt(*out);
  return LL_OK;
}

static ll_status poisson_deviance(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                  const double *params, double *out) {
  (void)params;
  for (size_t i = 0; i < scores->rows; i++) {
    double s = (double)ll_matrix_row(scores, i)[0], y = (double)ll_matrix_row(labels, i)[0];
    if (!(s > 0))
      return ll_fail(ctx, LL_ERR_RANGE, "poisson_deviance: the score of row %zu is %g, no rate: a number > 0 expected", i + 1, s);
    if (!(y >= 0))
      return ll_fail(ctx, LL_ERR_RANGE, "poisson_deviance: the value of row %zu is %g, no count: a number >= 0 expected", i + 1, y);
  }
  return mean_of(ctx, "poisson_deviance", scores, labels, weights, deviance_of, 0, out);
}

/* The mean of the values is taken first, so that values far from 0 keep the digits of their spread. */
static ll_status r2(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                    double *out) {
  (void)params;
  double error;
  ll_sum spread = {0}, total = {0}, sum = {0};
  LL_TRY(mean_of(ctx, "r2", scores, labels, weights, square_of, 0, &error));
  double base = (double)ll_matrix_row(labels, 0)[0];
  for (size_t i = 0; i < scores->rows; i++) {
    ll_sum_add(&sum, weight_at(weights, i) * ((double)ll_matrix_row(labels, i)[0] - base));
    ll_sum_add(&total, weight_at(weights, i));
  }
  double mean = ll_sum_value(&sum) / ll_sum_value(&total);
  for (size_t i = 0; i < scores->rows; i++) {
    double d = (double)ll_matrix_row(labels, i)[0] - base - mean;
    ll_sum_add(&spread, weight_at(weights, i) * d * d);
  }
  if (!(ll_sum_value(&spread) > 0))
    return ll_fail(ctx, LL_ERR_LABEL, "r2: all %zu values are the same (%g): there is no spread to explain", scores->rows, base);
  *out = 1 - error / (ll_sum_value(&spread) / ll_sum_value(&total));
  return LL_OK;
}

/* The middle one of the sizes; of an even number of rows the mean of the two. */
static ll_status median_absolute_error(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                       const double *params, double *out) {
  (void)params, (void)weights;
  size_t n = scores->rows;
  ll_status status;
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (sizeof(ll_real) + sizeof(uint32_t))));
  ll_real *sizes = block;
  uint32_t *order = (uint32_t *)(sizes + n);
  for (size_t i = 0; i < n; i++)
    sizes[i] = (ll_real)size_of((double)ll_matrix_row(scores, i)[0], (double)ll_matrix_row(labels, i)[0], 0);
  LL_GOTO(end, ll_argsort(ctx, sizes, n, order));
  *out = 0;
  for (size_t k = 0; k < 2; k++) {
    uint32_t i = order[(n - 1 + k) / 2];
    *out += 0.5 * size_of((double)ll_matrix_row(scores, i)[0], (double)ll_matrix_row(labels, i)[0], 0);
  }
end:
  ll_free(ctx, block);
  return status;
}

static const ll_param pinball_params[] = {
    LL_FRACTION("tau", 0.5, "which quantile the scores say, as of the loss quantile"),
};

extern const ll_metric_desc ll_metric_mse, ll_metric_rmse, ll_metric_mae, ll_metric_median_absolute_error, ll_metric_r2,
    ll_metric_pinball, ll_metric_poisson_deviance;
const ll_metric_desc ll_metric_mse = {
    .name = "mse",
    .summary = "the mean squared error",
    .formula = "mean (s - y)^2",
    .source = "Gauss 1809",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "mse"},
    .eval = mse,
};
const ll_metric_desc ll_metric_rmse = {
    .name = "rmse",
    .summary = "the root of the mean squared error, in the units of the values",
    .formula = "sqrt(mean (s - y)^2)",
    .source = "Gauss 1809",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "rmse"},
    .eval = rmse,
};
const ll_metric_desc ll_metric_mae = {
    .name = "mae",
    .summary = "the mean absolute error",
    .formula = "mean |s - y|",
    .source = "Laplace 1774",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "mae"},
    .eval = mae,
};
const ll_metric_desc ll_metric_median_absolute_error = {
    .name = "median_absolute_error",
    .summary = "the median of the absolute errors, which outliers do not move",
    .formula = "median |s - y|; of an even number the mean of the two in the middle; no weights",
    .source = "Hampel 1974, J. Am. Stat. Assoc. 69:383",
    .higher_is_better = false,
    .weighted = false,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "median_absolute_error"},
    .eval = median_absolute_error,
};
const ll_metric_desc ll_metric_r2 = {
    .name = "r2",
    .summary = "the share of the spread of the values that the scores explain; 0 is as good as their mean",
    .formula = "1 - mean (s - y)^2 / mean (y - mean y)^2",
    .source = "Wright 1921, J. Agric. Res. 20:557; of a part by its own mean, as scikit-learn",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "r2"},
    .eval = r2,
};
const ll_metric_desc ll_metric_pinball = {
    .name = "pinball",
    .summary = "the mean pinball loss: how good a quantile the scores are",
    .formula = "mean of tau (y - s) for s < y, else (1 - tau)(s - y)",
    .source = "Koenker and Bassett 1978",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {"pinball", pinball_params, 1},
    .eval = pinball,
};
const ll_metric_desc ll_metric_poisson_deviance = {
    .name = "poisson_deviance",
    .summary = "the mean deviance of counts, given rates",
    .formula =
        "mean 2 (y ln(y / s) - y + s), s > 0, y >= 0; a network trained by the loss poisson says ln s, of which studies take e^",
    .source = "McCullagh and Nelder 1989, chapter 6",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "poisson_deviance"},
    .eval = poisson_deviance,
};
