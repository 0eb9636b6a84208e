/* SphereFace's angular softmax: the lengths of the features count, weights are taken as unit rows. */
#include <math.h>

#include "engine/loss/multiclass/angular.h"

static const ll_param params[] = {
    [LL_ANGULAR_M] = LL_INTEGER("m", 4, 1, 4, "how many times the label's angle counts"),
    [LL_ANGULAR_LAMBDA] = LL_NUMBER("lambda", 0, 0, INFINITY, "annealing: psi becomes (lambda cos theta + psi) / (1 + lambda)"),
};

static ll_status a_softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.unit_weights = true, .bend = ll_multiple_angle};
  return ll_angular_eval(ctx, loss, call, &form, 1);
}

const ll_loss_desc ll_loss_a_softmax = {
    .name = "a_softmax",
    .family = "multiclass",
    .summary = "SphereFace: large-margin softmax whose classes have unit weights",
    .formula = "softmax of ‖a‖ cos theta_j, the label's ‖a‖ psi(theta_y); "
               "psi = (-1)^k cos(m theta) - 2k for theta in [k pi/m, (k+1) pi/m]",
    .gradient = "to features and weights, through their norms; by hand a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Liu et al. 2017 (SphereFace)",
    .output = "identity",
    .params = {"a_softmax", params, LL_ROWS(params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = a_softmax,
};
