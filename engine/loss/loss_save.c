/* Losses as bytes (losslab/base.h, states): what every loss holds, then what the row alone keeps. */
#include <string.h>

#include "engine/base/snapshot.h"
#include "engine/loss/loss.h"

#define KIND "loss"

typedef struct held {
  double learnt[LL_MAX_LEARNT], grads[LL_MAX_LEARNT];
  uint64_t zero_rows;
} held;

/* The reduction, and, with the mark WEIGHED, by what the loss weighs rows. */
enum { WEIGHED = 16 };
static ll_status put_weights(ll_ctx *ctx, const ll_loss *loss, ll_snapshot *to) {
  bool weighed = ll_loss_is_weighed(loss);
  size_t n;
  const double p = ll_loss_pos_weight(loss), *classes = ll_loss_class_weights(loss, &n);
  LL_TRY(ll_snapshot_put_count(ctx, to, (size_t)loss->reduction + (weighed ? WEIGHED : 0)));
  if (!weighed) return LL_OK;
  LL_TRY(ll_snapshot_put(ctx, to, &p, sizeof p));
  LL_TRY(ll_snapshot_put_count(ctx, to, n));
  return ll_snapshot_put(ctx, to, classes, n * sizeof *classes);
}

static ll_status put_loss(ll_ctx *ctx, const ll_loss *loss, ll_snapshot *to) {
  const ll_loss_desc *d = loss->desc;
  LL_TRY(ll_snapshot_begin(ctx, to, KIND, d->name));
  LL_TRY(put_weights(ctx, loss, to));
  LL_TRY(ll_snapshot_put(ctx, to, loss->params, d->params.count * sizeof *loss->params));
  LL_TRY(ll_snapshot_put(ctx, to, loss->learnt, d->n_learnt * sizeof *loss->learnt));
  LL_TRY(ll_snapshot_put(ctx, to, loss->learnt_grads, d->n_learnt * sizeof *loss->learnt_grads));
  LL_TRY(ll_snapshot_put(ctx, to, &loss->zero_rows, sizeof loss->zero_rows));
  return d->save ? d->save(ctx, loss, to) : LL_OK;
}

ll_status ll_loss_save(ll_ctx *ctx, ll_loss *loss, void **bytes, size_t *n) {
  ll_snapshot to = {0};
  *bytes = NULL, *n = 0;
  LL_TRY(ll_loss_start_once(ctx, loss));
  return ll_snapshot_end(ctx, &to, put_loss(ctx, loss, &to), bytes, n);
}

static bool same(const double *a, const double *b, size_t n) {
  size_t i = 0;
  while (i < n && a[i] >= b[i] && a[i] <= b[i]) i++;
  return i == n;
}

/* Compares them with the loss's own. */
static ll_status take_weights(ll_ctx *ctx, const ll_loss *loss, ll_snapshot_reader *from) {
  bool weighed = ll_loss_is_weighed(loss);
  size_t n, count;
  const double own = ll_loss_pos_weight(loss), *classes = ll_loss_class_weights(loss, &n);
  double p, weight;
  bool fits;
  LL_TRY(ll_snapshot_take_count(ctx, from, &count));
  if (count != (size_t)loss->reduction + (weighed ? WEIGHED : 0))
    return ll_fail(ctx, LL_ERR_FORMAT, "the state is of a %s with another %s", loss->desc->name,
                   (count >= WEIGHED) != weighed ? "pos_weight or class_weights" : "reduction");
  if (!weighed) return LL_OK;
  LL_TRY(ll_snapshot_take(ctx, from, &p, sizeof p));
  LL_TRY(ll_snapshot_take_count(ctx, from, &count));
  fits = same(&p, &own, 1) && count == n;
  for (size_t k = 0; k < n && fits; k++) {
    LL_TRY(ll_snapshot_take(ctx, from, &weight, sizeof weight));
    fits = same(&weight, &classes[k], 1);
  }
  return fits ? LL_OK
              : ll_fail(ctx, LL_ERR_FORMAT, "the state is of a %s with another pos_weight or class_weights", loss->desc->name);
}

static ll_status take_params(ll_ctx *ctx, const ll_loss *loss, ll_snapshot_reader *from) {
  const ll_loss_desc *d = loss->desc;
  double params[LL_MAX_PARAMS];
  LL_TRY(take_weights(ctx, loss, from));
  LL_TRY(ll_snapshot_take(ctx, from, params, d->params.count * sizeof *params));
  for (size_t i = 0; i < d->params.count; i++)
    if (!(params[i] >= loss->params[i] && params[i] <= loss->params[i]))
      return ll_fail(ctx, LL_ERR_FORMAT, "the state is of a %s with another %s", d->name, d->params.params[i].name);
  return LL_OK;
}

static ll_status take_held(ll_ctx *ctx, const ll_loss_desc *d, ll_snapshot_reader *from, held *h) {
  LL_TRY(ll_snapshot_take(ctx, from, h->learnt, d->n_learnt * sizeof *h->learnt));
  LL_TRY(ll_snapshot_take(ctx, from, h->grads, d->n_learnt * sizeof *h->grads));
  return ll_snapshot_take(ctx, from, &h->zero_rows, sizeof h->zero_rows);
}

ll_status ll_loss_restore(ll_ctx *ctx, ll_loss *loss, const void *bytes, size_t n) {
  const ll_loss_desc *d = loss->desc;
  ll_snapshot_reader from;
  held h = {0};
  LL_TRY(ll_loss_start_once(ctx, loss));
  LL_TRY(ll_snapshot_open(ctx, bytes, n, KIND, d->name, &from));
  LL_TRY(take_params(ctx, loss, &from));
  LL_TRY(take_held(ctx, d, &from, &h));
  LL_TRY(d->restore ? d->restore(ctx, loss, &from) : ll_snapshot_close(ctx, &from));
  memcpy(loss->learnt, h.learnt, sizeof h.learnt);
  memcpy(loss->learnt_grads, h.grads, sizeof h.grads);
  loss->zero_rows = h.zero_rows;
  return LL_OK;
}
