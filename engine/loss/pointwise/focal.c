/* The focal loss: cross entropy times a weight that falls as the row's own class becomes certain. */
#include <math.h>

#include "engine/loss/pointwise/pointwise.h"

enum { ALPHA, GAMMA };
static const ll_param params[] = {
    [ALPHA] = LL_NUMBER("alpha", 0.25, 0, 1, "weight of a target; a decoy's is 1 - alpha"),
    [GAMMA] = LL_NUMBER("gamma", 2, 0, INFINITY, "how soon a row that is right counts less; 0: alpha-weighed cross entropy"),
};

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_pointwise_eval(loss, call, LL_POINTWISE_focal, loss->params[ALPHA], loss->params[GAMMA]);
}

const ll_loss_desc ll_loss_focal = {
    .name = "focal",
    .family = "pointwise",
    .summary = "cross entropy for rare targets: rows that are already right count little",
    .formula = "-alpha_t (1 - p)^gamma ln p, p = sigma(z), z = y f; alpha_t = alpha for targets, 1 - alpha for decoys",
    .gradient = "",
    .cost = "O(n)",
    .source = "Lin et al. 2017, eq. 5",
    .note = "the paper divides the sum by the number of targets; torchvision's sigmoid_focal_loss, like this, knows mean, sum and "
            "none",
    .output = "identity",
    .params = {"focal", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
