/* The hinge of the support vector machine, plain or squared. */
#include <math.h>

#include "engine/loss/pointwise/pointwise.h"

enum { MARGIN, P };
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "z below which a row counts"),
    [P] = LL_INTEGER("p", 1, 1, 2, "exponent: 1, or 2 for the squared hinge"),
};

static ll_status hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  bool squared = loss->params[P] > 1;
  return ll_pointwise_eval(loss, call, squared ? LL_POINTWISE_hinge_squared : LL_POINTWISE_hinge, loss->params[MARGIN], 0);
}

const ll_loss_desc ll_loss_hinge = {
    .name = "hinge",
    .family = "pointwise",
    .summary = "the support vector machine's loss: rows beyond the margin cost nothing",
    .formula = "([margin - z]+)^p, z = y f",
    .gradient = "0 at z = margin",
    .cost = "O(n)",
    .source = "Cortes and Vapnik 1995",
    .output = "identity",
    .params = {"hinge", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = hinge,
};
