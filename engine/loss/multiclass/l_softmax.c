/* Large-margin softmax: the lengths of features and weights count as they do in softmax. */
#include <math.h>

#include "engine/loss/multiclass/angular.h"

static const ll_param params[] = {
    [LL_ANGULAR_M] = LL_INTEGER("m", 2, 1, 4, "how many times the label's angle counts"),
    [LL_ANGULAR_LAMBDA] = LL_NUMBER("lambda", 0, 0, INFINITY, "annealing: psi becomes (lambda cos theta + psi) / (1 + lambda)"),
};

static ll_status l_softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.bend = ll_multiple_angle};
  return ll_angular_eval(ctx, loss, call, &form, 1);
}

const ll_loss_desc ll_loss_l_softmax = {
    .name = "l_softmax",
    .family = "multiclass",
    .summary = "large-margin softmax: the label's angle must be m times smaller to cost as little",
    .formula = "softmax of ‖w_j‖ ‖a‖ cos theta_j, the label's ‖w_y‖ ‖a‖ psi(theta_y); "
               "psi = (-1)^k cos(m theta) - 2k for theta in [k pi/m, (k+1) pi/m]",
    .gradient = "to features and weights, through their norms; by hand a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Liu et al. 2016 (L-Softmax)",
    .output = "identity",
    .params = {"l_softmax", params, LL_ROWS(params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = l_softmax,
};
