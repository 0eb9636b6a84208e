/* The zero-one loss, which the other pointwise losses stand in for: it has no gradient to train with. */
#include "engine/loss/pointwise/pointwise.h"

static ll_status zero_one(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_pointwise_eval(loss, call, LL_POINTWISE_zero_one, 0, 0);
}

const ll_loss_desc ll_loss_zero_one = {
    .name = "zero_one",
    .family = "pointwise",
    .summary = "the share of rows on the wrong side of 0, to report beside the surrogates",
    .formula = "1[z <= 0], z = y f",
    .gradient = "none: a metric",
    .cost = "O(n)",
    .source = "Bartlett, Jordan and McAuliffe 2006",
    .output = "identity",
    .params = {.owner = "zero_one"},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .metric_only = true,
    .eval = zero_one,
};
