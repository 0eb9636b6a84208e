/* The table of metrics, and what is checked before any of them sees a row. */
#include "losslab/metric.h"

#include <math.h>

#include "engine/matrix/inputs.h"
#include "engine/metric/ranking.h"

#define METRIC(name) extern const ll_metric_desc ll_metric_##name;
#include "engine/metric/metrics.def"
#undef METRIC

#define METRIC(name) &ll_metric_##name,
const ll_metric_desc *const ll_metrics[] = {
#include "engine/metric/metrics.def"
};
#undef METRIC

const size_t ll_metric_count = LL_ROWS(ll_metrics);

const char *ll_metric_needs_name(ll_metric_needs needs) {
  static const char *const names[] = {"any", "probability", "classes", "lists", "embeddings", "values"};
  return names[needs];
}

ll_status ll_metric_find(ll_ctx *ctx, const char *name, const ll_metric_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "metric", name, ll_metrics, ll_metric_count, &place));
  *out = ll_metrics[place];
  return LL_OK;
}

/* What each need asks of scores, labels and weights. */
static const ll_input needed[][3] = {
    [LL_NEEDS_ANY] = {{"scores", "n,1", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}, {"weights", "n,1", LL_INPUT_SIZES}},
    [LL_NEEDS_PROBABILITY] = {{"scores", "n,1", LL_INPUT_MATRIX},
                              {"labels", "n,1", LL_INPUT_BINARY},
                              {"weights", "n,1", LL_INPUT_SIZES}},
    [LL_NEEDS_CLASSES] = {{"scores", "n,k", LL_INPUT_MATRIX},
                          {"labels", "n,1", LL_INPUT_CLASS},
                          {"weights", "n,1", LL_INPUT_SIZES}},
    [LL_NEEDS_LISTS] = {{"scores", "n,q", LL_INPUT_MATRIX},
                        {"relevances", "n,q", LL_INPUT_GRADES},
                        {"weights", "n,1", LL_INPUT_SIZES}},
    [LL_NEEDS_EMBEDDINGS] = {{"scores", "n,d", LL_INPUT_MATRIX},
                             {"labels", "n,1", LL_INPUT_IDENTITY},
                             {"weights", "n,1", LL_INPUT_SIZES}},
    [LL_NEEDS_VALUES] = {{"scores", "n,1", LL_INPUT_MATRIX},
                         {"values", "n,1", LL_INPUT_NUMBERS},
                         {"weights", "n,1", LL_INPUT_SIZES}},
};
/* A column is one list, which has one weight. */
static const ll_input one_list[3] = {
    {"scores", "n,1", LL_INPUT_MATRIX}, {"relevances", "n,1", LL_INPUT_GRADES}, {"weights", "1,1", LL_INPUT_SIZES}};

ll_status ll_metric_check(ll_ctx *ctx, const char *who, ll_metric_needs needs, const ll_matrix *scores, const ll_matrix *labels,
                          const ll_matrix *weights) {
  const ll_matrix inputs[] = {*scores, *labels, weights ? *weights : (ll_matrix){0}};
  bool column = needs == LL_NEEDS_LISTS && scores->cols == 1;
  if (ll_matrix_count(scores) > UINT32_MAX - 1)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: scores %zux%zu, at most 2^32 - 2", who, scores->rows, scores->cols);
  if (needs == LL_NEEDS_CLASSES && scores->cols == 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: scores %zux1; a column a class is needed, at least 2", who, scores->rows);
  return ll_inputs_check(ctx, who, column ? one_list : needed[needs], weights ? 3 : 2, 0, inputs);
}

ll_status ll_metric_run(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                        const ll_matrix *weights, const double *params, ll_ranking *ranking, double *out) {
  ll_ranking own = {0}, *r = ranking ? ranking : &own;
  if (!metric->ranked) return metric->eval(ctx, scores, labels, weights, params, out);
  if (!r->block) LL_TRY(ll_ranking_open(ctx, metric->name, scores, labels, weights, r));
  *out = metric->ranked(r, params);
  ll_ranking_close(ctx, &own);
  return LL_OK;
}

/* checked: whether the inputs have passed what another metric of the same needs asks. */
static ll_status check(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                       const ll_matrix *weights, const double *params, bool checked) {
  if (weights && !metric->weighted) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes no weights: it counts rows", metric->name);
  if (!checked) LL_TRY(ll_metric_check(ctx, metric->name, metric->needs, scores, labels, weights));
  return ll_params_check(ctx, &metric->params, params);
}

ll_status ll_metric_eval(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                         const ll_matrix *weights, const double *params, double *out) {
  double defaults[LL_MAX_PARAMS];
  *out = NAN;
  if (!params) ll_params_default(&metric->params, defaults), params = defaults;
  LL_TRY(check(ctx, metric, scores, labels, weights, params, false));
  return ll_metric_run(ctx, metric, scores, labels, weights, params, NULL, out);
}

ll_status ll_metric_eval_several(ll_ctx *ctx, const ll_metric_call *calls, size_t n, const ll_matrix *scores,
                                 const ll_matrix *labels, const ll_matrix *weights, double *out) {
  bool checked[LL_ROWS(needed)] = {false};
  ll_ranking ranking = {0};
  ll_status status = LL_OK;
  for (size_t i = 0; i < n; i++) out[i] = NAN;
  for (size_t i = 0; i < n; i++) {
    const ll_metric_desc *metric = calls[i].metric;
    LL_GOTO(cleanup, check(ctx, metric, scores, labels, weights, calls[i].params, checked[metric->needs]));
    checked[metric->needs] = true;
    LL_GOTO(cleanup, ll_metric_run(ctx, metric, scores, labels, weights, calls[i].params, &ranking, &out[i]));
  }
cleanup:
  ll_ranking_close(ctx, &ranking);
  return status;
}
