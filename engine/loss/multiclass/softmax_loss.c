/* The softmax loss: cross entropy of class probabilities, from logits. */
#include "engine/loss/multiclass/classes.h"

static ll_status softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_classes_eval(loss, call, ll_classes_kernels_get()->softmax, 0);
}

const ll_loss_desc ll_loss_softmax = {
    .name = "softmax",
    .family = "multiclass",
    .summary = "cross entropy of class probabilities, from logits",
    .formula = "-ln(e^logit_y / sum_j e^logit_j)",
    .gradient = "",
    .cost = "O(n k)",
    .source = "Bridle 1990",
    .output = "identity",
    .params = {"softmax", NULL, 0},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .own_logit = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = softmax,
};
