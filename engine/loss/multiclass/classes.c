/* The eval of a loss over classes: one kernel call a row of logits. */
#include "engine/loss/multiclass/classes.h"

#include <math.h>

LL_ISA_DECLARE(ll_classes_kernels, ll_classes_kernels);
const ll_classes_kernels *ll_classes_kernels_get(void) { return LL_ISA_PICK(ll_classes_kernels); }

const ll_input ll_loss_logits_labels[2] = {{"logits", "n,k", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_CLASS}};

ll_status ll_classes_eval(const ll_loss *loss, ll_loss_call *call, ll_classes_kernel *kernel, double a) {
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
  call->value = share * (isfinite(plain) ? ll_sum_value(&total) : plain); /* an infinite sum leaves NaN in the carry */
  return LL_OK;
}
