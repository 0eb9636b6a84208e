/* What the pointwise losses share: each is a form of pointwise.def, a loop over the rows, and its constants. */
#ifndef LOSSLAB_ENGINE_POINTWISE_H
#define LOSSLAB_ENGINE_POINTWISE_H

#include "engine/loss/loss.h"

typedef enum ll_pointwise_form {
#define POINTWISE(name, ...) LL_POINTWISE_##name,
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE
  LL_POINTWISE_COUNT
} ll_pointwise_form;

typedef struct ll_pointwise_kernels {
  ll_row_kernel *form[LL_POINTWISE_COUNT];
} ll_pointwise_kernels;

/* The eval of a pointwise loss by one form and its constants. */
ll_status ll_pointwise_eval(const ll_loss *loss, ll_loss_call *call, ll_pointwise_form form, double a, double b);

#endif
