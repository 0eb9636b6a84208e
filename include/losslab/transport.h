/* losslab/transport.h: divergences and transport distances between distributions: one row each (ll_divergence_desc, at the
 * end of its own file), listed in engine/transport/divergences.def.
 *
 * A distribution over n places is a vector, n×1 or 1×n, of probabilities: none negative, their sum within
 * LL_PROBABILITY_TOLERANCE of 1. All arithmetic is in double; elements of ll_real are read as they are. */
#ifndef LOSSLAB_TRANSPORT_H
#define LOSSLAB_TRANSPORT_H

#include "losslab/axioms.h"
#include "losslab/graph.h"
#include "losslab/inputs.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a solver says of its answer. */
typedef struct ll_transport_report {
  double dual;       /* the value of the dual potentials, which are feasible: a lower bound of the value */
  double transport;  /* sum of plan × cost */
  double error;      /* wasserstein: (value - dual) / |value|; sinkhorn: sum |marginal of the plan - q| */
  size_t iterations; /* pivots, or passes over the cost */
  bool converged;    /* sinkhorn: error is within the tolerance. Exact methods: always */
} ll_transport_report;

/* One evaluation. plan, u and v are filled by the rows that transport by a cost (desc->has_plan) and left alone by others. */
typedef struct ll_divergence_call {
  const ll_matrix *inputs;         /* as many as the row has */
  double value;                    /* [out] may be inf (kl), never NaN */
  ll_matrix *grads[LL_MAX_INPUTS]; /* [out, opt] contiguous, of the input's shape. With respect to probabilities: defined up to a
                                      constant, since their sum stays 1. Optional inputs have none */
  ll_matrix *plan;                 /* [out, opt] contiguous n×m: what goes from place i of p to place j of q */
  ll_matrix *u, *v;                /* [out, opt] n×1 and m×1: the dual potentials */
  ll_transport_report report;      /* [out] */
} ll_divergence_call;

typedef struct ll_divergence_desc {
  const char *name, *family;
  const char *summary, *formula, *gradient, *cost, *source; /* as of a loss (losslab/loss.h) */
  int version;                                              /* of the formula, as a loss's; 0 means 1 */
  ll_axioms axioms;                                         /* of the defaults, between its first two inputs */
  ll_param_table params;
  const ll_input *inputs;
  size_t n_inputs;
  size_t n_optional; /* the last of them, which may be left out: 0×0 without data, or NULL as a node */
  bool has_plan;
  double rtol, atol; /* of its gradient check by central differences in double */
  ll_status (*eval)(ll_ctx *ctx, const double *params, ll_divergence_call *call); /* inputs come checked and contiguous */
} ll_divergence_desc;

extern const ll_divergence_desc *const ll_divergences[]; /* ll_divergence_count rows, in the order of divergences.def */
extern const size_t ll_divergence_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_divergence_find(ll_ctx *ctx, const char *name, const ll_divergence_desc **out);

/* Checks the inputs and evaluates. params: desc->params.count values, NULL for the defaults. LL_ERR_SHAPE, LL_ERR_NUMBER (NaN or
 * infinity; and its place), LL_ERR_RANGE (no probabilities: which input, and its first bad row or its sum; an epsilon below the
 * rounding of the costs), LL_ERR_MEMORY, LL_ERR_UNSUPPORTED (the gradient of an optional input). An iteration that did not converge
 * is LL_OK and says so in the report. */
ll_status ll_divergence_eval(ll_ctx *ctx, const ll_divergence_desc *desc, const double *params, ll_divergence_call *call);

/* [out] the same as a 1×1 node of the graph; call->inputs and grads are not read. Value and gradient come from one pass; the
 * second derivative is LL_ERR_UNSUPPORTED. */
ll_status ll_divergence_apply(ll_ctx *ctx, const ll_divergence_desc *desc, const double *params, ll_node *const *inputs, size_t n,
                              ll_divergence_call *call, ll_node **out);

/* [out] p / (p + q), elementwise: the best discriminator where real rows have density p and generated ones q (Goodfellow et al.
 * 2014, proposition 1); 1/2 where both are 0, since any value is as good there. p and q are any densities >= 0 of one shape.
 * LL_ERR_SHAPE, LL_ERR_NUMBER, LL_ERR_RANGE, LL_ERR_MEMORY. */
ll_status ll_optimal_discriminator(ll_ctx *ctx, const ll_matrix *p, const ll_matrix *q, ll_matrix *out);

/* [out] n×m: ‖x_i - y_j‖^power, Euclidean norm, x (n,d), y (m,d), power >= 1, as ops of the graph; for power 2 no root is taken.
 * Distances come from products, and of near points, where those would lose digits, from their differences. LL_ERR_SHAPE,
 * LL_ERR_RANGE, LL_ERR_MEMORY. */
ll_status ll_transport_cost(ll_ctx *ctx, ll_node *x, ll_node *y, double power, ll_node **out);

#ifdef __cplusplus
}
#endif
#endif
