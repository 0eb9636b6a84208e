/* The Poisson likelihood with a log link: the score is the log of the rate. */
#include "engine/loss/regression/regression.h"

static const ll_input inputs[] = {{"log_rates", "n,1", LL_INPUT_MATRIX}, {"values", "n,1", LL_INPUT_SIZES}};

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_regression_eval(loss, call, LL_REGRESSION_poisson, 0, 0);
}

const ll_loss_desc ll_loss_poisson = {
    .name = "poisson",
    .family = "regression",
    .summary = "the likelihood of counts; the score is the log of the expected count",
    .formula = "e^s - y s, y >= 0",
    .gradient = "",
    .cost = "O(n)",
    .source = "McCullagh and Nelder 1989, chapter 6",
    .note = "the term ln y!, which no score changes, is left out, as by PyTorch's PoissonNLLLoss without full",
    .output = "identity",
    .params = {.owner = "poisson"},
    .inputs = inputs,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
