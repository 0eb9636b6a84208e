/* losslab/loss.h: the losses: one row each (ll_loss_desc, at the end of the loss's own file), listed in losses.def.
 *
 * A row says everything: name, formula, inputs, parameters, cost, source, and eval, which gives value and gradient in
 * one pass. The Lua entry, `losslab losses`, the sweepable parameters of a study, `losslab check` and the gradient
 * tests all read it. */
#ifndef LOSSLAB_LOSS_H
#define LOSSLAB_LOSS_H

#include "losslab/graph.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an input is. Only LL_INPUT_MATRIX receives a gradient. */
typedef enum ll_input_role {
  LL_INPUT_MATRIX,    /* scores, logits, features, embeddings, …: finite numbers */
  LL_INPUT_BINARY,    /* labels n×1 in {0,1} or {-1,+1} */
  LL_INPUT_CLASS,     /* labels n×1 in 1..K */
  LL_INPUT_RELEVANCE, /* grades: numbers >= 0; a decoy's label, -1, counts as 0 */
  LL_INPUT_NEIGHBOURS /* numbers of rows of the first input, from 1, for each of its rows; the last input, may be left out:
                         then 0×0, the loss finds its own */
} ll_input_role;

typedef struct ll_loss_input {
  const char *name;  /* as in the reference figures: "scores", "labels", "anchor", … */
  const char *shape; /* "n,1", "n,d", "k,d": letters are bound across the inputs of one loss; "*": any */
  ll_input_role role;
} ll_loss_input;

typedef enum ll_reduction { LL_REDUCE_MEAN, LL_REDUCE_SUM, LL_REDUCE_NONE } ll_reduction;

typedef struct ll_loss ll_loss;

/* One evaluation. Shapes, labels and finiteness have been checked against the row's inputs before eval sees it. */
typedef struct ll_loss_call {
  const ll_matrix *inputs; /* as many as the row has; binary labels as given. Views are allowed; eval sees them contiguous */
  double value;            /* [out] the reduced value; with reduction "none" the sum */
  ll_matrix *rows;         /* [out, opt] n×1, contiguous: the value of each row, only if the reduction is "none" */
  ll_matrix *grads[LL_MAX_INPUTS]; /* [out, opt] contiguous, of the input's shape, uninitialised; NULL: not wanted. With
                                      reduction "none" row i holds the gradient of row i's own value; see row_weights */
  const ll_matrix *row_weights;    /* [opt] n×1, with reduction "none": the gradients of an input without a row for each
                                      of the loss's (a table of class weights) are those of the rows' sum so weighed */
  double own_grad;                 /* [out] with respect to what the loss itself learns (adaptive_rank: the margin) */
} ll_loss_call;

typedef struct ll_loss_desc {
  const char *name, *family;
  const char *summary;  /* one line: what it is for */
  const char *formula;  /* as printed by `losslab losses NAME` */
  const char *gradient; /* convention at kinks, what is held constant; "" if there is nothing to say */
  const char *cost;     /* "O(n)", "O(n log n)" */
  const char *source;   /* paper and equation */
  const char *note;     /* [opt] where well-known implementations compute something else */
  const char *output;   /* what a study's network ends in for it: "identity" or "sigmoid" */
  ll_param_table params;
  const ll_loss_input *inputs;
  size_t n_inputs;
  bool by_row;       /* rows are independent: the parameter "reduction" is understood */
  bool metric_only;  /* it has no gradient; asking for one is LL_ERR_UNSUPPORTED */
  double rtol, atol; /* of its gradient check by central differences in double */
  const char *check; /* "parameter=choice": the form whose gradient is the derivative of its value, where the default
                        holds something constant; NULL: every form */
  ll_status (*eval)(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);
  /* For losses with a state (adaptive_rank: history and margin); all NULL otherwise. */
  ll_status (*open)(ll_ctx *ctx, ll_loss *loss); /* makes loss->state */
  void (*close)(ll_ctx *ctx, ll_loss *loss);     /* frees it */
  /* A training step with this batch was taken (called by backward): scale = the gradient that reached the loss (1 with
   * reduction "none"), own_grad as eval gave it. inputs have been checked, but may be views. */
  ll_status (*trained)(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, double scale, double own_grad);
  ll_status (*end_epoch)(ll_ctx *ctx, ll_loss *loss);
} ll_loss_desc;

struct ll_loss {
  const ll_loss_desc *desc;
  double params[LL_MAX_PARAMS];
  ll_reduction reduction;
  void *state;
  void *scratch; /* kept from step to step; grows as batches do */
  size_t scratch_size;
  void *spare_payload; /* of ll_loss_apply */
  uint32_t refs;
};

/* ---- the table ------------------------------------------------------------------------------------------------------- */

extern const ll_loss_desc *const ll_losses[]; /* ll_loss_count rows, in the order of losses.def */
extern const size_t ll_loss_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_loss_find(ll_ctx *ctx, const char *name, const ll_loss_desc **out);

/* ---- a loss with its parameters ------------------------------------------------------------------------------------- */

/* [out] the loss with its default parameters (reduction mean); set others in loss->params by ll_params_set_*, before
 * ll_loss_start. One reference. */
ll_status ll_loss_new(ll_ctx *ctx, const ll_loss_desc *desc, ll_loss **out);
/* Makes the state from the parameters: to be called after they are set; called again, it starts anew (the history is empty,
 * the margin the initial one). A loss that was not started starts at its first evaluation. LL_ERR_MEMORY. */
ll_status ll_loss_start(ll_ctx *ctx, ll_loss *loss);
/* "mean", "sum" or "none". LL_ERR_ARGUMENT if the loss is not by row, LL_ERR_NAME. */
ll_status ll_loss_set_reduction(ll_ctx *ctx, ll_loss *loss, const char *name);
ll_loss *ll_loss_retain(ll_loss *loss);
void ll_loss_release(ll_ctx *ctx, ll_loss *loss);

/* Checks the inputs (count, shapes, labels, finiteness; the message names the input and its first bad row) and evaluates
 * without a graph. LL_ERR_SHAPE, LL_ERR_LABEL, LL_ERR_NUMBER, LL_ERR_UNSUPPORTED. */
ll_status ll_loss_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* [out] the loss as a graph node: 1×1 (n×1 with reduction "none"). Value and gradient are computed now, in one pass, the
 * gradient only if it will be wanted; backward scales it and tells the loss that it was trained. Its second derivative is
 * LL_ERR_UNSUPPORTED. Errors as ll_loss_eval. */
ll_status ll_loss_apply(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, ll_node **out);

/* Losses with a state: no effect on others. */
ll_status ll_loss_end_epoch(ll_ctx *ctx, ll_loss *loss);

/* ---- adaptive_rank (000) ----------------------------------------------------------------------------------------------- */

/* The history: m scores and labels (m×1) of the previous epoch, copied and sorted, O(m). What was collected from training
 * since the last end of an epoch is dropped. After a failure the history is the one before. m = 0 empties it.
 * LL_ERR_ARGUMENT for another loss, LL_ERR_SHAPE, LL_ERR_LABEL, LL_ERR_NUMBER, LL_ERR_MEMORY. */
ll_status ll_adaptive_rank_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *scores, const ll_matrix *labels);
/* The same with scores drawn uniformly from [0, 0.5): the history of history_init = "uniform". */
ll_status ll_adaptive_rank_history_uniform(ll_ctx *ctx, ll_loss *loss, size_t targets, size_t decoys, ll_random *stream);
/* [out] xi now; the gradient of the last evaluation with respect to it; rows in the history. Each may be NULL.
 * LL_ERR_ARGUMENT for another loss. */
ll_status ll_adaptive_rank_state(ll_ctx *ctx, const ll_loss *loss, double *margin, double *margin_grad, size_t *history);
/* Sets xi, as when a run is taken up again. LL_ERR_RANGE unless it is a number >= 0. */
ll_status ll_adaptive_rank_set_margin(ll_ctx *ctx, ll_loss *loss, double margin);

#ifdef __cplusplus
}
#endif
#endif
