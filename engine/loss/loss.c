/* The table of losses and what all of them share: finding, making, counting, the checks before every evaluation. */
#include "engine/loss/loss.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOSS(name) extern const ll_loss_desc ll_loss_##name;
#include "engine/loss/losses.def"
#undef LOSS
const ll_loss_desc *const ll_losses[] = {
#define LOSS(name) &ll_loss_##name,
#include "engine/loss/losses.def"
#undef LOSS
};
const size_t ll_loss_count = LL_ROWS(ll_losses);

const ll_input ll_loss_scores_labels[2] = {{"scores", "n,1", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};

ll_status ll_loss_find(ll_ctx *ctx, const char *name, const ll_loss_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "loss", name, ll_losses, ll_loss_count, &place));
  *out = ll_losses[place];
  return LL_OK;
}

static ll_loss_kept *kept_of(const ll_loss *loss) { return (ll_loss_kept *)(uintptr_t)loss; }

/* The place of a parameter that the row names; LL_MAX_PARAMS if it names none. */
static size_t place_of(const ll_param_table *table, const char *name) {
  size_t place = LL_MAX_PARAMS;
  for (size_t i = 0; name && i < table->count; i++)
    if (strcmp(table->params[i].name, name) == 0) place = i;
  assert(!name || place < LL_MAX_PARAMS);
  return place;
}

ll_status ll_loss_new(ll_ctx *ctx, const ll_loss_desc *desc, ll_loss **out) {
  void *block;
  *out = NULL;
  assert(desc->n_inputs <= LL_MAX_INPUTS && desc->params.count <= LL_MAX_PARAMS && desc->n_learnt <= LL_MAX_LEARNT);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_loss_kept)));
  ll_loss_kept *kept = block;
  kept->loss.desc = desc;
  kept->refs = 1;
  kept->pos_weight = 1;
  kept->of_sigmoid = strcmp(desc->output, "sigmoid") == 0;
  for (size_t i = 0; i < desc->n_learnt; i++) {
    kept->start[i] = place_of(&desc->params, desc->learnt[i].start);
    kept->rate[i] = place_of(&desc->params, desc->learnt[i].rate);
  }
  *out = &kept->loss;
  ll_params_default(&desc->params, (*out)->params);
  return LL_OK;
}

static void close_state(ll_ctx *ctx, ll_loss *loss) {
  if (ll_loss_state(loss) && loss->desc->close) loss->desc->close(ctx, loss);
  ll_loss_set_state(loss, NULL);
}

ll_status ll_loss_start(ll_ctx *ctx, ll_loss *loss) {
  ll_loss_kept *kept = kept_of(loss);
  close_state(ctx, loss);
  kept->started = false;
  LL_TRY(ll_params_check(ctx, &loss->desc->params, loss->params));
  for (size_t i = 0; i < loss->desc->n_learnt; i++) {
    loss->learnt[i] = kept->start[i] < LL_MAX_PARAMS ? loss->params[kept->start[i]] : 0;
    loss->learnt_grads[i] = 0;
  }
  if (loss->desc->open) LL_TRY(loss->desc->open(ctx, loss));
  kept->started = true;
  return LL_OK;
}

ll_status ll_loss_start_once(ll_ctx *ctx, ll_loss *loss) { return kept_of(loss)->started ? LL_OK : ll_loss_start(ctx, loss); }

ll_status ll_loss_set_reduction(ll_ctx *ctx, ll_loss *loss, const char *name) {
  static const char *const reductions[] = {[LL_REDUCE_MEAN] = "mean", [LL_REDUCE_SUM] = "sum", [LL_REDUCE_NONE] = "none"};
  if (!loss->desc->by_row)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s has no reduction (\"%s\" was given): its rows are not independent", loss->desc->name,
                   name);
  size_t place;
  LL_TRY(ll_names_choose(ctx, loss->desc->name, "reduction", name, reductions, LL_ROWS(reductions), &place));
  loss->reduction = (ll_reduction)place;
  return LL_OK;
}

ll_loss *ll_loss_retain(ll_loss *loss) {
  kept_of(loss)->refs++;
  return loss;
}

void ll_loss_release(ll_ctx *ctx, ll_loss *loss) {
  ll_loss_kept *kept = kept_of(loss);
  if (!loss || --kept->refs) return;
  close_state(ctx, loss);
  ll_free(ctx, kept->scratch);
  ll_free(ctx, kept->spare_payload);
  ll_free(ctx, kept->class_weights);
  ll_matrix_release(ctx, &kept->effective);
  ll_matrix_release(ctx, &kept->factors);
  ll_matrix_release(ctx, &kept->values);
  ll_free(ctx, kept);
}

ll_status ll_loss_scratch(ll_ctx *ctx, ll_loss *loss, size_t n, void **out) {
  ll_loss_kept *kept = kept_of(loss);
  *out = NULL;
  if (n > kept->scratch_size || !kept->scratch) {
    void *grown;
    LL_TRY(ll_alloc(ctx, &grown, n));
    ll_free(ctx, kept->scratch);
    kept->scratch = grown, kept->scratch_size = n;
  }
  *out = kept->scratch;
  return LL_OK;
}

static ll_status evaluate(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return loss->smoothing > 0 ? ll_loss_eval_smoothed(ctx, loss, call) : loss->desc->eval(ctx, loss, call);
}

ll_status ll_loss_each_row(const ll_loss *loss, ll_loss_call *call, ll_row_kernel *kernel, double a, double b) {
  size_t n = call->inputs[0].rows;
  double share = loss->reduction == LL_REDUCE_MEAN ? 1.0 / (double)n : 1.0;
  call->value = kernel(call->inputs[0].data, call->inputs[1].data, n, a, b, share, call->rows ? call->rows->data : NULL,
                       call->grads[0] ? call->grads[0]->data : NULL);
  if (loss->reduction == LL_REDUCE_MEAN) call->value /= (double)n;
  return LL_OK;
}

/* The inputs as eval wants them: rows without gaps. A view is copied, which costs a pooled buffer. */
static ll_status eval_contiguous(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_matrix inputs[LL_MAX_INPUTS];
  const ll_matrix *given = call->inputs;
  size_t made = 0;
  ll_status status;
  for (; made < loss->desc->n_inputs; made++) {
    if (ll_matrix_contiguous(&given[made])) inputs[made] = ll_matrix_share(&given[made]);
    else LL_GOTO(end, ll_matrix_copy(ctx, &given[made], &inputs[made]));
  }
  call->inputs = inputs;
  status = evaluate(ctx, loss, call);
end:
  call->inputs = given;
  while (made--) ll_matrix_release(ctx, &inputs[made]);
  return status;
}

/* The value of a loss that overflowed is inf, never NaN, and so are its rows' values; a gradient that is NaN then becomes 0. */
static void settle_overflow(const ll_loss_desc *d, ll_loss_call *call) {
  if (isnan(call->value)) call->value = INFINITY;
  for (size_t i = 0; i < d->n_learnt; i++)
    if (isnan(call->learnt_grads[i])) call->learnt_grads[i] = 0;
  for (size_t i = 0; call->rows && i < ll_matrix_count(call->rows); i++)
    if (isnan(call->rows->data[i])) call->rows->data[i] = (ll_real)INFINITY;
  for (size_t k = 0; k < d->n_inputs; k++)
    for (size_t i = 0; call->grads[k] && i < ll_matrix_count(call->grads[k]); i++)
      if (isnan(call->grads[k]->data[i])) call->grads[k]->data[i] = 0;
}

/* Notes the first score outside [0, 1]: the formula is defined for any, but its margins are meant for a sigmoid's. */
static void note_range(ll_loss *loss, const ll_matrix *scores) {
  if (ll_matrix_contiguous(scores) && ll_label_kernels_get()->within(scores->data, ll_matrix_count(scores))) return;
  for (size_t i = 0; i < scores->rows; i++) {
    const ll_real *row = ll_matrix_row(scores, i);
    for (size_t j = 0; j < scores->cols; j++) {
      if (row[j] >= 0 && row[j] <= 1) continue;
      ll_loss_note(loss, LL_REMARK_RANGE, "%s: %s, row %zu is %g, and it means a sigmoid's, from 0 to 1", loss->desc->name,
                   loss->desc->inputs[0].name, i + 1, (double)row[j]);
      return;
    }
  }
}

ll_status ll_loss_eval_plain(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_loss_desc *d = loss->desc;
  bool contiguous = true;
  for (size_t i = 0; i < d->n_inputs; i++) contiguous = contiguous && ll_matrix_contiguous(&call->inputs[i]);
  ll_status status = contiguous ? evaluate(ctx, loss, call) : eval_contiguous(ctx, loss, call);
  LL_TRY(ll_ctx_go_on(ctx)); /* first: an eval that was asked to end may have ended before it had its value */
  LL_TRY(status);
  if (kept_of(loss)->of_sigmoid && !kept_of(loss)->noted[LL_REMARK_RANGE]) note_range(loss, &call->inputs[0]);
  if (!isfinite((ll_real)call->value)) settle_overflow(d, call);
  for (size_t i = 0; i < d->n_learnt; i++) loss->learnt_grads[i] = call->learnt_grads[i];
  return LL_OK;
}

ll_status ll_loss_eval_checked(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_loss_desc *d = loss->desc;
  for (size_t i = 0; i < d->n_inputs; i++) {
    if (!call->grads[i]) continue;
    if (d->metric_only) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s is a metric: it has no gradient to train with", d->name);
    if (d->inputs[i].role != LL_INPUT_MATRIX)
      return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s: %s have no gradient", d->name, d->inputs[i].name);
  }
  if (loss->reduction != LL_REDUCE_NONE && call->rows)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: the values of the rows need reduction = \"none\"", d->name);
  LL_TRY(ll_loss_start_once(ctx, loss));
  call->empty = false, call->zero_rows = 0;
  return call->weights || ll_loss_is_weighed(loss) ? ll_loss_eval_weighed(ctx, loss, call) : ll_loss_eval_plain(ctx, loss, call);
}

ll_status ll_loss_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  LL_TRY(ll_inputs_check(ctx, loss->desc->name, loss->desc->inputs, loss->desc->n_inputs, loss->desc->n_optional, call->inputs));
  if (call->weights) LL_TRY(ll_loss_check_weights(ctx, loss, call->inputs, call->weights));
  return ll_loss_eval_checked(ctx, loss, call);
}

ll_status ll_loss_end_epoch(ll_ctx *ctx, ll_loss *loss) {
  return ll_loss_state(loss) && loss->desc->end_epoch ? loss->desc->end_epoch(ctx, loss) : LL_OK;
}

/* ---- what losses learn and remember -------------------------------------------------------------------------------------- */

void ll_loss_learn(ll_loss *loss, double scale, const double *grads) {
  const ll_loss_kept *kept = kept_of(loss);
  for (size_t i = 0; i < loss->desc->n_learnt; i++) {
    double rate = kept->rate[i] < LL_MAX_PARAMS ? loss->params[kept->rate[i]] : 0;
    if (rate > 0) loss->learnt[i] = fmax(loss->desc->learnt[i].low, loss->learnt[i] - rate * scale * grads[i]);
  }
}

ll_status ll_loss_set_learnt(ll_ctx *ctx, ll_loss *loss, size_t place, double value) {
  const ll_loss_desc *d = loss->desc;
  if (place >= d->n_learnt || d->learnt[place].input)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s holds no number %zu that it learns", d->name, place + 1);
  const ll_learnt *l = &d->learnt[place];
  if (!(value >= l->low && isfinite(value)))
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %s must be >= %g, not %g", d->name, l->name, l->low, value);
  LL_TRY(ll_loss_start_once(ctx, loss));
  loss->learnt[place] = value;
  return LL_OK;
}

/* Starts the loss if it was not started; refuses one without a history. */
static ll_status ready_for_history(ll_ctx *ctx, ll_loss *loss) {
  if (!loss->desc->history) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s has no history", loss->desc->name);
  return ll_loss_start_once(ctx, loss);
}

ll_status ll_loss_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs) {
  LL_TRY(ready_for_history(ctx, loss));
  return loss->desc->history(ctx, loss, inputs);
}

ll_status ll_loss_first_history(ll_ctx *ctx, ll_loss *loss, const ll_matrix *inputs, ll_random *stream) {
  LL_TRY(ready_for_history(ctx, loss));
  return loss->desc->first_history(ctx, loss, inputs, stream);
}

size_t ll_loss_history_rows(const ll_loss *loss) {
  return ll_loss_state(loss) && loss->desc->history_rows ? loss->desc->history_rows(loss) : 0;
}

void ll_loss_note(ll_loss *loss, ll_remark which, const char *format, ...) {
  ll_loss_kept *kept = kept_of(loss);
  if (kept->noted[which]) return;
  va_list args;
  va_start(args, format);
  vsnprintf(kept->remarks[which], sizeof kept->remarks[which], format, args);
  va_end(args);
  kept->noted[which] = true;
}

const char *ll_loss_remark(ll_loss *loss, ll_remark *which) {
  ll_loss_kept *kept = kept_of(loss);
  for (unsigned i = 0; i < LL_REMARK_COUNT; i++) {
    if (!kept->noted[i] || kept->given[i]) continue;
    kept->given[i] = true;
    *which = (ll_remark)i;
    return kept->remarks[i];
  }
  return NULL;
}

bool ll_loss_wants_history(const ll_loss *loss) { return loss->desc->wants_history && loss->desc->wants_history(loss); }
