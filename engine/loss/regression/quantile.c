/* The pinball loss: the score goes to a quantile of the values. */
#include <math.h>

#include "engine/loss/regression/regression.h"

static const ll_param params[] = {
    LL_FRACTION("tau", 0.5, "which quantile: 0.9 is the value that nine in ten stay below"),
};

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_quantile, loss->params[0], 1 - loss->params[0]);
}

const ll_loss_desc ll_loss_quantile = {
    .name = "quantile",
    .family = "regression",
    .summary = "the pinball loss: the score that costs least is the quantile tau",
    .formula = "tau (y - s) for s < y, (1 - tau)(s - y) for s > y",
    .gradient = "0 at s = y",
    .cost = "O(n)",
    .source = "Koenker and Bassett 1978",
    .note = "with tau = 0.5 it is half of absolute_error",
    .output = "identity",
    .params = {"quantile", params, LL_ROWS(params)},
    .inputs = ll_regression_inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
