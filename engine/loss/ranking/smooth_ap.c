/* A smooth average precision: ranks are sums of sigmoids, one target against all rows at a time. */
#include <math.h>

#include "engine/loss/ranking/listwise.h"
#include "engine/loss/ranking/pair_split.h"
#include "engine/loss/ranking/pair_sums.h"
#include "engine/matrix/kernels.h"

enum { DECOYS, TARGETS };

static const ll_param params[] = {
    LL_NUMBER("temperature", 0.01, 1e-6, INFINITY, "width of the step that stands in for a comparison")};

/* For target i: A = 1 + the sum of the other targets' steps, D = that of the decoys'. 1 - precision = D / (A + D), without a
 * difference. */
static ll_status smooth_ap(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  const ll_kernels *all = ll_kernels_get();
  size_t n = call->inputs[0].rows, count[2];
  ll_pair_split split;
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  LL_TRY(ll_pair_split_make(ctx, loss, call, count, TARGETS, &split));
  const ll_real *scores = split.scores;
  ll_real *steps = split.spare[0], *slopes = split.spare[1];
  size_t nt = count[TARGETS], nd = count[DECOYS];
  double share = 1 / (double)nt, total = 0;
  for (size_t i = 0; i < nt; i++) {
    k->steps(scores, n, scores[i], (ll_real)(1 / loss->params[0]), steps, slopes);
    steps[i] = slopes[i] = 0;
    double a = 1 + all->sum(steps, nt), d = all->sum(steps + nt, nd), rank = a + d;
    total += d / rank;
    if (!call->grads[0]) continue;
    double by_target = -share * d / (rank * rank), by_decoy = share * a / (rank * rank);
    k->add(slopes, nt, by_target, split.sums), k->add(slopes + nt, nd, by_decoy, split.sums + nt);
    split.sums[i] -= by_target * all->sum(slopes, nt) + by_decoy * all->sum(slopes + nt, nd);
  }
  call->value = share * total;
  ll_pair_split_give(&split, call);
  return LL_OK;
}

const ll_loss_desc ll_loss_smooth_ap = {
    .name = "smooth_ap",
    .family = "ranking",
    .summary = "1 minus a smooth average precision: ranks are sums of sigmoids",
    .formula = "1 - mean over targets i of (1 + sum over targets j != i of g_ij) / (1 + sum over all j != i of g_ij), "
               "g_ij = sigma((s_j - s_i) / temperature)",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x n), O(n) memory",
    .source = "Brown et al. 2020, the batch as one query",
    .output = "identity",
    .params = {"smooth_ap", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = smooth_ap,
};
