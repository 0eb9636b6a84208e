/* The absolute error: the score goes to the median of the values. */
#include "engine/loss/regression/regression.h"

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_absolute_error, 0, 0);
}

const ll_loss_desc ll_loss_absolute_error = {
    .name = "absolute_error",
    .family = "regression",
    .summary = "least absolute deviations: the score that costs least is the median, whatever a few values are",
    .formula = "|s - y|",
    .gradient = "0 at s = y",
    .cost = "O(n)",
    .source = "Laplace 1774; Koenker and Bassett 1978",
    .output = "identity",
    .params = {.owner = "absolute_error"},
    .inputs = ll_regression_inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
