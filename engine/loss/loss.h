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

/* One pass over n rows (each_row.h): the sum of the values; rows[i] = value and grads[i] = scale × derivative, each if not NULL. a
 * and b are the form's constants. */
typedef double ll_row_kernel(const ll_real *scores, const ll_real *labels, size_t n, double a, double b, double scale,
                             ll_real *rows, ll_real *grads);
/* The eval of a loss whose rows are independent, scores n×1 against a column, by such a pass. */
ll_status ll_loss_each_row(const ll_loss *loss, ll_loss_call *call, ll_row_kernel *kernel, double a, double b);

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
/* batch: as ll_loss_batch; weights [opt] as ll_loss_batch_weighed. [inout] grad: kept from step to step, 0×0 at first. Errors as of
 * ll_loss_batch or ll_loss_apply. */
ll_status ll_loss_direct(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, size_t n, const ll_matrix *weights, bool batch,
                         ll_matrix *grad, ll_loss_direct_call *out);
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
  double pos_weight;
  double *class_weights; /* [opt] n_class_weights of them */
  size_t n_class_weights;
  ll_matrix effective, factors, values; /* of rows that are weighed: e_i, what gradients are multiplied by, v_i; kept */
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

/* Whether the loss itself weighs rows, by their label. */
static inline bool ll_loss_is_weighed(const ll_loss *loss) {
  const ll_loss_kept *kept = (const ll_loss_kept *)(const void *)loss;
  return kept->class_weights || !(kept->pos_weight >= 1 && kept->pos_weight <= 1);
}
/* The check of weights that a caller gave for n rows. LL_ERR_ARGUMENT, LL_ERR_SHAPE, LL_ERR_NUMBER, LL_ERR_RANGE. */
ll_status ll_loss_check_weights(ll_ctx *ctx, const ll_loss *loss, const ll_matrix *inputs, const ll_matrix *weights);
/* The evaluation of rows that are weighed, by the row's eval of each row by itself; inputs and weights have been checked. */
ll_status ll_loss_eval_weighed(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);
/* The row's eval of inputs that may be views, with an overflow settled. */
ll_status ll_loss_eval_plain(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* A remark for ll_loss_remark, printf-formatted; the first of a kind counts. */
void ll_loss_note(ll_loss *loss, ll_remark which, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* [out] n bytes that belong to the loss and stay until its next call with a larger n. LL_ERR_MEMORY. */
ll_status ll_loss_scratch(ll_ctx *ctx, ll_loss *loss, size_t n, void **out);

#endif
