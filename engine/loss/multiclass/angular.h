/* Softmax losses of the angle theta_j between a row of features and the weights of class j, and of both lengths: the label's logit
 * has a function f(theta) in the place of cos theta. */
#ifndef LOSSLAB_ENGINE_ANGULAR_H
#define LOSSLAB_ENGINE_ANGULAR_H

#include "engine/loss/loss.h"

/* f(cos theta, sin theta) and its two partial derivatives. */
typedef struct ll_angular_bend {
  double value, by_cos, by_sin;
} ll_angular_bend;
typedef struct ll_angular_form {
  bool unit_features, unit_weights; /* whose length does not count */
  bool sine;                        /* bend looks at sin theta */
  ll_angular_bend (*bend)(const double *params, double cosine, double sine);
} ll_angular_form;

/* features n×d, weights k×d, labels n×1 */
extern const ll_input ll_loss_features_weights_labels[3];
/* Every logit is scale × cos theta_j × the lengths that count; the label's has f instead of cos theta. LL_ERR_RANGE for a zero
 * row of features or weights, which in a batch of training has a right angle to all others; LL_ERR_MEMORY. */
ll_status ll_angular_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, const ll_angular_form *form, double scale);

typedef struct ll_angular_kernels {
  double (*dot)(const ll_real *x, const ll_real *y, size_t d);
  double (*apart)(const ll_real *x, double a, const ll_real *y, double b, size_t d);               /* |a x + b y|^2 */
  void (*add)(const ll_real *x, double a, ll_real *to, size_t d);                                  /* to += a x */
  void (*add_both)(const ll_real *x, double a, const ll_real *y, double b, ll_real *to, size_t d); /* to += a x + b y */
  void (*across)(const ll_real *x, double along, double factor, ll_real *to, size_t d);            /* to = factor (to - along x) */
} ll_angular_kernels;
const ll_angular_kernels *ll_angular_kernels_get(void);

/* multiple_angle.c: (lambda cos theta + psi(theta)) / (1 + lambda), psi = (-1)^k cos(m theta) - 2k for theta in
 * [k pi / m, (k + 1) pi / m], which falls from 0 to pi where cos(m theta) would rise again. params: m in 1..4, lambda. */
enum { LL_ANGULAR_M, LL_ANGULAR_LAMBDA };
ll_angular_bend ll_multiple_angle(const double *params, double cosine, double sine);

#endif
