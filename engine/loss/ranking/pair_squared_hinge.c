/* The squared hinge over all pairs. */
#include <math.h>

#include "engine/loss/ranking/pair_sums.h"
#include "engine/loss/ranking/pair_walk.h"

static const ll_param params[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "a target this far above a decoy costs nothing")};

static ll_status pair_squared_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_pair_walk_eval(ctx, loss, call, ll_pair_walk_squared);
}

const ll_loss_desc ll_loss_pair_squared_hinge = {
    .name = "pair_squared_hinge",
    .family = "ranking",
    .summary = "every target at least a margin above every decoy, shortfalls squared",
    .formula = "mean over targets x decoys of [margin - (s_t - s_d)]+^2",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n log n)",
    .source = "Rust and Hocking 2023",
    .output = "identity",
    .params = {"pair_squared_hinge", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .pairs_weighed = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_squared_hinge,
};
