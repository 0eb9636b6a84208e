/* The positive nearer to the anchor than the negative, by a margin. */
#include "engine/loss/pairs/triplet_hinge.h"

static ll_status triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  ll_triplet_hinge_eval(loss, call, false);
  return LL_OK;
}

const ll_loss_desc ll_loss_triplet = {
    .name = "triplet",
    .family = "pairs",
    .summary = "the positive nearer to the anchor than the negative, by a margin",
    .formula = "[d(a,p) - d(a,n) + margin]+; soft: ln(1 + e^(d(a,p) - d(a,n))); d Euclidean or squared",
    .gradient = "0 at the margin; ‖x‖ at 0 has derivative 0",
    .cost = "O(n d)",
    .source = "Schroff, Kalenichenko and Philbin 2015; soft: Hermans, Beyer and Leibe 2017",
    .output = "identity",
    .params = {"triplet", ll_triplet_hinge_params, LL_ROWS(ll_triplet_hinge_params)},
    .inputs = ll_triplet_hinge_inputs,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = triplet,
};
