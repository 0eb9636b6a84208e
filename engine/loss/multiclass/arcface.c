/* ArcFace: softmax of the angles alone, with a margin added to the label's angle. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/multiclass/angular.h"

enum { SCALE, MARGIN };
static const ll_param params[] = {
    [SCALE] = LL_POSITIVE("scale", 64, "what every cosine is multiplied by"),
    [MARGIN] = LL_NUMBER("margin", 0.5, 0, 1.57, "added to the label's angle, in radians: up to a right angle"),
};

/* Beyond theta = pi - margin, cos(theta + margin) rises again: there the authors' code continues with cos theta - margin sin
 * margin, which falls. The two do not meet: at pi - margin the second is lower by cos margin + margin sin margin - 1. */
static ll_angular_bend additive_angle(const double *given, double cosine, double sine) {
  double m = given[MARGIN];
  if (cosine > -ll_cos(m)) return (ll_angular_bend){cosine * ll_cos(m) - sine * ll_sin(m), ll_cos(m), -ll_sin(m)};
  return (ll_angular_bend){cosine - m * ll_sin(m), 1, 0};
}

static ll_status arcface(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.unit_features = true, .unit_weights = true, .sine = true, .bend = additive_angle};
  return ll_angular_eval(ctx, loss, call, &form, loss->params[SCALE]);
}

const ll_loss_desc ll_loss_arcface = {
    .name = "arcface",
    .family = "multiclass",
    .summary = "additive angular margin: the label's angle counts as larger by a margin",
    .formula = "softmax of scale cos theta_j, the label's scale cos(theta_y + margin); "
               "scale (cos theta_y - margin sin margin) where theta_y >= pi - margin",
    .gradient = "to features and weights, through their norms; sin theta has derivative 0 at 0; by hand a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Deng et al. 2019, eq. 3; beyond pi - margin as the authors' code",
    .note =
        "beyond pi - margin, cos(theta + margin) rises again, and pytorch-metric-learning's ArcFaceLoss with it; the authors' code, "
        "as here, falls there along a line in cos theta that begins cos margin + margin sin margin - 1 lower",
    .output = "identity",
    .params = {"arcface", params, LL_ROWS(params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .of_cosines = true,
    .rtol = 1e-5,
    .atol = 1e-7,
    .eval = arcface,
};
