/* What L-BFGS and its line search share: the point, the loss along a direction, in double in both builds. */
#ifndef LOSSLAB_ENGINE_LBFGS_H
#define LOSSLAB_ENGINE_LBFGS_H

#include "engine/optim/optim.h"

/* One step's work: all parameters as one vector of n numbers. */
typedef struct ll_lbfgs_search {
  ll_ctx *ctx;
  ll_optimizer_group *group;
  ll_closure *closure;
  void *user;
  size_t n, evaluations, most_evaluations;
  double *x, *g;   /* the point, its gradient */
  double *d;       /* the direction */
  double *trial_g; /* the gradient of the last evaluation */
  double *low_g;   /* scratch of the line search */
  double loss;     /* at x */
} ll_lbfgs_search;

/* The loss at x + a d, its gradient into trial_g, and in slope its derivative along d. */
ll_status ll_lbfgs_evaluate(ll_lbfgs_search *s, double a, double *loss, double *slope);
/* [inout] a: the first length to try, then the one that was found, with its loss in *loss and its gradient in trial_g; 0 if
 * none has a loss below that at x. slope: g d < 0. smallest: the search ends when the interval, as the largest change of an
 * element of x, is shorter. */
ll_status ll_wolfe_search(ll_lbfgs_search *s, double slope, double c1, double c2, double smallest, double *a, double *loss);

#endif
