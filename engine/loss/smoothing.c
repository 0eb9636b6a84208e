/* Label smoothing: the loss of a row is taken as if its label were replaced, with probability epsilon, by a class drawn uniformly.
 * Losses of a row and its class have it: those over scores and binary labels, and those over logits and classes. */
#include "engine/loss/loss.h"
#include "engine/matrix/buffer.h"

static size_t classes_of(const ll_loss_desc *d, const ll_loss_call *call) {
  return d->inputs[1].role == LL_INPUT_BINARY ? 2 : call->inputs[0].cols;
}

bool ll_loss_smooths(const ll_loss_desc *d) {
  return d->by_row && !d->metric_only && d->n_inputs == 2 && d->inputs[0].role == LL_INPUT_MATRIX &&
         (d->inputs[1].role == LL_INPUT_BINARY || d->inputs[1].role == LL_INPUT_CLASS);
}

ll_status ll_loss_set_smoothing(ll_ctx *ctx, ll_loss *loss, double epsilon) {
  if (!ll_loss_smooths(loss->desc))
    return ll_fail(ctx, LL_ERR_UNSUPPORTED,
                   "%s has no label smoothing: it is for losses of a row and its class, as softmax or hinge", loss->desc->name);
  if (!(epsilon >= 0 && epsilon < 1))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: label_smoothing must be on [0, 1), not %g", loss->desc->name, epsilon);
  loss->smoothing = epsilon;
  return LL_OK;
}

/* to = a × to + b × from. */
static void blend(double a, ll_matrix *to, double b, const ll_matrix *from) {
  if (!to) return;
  for (size_t i = 0, n = ll_matrix_count(to); i < n; i++)
    to->data[i] = (ll_real)(a * (double)to->data[i] + b * (double)from->data[i]);
}

/* Of a loss that is a function of the logits less the label's own, the mean over all classes is that function less the mean logit:
 * epsilon × (own - mean) is added, in one pass. */
static void own_against_mean(const ll_loss *loss, ll_loss_call *call) {
  const ll_matrix *logits = &call->inputs[0];
  size_t n = logits->rows, k = logits->cols;
  double epsilon = loss->smoothing, share = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    const ll_real *row = ll_matrix_row(logits, i);
    size_t own = (size_t)call->inputs[1].data[i] - 1;
    ll_sum sum = {0};
    for (size_t j = 0; j < k; j++) ll_sum_add(&sum, (double)row[j]);
    double added = epsilon * ((double)row[own] - ll_sum_value(&sum) / (double)k);
    ll_sum_add(&total, added);
    if (call->rows) call->rows->data[i] = (ll_real)((double)call->rows->data[i] + added);
    if (!call->grads[0]) continue;
    ll_real *grad = ll_matrix_row(call->grads[0], i);
    double each = share * epsilon / (double)k;
    for (size_t j = 0; j < k; j++) grad[j] = (ll_real)((double)grad[j] - each + (j == own ? share * epsilon : 0));
  }
  call->value += share * ll_sum_value(&total);
}

/* The label of a row for the c-th of the others: the other side, or the classes in turn from the one behind its own. */
static ll_real another(bool binary, ll_real label, size_t c, size_t k) {
  if (binary) return (ll_real)(label > 0 ? 0 : 1);
  return (ll_real)(((size_t)label - 1 + c) % k + 1);
}

/* By an evaluation for each class. */
static ll_status each_class(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_loss_desc *d = loss->desc;
  size_t k = classes_of(d, call), n = call->inputs[0].rows;
  bool binary = d->inputs[1].role == LL_INPUT_BINARY;
  double others = loss->smoothing / (double)k, own = 1 - loss->smoothing + others;
  ll_matrix labels = {0}, grad = {0}, rows = {0}, inputs[2];
  ll_status status;
  LL_GOTO(end, d->eval(ctx, loss, call));
  LL_GOTO(end, ll_matrix_new(ctx, n, 1, &labels));
  if (call->grads[0]) LL_GOTO(end, ll_matrix_new(ctx, n, call->inputs[0].cols, &grad));
  if (call->rows) LL_GOTO(end, ll_matrix_new(ctx, n, 1, &rows));
  for (size_t c = 1; c < k; c++) {
    for (size_t i = 0; i < n; i++) labels.data[i] = another(binary, call->inputs[1].data[i], c, k);
    inputs[0] = call->inputs[0], inputs[1] = labels;
    ll_loss_call other = *call;
    other.inputs = inputs;
    if (call->grads[0]) other.grads[0] = &grad;
    if (call->rows) other.rows = &rows;
    LL_GOTO(end, d->eval(ctx, loss, &other));
    double kept = c == 1 ? own : 1;
    call->value = kept * call->value + others * other.value;
    blend(kept, call->grads[0], others, &grad);
    blend(kept, call->rows, others, &rows);
  }
end:
  ll_matrix_release(ctx, &labels), ll_matrix_release(ctx, &grad), ll_matrix_release(ctx, &rows);
  return status;
}

ll_status ll_loss_eval_smoothed(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  if (!loss->desc->own_logit) return each_class(ctx, loss, call);
  LL_TRY(loss->desc->eval(ctx, loss, call));
  own_against_mean(loss, call);
  return LL_OK;
}
