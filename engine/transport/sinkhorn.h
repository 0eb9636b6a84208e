/* The Sinkhorn iteration, for the row of that name and for the debiased divergence. */
#ifndef LOSSLAB_ENGINE_SINKHORN_H
#define LOSSLAB_ENGINE_SINKHORN_H

#include "engine/transport/transport.h"

typedef struct ll_sinkhorn_options {
  const char *owner; /* the row's name, for messages */
  double epsilon, tolerance, scaling;
  size_t iterations;
  bool symmetric; /* p = q and cost is its own transpose: then u = v, and averaging them converges far sooner than taking turns */
} ll_sinkhorn_options;

/* The regularised value with what of call's plan, u, v and grads (with respect to p, q, cost) is asked for; inputs p, q, cost,
 * checked and contiguous. LL_ERR_RANGE (costs that overflow or whose rounding exceeds epsilon), LL_ERR_MEMORY. */
ll_status ll_sinkhorn(ll_ctx *ctx, const ll_sinkhorn_options *options, ll_divergence_call *call);

/* Parameter rows that both have, and their values as options. */
#define LL_SINKHORN_PARAMS                                                                                                         \
  LL_POSITIVE("epsilon", 0.05, "strength of the entropy, in units of the cost"),                                                   \
      LL_POSITIVE("tolerance", 1e-6, "how far the marginals may be off, in sum, where it stops"),                                  \
      LL_INTEGER("iterations", 10000, 1, 1e9, "the largest number of passes over the cost"), {                                     \
    .name = "scaling", .kind = LL_PARAM_NUMBER, .value = 0.5, .low = 0, .low_open = true, .high = 1,                               \
    .doc = "epsilon starts at the cost's range and is multiplied by it each pass; 1: no such start"                                \
  }
enum { LL_SINKHORN_EPSILON, LL_SINKHORN_TOLERANCE, LL_SINKHORN_ITERATIONS, LL_SINKHORN_SCALING, LL_SINKHORN_COUNT };

static inline ll_sinkhorn_options ll_sinkhorn_options_of(const char *owner, const double *params) {
  return (ll_sinkhorn_options){.owner = owner,
                               .epsilon = params[LL_SINKHORN_EPSILON],
                               .tolerance = params[LL_SINKHORN_TOLERANCE],
                               .scaling = params[LL_SINKHORN_SCALING],
                               .iterations = (size_t)params[LL_SINKHORN_ITERATIONS]};
}

#endif
