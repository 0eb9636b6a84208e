/* Partial AUC, soft: every target against all decoys, pair by pair, with weights that grow with a decoy's hinge. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/listwise.h"
#include "engine/loss/ranking/pair_split.h"
#include "engine/loss/ranking/pair_sums.h"
#include "engine/matrix/kernels.h"

enum { DECOYS, TARGETS };
enum { MARGIN, LAMBDA };
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at"),
    [LAMBDA] = LL_NUMBER("lambda", 1, 1e-6, INFINITY, "how evenly decoys count: large is all alike, small is the worst one only"),
};

/* lambda ln mean_j e^(h_j / lambda) for each target. The largest hinge is taken out of the sum, so nothing overflows. Where all
 * hinges are small beside lambda, e^x differs from 1 by little more than rounding: e^x - 1 and ln(1 + x) keep the digits. */
static ll_status pauc_kl(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  size_t n = call->inputs[0].rows, count[2];
  ll_pair_split split;
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  LL_TRY(ll_pair_split_make(ctx, loss, call, count, DECOYS, &split));
  const ll_real *scores = split.scores;
  ll_real *weights = split.spare[0], *slopes = split.spare[1];
  size_t nd = count[DECOYS];
  double lambda = loss->params[LAMBDA], share = 1 / (double)count[TARGETS], total = 0;
  ll_real largest = scores[0];
  for (size_t j = 1; j < nd; j++) largest = scores[j] > largest ? scores[j] : largest;
  for (size_t i = nd; i < n; i++) {
    double shift = loss->params[MARGIN] - (double)scores[i], top = fmax(0, shift + (double)largest);
    double weight = k->tilt(scores, nd, (ll_real)shift, largest, (ll_real)lambda, weights, slopes);
    if (top * top > lambda / 16) total += top * top + lambda * ll_log(weight / (double)nd);
    else total += lambda * ll_log1p(k->lift(scores, nd, (ll_real)shift, (ll_real)lambda, weights) / (double)nd);
    k->add(slopes, nd, share / weight, split.sums);
    split.sums[i] = -share / weight * ll_kernels_get()->sum(slopes, nd);
  }
  call->value = share * total;
  ll_pair_split_give(&split, call);
  return LL_OK;
}

const ll_loss_desc ll_loss_pauc_kl = {
    .name = "pauc_kl",
    .family = "ranking",
    .summary = "partial AUC, soft: targets against all decoys, the worst weighing most",
    .formula = "mean over targets of lambda ln mean over decoys e^(h / lambda), h = [margin - (s_t - s_d)]+^2",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x decoys), O(n) memory",
    .source = "Zhu et al. 2022 (SOPA-s)",
    .note = "LibAUC's pAUC_DRO_Loss weighs by moving averages: with gamma = 1 its gradient is this one's, its value is not",
    .output = "identity",
    .params = {"pauc_kl", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pauc_kl,
};
