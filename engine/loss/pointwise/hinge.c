/* The hinge of the support vector machine, and Rennie and Srebro's smooth one. */
#include <math.h>

#include "engine/loss/pointwise/pointwise.h"

enum { HINGE_MARGIN, HINGE_P };
static const ll_param hinge_params[] = {
    [HINGE_MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "z below which a row counts"),
    [HINGE_P] = LL_INTEGER("p", 1, 1, 2, "exponent: 1, or 2 for the squared hinge"),
};

static ll_status hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  bool squared = loss->params[HINGE_P] > 1;
  return ll_pointwise_eval(loss, call, squared ? LL_POINTWISE_hinge_squared : LL_POINTWISE_hinge, loss->params[HINGE_MARGIN], 0);
}

const ll_loss_desc ll_loss_hinge = {
    .name = "hinge",
    .family = "pointwise",
    .summary = "the support vector machine's loss: rows beyond the margin cost nothing",
    .formula = "([margin - z]+)^p, z = y f",
    .gradient = "0 at z = margin",
    .cost = "O(n)",
    .source = "Cortes and Vapnik 1995; 003 (2), 002",
    .output = "identity",
    .params = {"hinge", hinge_params, LL_ROWS(hinge_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = hinge,
};

enum { SMOOTH_ALPHA, SMOOTH_TAIL };
static const char *const tails[] = {"linear", "flat", NULL};
static const ll_param smooth_params[] = {
    [SMOOTH_ALPHA] = LL_POSITIVE("alpha", 1, "how late the curve bends: 1 is half a parabola, large is nearly the hinge"),
    [SMOOTH_TAIL] = LL_CHOICE(
        "tail", 0, tails, "for z <= 0: linear, as Rennie and Srebro; flat, as 003 prints it (no gradient for a misclassified row)"),
};

static ll_status smooth_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  double alpha = loss->params[SMOOTH_ALPHA], linear = loss->params[SMOOTH_TAIL] > 0 ? 0 : 1;
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
    .source = "Rennie and Srebro 2005; 003 (3), with the - z that it leaves out",
    .output = "identity",
    .params = {"smooth_hinge", smooth_params, LL_ROWS(smooth_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = smooth_hinge,
};
