/* The log of the hyperbolic cosine: a smooth absolute error. */
#include "engine/loss/regression/regression.h"

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_log_cosh, 0, 0);
}

const ll_loss_desc ll_loss_log_cosh = {
    .name = "log_cosh",
    .family = "regression",
    .summary = "nearly r^2 / 2 for small errors, |r| - ln 2 for large ones, with every derivative",
    .formula = "ln cosh(s - y)",
    .gradient = "",
    .cost = "O(n)",
    .source = "Green 1990, J. R. Statist. Soc. C 39:1",
    .output = "identity",
    .params = {.owner = "log_cosh"},
    .inputs = ll_regression_inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
