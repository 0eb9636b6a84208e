/* Least squares: the score goes to the mean of the values. */
#include "engine/loss/regression/regression.h"

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_squared_error, 0, 0);
}

const ll_loss_desc ll_loss_squared_error = {
    .name = "squared_error",
    .family = "regression",
    .summary = "least squares: the score that costs least is the mean",
    .formula = "(s - y)^2",
    .gradient = "",
    .cost = "O(n)",
    .source = "Legendre 1805; Gauss 1809",
    .note = "some texts and scikit-learn put 1/2 in front; PyTorch's MSELoss, like this, does not",
    .output = "identity",
    .params = {.owner = "squared_error"},
    .inputs = ll_regression_inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
