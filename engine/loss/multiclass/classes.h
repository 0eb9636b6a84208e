/* What the losses over classes share: one kernel call a row of logits, and the softmax losses whose logits are angles. */
#ifndef LOSSLAB_ENGINE_CLASSES_H
#define LOSSLAB_ENGINE_CLASSES_H

#include "engine/loss/loss.h"

/* The value of one row of k logits whose class is `label`, from 0; grads[j] = scale × its derivative, if not NULL; grads may be
 * the logits themselves. a is the form's constant (a margin). */
typedef double ll_class_kernel(const ll_real *logits, size_t k, size_t label, double a, double scale, ll_real *grads);
typedef struct ll_class_kernels {
  ll_class_kernel *softmax, *hinge, *hinge_squared, *weston_watkins, *crammer_singer;
} ll_class_kernels;
const ll_class_kernels *ll_class_kernels_get(void);

/* logits n×k and their classes. */
extern const ll_loss_input ll_loss_logits_labels[2];
/* The eval of a loss that is one kernel a row. */
ll_status ll_class_eval(const ll_loss *loss, ll_loss_call *call, ll_class_kernel *kernel, double a);

/* ---- angular.c: softmax losses of the angle between a row and its class's weights ------------------------------------------ */

/* What stands in for cos theta in the label's logit, as a function f(cos theta, sin theta). */
typedef struct ll_angular_bend {
  double value, by_cos, by_sin; /* f and its two partial derivatives */
} ll_angular_bend;
typedef struct ll_angular_form {
  bool unit_features, unit_weights; /* whose length does not count */
  bool sine;                        /* bend looks at sin theta */
  ll_angular_bend (*bend)(const double *params, double cosine, double sine);
} ll_angular_form;

/* features n×d, weights k×d, labels n×1 */
extern const ll_loss_input ll_loss_features_weights_labels[3];
/* Every logit is scale × cos theta_j × the lengths that count; the label's has f instead of cos theta. LL_ERR_RANGE for a zero
 * row of features or weights, LL_ERR_MEMORY. */
ll_status ll_angular_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, const ll_angular_form *form, double scale);

#endif
