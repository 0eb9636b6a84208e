/* The exponential over all pairs: a product of one sum over targets and one over decoys. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

static const ll_param params[] = {LL_NUMBER("margin", 0, -INFINITY, INFINITY, "shifts the curve")};

/* e^margin mean_t e^(-s) mean_d e^s, with the largest terms taken out: it overflows only if the value does. */
static ll_status pair_exponential(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_pair_sums_kernels *k = ll_pair_sums_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2];
  if (call->weights) return ll_pair_weighed_exponential(call, loss->params[0]);
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  double top[2];
  k->largest(scores, labels, n, top);
  ll_pair_sums w = k->weigh(scores, labels, n, top, ll_pair_sums_grads(call));
  double means = w.sum[DECOYS] / (double)count[DECOYS] * (w.sum[TARGETS] / (double)count[TARGETS]);
  double power = loss->params[0] + top[DECOYS] + top[TARGETS];
  call->value = power < 700 ? ll_exp(power) * means : ll_exp(power + ll_log(means));
  /* a row's derivative is its share of the value, by weight */
  const double factor[2] = {call->value / w.sum[DECOYS], -call->value / w.sum[TARGETS]};
  ll_real *grads = ll_pair_sums_grads(call);
  if (grads) k->scale(labels, n, factor, grads);
  if (grads && isinf(call->value)) /* 0 × inf is NaN: a row whose weight is rounded to 0 has no gradient */
    for (size_t i = 0; i < n; i++) grads[i] = isnan(grads[i]) ? 0 : grads[i];
  return LL_OK;
}

const ll_loss_desc ll_loss_pair_exponential = {
    .name = "pair_exponential",
    .family = "ranking",
    .summary = "RankBoost's loss: misordered pairs dominate exponentially",
    .formula = "mean over targets x decoys of e^(margin - (s_t - s_d))",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Freund et al. 2003",
    .output = "identity",
    .params = {"pair_exponential", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .pairs_weighed = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_exponential,
};
