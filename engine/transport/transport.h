/* What the files of this folder share. */
#ifndef LOSSLAB_ENGINE_TRANSPORT_H
#define LOSSLAB_ENGINE_TRANSPORT_H

#include "engine/base/isa.h"
#include "engine/matrix/inputs.h"
#include "losslab/transport.h"

/* p (n), q (n): what compares two distributions over the same places. */
extern const ll_input ll_divergence_p_q[2];
/* p (n), q (m), cost (n,m). */
extern const ll_input ll_divergence_p_q_cost[3];

/* ---- the network simplex (simplex.c, simplex_start.c) ----------------------------------------------------------------------- */

/* What a spanning tree's node knows; nodes 0..n-1 are p's places (sources), n..n+m-1 q's (sinks). The arc to the parent goes from
 * its source end to its sink end whichever of the two is the child. */
typedef struct ll_simplex_node {
  uint32_t parent, child, next, previous; /* child: the first; next, previous: siblings. LL_NO_NODE: none */
  uint32_t depth;
  int64_t flow; /* of the arc to the parent */
  double cost;
} ll_simplex_node;
#define LL_NO_NODE UINT32_MAX

typedef struct ll_simplex {
  const ll_matrix *cost; /* n×m */
  size_t n, m;
  const int64_t *mass;   /* n + m: supply and demand; a place of mass 0 is not in the tree */
  double *potential;     /* n + m: c_ij = potential[i] + potential[n + j] on the tree; -inf out of it */
  ll_simplex_node *node; /* n + m */
  uint32_t root;
  size_t pivots;
} ll_simplex;

void ll_simplex_link(ll_simplex *t, uint32_t child, uint32_t parent, int64_t flow, double cost);
/* Depths and potentials below `top`, whose parent's (if it has one) are right. */
void ll_simplex_settle(ll_simplex *t, uint32_t top);
/* A first strongly feasible tree: every arc without flow leads up to a sink. LL_ERR_MEMORY. */
ll_status ll_simplex_start(ll_ctx *ctx, ll_simplex *t);
/* From there to the optimum. */
ll_status ll_simplex_optimise(ll_ctx *ctx, ll_simplex *t);

/* ---- loops (transport.simd.c) -------------------------------------------------------------------------------------------------
 */

typedef struct ll_transport_kernels {
  /* The smallest c[j] - v[j] (j < m). */
  double (*least)(const ll_real *c, const double *v, size_t m);
  /* The first j with c[j] - v[j] <= bound; m if there is none. */
  size_t (*first)(const ll_real *c, const double *v, size_t m, double bound);
  /* least[j] = min(least[j], c[j] - u) */
  void (*lower)(const ll_real *c, double u, double *least, size_t m);
  /* e[j] = exp(h[j] - c[j] × rate - top) with top the largest exponent; returns their sum. m >= 1. */
  double (*softmin)(const ll_real *c, const double *h, double rate, size_t m, double *e, double *top);
  /* sums[j] += weight e[j] */
  void (*add)(const double *e, double weight, double *sums, size_t m);
  /* the sum of e[j] c[j] */
  double (*dot)(const double *e, const ll_real *c, size_t m);
} ll_transport_kernels;

const ll_transport_kernels *ll_transport_kernels_get(void);

#endif
