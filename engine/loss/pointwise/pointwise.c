/* The eval of a pointwise loss: one kernel call over all rows, then the reduction. */
#include "engine/loss/pointwise/pointwise.h"

LL_ISA_DECLARE(ll_pointwise_kernels, ll_pointwise_kernels);

ll_status ll_pointwise_eval(const ll_loss *loss, ll_loss_call *call, ll_pointwise_form form, double a, double b) {
  const ll_pointwise_kernels *kernels = LL_ISA_PICK(ll_pointwise_kernels);
  size_t n = call->inputs[0].rows;
  double share = loss->reduction == LL_REDUCE_MEAN ? 1.0 / (double)n : 1.0;
  call->value = kernels->form[form](call->inputs[0].data, call->inputs[1].data, n, a, b, share,
                                    call->rows ? call->rows->data : NULL, call->grads[0] ? call->grads[0]->data : NULL);
  if (loss->reduction == LL_REDUCE_MEAN) call->value /= (double)n;
  return LL_OK;
}
