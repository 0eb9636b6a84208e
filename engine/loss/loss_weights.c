/* How much rows count. A row's eval knows nothing of it: the rows are evaluated each by itself (reduction "none"), and their values
 * and gradients multiplied. So every loss whose rows are independent takes weights, and one without pays a comparison. */
#include <math.h>
#include <string.h>

#include "engine/loss/loss.h"

static ll_loss_kept *kept_of(const ll_loss *loss) { return (ll_loss_kept *)(uintptr_t)loss; }

/* The input of labels by which rows are weighed; n_inputs: none. */
static size_t labels_of(const ll_loss_desc *d) {
  size_t i = 0;
  while (i < d->n_inputs && d->inputs[i].role != LL_INPUT_BINARY && d->inputs[i].role != LL_INPUT_CLASS) i++;
  return d->by_row ? i : d->n_inputs;
}

unsigned ll_loss_weighs(const ll_loss_desc *d) {
  size_t labels = labels_of(d);
  unsigned out = d->by_row || d->pairs_weighed ? LL_WEIGHS_ROWS : 0;
  if (labels == d->n_inputs) return out;
  return out | LL_WEIGHS_CLASSES | (d->inputs[labels].role == LL_INPUT_BINARY ? LL_WEIGHS_POSITIVES : 0u);
}

ll_status ll_loss_set_pos_weight(ll_ctx *ctx, ll_loss *loss, double weight) {
  const char *name = loss->desc->name;
  if (!(ll_loss_weighs(loss->desc) & LL_WEIGHS_POSITIVES))
    return ll_fail(ctx, LL_ERR_ARGUMENT,
                   "%s takes no pos_weight: it is of losses whose rows are independent and have binary labels", name);
  if (!(isfinite(weight) && weight >= 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: pos_weight must be >= 0, not %g", name, weight);
  kept_of(loss)->pos_weight = weight;
  return LL_OK;
}

ll_status ll_loss_set_class_weights(ll_ctx *ctx, ll_loss *loss, const double *weights, size_t n) {
  ll_loss_kept *kept = kept_of(loss);
  const ll_loss_desc *d = loss->desc;
  double most = 0;
  void *block;
  if (!(ll_loss_weighs(d) & LL_WEIGHS_CLASSES))
    return ll_fail(ctx, LL_ERR_ARGUMENT,
                   "%s takes no class_weights: they are of losses whose rows are independent and have a class", d->name);
  bool binary = d->inputs[labels_of(d)].role == LL_INPUT_BINARY;
  if (n < 2 || (binary && n > 2))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: class_weights are %s, not %zu numbers", d->name,
                   binary ? "two, of negatives and of positives" : "one a class, at least 2", n);
  for (size_t k = 0; k < n; k++) {
    if (!(isfinite(weights[k]) && weights[k] >= 0))
      return ll_fail(ctx, LL_ERR_RANGE, "%s: class_weights: number %zu must be >= 0, not %g", d->name, k + 1, weights[k]);
    most = fmax(most, weights[k]);
  }
  if (!(most > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: class_weights are all 0", d->name);
  LL_TRY(ll_alloc(ctx, &block, n * sizeof *weights));
  ll_free(ctx, kept->class_weights);
  kept->class_weights = memcpy(block, weights, n * sizeof *weights), kept->n_class_weights = n;
  return LL_OK;
}

double ll_loss_pos_weight(const ll_loss *loss) { return kept_of(loss)->pos_weight; }
const double *ll_loss_class_weights(const ll_loss *loss, size_t *n) {
  *n = kept_of(loss)->n_class_weights;
  return kept_of(loss)->class_weights;
}

ll_status ll_loss_check_weights(ll_ctx *ctx, const ll_loss *loss, const ll_matrix *inputs, const ll_matrix *weights) {
  const ll_loss_desc *d = loss->desc;
  static const ll_input described = {"weights", "n,1", LL_INPUT_SIZES};
  if (!(ll_loss_weighs(d) & LL_WEIGHS_ROWS))
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes no weights: its rows are not independent, and its pairs are not weighed",
                   d->name);
  if (weights->rows != inputs[0].rows || weights->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: weights (n,1) is %zux%zu, which does not fit %s (%s), %zux%zu", d->name, weights->rows,
                   weights->cols, d->inputs[0].name, d->inputs[0].shape, inputs[0].rows, inputs[0].cols);
  return ll_input_role_check(ctx, &(ll_input_given){d->name, &described, weights, 0, weights->rows});
}

/* ---- an evaluation ----------------------------------------------------------------------------------------------------------- */

static ll_status make_room(ll_ctx *ctx, size_t n, ll_matrix *m) {
  if (m->data && m->rows == n) return LL_OK;
  ll_matrix_release(ctx, m);
  return ll_matrix_new(ctx, n, 1, m);
}

/* As many weights as classes, where the shapes say how many there are. */
static ll_status check_classes(ll_ctx *ctx, const ll_loss *loss, const ll_matrix *inputs) {
  const ll_loss_kept *kept = kept_of(loss);
  const ll_loss_desc *d = loss->desc;
  for (size_t i = 0; i < d->n_inputs && kept->class_weights; i++) {
    const char *shape = d->inputs[i].shape;
    size_t extent = shape[0] == 'k' ? inputs[i].rows : shape[1] == ',' && shape[2] == 'k' ? inputs[i].cols : kept->n_class_weights;
    if (extent != kept->n_class_weights)
      return ll_fail(ctx, LL_ERR_SHAPE, "%s: %zu class_weights for %zu classes", d->name, kept->n_class_weights, extent);
  }
  return LL_OK;
}

/* e_i of every row; the sum of w_i c_k; whether all of them are 1. */
static ll_status weigh(ll_ctx *ctx, ll_loss *loss, const ll_loss_call *call, double *divisor, bool *ones) {
  ll_loss_kept *kept = kept_of(loss);
  size_t n = call->inputs[0].rows, labels = labels_of(loss->desc);
  bool by_label = ll_loss_is_weighed(loss), binary = by_label && loss->desc->inputs[labels].role == LL_INPUT_BINARY;
  ll_sum sum = {0};
  LL_TRY(make_room(ctx, n, &kept->effective));
  LL_TRY(check_classes(ctx, loss, call->inputs));
  *ones = true;
  for (size_t i = 0; i < n; i++) {
    double w = call->weights ? (double)*ll_matrix_row(call->weights, i) : 1, e = w;
    if (by_label) {
      ll_real label = *ll_matrix_row(&call->inputs[labels], i);
      size_t k = binary ? ll_is_target(label) : (size_t)label - 1;
      if (kept->class_weights) w *= kept->class_weights[k];
      e = binary && k ? w * kept->pos_weight : w;
    }
    ll_sum_add(&sum, w);
    kept->effective.data[i] = (ll_real)e;
    *ones = *ones && e >= 1 && e <= 1 && w >= 1 && w <= 1;
  }
  *divisor = ll_sum_value(&sum);
  return LL_OK;
}

/* Row i of a gradient times a factor; a row that does not count has none, whatever its own is. */
static void scale_rows(ll_matrix *grad, const ll_matrix *factors) {
  for (size_t i = 0; i < grad->rows; i++) {
    ll_real *row = ll_matrix_row(grad, i), factor = factors->data[i];
    for (size_t j = 0; j < grad->cols; j++) row[j] = factor > 0 ? row[j] * factor : 0;
  }
}

static void nothing(const ll_loss_desc *d, ll_loss_call *call) {
  call->value = 0, call->empty = true;
  if (call->rows) ll_matrix_fill(call->rows, 0);
  for (size_t k = 0; k < d->n_inputs; k++)
    if (call->grads[k]) ll_matrix_fill(call->grads[k], 0);
}

/* An input without a row for each of the loss's, whose gradient is wanted. */
static bool wants_shared(const ll_loss_desc *d, const ll_loss_call *call) {
  bool wanted = false;
  for (size_t i = 0; i < d->n_inputs; i++) wanted = wanted || (call->grads[i] && d->inputs[i].shape[0] != d->inputs[0].shape[0]);
  return wanted;
}

static ll_status eval_rows(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, double divisor) {
  ll_loss_kept *kept = kept_of(loss);
  const ll_loss_desc *d = loss->desc;
  size_t n = call->inputs[0].rows;
  ll_reduction asked = loss->reduction;
  double share = asked == LL_REDUCE_MEAN ? 1 / divisor : 1;
  bool shared = wants_shared(d, call);
  ll_loss_call rows = *call;
  LL_TRY(make_room(ctx, n, &kept->factors));
  if (!call->rows) LL_TRY(make_room(ctx, n, &kept->values));
  for (size_t i = 0; i < n; i++) {
    double reached = call->row_weights ? (double)*ll_matrix_row(call->row_weights, i) : 1;
    kept->factors.data[i] = (ll_real)((double)kept->effective.data[i] * share * reached);
  }
  rows.weights = NULL;
  rows.rows = call->rows ? call->rows : &kept->values;
  rows.row_weights = shared ? &kept->factors : NULL;
  loss->reduction = LL_REDUCE_NONE;
  ll_status status = ll_loss_eval_plain(ctx, loss, &rows);
  loss->reduction = asked;
  LL_TRY(status);
  ll_sum sum = {0};
  double plain = 0;
  for (size_t i = 0; i < n; i++) {
    double e = (double)kept->effective.data[i], value = e > 0 ? e * (double)rows.rows->data[i] : 0;
    ll_sum_add(&sum, value), plain += value;
    if (call->rows) call->rows->data[i] = (ll_real)value;
  }
  for (size_t k = 0; k < d->n_inputs && !shared; k++)
    if (call->grads[k]) scale_rows(call->grads[k], &kept->factors);
  call->value = share * (isfinite(plain) ? ll_sum_value(&sum) : plain);
  memcpy(call->learnt_grads, rows.learnt_grads, sizeof call->learnt_grads);
  call->zero_rows = rows.zero_rows, call->empty = rows.empty;
  return LL_OK;
}

ll_status ll_loss_eval_weighed(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_matrix *given = call->weights;
  double divisor;
  bool ones;
  LL_TRY(weigh(ctx, loss, call, &divisor, &ones));
  if (ones) call->weights = NULL;
  else if (!(divisor > 0)) {
    nothing(loss->desc, call);
    return LL_OK;
  }
  ll_status status = ones || loss->desc->pairs_weighed ? ll_loss_eval_plain(ctx, loss, call) : eval_rows(ctx, loss, call, divisor);
  call->weights = given;
  return status;
}
