/* What the regression losses share: each is a form of regression.def, a loop over the rows, and its constants. */
#ifndef LOSSLAB_ENGINE_REGRESSION_H
#define LOSSLAB_ENGINE_REGRESSION_H

#include "engine/loss/loss.h"

/* scores n×1 and values n×1, any real numbers. */
extern const ll_input ll_regression_inputs[2];

typedef enum ll_regression_form {
#define REGRESSION(name, ...) LL_REGRESSION_##name,
#include "engine/loss/regression/regression.def"
#undef REGRESSION
  LL_REGRESSION_COUNT
} ll_regression_form;

typedef struct ll_regression_kernels {
  ll_row_kernel *form[LL_REGRESSION_COUNT];
} ll_regression_kernels;

/* The eval of a regression loss by one form and its constants. */
ll_status ll_regression_eval(const ll_loss *loss, ll_loss_call *call, ll_regression_form form, double a, double b);

#endif
