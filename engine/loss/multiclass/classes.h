/* What the losses share that look at one row of logits and its class at a time: one kernel call a row. */
#ifndef LOSSLAB_ENGINE_CLASSES_H
#define LOSSLAB_ENGINE_CLASSES_H

#include "engine/loss/loss.h"

/* The value of one row of k logits whose class is `label`, from 0; grads[j] = scale × its derivative, if not NULL; grads may be
 * the logits themselves. a is the form's constant (a margin). */
typedef double ll_classes_kernel(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads);
typedef struct ll_classes_kernels {
  ll_classes_kernel *softmax, *hinge, *hinge_squared, *weston_watkins, *crammer_singer;
} ll_classes_kernels;
const ll_classes_kernels *ll_classes_kernels_get(void);

/* logits n×k and their classes. */
extern const ll_input ll_loss_logits_labels[2];
/* The eval of a loss that is one kernel a row. */
ll_status ll_classes_eval(const ll_loss *loss, ll_loss_call *call, ll_classes_kernel *kernel, double a);

#endif
