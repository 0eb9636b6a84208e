/* Normalised discounted cumulative gain of lists: each list sorted twice, by score and by relevance. */
#include <math.h>

#include "engine/metric/ranking.h"

enum { K, GAIN };

static double gain(double relevance, double kind) { return relevance <= 0 ? 0 : kind == 0 ? exp2(relevance) - 1 : relevance; }

/* The discounted gain of the first k entries when they are in descending order of keys, equal ones by lower place. */
static ll_status discounted(ll_ctx *ctx, const ll_real *keys, ll_real *negative, const ll_real *relevance, size_t n, size_t k,
                            double kind, uint32_t *order, double *out) {
  ll_sum sum = {0};
  for (size_t i = 0; i < n; i++) negative[i] = -keys[i];
  LL_TRY(ll_argsort(ctx, negative, n, order));
  for (size_t place = 0; place < k; place++)
    ll_sum_add(&sum, gain((double)relevance[order[place]], kind) / log2((double)place + 2));
  *out = ll_sum_value(&sum);
  return LL_OK;
}

static ll_status ndcg(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                      double *out) {
  ll_status status = LL_OK;
  bool column = scores->cols == 1;
  size_t lists = column ? 1 : scores->rows, n = column ? scores->rows : scores->cols;
  size_t k = params[K] == 0 || params[K] > (double)n ? n : (size_t)params[K];
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (3 * sizeof(ll_real) + sizeof(uint32_t))));
  ll_real *score = block, *relevance = score + n, *negative = relevance + n;
  uint32_t *order = (uint32_t *)(negative + n);
  ll_sum sum = {0}, total = {0};
  bool relevant = false;
  for (size_t q = 0; q < lists; q++) {
    double got, most;
    for (size_t i = 0; i < n; i++) {
      score[i] = column ? ll_matrix_row(scores, i)[0] : ll_matrix_row(scores, q)[i];
      relevance[i] = column ? ll_matrix_row(labels, i)[0] : ll_matrix_row(labels, q)[i];
    }
    LL_GOTO(cleanup, discounted(ctx, relevance, negative, relevance, n, k, params[GAIN], order, &most));
    if (!isfinite(most)) {
      status =
          ll_fail(ctx, LL_ERR_RANGE, "ndcg: the gains 2^relevance - 1 of list %zu overflow; gain = \"linear\" does not", q + 1);
      goto cleanup;
    }
    if (!(most > 0)) continue;
    LL_GOTO(cleanup, discounted(ctx, score, negative, relevance, n, k, params[GAIN], order, &got));
    double weight = weights ? (double)ll_matrix_row(weights, q)[0] : 1;
    ll_sum_add(&sum, weight * (got / most));
    ll_sum_add(&total, weight);
    relevant = true;
  }
  if (ll_sum_value(&total) > 0) *out = ll_sum_value(&sum) / ll_sum_value(&total);
  else if (relevant) status = ll_fail(ctx, LL_ERR_RANGE, "ndcg: the weights of all lists with a relevant entry are 0");
  else status = ll_fail(ctx, LL_ERR_LABEL, "ndcg: nothing is relevant in any of the %zu list%s", lists, lists == 1 ? "" : "s");
cleanup:
  ll_free(ctx, block);
  return status;
}

static const char *const gains[] = {"exponential", "linear", NULL};
static const ll_param params[] = {
    LL_INTEGER("k", 10, 0, 1e9, "places that count; 0: all"),
    LL_CHOICE("gain", 0, gains, "2^relevance - 1, or relevance; the same where relevances are 0 and 1"),
};

extern const ll_metric_desc ll_metric_ndcg;
const ll_metric_desc ll_metric_ndcg = {
    .name = "ndcg",
    .summary = "how well relevant entries come first in lists: discounted gain over the most there could be",
    .formula =
        "mean over lists with a relevant entry of DCG / ideal DCG, DCG = sum over places i <= k of gain_i / log2(1 + i); equal "
        "scores by lower place; weights are of lists",
    .source = "Jarvelin and Kekalainen 2002, ACM TOIS 20:422; gain as Burges et al. 2005, ICML",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_LISTS,
    .params = {"ndcg", params, sizeof params / sizeof *params},
    .eval = ndcg,
};
