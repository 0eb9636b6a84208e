/* Distances by differences alone: sums and maxima of |x_j - y_j| that no product gives. */
#ifndef LOSSLAB_ENGINE_DISTANCE_H
#define LOSSLAB_ENGINE_DISTANCE_H

#include "engine/autograd/node.h"
#include "engine/base/isa.h"
#include "losslab/distance.h"

typedef enum ll_lp { LL_MANHATTAN, LL_CHEBYSHEV, LL_MINKOWSKI, LL_LP_COUNT } ll_lp;

typedef struct ll_lp_kernels {
  double (*value[LL_LP_COUNT])(const ll_real *x, const ll_real *y, size_t d, double p);
  /* gx += g d|x - y| / dx, gy -= the same */
  void (*slope[LL_LP_COUNT])(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *gx, double *gy);
} ll_lp_kernels;

ll_status ll_lp_apply(ll_ctx *ctx, ll_lp which, double p, bool pairwise, ll_node *a, ll_node *b, ll_node **out);

/* |(a_i - b_k) map| of all pairs (mapped.c). */
ll_node *ll_mapped_distances(ll_expr *e, ll_node *a, ll_node *b, ll_node *map);

#endif
