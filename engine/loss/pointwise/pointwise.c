/* The eval of a pointwise loss: one kernel call over all rows. */
#include "engine/loss/pointwise/pointwise.h"

LL_ISA_DECLARE(ll_pointwise_kernels, ll_pointwise_kernels);

ll_status ll_pointwise_eval(const ll_loss *loss, ll_loss_call *call, ll_pointwise_form form, double a, double b) {
  const ll_pointwise_kernels *kernels = LL_ISA_PICK(ll_pointwise_kernels);
  return ll_loss_each_row(loss, call, kernels->form[form], a, b);
}
