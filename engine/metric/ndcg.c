/* Normalised discounted cumulative gain of lists: each list sorted twice, by score and by relevance. Entries of one score may stand
 * in any order, so each of them gets the mean discount of the places that they fill together. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/metric/ranking.h"

enum { K, GAIN };

static double gain(double relevance, double kind) { return relevance <= 0 ? 0 : kind == 0 ? ll_exp2(relevance) - 1 : relevance; }

typedef struct room {
  size_t n, k;
  double kind, *logs; /* of the gain; log2(1 + place) of the first k places */
  ll_real *score, *relevance, *negative;
  uint32_t *order;
} room;

/* The discounted gain of the first k entries in descending order of keys, in the mean over the orders of equal ones: a place beyond
 * k discounts to 0. */
static ll_status discounted(ll_ctx *ctx, room *r, const ll_real *keys, double *out) {
  ll_sum sum = {0};
  size_t n = r->n, k = r->k;
  const uint32_t *order = r->order;
  bool ties = keys != r->relevance; /* equal relevances are equal gains */
  for (size_t i = 0; i < n; i++) r->negative[i] = -keys[i];
  LL_TRY(ll_argsort(ctx, r->negative, n, r->order));
  for (size_t first = 0, end; first < k; first = end) {
    end = first + 1;
    while (ties && end < n && keys[order[end]] == keys[order[first]]) end++;
    if (end == first + 1) {
      ll_sum_add(&sum, gain((double)r->relevance[order[first]], r->kind) / r->logs[first]);
      continue;
    }
    ll_sum mean = {0}, discount = {0};
    for (size_t i = first; i < end; i++) ll_sum_add(&mean, gain((double)r->relevance[order[i]], r->kind) / (double)(end - first));
    for (size_t place = first; place < end && place < k; place++) ll_sum_add(&discount, 1 / r->logs[place]);
    ll_sum_add(&sum, ll_sum_value(&mean) * ll_sum_value(&discount));
  }
  *out = ll_sum_value(&sum);
  return LL_OK;
}

static ll_status ndcg(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                      double *out) {
  ll_status status = LL_OK;
  bool column = scores->cols == 1;
  size_t lists = column ? 1 : scores->rows, n = column ? scores->rows : scores->cols;
  room r = {.n = n, .k = params[K] == 0 || params[K] > (double)n ? n : (size_t)params[K], .kind = params[GAIN]};
  void *block;
  LL_TRY(ll_alloc(ctx, &block, r.k * sizeof(double) + n * (3 * sizeof(ll_real) + sizeof(uint32_t))));
  r.logs = block, r.score = (ll_real *)(r.logs + r.k), r.relevance = r.score + n, r.negative = r.relevance + n;
  r.order = (uint32_t *)(r.negative + n);
  for (size_t place = 0; place < r.k; place++) r.logs[place] = ll_log2((double)place + 2);
  ll_sum sum = {0}, total = {0};
  bool relevant = false;
  for (size_t q = 0; q < lists; q++) {
    double got, most;
    for (size_t i = 0; i < n; i++) {
      r.score[i] = column ? ll_matrix_row(scores, i)[0] : ll_matrix_row(scores, q)[i];
      r.relevance[i] = column ? ll_matrix_row(labels, i)[0] : ll_matrix_row(labels, q)[i];
    }
    LL_GOTO(cleanup, discounted(ctx, &r, r.relevance, &most));
    if (!isfinite(most)) {
      status =
          ll_fail(ctx, LL_ERR_RANGE, "ndcg: the gains 2^relevance - 1 of list %zu overflow; gain = \"linear\" does not", q + 1);
      goto cleanup;
    }
    if (!(most > 0)) continue;
    LL_GOTO(cleanup, discounted(ctx, &r, r.score, &got));
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
        "mean over lists with a relevant entry of DCG / ideal DCG, DCG = sum over places i <= k of gain_i / log2(1 + i), in the mean "
        "over the orders of equal scores; weights are of lists",
    .source = "Jarvelin and Kekalainen 2002, ACM TOIS 20:422; gain as Burges et al. 2005, ICML; ties as McSherry and Najork 2008, "
              "ECIR",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_LISTS,
    .params = {"ndcg", params, sizeof params / sizeof *params},
    .eval = ndcg,
};
