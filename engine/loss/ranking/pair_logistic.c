/* RankNet's logistic loss over all pairs, pair by pair: its exponential does not factor into two sums. */
#include <math.h>

#include "engine/loss/ranking/pair_split.h"
#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

static const ll_param params[] = {LL_NUMBER("margin", 0, -INFINITY, INFINITY, "shifts the curve")};

static ll_status pair_logistic(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  size_t count[2];
  ll_pair_split split;
  if (call->weights) return ll_pair_weighed_logistic(call, loss->params[0]);
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  LL_TRY(ll_pair_split_make(ctx, loss, call, count, TARGETS, &split));
  size_t nt = count[TARGETS], nd = count[DECOYS];
  const ll_real *targets = split.scores, *decoys = targets + nt;
  double share = 1 / ((double)nt * (double)nd);
  call->value = share * ll_pair_sums_kernels_get()->logistic(targets, nt, decoys, nd, loss->params[0], split.sums, split.sums + nt);
  for (size_t j = 0; j < nt + nd; j++) split.sums[j] *= j < nt ? -share : share;
  ll_pair_split_give(&split, call);
  return LL_OK;
}

const ll_loss_desc ll_loss_pair_logistic = {
    .name = "pair_logistic",
    .family = "ranking",
    .summary = "RankNet's loss: a smooth bound of the share of misordered pairs",
    .formula = "mean over targets x decoys of ln(1 + e^(margin - (s_t - s_d)))",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x decoys), O(n) memory",
    .source = "Burges et al. 2005",
    .output = "identity",
    .params = {"pair_logistic", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .pairs_weighed = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_logistic,
};
