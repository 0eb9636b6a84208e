/* losslab/loss.h: the losses: one row each (ll_loss_desc, at the end of the loss's own file), listed in losses.def.
 *
 * A row says everything: name, formula, inputs, parameters, cost, source, and eval, which gives value and gradient in
 * one pass. The Lua entry, `losslab losses`, the sweepable parameters of a study, `losslab check` and the gradient
 * tests all read it. */
#ifndef LOSSLAB_LOSS_H
#define LOSSLAB_LOSS_H

#include "losslab/graph.h"
#include "losslab/inputs.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ll_reduction { LL_REDUCE_MEAN, LL_REDUCE_SUM, LL_REDUCE_NONE } ll_reduction;

enum { LL_MAX_LEARNT = 4 };

/* A number that a loss learns beside the network. The loop, the Lua binding, the database, figures and texts know it by this row
 * alone. Either the loss holds it (input = 0), and a step of training moves it by - rate × its gradient, but not below low; or the
 * caller holds it, as an element of an input that an optimizer moves. */
typedef struct ll_learnt {
  const char *name;   /* "margin": loss.margin and loss.margin_grad in Lua, a row's name in a database */
  const char *symbol; /* "ξ": in figures and prose; its start is then ξ₀ and its rate η_ξ */
  const char *start;  /* [opt] the parameter that gives its first value: "margin" */
  const char *rate;   /* [opt] the parameter that is its learning rate: "margin_lr"; NULL: nothing moves it */
  double low;         /* the least that it may be: -INFINITY if there is none */
  size_t input;       /* 0, or the number of the input that holds it, from 1 */
  size_t element;     /* its place there, from 0, row by row */
} ll_learnt;

typedef struct ll_loss ll_loss;

/* One evaluation. Shapes, labels and finiteness have been checked against the row's inputs before eval sees it. */
typedef struct ll_loss_call {
  const ll_matrix *inputs; /* as many as the row has; binary labels as given. Views are allowed; eval sees them contiguous */
  double value;            /* [out] the reduced value; with reduction "none" the sum */
  ll_matrix *rows;         /* [out, opt] n×1, contiguous: the value of each row, only if the reduction is "none" */
  ll_matrix *grads[LL_MAX_INPUTS]; /* [out, opt] contiguous, of the input's shape, uninitialised; NULL: not wanted. With
                                      reduction "none" row i holds the gradient of row i's own value; see row_weights */
  const ll_matrix *weights;        /* [opt] n×1, >= 0: how much each row counts (ll_loss_weighs); ll_loss_eval checks them, and a
                                      row's eval sees them only if the row is of pairs that are weighed (pairs_weighed) */
  const ll_matrix *row_weights;    /* [opt] n×1, with reduction "none": an input without a row for each of the loss's (a table
                                      of class weights) gets the gradient of the rows' sum with these weights; beside it
                                      one with a row for each has row i's times weight i */
  double learnt_grads[LL_MAX_LEARNT]; /* [out] with respect to what the loss itself holds and learns; eval finds zeros in it */
  bool batch;                         /* of ll_loss_batch: a row without a direction has cosine 0 with all others and gradient 0 */
  bool empty;                         /* [out] the loss met nothing to compare: the gradients are 0, whatever the inputs */
  size_t zero_rows;                   /* [out] with `batch`: how many rows without a direction a loss of cosines met */
} ll_loss_call;

typedef struct ll_loss_desc {
  const char *name, *family;
  const char *summary;  /* one line: what it is for */
  const char *formula;  /* as printed by `losslab losses NAME` */
  const char *gradient; /* convention at kinks, what is held constant; "" if there is nothing to say */
  const char *cost;     /* "O(n)", "O(n log n)" */
  const char *source;   /* paper and equation */
  const char *note;     /* [opt] where well-known implementations compute something else */
  const char *output;   /* the last layer that a study's network gets for it: "identity" or "sigmoid" */
  int version; /* of the formula: raised when what the loss computes changes, beyond the rounding of its last digits, so that
                  trials of before are not taken for those of now; 0 means 1. ll_loss_version gives it */
  ll_param_table params;
  const ll_input *inputs; /* those of role LL_INPUT_MATRIX receive a gradient */
  size_t n_inputs;
  size_t n_optional;  /* how many of them, the last ones, may be left out: 0×0 without data */
  bool by_row;        /* rows are independent: the parameter "reduction" is understood */
  bool of_cosines;    /* it takes directions of rows: a zero row has none */
  bool pairs_weighed; /* of rows that are not independent: a pair of rows counts as much as the product of their weights */
  bool own_logit;     /* its value is a function of the logits less the label's own logit: softmax; what label smoothing asks */
  bool metric_only;   /* it has no gradient; asking for one is LL_ERR_UNSUPPORTED */
  double rtol, atol;  /* of its gradient check by central differences in double */
  const char *check;  /* "parameter=choice": the form whose gradient is the derivative of its value, where the default
                         holds something constant; NULL: every form */
  ll_status (*eval)(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);
  const ll_learnt *learnt; /* [opt] what it learns, at most LL_MAX_LEARNT */
  size_t n_learnt;
  /* For losses that remember; NULL for all others. */
  ll_status (*open)(ll_ctx *ctx, ll_loss *loss); /* makes the state, by ll_loss_set_state */
  void (*close)(ll_ctx *ctx, ll_loss *loss);     /* frees it */
  /* A training step with this batch was taken (called by backward). inputs have been checked, but may be views. */
  ll_status (*trained)(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs);
  ll_status (*end_epoch)(ll_ctx *ctx, ll_loss *loss);
  /* For those of them with a history, which is the previous epoch's inputs: without one they are not trained (LL_ERR_HISTORY). The
   * functions ll_loss_… below say what each does. */
  ll_status (*history)(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs);
  ll_status (*first_history)(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, ll_random *stream);
  size_t (*history_rows)(const ll_loss *loss);
  bool (*wants_history)(const ll_loss *loss); /* [opt] */
  /* Of the state that open makes: writes all that later values depend on; reads it, and replaces the state only if all fits. */
  ll_status (*save)(ll_ctx *ctx, const ll_loss *loss, ll_snapshot *to);
  ll_status (*restore)(ll_ctx *ctx, ll_loss *loss, ll_snapshot_reader *from);
} ll_loss_desc;

struct ll_loss { /* the engine keeps more behind it */
  const ll_loss_desc *desc;
  double params[LL_MAX_PARAMS];
  ll_reduction reduction;
  double smoothing;                   /* of labels: epsilon of ll_loss_set_smoothing, 0 at first */
  double learnt[LL_MAX_LEARNT];       /* the present values of what it learns and holds itself */
  double learnt_grads[LL_MAX_LEARNT]; /* their gradients in the last evaluation */
  uint64_t zero_rows;                 /* rows without a direction that ll_loss_batch has met so far */
};

/* ---- the table ------------------------------------------------------------------------------------------------------- */

extern const ll_loss_desc *const ll_losses[]; /* ll_loss_count rows, in the order of losses.def */
extern const size_t ll_loss_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_loss_find(ll_ctx *ctx, const char *name, const ll_loss_desc **out);

/* 1, or what the row says where its formula was changed. */
static inline int ll_loss_version(const ll_loss_desc *desc) { return desc->version ? desc->version : 1; }

/* ---- a loss with its parameters ------------------------------------------------------------------------------------- */

/* [out] the loss with its default parameters (reduction mean); set others in loss->params by ll_params_set_*, before
 * ll_loss_start. One reference. LL_ERR_MEMORY. */
ll_status ll_loss_new(ll_ctx *ctx, const ll_loss_desc *desc, ll_loss **out);
/* Makes the state from the parameters: to be called after they are set; called again, it starts anew (the history is empty,
 * what is learnt is where it begins). A loss that was not started starts at its first evaluation. LL_ERR_MEMORY. */
ll_status ll_loss_start(ll_ctx *ctx, ll_loss *loss);
/* "mean", "sum" or "none". LL_ERR_ARGUMENT if the loss is not by row, LL_ERR_NAME. */
ll_status ll_loss_set_reduction(ll_ctx *ctx, ll_loss *loss, const char *name);
/* Label smoothing: with probability epsilon a row's label counts as replaced by a class drawn uniformly from all k (binary labels:
 * k = 2), so that a row costs (1 - epsilon) l(f, y) + epsilon / k × sum over c of l(f, c), l its loss. 0 <= epsilon < 1, or
 * LL_ERR_RANGE; LL_ERR_UNSUPPORTED for a loss that has none (ll_loss_smooths). To be called before the first evaluation. It costs
 * an evaluation for each class, but for softmax. (Szegedy et al. 2016, section 7.) */
ll_status ll_loss_set_smoothing(ll_ctx *ctx, ll_loss *loss, double epsilon);
/* Whether it has label smoothing: it is by row, of scores and binary labels or of logits and classes, and no metric. */
bool ll_loss_smooths(const ll_loss_desc *desc);

/* How much rows count. The weight e_i of a row is the product of three, each of which is 1 unless it is given: its own, w_i; that
 * of its class, c_k; and pos_weight, p, of a row whose binary label is positive. The mean of values v_i is sum e_i v_i / sum w_i
 * c_k, so that a row of weight 2 is one that stands there twice, and one of weight 0 is left out. p is not in the divisor. (So
 * PyTorch has both: BCEWithLogitsLoss(pos_weight) divides by n, CrossEntropyLoss(weight) by the sum of the weights.) The sum is sum
 * e_i v_i, "none" gives e_i v_i, and the gradients are of these. Of a loss over pairs of a batch's rows (pairs_weighed) the mean is
 * sum w_i w_j v_ij / sum w_i w_j. Weights that are all 1 give the bits of none; weights that are all 0 leave nothing to compare. */
enum { LL_WEIGHS_ROWS = 1, LL_WEIGHS_POSITIVES = 2, LL_WEIGHS_CLASSES = 4 };
/* Which of them a loss takes: rows, of those whose rows are independent or whose pairs are weighed; positives and classes, of the
 * former alone: of binary labels both, of classes 1..K theirs. */
unsigned ll_loss_weighs(const ll_loss_desc *desc);
/* LL_ERR_ARGUMENT for a loss that does not take it; LL_ERR_RANGE unless it is finite and >= 0. */
ll_status ll_loss_set_pos_weight(ll_ctx *ctx, ll_loss *loss, double weight);
/* weights: of the classes 1..n, or n = 2: of negatives, of positives. Copied. LL_ERR_ARGUMENT as above; LL_ERR_RANGE: one that is
 * not finite and >= 0, all of them 0, fewer than 2; LL_ERR_MEMORY. That there are as many as classes is asked in each evaluation.
 */
ll_status ll_loss_set_class_weights(ll_ctx *ctx, ll_loss *loss, const double *weights, size_t n);
/* What was set; 1, and NULL with *n = 0. */
double ll_loss_pos_weight(const ll_loss *loss);
const double *ll_loss_class_weights(const ll_loss *loss, size_t *n);

ll_loss *ll_loss_retain(ll_loss *loss);
void ll_loss_release(ll_ctx *ctx, ll_loss *loss);

/* Checks the inputs (count, shapes, labels, finiteness; the message names the input and its first bad row) and evaluates
 * without a graph. LL_ERR_SHAPE, LL_ERR_LABEL, LL_ERR_NUMBER, LL_ERR_UNSUPPORTED. LL_ERR_EMPTY: the batch holds nothing that the
 * loss compares; a loss whose formula is 0 there gives that, and sets call->empty. */
ll_status ll_loss_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call);

/* [out] the loss as a graph node: 1×1 (n×1 with reduction "none"). Value and gradient are computed now, in one pass, the
 * gradient only if it will be wanted; backward scales it and tells the loss that it was trained. Its second derivative is
 * LL_ERR_UNSUPPORTED. Errors as ll_loss_eval; LL_ERR_HISTORY where a gradient is wanted of a loss whose history was not given. */
ll_status ll_loss_apply(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, ll_node **out);

/* The same with weights [opt] of the rows, n×1. LL_ERR_ARGUMENT for a loss that takes none; LL_ERR_SHAPE, LL_ERR_NUMBER,
 * LL_ERR_RANGE (below 0). */
ll_status ll_loss_apply_weighed(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, const ll_matrix *weights,
                                ll_node **out);
ll_status ll_loss_batch_weighed(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, const ll_matrix *weights,
                                ll_node **out);

/* ll_loss_apply for a batch of training, which may be any rows that chance put together. [out] *out is NULL where the loss met
 * nothing to compare, so that no step is taken; a loss that remembers remembers such a batch all the same. A row without a
 * direction (shorter than LL_LEAST), which a loss of cosines refuses elsewhere, has cosine 0 with all others and gradient 0;
 * loss->zero_rows counts them. Errors as ll_loss_apply but LL_ERR_EMPTY. */
ll_status ll_loss_batch(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, ll_node **out);
/* Whether value is the node of a loss that met nothing to compare; false once backward went through it. */
bool ll_loss_is_empty(const ll_node *value);

/* Ends an epoch of training; no effect on a loss that remembers nothing. */
ll_status ll_loss_end_epoch(ll_ctx *ctx, ll_loss *loss);

/* ---- what losses learn and remember -------------------------------------------------------------------------------------- */

/* Sets loss->learnt[place], as when a run is taken up again; starts a loss that was not started. LL_ERR_ARGUMENT for a number
 * that the loss does not hold; LL_ERR_RANGE unless it is finite and at least the row's low; LL_ERR_MEMORY. */
ll_status ll_loss_set_learnt(ll_ctx *ctx, ll_loss *loss, size_t place, double value);

/* The history of a loss that has one: the inputs that training had in the previous epoch, as many as the row has, copied. What was
 * collected from training since the last end of an epoch is dropped. After a failure the history is the one before; inputs
 * without rows empty it. LL_ERR_ARGUMENT for a loss without a history, LL_ERR_SHAPE, LL_ERR_LABEL, LL_ERR_NUMBER, LL_ERR_MEMORY. */
ll_status ll_loss_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs);
/* Sets the history for the first epoch as the loss's parameters say: made of inputs, which are those of the untrained network for
 * all rows of the training part, or drawn from stream. Errors as of ll_loss_history. */
ll_status ll_loss_first_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, ll_random *stream);
/* How many rows the history has; 0 for a loss without one. */
size_t ll_loss_history_rows(const ll_loss *loss);
/* Whether the loss wants ll_loss_history with freshly computed inputs at the end of each epoch, in place of ll_loss_end_epoch
 * (which takes its history away). */
bool ll_loss_wants_history(const ll_loss *loss);

/* What is no error and should be known to whoever trains. */
typedef enum ll_remark {
  LL_REMARK_RANGE,   /* a loss that means the scores of a sigmoid (output = "sigmoid") met one outside [0, 1] */
  LL_REMARK_OVERDUE, /* ten times as many rows were trained as the history has, and no epoch ended */
  LL_REMARK_COUNT
} ll_remark;
/* A sentence that the loss has to say, without an end, and in *which what it is of; each is given once in the life of a loss. NULL
 * if there is none. It stays until the loss is released. */
const char *ll_loss_remark(ll_loss *loss, ll_remark *which);

/* [out] what the loss has learnt, counted and remembers, as bytes (losslab/base.h, states), to be freed by ll_free: the numbers
 * that it holds and their last gradients, zero_rows, its history and what training has collected for the next one. Starts a loss
 * that was not started. LL_ERR_MEMORY. */
ll_status ll_loss_save(ll_ctx *ctx, ll_loss *loss, void **bytes, size_t *n);
/* Puts them into a loss of the same name, parameters and reduction, which goes on to the same bits. LL_ERR_FORMAT (the loss is then
 * as it was), LL_ERR_MEMORY. */
ll_status ll_loss_restore(ll_ctx *ctx, ll_loss *loss, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
