/* The square over all pairs, from the means and variances of the classes: no pair is visited. */
#include <math.h>

#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

static const ll_param params[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at")};

/* mean (margin - s_t + s_d)^2 = (margin - mean_t + mean_d)^2 + var_t + var_d: no term cancels another. The first score is
 * subtracted from all, so that the means of scores far from 0 and close to each other keep their digits. */
static ll_status pair_square(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_pair_sums_kernels *k = ll_pair_sums_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2];
  if (call->weights) return ll_pair_weighed_square(call, loss->params[0]);
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  double base = (double)scores[0], nd = (double)count[DECOYS], nt = (double)count[TARGETS];
  ll_pair_sums first = k->totals(scores, labels, n, base);
  double mean[2] = {first.sum[DECOYS] / nd, first.sum[TARGETS] / nt};
  double u = loss->params[0] - (mean[TARGETS] - mean[DECOYS]);
  ll_pair_sums second = k->centred(scores, labels, n, base, mean, (double[]){2 / nd, 2 / nt}, (double[]){2 * u / nd, -2 * u / nt},
                                   ll_pair_sums_grads(call));
  call->value = u * u + second.sum[DECOYS] / nd + second.sum[TARGETS] / nt;
  return LL_OK;
}

const ll_loss_desc ll_loss_pair_square = {
    .name = "pair_square",
    .family = "ranking",
    .summary = "every target a margin above every decoy, deviations either way squared",
    .formula = "mean over targets x decoys of (margin - (s_t - s_d))^2",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Gao et al. 2013 (one-pass AUC)",
    .output = "identity",
    .params = {"pair_square", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .pairs_weighed = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_square,
};
