/* The table of losses and what all of them share: finding, making, counting, the checks before every evaluation. */
#include "engine/loss/loss.h"

#include <assert.h>
#include <math.h>
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

ll_status ll_loss_find(ll_ctx *ctx, const char *name, const ll_loss_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "loss", name, ll_losses, ll_loss_count, &place));
  *out = ll_losses[place];
  return LL_OK;
}

ll_status ll_loss_new(ll_ctx *ctx, const ll_loss_desc *desc, ll_loss **out) {
  void *block;
  *out = NULL;
  assert(desc->n_inputs <= LL_MAX_INPUTS && desc->params.count <= LL_MAX_PARAMS);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  *out = block;
  **out = (ll_loss){.desc = desc, .refs = 1};
  ll_params_default(&desc->params, (*out)->params);
  return LL_OK;
}

static void close_state(ll_ctx *ctx, ll_loss *loss) {
  if (loss->state && loss->desc->close) loss->desc->close(ctx, loss);
  loss->state = NULL;
}

ll_status ll_loss_start(ll_ctx *ctx, ll_loss *loss) {
  close_state(ctx, loss);
  return loss->desc->open ? loss->desc->open(ctx, loss) : LL_OK;
}

ll_status ll_loss_set_reduction(ll_ctx *ctx, ll_loss *loss, const char *name) {
  static const char *const reductions[] = {[LL_REDUCE_MEAN] = "mean", [LL_REDUCE_SUM] = "sum", [LL_REDUCE_NONE] = "none"};
  if (!loss->desc->by_row)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s has no reduction (\"%s\" was given): its rows are not independent", loss->desc->name,
                   name);
  for (size_t i = 0; i < LL_ROWS(reductions); i++)
    if (strcmp(reductions[i], name) == 0) {
      loss->reduction = (ll_reduction)i;
      return LL_OK;
    }
  const char *near = ll_names_nearest(name, reductions, LL_ROWS(reductions));
  return ll_fail(ctx, LL_ERR_NAME, "%s: reduction must be \"mean\", \"sum\" or \"none\", not \"%s\"%s%s%s", loss->desc->name, name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

ll_loss *ll_loss_retain(ll_loss *loss) {
  loss->refs++;
  return loss;
}

void ll_loss_release(ll_ctx *ctx, ll_loss *loss) {
  if (!loss || --loss->refs) return;
  close_state(ctx, loss);
  ll_free(ctx, loss->scratch);
  ll_free(ctx, loss->spare_payload);
  ll_free(ctx, loss);
}

ll_status ll_loss_scratch(ll_ctx *ctx, ll_loss *loss, size_t n, void **out) {
  *out = NULL;
  if (n > loss->scratch_size || !loss->scratch) {
    void *grown;
    LL_TRY(ll_alloc(ctx, &grown, n));
    ll_free(ctx, loss->scratch);
    loss->scratch = grown, loss->scratch_size = n;
  }
  *out = loss->scratch;
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
  status = loss->desc->eval(ctx, loss, call);
end:
  call->inputs = given;
  while (made--) ll_matrix_release(ctx, &inputs[made]);
  return status;
}

/* A loss that left the finite numbers is inf, never NaN, and so are its rows; where the gradient is no number either, it is 0. */
static void settle_overflow(const ll_loss_desc *d, ll_loss_call *call) {
  if (isnan(call->value)) call->value = INFINITY;
  if (isnan(call->own_grad)) call->own_grad = 0;
  for (size_t i = 0; call->rows && i < ll_matrix_count(call->rows); i++)
    if (isnan(call->rows->data[i])) call->rows->data[i] = (ll_real)INFINITY;
  for (size_t k = 0; k < d->n_inputs; k++)
    for (size_t i = 0; call->grads[k] && i < ll_matrix_count(call->grads[k]); i++)
      if (isnan(call->grads[k]->data[i])) call->grads[k]->data[i] = 0;
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
  if (d->open && !loss->state) LL_TRY(ll_loss_start(ctx, loss));
  bool contiguous = true;
  for (size_t i = 0; i < d->n_inputs; i++) contiguous = contiguous && ll_matrix_contiguous(&call->inputs[i]);
  LL_TRY(contiguous ? d->eval(ctx, loss, call) : eval_contiguous(ctx, loss, call));
  if (!isfinite((ll_real)call->value)) settle_overflow(d, call);
  return LL_OK;
}

ll_status ll_loss_eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  LL_TRY(ll_loss_check(ctx, loss->desc->name, loss->desc->inputs, loss->desc->n_inputs, call->inputs));
  return ll_loss_eval_checked(ctx, loss, call);
}

ll_status ll_loss_end_epoch(ll_ctx *ctx, ll_loss *loss) {
  return loss->state && loss->desc->end_epoch ? loss->desc->end_epoch(ctx, loss) : LL_OK;
}
