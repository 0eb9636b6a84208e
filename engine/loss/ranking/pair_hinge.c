/* RankSVM's hinge over all pairs. */
#include <math.h>

#include "engine/loss/ranking/pair_sums.h"
#include "engine/loss/ranking/pair_walk.h"

static const ll_param params[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "a target this far above a decoy costs nothing")};

static ll_status pair_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_pair_walk_eval(ctx, loss, call, ll_pair_walk_hinge);
}

const ll_loss_desc ll_loss_pair_hinge = {
    .name = "pair_hinge",
    .family = "ranking",
    .summary = "RankSVM's loss: every target at least a margin above every decoy",
    .formula = "mean over targets x decoys of [margin - (s_t - s_d)]+",
    .gradient = "a pair at the margin counts as 1, since with margin 0 a tie is not yet an order; " LL_PAIR_GRADIENT,
    .cost = "O(n log n)",
    .source = "Joachims 2005",
    .output = "identity",
    .params = {"pair_hinge", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .pairs_weighed = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_hinge,
};
