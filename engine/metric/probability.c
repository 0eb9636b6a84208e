/* Metrics of probabilities, given as such or as logits: from logits nothing saturates, so log_loss is exact where a
 * probability in float would already be 0 or 1. */
#include "engine/metric/probability.h"
#include "engine/base/scalar.h"

const char *const ll_probability_choices[] = {"probabilities", "logits", NULL};

ll_status ll_metric_check_probabilities(ll_ctx *ctx, const char *who, const ll_matrix *scores, double from) {
  for (size_t i = 0; from == FROM_PROBABILITIES && i < scores->rows; i++)
    for (size_t j = 0; j < scores->cols; j++) {
      ll_real p = ll_matrix_row(scores, i)[j];
      if (!(p >= 0 && p <= 1))
        return ll_fail(ctx, LL_ERR_RANGE,
                       "%s: the score of row %zu is %g, no probability in [0, 1]; from = \"logits\" takes any number", who, i + 1,
                       ll_shown(p));
    }
  return LL_OK;
}

/* The weighted mean over rows of term(score, is it a target, threshold). */
typedef double (*term_of)(double score, bool target, double threshold);

static ll_status mean_of(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                         term_of term, double threshold, double *out) {
  ll_sum sum = {0}, total = {0};
  for (size_t i = 0; i < scores->rows; i++) {
    double w = weights ? (double)ll_matrix_row(weights, i)[0] : 1;
    ll_sum_add(&sum, w * term((double)ll_matrix_row(scores, i)[0], ll_matrix_row(labels, i)[0] == 1, threshold));
    ll_sum_add(&total, w);
  }
  if (!(ll_sum_value(&total) > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, scores->rows);
  *out = ll_sum_value(&sum) / ll_sum_value(&total);
  return LL_OK;
}

static double hit(double score, bool target, double threshold) { return (score > threshold) == target; }

static ll_status accuracy(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          const double *params, double *out) {
  LL_TRY(ll_metric_check_probabilities(ctx, "accuracy", scores, params[1]));
  double p = params[0], threshold = params[1] == FROM_LOGITS ? ll_log(p) - ll_log1p(-p) : p;
  return mean_of(ctx, "accuracy", scores, labels, weights, hit, threshold, out);
}

static double log_term(double p, bool target, double threshold) {
  (void)threshold;
  double l = target ? ll_log(p) : ll_log1p(-p);
  return l < -100 ? 100 : -l;
}
static double log_term_logit(double f, bool target, double threshold) {
  (void)threshold;
  double z = target ? -f : f;
  return (z > 0 ? z : 0) + ll_log1p(ll_exp(-fabs(z)));
}

static ll_status log_loss(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          const double *params, double *out) {
  LL_TRY(ll_metric_check_probabilities(ctx, "log_loss", scores, params[0]));
  return mean_of(ctx, "log_loss", scores, labels, weights, params[0] == FROM_LOGITS ? log_term_logit : log_term, 0, out);
}

static double brier_term(double p, bool target, double threshold) {
  (void)threshold;
  return (p - target) * (p - target);
}
static double brier_term_logit(double f, bool target, double threshold) {
  return brier_term(ll_metric_sigmoid(f), target, threshold);
}

static ll_status brier(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                       const double *params, double *out) {
  LL_TRY(ll_metric_check_probabilities(ctx, "brier", scores, params[0]));
  return mean_of(ctx, "brier", scores, labels, weights, params[0] == FROM_LOGITS ? brier_term_logit : brier_term, 0, out);
}

static const ll_param accuracy_params[] = {
    LL_NUMBER("threshold", 0.5, 0, 1, "predicted positive: probability > threshold"),
    FROM(FROM_PROBABILITIES),
};
static const ll_param from_params[] = {FROM(FROM_PROBABILITIES)};

extern const ll_metric_desc ll_metric_accuracy, ll_metric_log_loss, ll_metric_brier;
const ll_metric_desc ll_metric_accuracy = {
    .name = "accuracy",
    .summary = "the share of rows on the right side of a threshold",
    .formula = "mean 1[(p > threshold) = (y = 1)]",
    .source = "Bartlett, Jordan and McAuliffe 2006; a probability at the threshold counts as negative, as scikit-learn predicts",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_PROBABILITY,
    .params = {"accuracy", accuracy_params, sizeof accuracy_params / sizeof *accuracy_params},
    .eval = accuracy,
};
const ll_metric_desc ll_metric_log_loss = {
    .name = "log_loss",
    .summary = "the mean surprise at the labels: cross-entropy in nats",
    .formula =
        "-mean(y ln p + (1 - y) ln(1 - p)); from probabilities each logarithm is at least -100, as in the loss cross_entropy",
    .source = "Good 1952, J. R. Statist. Soc. B 14:107",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_PROBABILITY,
    .params = {"log_loss", from_params, 1},
    .eval = log_loss,
};
const ll_metric_desc ll_metric_brier = {
    .name = "brier",
    .summary = "the mean squared error of the probabilities",
    .formula = "mean (p - y)^2, y in {0, 1}",
    .source = "Brier 1950, Monthly Weather Review 78:1",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_PROBABILITY,
    .params = {"brier", from_params, 1},
    .eval = brier,
};
