/* The exponential loss of boosting. */
#include <math.h>

#include "engine/loss/pointwise/pointwise.h"

enum { BETA };
static const ll_param params[] = {
    [BETA] = LL_POSITIVE("beta", 1, "steepness"),
};

static ll_status exponential(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_pointwise_eval(loss, call, LL_POINTWISE_exponential, loss->params[BETA], 0);
}

const ll_loss_desc ll_loss_exponential = {
    .name = "exponential",
    .family = "pointwise",
    .summary = "boosting's loss: steep, so a few misclassified rows dominate",
    .formula = "e^(-beta z), z = y f",
    .gradient = "",
    .cost = "O(n)",
    .source = "Friedman, Hastie and Tibshirani 2000",
    .output = "identity",
    .params = {"exponential", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = exponential,
};
