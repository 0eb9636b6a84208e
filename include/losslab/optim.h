/* losslab/optim.h: optimizers, one row each (ll_optimizer_desc), listed in engine/optim/optimizers.def. g is the gradient
 * plus weight_decay × x, unless the row says otherwise; t counts steps from 1. */
#ifndef LOSSLAB_OPTIM_H
#define LOSSLAB_OPTIM_H

#include "losslab/graph.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LL_MAX_SLOTS = 2, LL_MAX_CONSTANTS = 8, LL_MAX_MEMORY = 2 };

typedef struct ll_optimizer_desc {
  const char *name, *summary, *formula, *source;
  ll_param_table params; /* the first is "lr" */
  size_t slots;          /* vectors it keeps for each parameter, zero at first */
  int kernel;            /* its loop in engine/optim/update.simd.c */
  /* The numbers of step t for the loop, from params and a memory kept from step to step (zero at first). */
  void (*prepare)(const double *params, uint64_t t, double *memory, double *constants);
} ll_optimizer_desc;

typedef struct ll_optimizer {
  const ll_optimizer_desc *desc;
  double params[LL_MAX_PARAMS]; /* may be changed between steps through ll_params_set_*: a schedule */
  double memory[LL_MAX_MEMORY];
  uint64_t t;
  size_t count;
  ll_node **nodes;  /* one reference each */
  ll_matrix *slots; /* desc->slots for each node */
} ll_optimizer;

extern const ll_optimizer_desc *const ll_optimizers[];
extern const size_t ll_optimizer_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_optimizer_find(ll_ctx *ctx, const char *name, const ll_optimizer_desc **out);

/* [out] an optimizer of n leaves that require gradients, with default parameters; keeps a reference to each.
 * LL_ERR_ARGUMENT (a node that is no such leaf, or none at all), LL_ERR_MEMORY. */
ll_status ll_optimizer_new(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_node *const *nodes, size_t n, ll_optimizer **out);
void ll_optimizer_free(ll_ctx *ctx, ll_optimizer *optimizer);

/* One step: uses the gradient of each leaf and clears it; leaves without one stay as they are. LL_ERR_SHAPE. */
ll_status ll_optimizer_step(ll_ctx *ctx, ll_optimizer *optimizer);

#ifdef __cplusplus
}
#endif
#endif
