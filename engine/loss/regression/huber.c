/* Huber's loss: squared near the value, absolute far from it. */
#include <math.h>

#include "engine/loss/regression/regression.h"

static const ll_param params[] = {
    LL_POSITIVE("delta", 1, "how far from the value the square goes over into a line"),
};

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_huber, loss->params[0], 0);
}

const ll_loss_desc ll_loss_huber = {
    .name = "huber",
    .family = "regression",
    .summary = "squared for small errors, absolute for large ones: outliers pull with a bounded force",
    .formula = "|r| <= delta: r^2 / 2; else delta (|r| - delta / 2), r = s - y",
    .gradient = "",
    .cost = "O(n)",
    .source = "Huber 1964",
    .note = "PyTorch's SmoothL1Loss is this divided by delta; its HuberLoss and scikit-learn's huber are this",
    .output = "identity",
    .params = {"huber", params, LL_ROWS(params)},
    .inputs = ll_regression_inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
