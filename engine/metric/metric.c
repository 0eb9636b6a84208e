/* The table of metrics, and the checks that all of them share: once here, so that no metric sees a bad row. */
#include "losslab/metric.h"

#include <math.h>
#include <stdio.h>

#include "engine/metric/ranking.h"

#define METRIC(name) extern const ll_metric_desc ll_metric_##name;
#include "engine/metric/metrics.def"
#undef METRIC

#define METRIC(name) &ll_metric_##name,
const ll_metric_desc *const ll_metrics[] = {
#include "engine/metric/metrics.def"
};
#undef METRIC

const size_t ll_metric_count = sizeof ll_metrics / sizeof *ll_metrics;

const char *ll_metric_needs_name(ll_metric_needs needs) {
  static const char *const names[] = {"any", "probability", "classes", "lists", "embeddings"};
  return names[needs];
}

ll_status ll_metric_find(ll_ctx *ctx, const char *name, const ll_metric_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "metric", name, ll_metrics, ll_metric_count, &place));
  *out = ll_metrics[place];
  return LL_OK;
}

static ll_status check_shape(ll_ctx *ctx, const char *who, const char *what, const ll_matrix *m, const ll_matrix *scores) {
  if (m->cols == 1 && m->rows == scores->rows) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores are %zux%zu and %s %zux%zu; both must be n x 1", who, scores->rows, scores->cols,
                 what, m->rows, m->cols);
}

static ll_status check_numbers(ll_ctx *ctx, const char *who, const char *what, const ll_matrix *m) {
  size_t row, col;
  if (!ll_matrix_find_bad(m, &row, &col)) return LL_OK;
  char column[40] = "";
  if (m->cols > 1) snprintf(column, sizeof column, ", column %zu,", col + 1);
  return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu%s of the %s is %g; finite numbers are needed", who, row + 1, column, what,
                 ll_metric_shown(ll_matrix_row(m, row)[col]));
}

static ll_status check_labels(ll_ctx *ctx, const char *who, const ll_matrix *labels) {
  size_t zeros = 0, minuses = 0, ones = 0, n = labels->rows;
  if (labels->stride == 1) { /* the usual case, for the vectoriser */
    const ll_real *y = labels->data;
    for (size_t i = 0; i < n; i++) ones += y[i] == 1, zeros += y[i] == 0, minuses += y[i] == -1;
  } else {
    for (size_t i = 0; i < n; i++) {
      ll_real y = ll_matrix_row(labels, i)[0];
      ones += y == 1, zeros += y == 0, minuses += y == -1;
    }
  }
  if (ones + zeros + minuses == n && (zeros == 0 || minuses == 0)) return LL_OK;
  size_t first = n; /* the first negative label decides which of the two is meant */
  for (size_t i = 0; i < n; i++) {
    ll_real y = ll_matrix_row(labels, i)[0];
    if (y != 1 && y != 0 && y != -1)
      return ll_fail(ctx, LL_ERR_LABEL, "%s: the label of row %zu is %g; labels are 0 and 1, or -1 and +1", who, i + 1,
                     ll_metric_shown(y));
    if (y != 1 && first == n) first = i;
    if (y != 1 && y != ll_matrix_row(labels, first)[0])
      return ll_fail(ctx, LL_ERR_LABEL, "%s: the labels of rows %zu and %zu are %g and %g; labels are 0 and 1, or -1 and +1", who,
                     first + 1, i + 1, (double)ll_matrix_row(labels, first)[0], (double)y);
  }
  return LL_OK;
}

static ll_status check_weights(ll_ctx *ctx, const char *who, const ll_matrix *weights) {
  if (!weights) return LL_OK;
  LL_TRY(check_numbers(ctx, who, "weights", weights));
  for (size_t i = 0; i < weights->rows; i++) {
    ll_real w = ll_matrix_row(weights, i)[0];
    if (w < 0) return ll_fail(ctx, LL_ERR_RANGE, "%s: the weight of row %zu is %g; weights are >= 0", who, i + 1, (double)w);
  }
  return LL_OK;
}

ll_status ll_metric_check(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels,
                          const ll_matrix *weights) {
  LL_TRY(check_shape(ctx, who, "labels", labels, scores));
  LL_TRY(check_shape(ctx, who, "labels", scores, scores));
  if (weights) LL_TRY(check_shape(ctx, who, "weights", weights, scores));
  if (scores->rows == 0) return ll_fail(ctx, LL_ERR_SHAPE, "%s: there are no rows (scores 0x1, labels 0x1)", who);
  if (scores->rows > UINT32_MAX - 1) return ll_fail(ctx, LL_ERR_RANGE, "%s: %zu rows, at most 2^32 - 2", who, scores->rows);
  LL_TRY(check_numbers(ctx, who, "scores", scores));
  LL_TRY(check_labels(ctx, who, labels));
  return check_weights(ctx, who, weights);
}

static ll_status check_count(ll_ctx *ctx, const char *who, const ll_matrix *scores) {
  if (scores->rows == 0 || scores->cols == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores %zux%zu hold nothing", who, scores->rows, scores->cols);
  if (ll_matrix_count(scores) > UINT32_MAX - 1)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: scores %zux%zu, at most 2^32 - 2", who, scores->rows, scores->cols);
  return check_numbers(ctx, who, "scores", scores);
}

ll_status ll_metric_check_rows(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels) {
  if (labels->cols != 1 || labels->rows != scores->rows)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores are %zux%zu and labels %zux%zu; labels must be %zux1", who, scores->rows,
                   scores->cols, labels->rows, labels->cols, scores->rows);
  LL_TRY(check_count(ctx, who, scores));
  return check_numbers(ctx, who, "labels", labels);
}

static ll_status check_classes(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels,
                               const ll_matrix *weights) {
  LL_TRY(ll_metric_check_rows(ctx, who, scores, labels));
  if (scores->cols < 2)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores %zux1; a column a class is needed, at least 2", who, scores->rows);
  for (size_t i = 0; i < labels->rows; i++) {
    double y = (double)ll_matrix_row(labels, i)[0];
    if (!(y >= 1 && y <= (double)scores->cols && y == floor(y)))
      return ll_fail(ctx, LL_ERR_LABEL, "%s: the label of row %zu is %g; classes are 1, …, %zu", who, i + 1, y, scores->cols);
  }
  if (weights) LL_TRY(check_shape(ctx, who, "weights", weights, labels));
  return check_weights(ctx, who, weights);
}

static ll_status check_lists(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels,
                             const ll_matrix *weights) {
  if (labels->rows != scores->rows || labels->cols != scores->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores are %zux%zu and relevances %zux%zu; they must be alike", who, scores->rows,
                   scores->cols, labels->rows, labels->cols);
  LL_TRY(check_count(ctx, who, scores));
  LL_TRY(check_numbers(ctx, who, "relevances", labels));
  bool signs = true; /* -1 and 1 are 0 and 1 */
  for (size_t i = 0; i < labels->rows && signs; i++)
    for (size_t j = 0; j < labels->cols; j++) signs = signs && fabs((double)ll_matrix_row(labels, i)[j]) == 1;
  for (size_t i = 0; i < labels->rows && !signs; i++)
    for (size_t j = 0; j < labels->cols; j++)
      if (ll_matrix_row(labels, i)[j] < 0)
        return ll_fail(ctx, LL_ERR_LABEL, "%s: the relevance in row %zu, column %zu is %g; it must be >= 0 (or all are -1 and 1)",
                       who, i + 1, j + 1, (double)ll_matrix_row(labels, i)[j]);
  size_t lists = scores->cols == 1 ? 1 : scores->rows;
  if (weights && (weights->rows != lists || weights->cols != 1))
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: weights are %zux%zu; each of the %zu list%s has one: %zux1 expected", who, weights->rows,
                   weights->cols, lists, lists == 1 ? "" : "s", lists);
  return check_weights(ctx, who, weights);
}

static ll_status check_embeddings(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels,
                                  const ll_matrix *weights) {
  LL_TRY(ll_metric_check_rows(ctx, who, scores, labels));
  if (weights) LL_TRY(check_shape(ctx, who, "weights", weights, labels));
  return check_weights(ctx, who, weights);
}

static ll_status check_inputs(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                              const ll_matrix *weights) {
  switch (metric->needs) {
  case LL_NEEDS_CLASSES: return check_classes(ctx, metric->name, scores, labels, weights);
  case LL_NEEDS_LISTS: return check_lists(ctx, metric->name, scores, labels, weights);
  case LL_NEEDS_EMBEDDINGS: return check_embeddings(ctx, metric->name, scores, labels, weights);
  default: return ll_metric_check(ctx, metric->name, scores, labels, weights);
  }
}

ll_status ll_metric_eval(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                         const ll_matrix *weights, const double *params, double *out) {
  double defaults[LL_MAX_PARAMS];
  *out = NAN;
  if (weights && !metric->weighted) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes no weights: it counts rows", metric->name);
  LL_TRY(check_inputs(ctx, metric, scores, labels, weights));
  if (!params) {
    ll_params_default(&metric->params, defaults);
    params = defaults;
  }
  return metric->eval(ctx, scores, labels, weights, params, out);
}
