/* The losses over classes that are one kernel a row: softmax and the hinges. */
#include "engine/loss/multiclass/classes.h"

#include <math.h>

LL_ISA_DECLARE(ll_class_kernels, ll_class_kernels);
const ll_class_kernels *ll_class_kernels_get(void) { return LL_ISA_PICK(ll_class_kernels); }

const ll_loss_input ll_loss_logits_labels[2] = {{"logits", "n,k", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_CLASS}};

ll_status ll_class_eval(const ll_loss *loss, ll_loss_call *call, ll_class_kernel *kernel, double a) {
  const ll_matrix *logits = &call->inputs[0];
  size_t n = logits->rows;
  double share = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  double plain = 0;
  for (size_t i = 0; i < n; i++) {
    size_t label = (size_t)call->inputs[1].data[i] - 1;
    double value =
        kernel(ll_matrix_row(logits, i), logits->cols, label, a, share, call->grads[0] ? ll_matrix_row(call->grads[0], i) : NULL);
    plain += value;
    ll_sum_add(&total, value);
    if (call->rows) call->rows->data[i] = (ll_real)value;
  }
  call->value = share * (isfinite(plain) ? ll_sum_value(&total) : plain); /* the carry of an infinite sum is NaN */
  return LL_OK;
}

static ll_status softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_class_eval(loss, call, ll_class_kernels_get()->softmax, 0);
}

const ll_loss_desc ll_loss_softmax = {
    .name = "softmax",
    .family = "multiclass",
    .summary = "cross entropy of class probabilities, from logits",
    .formula = "-ln(e^logit_y / sum_j e^logit_j)",
    .gradient = "",
    .cost = "O(n k)",
    .source = "Bridle 1990; 002, 001 eq. 44",
    .output = "identity",
    .params = {"softmax", NULL, 0},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = softmax,
};

static const ll_param hinge_params[] = {LL_INTEGER("p", 1, 1, 2, "exponent: 1, or 2 for the squared hinge")};

static ll_status multiclass_hinge(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_class_kernels *k = ll_class_kernels_get();
  return ll_class_eval(loss, call, loss->params[0] > 1 ? k->hinge_squared : k->hinge, 0);
}

const ll_loss_desc ll_loss_multiclass_hinge = {
    .name = "multiclass_hinge",
    .family = "multiclass",
    .summary = "one against the rest: a hinge for each class, the label's column positive, the others negative",
    .formula = "sum_j ([1 - s_j logit_j]+)^p, s_j = 1 for the label's column, -1 for the others",
    .gradient = "0 at a hinge's margin",
    .cost = "O(n k)",
    .source = "Rifkin and Klautau 2004 (one against all); 002",
    .output = "identity",
    .params = {"multiclass_hinge", hinge_params, LL_ROWS(hinge_params)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = multiclass_hinge,
};

static const ll_param margin[] = {LL_NUMBER("margin", 1, 0, INFINITY, "how far the label's logit should lead")};

static ll_status weston_watkins(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_class_eval(loss, call, ll_class_kernels_get()->weston_watkins, loss->params[0]);
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
    .params = {"weston_watkins", margin, LL_ROWS(margin)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = weston_watkins,
};

static ll_status crammer_singer(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return ll_class_eval(loss, call, ll_class_kernels_get()->crammer_singer, loss->params[0]);
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
    .params = {"crammer_singer", margin, LL_ROWS(margin)},
    .inputs = ll_loss_logits_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = crammer_singer,
};
