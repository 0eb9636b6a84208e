/* Metrics of scores with one column for each class. Columns with the same score come in any order, each as likely as another, and a
 * row counts by how likely it is right: of m classes that all have the largest score, each is predicted with 1/m. */
#include "engine/base/scalar.h"
#include "engine/metric/probability.h"

/* How likely the row's own class is among the k of largest score. */
static double chance(const ll_real *row, size_t classes, size_t own, double k) {
  size_t above = 0, equal = 0;
  for (size_t j = 0; j < classes; j++) above += row[j] > row[own], equal += row[j] == row[own];
  return fmin(1, fmax(0, k - (double)above) / (double)equal);
}
static size_t class_of(const ll_matrix *labels, size_t i) { return (size_t)ll_matrix_row(labels, i)[0] - 1; }
static double weight_of(const ll_matrix *weights, size_t i) { return weights ? (double)ll_matrix_row(weights, i)[0] : 1; }

static ll_status no_weight(ll_ctx *ctx, const char *who, size_t n) {
  return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, n);
}

static ll_status accuracy(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          const double *params, double *out) {
  ll_sum hits = {0}, total = {0};
  if (params[0] > (double)scores->cols)
    return ll_fail(ctx, LL_ERR_RANGE, "multiclass_accuracy: k = %g, but there are %zu classes", params[0], scores->cols);
  for (size_t i = 0; i < scores->rows; i++) {
    double w = weight_of(weights, i);
    ll_sum_add(&hits, w * chance(ll_matrix_row(scores, i), scores->cols, class_of(labels, i), params[0]));
    ll_sum_add(&total, w);
  }
  if (!(ll_sum_value(&total) > 0)) return no_weight(ctx, "multiclass_accuracy", scores->rows);
  *out = ll_sum_value(&hits) / ll_sum_value(&total);
  return LL_OK;
}

static ll_status balanced_accuracy(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                   const double *params, double *out) {
  (void)params;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 2 * scores->cols, sizeof(ll_sum)));
  ll_sum *hits = block, *totals = hits + scores->cols, sum = {0};
  for (size_t i = 0; i < scores->rows; i++) {
    size_t k = class_of(labels, i);
    double w = weight_of(weights, i);
    ll_sum_add(&hits[k], w * chance(ll_matrix_row(scores, i), scores->cols, k, 1));
    ll_sum_add(&totals[k], w);
  }
  size_t present = 0;
  for (size_t k = 0; k < scores->cols; k++)
    if (ll_sum_value(&totals[k]) > 0) present++, ll_sum_add(&sum, ll_sum_value(&hits[k]) / ll_sum_value(&totals[k]));
  ll_free(ctx, block);
  if (present == 0) return no_weight(ctx, "multiclass_balanced_accuracy", scores->rows);
  *out = ll_sum_value(&sum) / (double)present;
  return LL_OK;
}

/* -ln of the own class's probability; from logits by the largest, so that nothing overflows. */
static double surprise(const ll_real *row, size_t classes, size_t own, double from) {
  if (from == FROM_PROBABILITIES) return fmin(100, -ll_log((double)row[own]));
  double most = (double)row[0], sum = 0;
  for (size_t j = 1; j < classes; j++) most = fmax(most, (double)row[j]);
  for (size_t j = 0; j < classes; j++) sum += ll_exp((double)row[j] - most);
  return most - (double)row[own] + ll_log(sum);
}

static ll_status log_loss(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          const double *params, double *out) {
  static const char who[] = "multiclass_log_loss";
  LL_TRY(ll_metric_check_probabilities(ctx, who, scores, params[0]));
  ll_sum sum = {0}, total = {0};
  for (size_t i = 0; i < scores->rows; i++) {
    const ll_real *row = ll_matrix_row(scores, i);
    double all = 0, w = weight_of(weights, i);
    for (size_t j = 0; j < scores->cols; j++) all += (double)row[j];
    if (params[0] == FROM_PROBABILITIES && fabs(all - 1) > 1e-3)
      return ll_fail(ctx, LL_ERR_RANGE, "%s: the probabilities of row %zu add up to %g, not 1; from = \"logits\" takes any numbers",
                     who, i + 1, all);
    ll_sum_add(&sum, w * surprise(row, scores->cols, class_of(labels, i), params[0]));
    ll_sum_add(&total, w);
  }
  if (!(ll_sum_value(&total) > 0)) return no_weight(ctx, who, scores->rows);
  *out = ll_sum_value(&sum) / ll_sum_value(&total);
  return LL_OK;
}

static const ll_param accuracy_params[] = {LL_INTEGER("k", 1, 1, 1e9, "right if the class is among the k of largest score")};
static const ll_param log_loss_params[] = {
    LL_CHOICE("from", FROM_PROBABILITIES, ll_probability_choices, "what the scores are; logits go through softmax"),
};

extern const ll_metric_desc ll_metric_multiclass_accuracy, ll_metric_multiclass_balanced_accuracy, ll_metric_multiclass_log_loss;
const ll_metric_desc ll_metric_multiclass_accuracy = {
    .name = "multiclass_accuracy",
    .summary = "the share of rows whose class has the largest score, or one of the k largest",
    .formula = "mean of the chance that the label is among the k classes of largest score, classes of one score in random order: "
               "clip((k - #{scores above the label's}) / #{scores equal to it}, 0, 1)",
    .source = "Russakovsky et al. 2015, IJCV 115:211 (top-k)",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_CLASSES,
    .params = {"multiclass_accuracy", accuracy_params, 1},
    .eval = accuracy,
};
const ll_metric_desc ll_metric_multiclass_balanced_accuracy = {
    .name = "multiclass_balanced_accuracy",
    .summary = "the mean over classes of the share of their rows that is predicted right",
    .formula =
        "mean over the classes present of hits of the class / rows of the class; a row whose class has one of m equal largest "
        "scores is 1/m of a hit",
    .source = "Brodersen et al. 2010, ICPR; as scikit-learn's balanced_accuracy_score",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_CLASSES,
    .params = {.owner = "multiclass_balanced_accuracy"},
    .eval = balanced_accuracy,
};
const ll_metric_desc ll_metric_multiclass_log_loss = {
    .name = "multiclass_log_loss",
    .summary = "the mean surprise at the class: softmax's cross-entropy in nats",
    .formula = "-mean ln p of the label's class; from probabilities each logarithm is at least -100",
    .source = "Bridle 1990",
    .higher_is_better = false,
    .weighted = true,
    .needs = LL_NEEDS_CLASSES,
    .params = {"multiclass_log_loss", log_loss_params, 1},
    .eval = log_loss,
};
