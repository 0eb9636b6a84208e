/* What the losses' own files share. */
#ifndef LOSSLAB_ENGINE_LOSS_H
#define LOSSLAB_ENGINE_LOSS_H

#include "engine/base/ctx.h"
#include "engine/base/isa.h"
#include "engine/matrix/inputs.h"
#include "engine/matrix/label.h"
#include "losslab/loss.h"

/* scores n×1 and binary labels n×1: what pointwise and ranking losses take. */
extern const ll_input ll_loss_scores_labels[2];

/* Starts a loss that was not started. */
ll_status ll_loss_start_once(ll_ctx *ctx, ll_loss *loss);

/* ll_loss_eval of inputs that were checked. */
ll_status ll_loss_eval_checked(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* What eval gives of a loss with label smoothing (smoothing.c). */
ll_status ll_loss_eval_smoothed(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* A step of training without a graph (nn/mlp_pass.h), for a loss that is reduced and no metric: ll_loss_batch of inputs of which
 * the first alone wants a gradient, or ll_loss_apply, then what its backward does with a gradient of `reached`, 1 for a plain one.
 */
typedef struct ll_loss_direct_call {
  bool compared; /* [out] false: nothing was, and the rest is not set */
  double value;  /* [out] as the node would hold it */
  double learnt_grads[LL_MAX_LEARNT];
} ll_loss_direct_call;
/* batch: as ll_loss_batch. [inout] grad: kept from step to step, 0×0 at first. Errors as of ll_loss_batch or ll_loss_apply. */
ll_status ll_loss_direct(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, size_t n, bool batch, ll_matrix *grad,
                         ll_loss_direct_call *out);
ll_status ll_loss_direct_trained(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, size_t n, double reached, ll_matrix *grad,
                                 const ll_loss_direct_call *call);

/* What the engine keeps behind a public loss. */
typedef struct ll_loss_kept {
  ll_loss loss; /* first, so that a pointer to one is a pointer to the other */
  bool started;
  size_t start[LL_MAX_LEARNT], rate[LL_MAX_LEARNT]; /* places of the parameters that the row names; LL_MAX_PARAMS: none */
  void *state;
  void *scratch; /* kept from step to step; grows as batches do */
  size_t scratch_size;
  void *spare_payload; /* of ll_loss_apply */
  char remarks[LL_REMARK_COUNT][200];
  bool noted[LL_REMARK_COUNT], given[LL_REMARK_COUNT]; /* of remarks: that there is one; that it was given away */
  bool of_sigmoid;                                     /* the row's output is "sigmoid" */
  uint32_t refs;
} ll_loss_kept;

/* The state of a loss that remembers: what its open made. */
static inline void *ll_loss_state(const ll_loss *loss) { return ((const ll_loss_kept *)(const void *)loss)->state; }
static inline void ll_loss_set_state(ll_loss *loss, void *state) { ((ll_loss_kept *)(void *)loss)->state = state; }
/* Moves each number that the loss holds and learns by - rate × scale × its gradient; scale: the gradient that reached the loss. */
void ll_loss_learn(ll_loss *loss, double scale, const double *grads);

/* A remark for ll_loss_remark, printf-formatted; the first of a kind counts. */
void ll_loss_note(ll_loss *loss, ll_remark which, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* [out] n bytes that belong to the loss and stay until its next call with a larger n. LL_ERR_MEMORY. */
ll_status ll_loss_scratch(ll_ctx *ctx, ll_loss *loss, size_t n, void **out);

#endif
