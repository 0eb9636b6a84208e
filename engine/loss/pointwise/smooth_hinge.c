/* Rennie and Srebro's smooth hinge. alpha = 1, the default, has a form of its own: it needs no power. */
#include <math.h>

#include "engine/loss/pointwise/pointwise.h"

enum { ALPHA, TAIL };
static const char *const tails[] = {"linear", "flat", NULL};
static const ll_param params[] = {
    [ALPHA] = LL_POSITIVE("alpha", 1, "how late the curve bends: 1 is half a parabola, large is nearly the hinge"),
    [TAIL] = LL_CHOICE(
        "tail", 0, tails,
        "for z <= 0: linear, as Rennie and Srebro have it; flat, as some print it, without a gradient for a misclassified row"),
};

static ll_status smooth_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  double alpha = loss->params[ALPHA], linear = loss->params[TAIL] > 0 ? 0 : 1;
  return ll_pointwise_eval(loss, call, alpha < 1 || alpha > 1 ? LL_POINTWISE_smooth_hinge_power : LL_POINTWISE_smooth_hinge, alpha,
                           linear);
}

const ll_loss_desc ll_loss_smooth_hinge = {
    .name = "smooth_hinge",
    .family = "pointwise",
    .summary = "a hinge without a corner, for optimizers that want a continuous gradient",
    .formula =
        "z <= 0: alpha/(alpha+1) - z (tail = \"flat\": without - z); 0 < z < 1: z^(alpha+1)/(alpha+1) - z + alpha/(alpha+1); else 0; z = y f",
    .gradient = "tail = \"flat\": 0 for z <= 0",
    .cost = "O(n)",
    .source = "Rennie and Srebro 2005; the two tails: docs/losses/pointwise.md",
    .output = "identity",
    .params = {"smooth_hinge", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = smooth_hinge,
};
