/* CosFace: softmax of the angles alone, with a margin taken from the label's cosine. */
#include <math.h>

#include "engine/loss/multiclass/angular.h"

enum { SCALE, MARGIN };
static const ll_param params[] = {
    [SCALE] = LL_POSITIVE("scale", 64, "what every cosine is multiplied by"),
    [MARGIN] = LL_NUMBER("margin", 0.35, 0, 2, "taken from the label's cosine"),
};

static ll_angular_bend additive_cosine(const double *given, double cosine, double sine) {
  (void)sine;
  return (ll_angular_bend){cosine - given[MARGIN], 1, 0};
}

static ll_status cosface(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.unit_features = true, .unit_weights = true, .bend = additive_cosine};
  return ll_angular_eval(ctx, loss, call, &form, loss->params[SCALE]);
}

const ll_loss_desc ll_loss_cosface = {
    .name = "cosface",
    .family = "multiclass",
    .summary = "additive cosine margin: the label's cosine counts as smaller by a margin",
    .formula = "softmax of scale cos theta_j, the label's scale (cos theta_y - margin)",
    .gradient = "to features and weights, through their norms; by hand a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Wang et al. 2018 (CosFace), eq. 4",
    .output = "identity",
    .params = {"cosface", params, LL_ROWS(params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .of_cosines = true,
    .rtol = 1e-5,
    .atol = 1e-7,
    .eval = cosface,
};
