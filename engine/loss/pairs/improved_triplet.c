/* The triplet loss with a pull of the positive to the anchor that does not end where the order is right. */
#include "engine/loss/pairs/triplet_hinge.h"

static ll_status improved_triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  ll_triplet_hinge_eval(loss, call, true);
  return LL_OK;
}

const ll_loss_desc ll_loss_improved_triplet = {
    .name = "improved_triplet",
    .family = "pairs",
    .summary = "triplet that also pulls the positive to the anchor when the order is right already",
    .formula = "d(a,p) + [d(a,p) - d(a,n) + margin]+; soft: d(a,p) + ln(1 + e^(d(a,p) - d(a,n))); d Euclidean or squared",
    .gradient = "0 at the margin; ‖x‖ at 0 has derivative 0",
    .cost = "O(n d)",
    .source = "Cheng, Gong, Zhou, Wang and Zheng 2016, but pulling at every distance: docs/losses/pairs.md",
    .note = "Cheng et al. pull only from a distance on: beta [d(a,p) - tau]+ in the place of d(a,p)",
    .output = "identity",
    .params = {"improved_triplet", ll_triplet_hinge_params, LL_ROWS(ll_triplet_hinge_params)},
    .inputs = ll_triplet_hinge_inputs,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = improved_triplet,
};
