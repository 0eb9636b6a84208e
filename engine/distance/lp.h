/* Distances pair by pair: sums of |x_j - y_j|^p and their limit, the largest difference, which no matrix product gives; and what
 * else is a function of two rows (a form of its own file). */
#ifndef LOSSLAB_ENGINE_LP_H
#define LOSSLAB_ENGINE_LP_H

#include "engine/base/isa.h"
#include "losslab/graph.h"

/* The loops over the features of one pair of rows. */
typedef struct ll_lp_form {
  double (*value)(const ll_real *x, const ll_real *y, size_t d, double p);
  /* gx += g dv/dx, gy += g dv/dy, v being the value */
  void (*slope)(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *gx, double *gy);
} ll_lp_form;

typedef struct ll_lp_kernels {
  ll_lp_form manhattan, chebyshev, minkowski;
} ll_lp_kernels;
const ll_lp_kernels *ll_lp_kernels_get(void);

/* [out] the distances of checked rows, row by row or of all pairs. */
ll_status ll_lp_apply(ll_ctx *ctx, const ll_lp_form *form, double p, bool pairwise, ll_node *a, ll_node *b, ll_node **out);

#endif
