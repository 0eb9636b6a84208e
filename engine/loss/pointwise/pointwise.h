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

/* One pass over n rows: the sum of the values; rows[i] = value and grads[i] = scale × derivative, each if not NULL. a and b
 * are the form's constants. */
typedef double ll_pointwise_kernel(const ll_real *scores, const ll_real *labels, size_t n, double a, double b, double scale,
                                   ll_real *rows, ll_real *grads);
typedef struct ll_pointwise_kernels {
  ll_pointwise_kernel *form[LL_POINTWISE_COUNT];
} ll_pointwise_kernels;

/* The eval of a pointwise loss by one form and its constants. */
ll_status ll_pointwise_eval(const ll_loss *loss, ll_loss_call *call, ll_pointwise_form form, double a, double b);

#endif
