/* Crammer and Singer's multiclass hinge: of the other classes only the one with the largest logit counts. */
#include <math.h>

#include "engine/loss/multiclass/classes.h"

static const ll_param params[] = {LL_NUMBER("margin", 1, 0, INFINITY, "how far the label's logit should lead")};

static ll_status crammer_singer(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_classes_eval(loss, call, ll_classes_kernels_get()->crammer_singer, loss->params[0]);
}

const ll_loss_desc ll_loss_crammer_singer = {
    .name = "crammer_singer",
    .family = "multiclass",
    .summary = "the multiclass support vector machine that counts only the label's worst rival",
    .formula = "[margin + max over j != y of logit_j - logit_y]+; 0 if there is one class only",
    .gradient = "0 at the margin; of tied rivals the first one's",
    .cost = "O(n k)",
    .source = "Crammer and Singer 2001",
    .note = "scikit-learn's hinge_loss of several classes, the loss of liblinear's -s 4",
    .output = "identity",
    .params = {"crammer_singer", params, LL_ROWS(params)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = crammer_singer,
};
