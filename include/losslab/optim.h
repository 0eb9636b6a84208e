/* losslab/optim.h: optimizers, one row each (ll_optimizer_desc), listed in engine/optim/optimizers.def; what may be done
 * to gradients before a step (clipping) and to parameters after it (projections). g is the gradient plus
 * weight_decay × x, unless the row says otherwise; t counts a parameter's own steps from 1. */
#ifndef LOSSLAB_OPTIM_H
#define LOSSLAB_OPTIM_H

#include "losslab/graph.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LL_MAX_SLOTS = 2, LL_MAX_CONSTANTS = 8, LL_MAX_MEMORY = 2 };

typedef struct ll_optimizer ll_optimizer;

/* Evaluates the loss and its gradients (backward) at the parameters as they now are. */
typedef ll_status ll_closure(ll_ctx *ctx, void *user, double *loss);

typedef struct ll_optimizer_desc {
  const char *name, *summary, *formula, *source;
  int version;           /* of the formula, as a loss's (losslab/loss.h); 0 means 1 */
  ll_param_table params; /* the first is "lr" */
  size_t slots;          /* vectors it keeps for each parameter, zero at first */
  int kernel;            /* its loop in engine/optim/updates.def */
  /* The numbers of step t for the loop, from params and a memory kept from step to step (zero at first). */
  void (*prepare)(const double *params, uint64_t t, double *memory, double *constants);
  /* NULL, but for optimizers that evaluate the loss several times a step: instead of a loop they have a step of their own,
   * with the contract of ll_optimizer_minimize, and a state, which close frees. They take one group of parameters. */
  ll_status (*minimize)(ll_ctx *ctx, ll_optimizer *optimizer, ll_closure *closure, void *user, double *loss, size_t *evaluations);
  void (*close)(ll_ctx *ctx, ll_optimizer *optimizer);
  /* Of a state: writes what the next step depends on; and reads it, replacing the state only if all of it fits. */
  ll_status (*save)(ll_ctx *ctx, const ll_optimizer *optimizer, ll_snapshot *to);
  ll_status (*restore)(ll_ctx *ctx, ll_optimizer *optimizer, ll_snapshot_reader *from);
} ll_optimizer_desc;

/* A parameter and what is kept for it. */
typedef struct ll_optimized {
  ll_node *node; /* one reference */
  ll_matrix slots[LL_MAX_SLOTS];
  uint64_t t;
  double memory[LL_MAX_MEMORY];
} ll_optimized;

/* Parameters that share their rates. */
typedef struct ll_optimizer_group {
  double params[LL_MAX_PARAMS]; /* may be changed between steps through ll_params_set_* */
  size_t count;
  ll_optimized *parameters;
} ll_optimizer_group;

typedef struct ll_projection {
  const char *name, *summary, *formula;
  const ll_param *bound; /* NULL: it has none */
  void (*apply)(ll_real *row, size_t n, ll_real bound);
} ll_projection;

struct ll_optimizer {
  const ll_optimizer_desc *desc;
  double rate; /* a schedule's factor, by which every group's lr is multiplied; 1 at first */
  uint64_t t;  /* steps taken */
  size_t n_groups, n_projections;
  ll_optimizer_group *groups;
  struct {
    const ll_projection *projection;
    double bound;
    size_t count; /* 0: all parameters */
    ll_node **nodes;
  } * projections;
  void *state;
};

extern const ll_optimizer_desc *const ll_optimizers[];
extern const size_t ll_optimizer_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_optimizer_find(ll_ctx *ctx, const char *name, const ll_optimizer_desc **out);

/* [out] an optimizer of n leaves that require gradients or are frozen, with default parameters; keeps a reference to
 * each. A leaf given twice (shared weights) is optimized once. LL_ERR_ARGUMENT (a node that is no such leaf, or none at
 * all), LL_ERR_MEMORY. */
ll_status ll_optimizer_new(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_node *const *nodes, size_t n, ll_optimizer **out);
void ll_optimizer_free(ll_ctx *ctx, ll_optimizer *optimizer);
/* One more group, with the first group's parameters, as optimizer->groups[n_groups - 1]. Errors as ll_optimizer_new;
 * LL_ERR_ARGUMENT for a leaf that another group has; LL_ERR_UNSUPPORTED for an optimizer that takes one group only (lbfgs). */
ll_status ll_optimizer_add(ll_ctx *ctx, ll_optimizer *optimizer, ll_node *const *nodes, size_t n);

/* One step: uses the gradient of each leaf and clears it; leaves without one stay as they are. Then the projections.
 * LL_ERR_SHAPE; LL_ERR_UNSUPPORTED for an optimizer that needs a closure. */
ll_status ll_optimizer_step(ll_ctx *ctx, ll_optimizer *optimizer);
/* One step that evaluates the loss itself: gradients are cleared, closure called, the step taken. [out, opt] loss: the
 * last one known (lbfgs: where the step ended; the others: before the step). [out, opt] evaluations: how often closure was
 * called. A closure that fails ends it with its status, the parameters as they were before the step (lbfgs: at the best
 * point that it had reached). */
ll_status ll_optimizer_minimize(ll_ctx *ctx, ll_optimizer *optimizer, ll_closure *closure, void *user, double *loss,
                                size_t *evaluations);
/* Forgets the gradients. */
void ll_optimizer_clear(ll_ctx *ctx, ll_optimizer *optimizer);

/* [out] what its next steps depend on beside the leaves and their gradients, as bytes (losslab/base.h, states), to be freed by
 * ll_free: steps taken, rate, the groups' parameters, and what is kept for each leaf; of lbfgs the pairs of changes. Not the
 * leaves' values, which are the network's, nor what is projected. LL_ERR_MEMORY. */
ll_status ll_optimizer_save(ll_ctx *ctx, const ll_optimizer *optimizer, void **bytes, size_t *n);
/* Puts them into an optimizer of the same name, with leaves of the same shapes in the same groups and order. LL_ERR_FORMAT (the
 * optimizer is then as it was), LL_ERR_MEMORY. */
ll_status ll_optimizer_restore(ll_ctx *ctx, ll_optimizer *optimizer, const void *bytes, size_t n);

/* ---- clipping: to be called between backward and step -------------------------------------------------------------- */

/* Scales the gradients of n leaves by max / norm if norm > max, norm the Euclidean one of all their gradients together
 * (a leaf given twice counts once), and gives it in [out, opt] norm. If the norm is NaN or infinite, nothing is changed:
 * the caller has to look at it. Gradients held elsewhere too are copied first. max >= 0, or LL_ERR_RANGE;
 * LL_ERR_MEMORY. (Pascanu et al. 2013, Algorithm 1.) */
ll_status ll_clip_norm(ll_ctx *ctx, ll_node *const *nodes, size_t n, double max, double *norm);
/* Each element of the gradients to [-bound, bound]; NaN stays. bound >= 0, or LL_ERR_RANGE; LL_ERR_MEMORY. */
ll_status ll_clip_value(ll_ctx *ctx, ll_node *const *nodes, size_t n, double bound);
/* The same for all of an optimizer's parameters. */
ll_status ll_optimizer_clip_norm(ll_ctx *ctx, ll_optimizer *optimizer, double max, double *norm);
ll_status ll_optimizer_clip_value(ll_ctx *ctx, ll_optimizer *optimizer, double bound);
/* Multiplies the gradients of all parameters by a factor, as where those of several batches were added: a mean needs 1 / n.
 * Gradients held elsewhere too are copied first. LL_ERR_RANGE unless it is finite; LL_ERR_MEMORY. */
ll_status ll_optimizer_scale(ll_ctx *ctx, ll_optimizer *optimizer, double factor);

/* ---- projections --------------------------------------------------------------------------------------------------- */

extern const ll_projection ll_projections[];
extern const size_t ll_projection_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_projection_find(ll_ctx *ctx, const char *name, const ll_projection **out);
/* Projects m onto the set, in place. LL_ERR_RANGE for a bound out of its range. */
ll_status ll_project(ll_ctx *ctx, const ll_projection *projection, double bound, ll_matrix *m);
/* Has these n leaves (n = 0: all parameters) projected after every step from now on, except those that are frozen then.
 * Keeps a reference to each. LL_ERR_RANGE, LL_ERR_MEMORY. */
ll_status ll_optimizer_project(ll_ctx *ctx, ll_optimizer *optimizer, const ll_projection *projection, double bound,
                               ll_node *const *nodes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
