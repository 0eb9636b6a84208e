/* A loss as a node of the graph. Value and gradient come from one pass, forward; the node keeps the gradient, and backward
 * only scales it by what reaches it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/loss/loss.h"
#include "engine/matrix/kernels.h"

typedef struct evaluated {
  ll_loss *loss;
  ll_matrix grads[LL_MAX_INPUTS]; /* 0×0 where none was wanted */
  ll_matrix weights;              /* of rows, where they were given and are needed again; else 0×0 */
  double learnt_grads[LL_MAX_LEARNT];
  bool batch, empty; /* as in the call */
} evaluated;

/* One payload stays with the loss for its next step. */
static ll_status payload_new(ll_ctx *ctx, ll_loss *loss, evaluated **out) {
  ll_loss_kept *kept = (ll_loss_kept *)loss;
  void *block = kept->spare_payload;
  *out = NULL;
  kept->spare_payload = NULL;
  if (!block) LL_TRY(ll_alloc(ctx, &block, sizeof **out));
  *out = block;
  **out = (evaluated){.loss = ll_loss_retain(loss)};
  return LL_OK;
}

static void payload_free(ll_ctx *ctx, void *payload) {
  evaluated *e = payload;
  ll_loss_kept *kept = (ll_loss_kept *)e->loss;
  for (size_t i = 0; i < LL_MAX_INPUTS; i++) ll_matrix_release(ctx, &e->grads[i]);
  ll_matrix_release(ctx, &e->weights);
  if (kept->spare_payload) ll_free(ctx, e);
  else kept->spare_payload = e;
  ll_loss_release(ctx, &kept->loss);
}

/* to = g × from: one factor for all, or, where g has a row for each, by row. */
static void scale_gradient(const ll_matrix *from, const ll_matrix *g, bool by_row, ll_matrix *to) {
  const ll_kernels *k = ll_kernels_get();
  if (!by_row) {
    k->scale(from->data, (double)*g->data, 0, to->data, ll_matrix_count(from));
    return;
  }
  for (size_t i = 0; i < from->rows; i++)
    k->scale(ll_matrix_row(from, i), (double)*ll_matrix_row(g, i), 0, ll_matrix_row(to, i), from->cols);
}

/* Whether an input has no row for each of the loss's. Its gradient can be computed only when it is known what reaches each row. */
static bool is_shared(const ll_loss_desc *d, size_t i) { return d->by_row && d->inputs[i].shape[0] != d->inputs[0].shape[0]; }

/* The gradients of shared inputs with reduction "none": a second evaluation, weighed by what reached each row. */
static ll_status weighed_gradients(ll_ctx *ctx, ll_loss *loss, const ll_node *out, const ll_matrix *g, const bool *need,
                                   ll_node **grads) {
  const ll_loss_desc *d = loss->desc;
  ll_matrix inputs[LL_MAX_INPUTS], made[LL_MAX_INPUTS] = {{0}};
  const evaluated *e = out->payload;
  ll_loss_call call = {.inputs = inputs, .weights = e->weights.data ? &e->weights : NULL, .row_weights = g, .batch = e->batch};
  ll_status status = LL_OK;
  for (size_t i = 0; i < out->n_inputs; i++) {
    inputs[i] = out->inputs[i]->value;
    if (!need[i] || !is_shared(d, i)) continue;
    LL_GOTO(end, ll_matrix_new(ctx, inputs[i].rows, inputs[i].cols, &made[i]));
    call.grads[i] = &made[i];
  }
  LL_GOTO(end, ll_loss_eval_checked(ctx, loss, &call));
  for (size_t i = 0; i < out->n_inputs; i++) {
    if (!call.grads[i]) continue;
    ll_matrix m = made[i];
    made[i] = (ll_matrix){0}; /* the node takes it over, also if it fails */
    LL_GOTO(end, ll_node_new(ctx, &m, false, &grads[i]));
  }
end:
  for (size_t i = 0; i < out->n_inputs; i++) ll_matrix_release(ctx, &made[i]);
  return status;
}

static ll_status loss_vjp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const evaluated *e = out->payload;
  const ll_loss_desc *d = e->loss->desc;
  if (d->metric_only) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s is a metric: it has no gradient to train with", d->name);
  if (ll_recording_is_on(ctx))
    return ll_fail(
        ctx, LL_ERR_UNSUPPORTED,
        "%s computes its gradient together with its value and has no second derivative; write it with the ops of the graph to "
        "differentiate it twice",
        d->name);
  bool by_row = e->loss->reduction == LL_REDUCE_NONE, shared = false;
  for (size_t i = 0; i < out->n_inputs; i++) {
    shared = shared || (by_row && need[i] && is_shared(d, i));
    if (!need[i] || !e->grads[i].data) continue;
    ll_matrix m;
    LL_TRY(ll_matrix_new(ctx, e->grads[i].rows, e->grads[i].cols, &m));
    scale_gradient(&e->grads[i], &g->value, by_row, &m);
    LL_TRY(ll_node_new(ctx, &m, false, &grads[i]));
  }
  if (shared) LL_TRY(weighed_gradients(ctx, e->loss, out, &g->value, need, grads));
  if (d->trained) {
    ll_matrix inputs[LL_MAX_INPUTS];
    for (size_t i = 0; i < out->n_inputs; i++) inputs[i] = out->inputs[i]->value;
    LL_TRY(d->trained(ctx, e->loss, inputs));
  }
  ll_loss_learn(e->loss, by_row ? 1.0 : (double)*g->value.data, e->learnt_grads);
  return LL_OK;
}

static const char *title(const ll_node *out) { return ((const evaluated *)out->payload)->loss->desc->name; }

static const ll_op loss_op = {.name = "loss", .formula = "a loss with its gradient", .vjp = loss_vjp, .title = title};

/* With `batch`, *out is NULL where nothing was compared. */
static ll_status apply(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, const ll_matrix *weights, bool batch,
                       ll_node **out) {
  const ll_loss_desc *d = loss->desc;
  *out = NULL;
  size_t least = d->n_inputs - d->n_optional;
  if (n < least || n > d->n_inputs) {
    char expected[256] = "";
    for (size_t i = 0, at = 0; i < d->n_inputs && at < sizeof expected; i++)
      at +=
          (size_t)snprintf(expected + at, sizeof expected - at, "%s%s (%s)", i ? ", " : "", d->inputs[i].name, d->inputs[i].shape);
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes %zu inputs, %s; %zu were given", d->name, d->n_inputs, expected, n);
  }
  ll_matrix values[LL_MAX_INPUTS] = {{0}}, value = {0};
  bool wanted[LL_MAX_INPUTS], trains = false;
  assert(n > 0 && n <= LL_MAX_INPUTS);
  for (size_t i = 0; i < n; i++) {
    values[i] = inputs[i]->value;
    wanted[i] = ll_recording_is_on(ctx) && inputs[i]->requires_grad && d->inputs[i].role == LL_INPUT_MATRIX && !d->metric_only;
    trains |= wanted[i];
  }
  /* before anything of the inputs' shapes is made: an empty or mismatched input is the caller's error, not a lack of memory */
  LL_TRY(ll_inputs_check(ctx, d->name, d->inputs, d->n_inputs, d->n_optional, values));
  if (weights) LL_TRY(ll_loss_check_weights(ctx, loss, values, weights));
  if (trains && d->history && ll_loss_history_rows(loss) == 0)
    return ll_fail(ctx, LL_ERR_HISTORY, "%s has no history to be trained against", d->name);
  evaluated *e = NULL;
  ll_status status;
  LL_GOTO(fail, payload_new(ctx, loss, &e));
  ll_loss_call call = {.inputs = values, .weights = weights, .batch = batch};
  for (size_t i = 0; i < n; i++) {
    if (!wanted[i] || (loss->reduction == LL_REDUCE_NONE && is_shared(d, i))) continue;
    LL_GOTO(fail, ll_matrix_new(ctx, values[i].rows, values[i].cols, &e->grads[i]));
    call.grads[i] = &e->grads[i];
  }
  bool by_row = loss->reduction == LL_REDUCE_NONE;
  LL_GOTO(fail, ll_matrix_new(ctx, by_row ? values[0].rows : 1, 1, &value));
  if (by_row) call.rows = &value;
  if (by_row && weights && trains) LL_GOTO(fail, ll_matrix_copy(ctx, weights, &e->weights));
  status = ll_loss_eval_checked(ctx, loss, &call);
  loss->zero_rows += call.zero_rows;
  if (batch && (status == LL_ERR_EMPTY || (status == LL_OK && call.empty))) {
    status = trains && d->trained ? d->trained(ctx, loss, values) : LL_OK;
    goto fail; /* there is nothing to give */
  }
  if (status != LL_OK) goto fail;
  e->batch = batch, e->empty = call.empty;
  memcpy(e->learnt_grads, call.learnt_grads, sizeof e->learnt_grads);
  if (!by_row) *value.data = (ll_real)call.value;
  return ll_node_of_op(ctx, &loss_op, inputs, n, &value, e, payload_free, out);
fail:
  ll_matrix_release(ctx, &value);
  if (e) payload_free(ctx, e);
  return status;
}

/* ---- without a graph -----------------------------------------------------------------------------------------------------------
 */

ll_status ll_loss_direct(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, size_t n, const ll_matrix *weights, bool batch,
                         ll_matrix *grad, ll_loss_direct_call *out) {
  const ll_loss_desc *d = loss->desc;
  ll_matrix values[LL_MAX_INPUTS] = {{0}};
  for (size_t i = 0; i < n; i++) values[i] = inputs[i];
  LL_TRY(ll_inputs_check(ctx, d->name, d->inputs, d->n_inputs, d->n_optional, values));
  if (weights) LL_TRY(ll_loss_check_weights(ctx, loss, values, weights));
  if (d->history && ll_loss_history_rows(loss) == 0)
    return ll_fail(ctx, LL_ERR_HISTORY, "%s has no history to be trained against", d->name);
  if (grad->rows != values[0].rows || grad->cols != values[0].cols || !grad->data) {
    ll_matrix_release(ctx, grad);
    LL_TRY(ll_matrix_new(ctx, values[0].rows, values[0].cols, grad));
  }
  ll_loss_call call = {.inputs = values, .weights = weights, .batch = batch, .grads = {grad}};
  ll_status status = ll_loss_eval_checked(ctx, loss, &call);
  loss->zero_rows += call.zero_rows;
  out->compared = !(status == LL_ERR_EMPTY || (status == LL_OK && call.empty));
  if (!out->compared && batch) return d->trained ? d->trained(ctx, loss, values) : LL_OK;
  LL_TRY(status);
  out->value = (double)(ll_real)call.value;
  memcpy(out->learnt_grads, call.learnt_grads, sizeof out->learnt_grads);
  return LL_OK;
}

ll_status ll_loss_direct_trained(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, size_t n, double reached, ll_matrix *grad,
                                 const ll_loss_direct_call *call) {
  const ll_loss_desc *d = loss->desc;
  ll_matrix values[LL_MAX_INPUTS] = {{0}};
  for (size_t i = 0; i < n; i++) values[i] = inputs[i];
  reached = (double)(ll_real)reached; /* as backward has it, and scales: with 1, -0 becomes 0 */
  ll_kernels_get()->scale(grad->data, reached, 0, grad->data, ll_matrix_count(grad));
  if (d->trained) LL_TRY(d->trained(ctx, loss, values));
  ll_loss_learn(loss, reached, call->learnt_grads);
  return LL_OK;
}

ll_status ll_loss_apply(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, ll_node **out) {
  return apply(ctx, loss, inputs, n, NULL, false, out);
}

ll_status ll_loss_batch(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, ll_node **out) {
  return apply(ctx, loss, inputs, n, NULL, true, out);
}

ll_status ll_loss_apply_weighed(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, const ll_matrix *weights,
                                ll_node **out) {
  return apply(ctx, loss, inputs, n, weights, false, out);
}

ll_status ll_loss_batch_weighed(ll_ctx *ctx, ll_loss *loss, ll_node *const *inputs, size_t n, const ll_matrix *weights,
                                ll_node **out) {
  return apply(ctx, loss, inputs, n, weights, true, out);
}

bool ll_loss_is_empty(const ll_node *value) {
  return value->op == &loss_op && value->payload && ((const evaluated *)value->payload)->empty;
}
