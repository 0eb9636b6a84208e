/* Least squares to the labels -1 and +1. */
#include "engine/loss/pointwise/pointwise.h"

static ll_status square(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_pointwise_eval(loss, call, LL_POINTWISE_square, 0, 0);
}

const ll_loss_desc ll_loss_square = {
    .name = "square",
    .family = "pointwise",
    .summary = "least squares to the labels -1 and +1: simple, but punishes rows that are right by far",
    .formula = "(1 - z)^2, z = y f",
    .gradient = "",
    .cost = "O(n)",
    .source = "Rosasco et al. 2004",
    .output = "identity",
    .params = {.owner = "square"},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = square,
};
