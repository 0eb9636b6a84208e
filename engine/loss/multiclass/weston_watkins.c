/* Weston and Watkins' multiclass hinge: every class that comes too near to the label's counts. */
#include <math.h>

#include "engine/loss/multiclass/classes.h"

static const ll_param params[] = {LL_NUMBER("margin", 1, 0, INFINITY, "how far the label's logit should lead")};

static ll_status weston_watkins(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_classes_eval(loss, call, ll_classes_kernels_get()->weston_watkins, loss->params[0]);
}

const ll_loss_desc ll_loss_weston_watkins = {
    .name = "weston_watkins",
    .family = "multiclass",
    .summary = "the multiclass support vector machine that counts every class too near to the label's",
    .formula = "sum over j != y of [margin + logit_j - logit_y]+",
    .gradient = "0 at the margin",
    .cost = "O(n k)",
    .source = "Weston and Watkins 1999",
    .note = "the paper's margin is 2, which scales the weights only; PyTorch's MultiMarginLoss divides the sum by the number of "
            "classes",
    .output = "identity",
    .params = {"weston_watkins", params, LL_ROWS(params)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = weston_watkins,
};
