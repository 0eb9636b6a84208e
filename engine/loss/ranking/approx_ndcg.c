/* A smooth NDCG: ranks are sums of sigmoids, one relevant row against all rows at a time. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/listwise.h"
#include "engine/matrix/kernels.h"

static const ll_param params[] = {LL_NUMBER("alpha", 10, 1e-6, 1e6, "steepness of the step that stands in for a comparison")};

static double gain_of(double grade) { return ll_expm1(grade * 0.69314718055994530942); }

static ll_status approx_ndcg_form(ll_ctx *ctx, const ll_loss *loss, ll_listwise_list *l, double *value) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  double best = 0, got = 0;
  for (size_t i = 0; i < l->n; i++) best += gain_of(-(double)ll_record_value(&l->order[i])) / ll_log2((double)i + 2);
  memset(l->grads, 0, l->n * sizeof *l->grads);
  *value = 0;
  if (!(best > 0)) return l->empty = true, LL_OK;
  if (isinf(best)) return ll_fail(ctx, LL_ERR_RANGE, "%s: relevance: the gain 2^grade - 1 overflows", loss->desc->name);
  for (size_t i = 0; i < l->n; i++) {
    double gain = gain_of((double)l->relevance[i]) / best;
    if (!(gain > 0)) continue;
    k->steps(l->scores, l->n, l->scores[i], (ll_real)loss->params[0], l->first, l->second);
    l->first[i] = l->second[i] = 0;
    double rank = 1 + ll_kernels_get()->sum(l->first, l->n), log_rank = ll_log1p(rank);
    double slope = gain * 0.69314718055994530942 / ((1 + rank) * log_rank * log_rank);
    got += gain * 0.69314718055994530942 / log_rank;
    k->add(l->second, l->n, slope, l->grads);
    l->grads[i] -= slope * ll_kernels_get()->sum(l->second, l->n);
  }
  *value = 1 - got;
  return LL_OK;
}

static ll_status approx_ndcg(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_listwise_eval(ctx, loss, call, approx_ndcg_form, true);
}

const ll_loss_desc ll_loss_approx_ndcg = {
    .name = "approx_ndcg",
    .family = "ranking",
    .summary = "1 minus a smooth NDCG: ranks are sums of sigmoids",
    .formula = "mean over lists (columns) of 1 - sum_i (2^relevance_i - 1) / log2(1 + rank_i) / its best, "
               "rank_i = 1 + sum over j != i of sigma(alpha (s_j - s_i))",
    .gradient = "a list without relevance has value and gradient 0",
    .cost = "O(relevant rows x n), O(n) memory",
    .source = "Qin, Liu and Li 2010",
    .note = "TF-Ranking's ApproxNDCGLoss (temperature = 1/alpha) and allRank's, whose alpha is 1 unless set, give this minus 1",
    .output = "identity",
    .params = {"approx_ndcg", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_relevance,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = approx_ndcg,
};
