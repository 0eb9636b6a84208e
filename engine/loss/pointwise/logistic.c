/* The logistic loss: cross entropy in bits. */
#include "engine/loss/pointwise/pointwise.h"

static ll_status logistic(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_pointwise_eval(loss, call, LL_POINTWISE_log1p_exp, 1.44269504088896340736, 0);
}

const ll_loss_desc ll_loss_logistic = {
    .name = "logistic",
    .family = "pointwise",
    .summary = "cross entropy in bits: 1 at z = 0, an upper bound of the zero-one loss",
    .formula = "ln(1 + e^-z) / ln 2, z = y f",
    .gradient = "",
    .cost = "O(n)",
    .source = "Rosasco et al. 2004",
    .output = "identity",
    .params = {.owner = "logistic"},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = logistic,
};
