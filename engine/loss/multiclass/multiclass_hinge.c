/* One hinge a class, the label's against all others. */
#include "engine/loss/multiclass/classes.h"

static const ll_param params[] = {LL_INTEGER("p", 1, 1, 2, "exponent: 1, or 2 for the squared hinge")};

static ll_status multiclass_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_classes_kernels *k = ll_classes_kernels_get();
  return ll_classes_eval(loss, call, loss->params[0] > 1 ? k->hinge_squared : k->hinge, 0);
}

const ll_loss_desc ll_loss_multiclass_hinge = {
    .name = "multiclass_hinge",
    .family = "multiclass",
    .summary = "one against the rest: a hinge for each class, the label's column positive, the others negative",
    .formula = "sum_j ([1 - s_j logit_j]+)^p, s_j = 1 for the label's column, -1 for the others",
    .gradient = "0 at a hinge's margin",
    .cost = "O(n k)",
    .source = "Rifkin and Klautau 2004 (one against all)",
    .output = "identity",
    .params = {"multiclass_hinge", params, LL_ROWS(params)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = multiclass_hinge,
};
