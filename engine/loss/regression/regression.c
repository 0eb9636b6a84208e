/* The eval of a regression loss: one kernel call over all rows. */
#include "engine/loss/regression/regression.h"

LL_ISA_DECLARE(ll_regression_kernels, ll_regression_kernels);

const ll_input ll_regression_inputs[2] = {{"scores", "n,1", LL_INPUT_MATRIX}, {"values", "n,1", LL_INPUT_NUMBERS}};

ll_status ll_regression_eval(const ll_loss *loss, ll_loss_call *call, ll_regression_form form, double a, double b) {
  const ll_regression_kernels *kernels = LL_ISA_PICK(ll_regression_kernels);
  return ll_loss_each_row(loss, call, kernels->form[form], a, b);
}
