/* Optimizers as bytes (losslab/base.h, states). They are gone through twice, first to see that all fits, then to put it in place,
 * which cannot fail. */
#include <string.h>

#include "engine/base/snapshot.h"
#include "engine/optim/optim.h"

#define KIND "optimizer"

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

static ll_status put_parameter(ll_ctx *ctx, const ll_optimizer_desc *desc, const ll_optimized *p, ll_snapshot *to) {
  LL_TRY(ll_snapshot_put_count(ctx, to, p->node->value.rows));
  LL_TRY(ll_snapshot_put_count(ctx, to, p->node->value.cols));
  LL_TRY(ll_snapshot_put(ctx, to, &p->t, sizeof p->t));
  LL_TRY(ll_snapshot_put(ctx, to, p->memory, sizeof p->memory));
  for (size_t s = 0; s < desc->slots; s++)
    LL_TRY(ll_snapshot_put(ctx, to, p->slots[s].data, ll_matrix_count(&p->slots[s]) * sizeof(ll_real)));
  return LL_OK;
}

static ll_status put_optimizer(ll_ctx *ctx, const ll_optimizer *optimizer, ll_snapshot *to) {
  const ll_optimizer_desc *desc = optimizer->desc;
  LL_TRY(ll_snapshot_begin(ctx, to, KIND, desc->name));
  LL_TRY(ll_snapshot_put(ctx, to, &optimizer->rate, sizeof optimizer->rate));
  LL_TRY(ll_snapshot_put(ctx, to, &optimizer->t, sizeof optimizer->t));
  LL_TRY(ll_snapshot_put_count(ctx, to, optimizer->n_groups));
  for (size_t k = 0; k < optimizer->n_groups; k++) {
    const ll_optimizer_group *group = &optimizer->groups[k];
    LL_TRY(ll_snapshot_put(ctx, to, group->params, desc->params.count * sizeof *group->params));
    LL_TRY(ll_snapshot_put_count(ctx, to, group->count));
    for (size_t i = 0; i < group->count; i++) LL_TRY(put_parameter(ctx, desc, &group->parameters[i], to));
  }
  return desc->save ? desc->save(ctx, optimizer, to) : LL_OK;
}

ll_status ll_optimizer_save(ll_ctx *ctx, const ll_optimizer *optimizer, void **bytes, size_t *n) {
  ll_snapshot to = {0};
  return ll_snapshot_end(ctx, &to, put_optimizer(ctx, optimizer, &to), bytes, n);
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

/* Whether values are such as the table's setters would have put there. */
static ll_status check_params(ll_ctx *ctx, const ll_param_table *table, const double *values) {
  double set[LL_MAX_PARAMS];
  ll_params_default(table, set);
  for (size_t i = 0; i < table->count; i++) {
    const ll_param *p = &table->params[i];
    size_t words = p->kind == LL_PARAM_BOOLEAN ? 2 : 0;
    while (p->kind == LL_PARAM_CHOICE && p->choices[words]) words++;
    if (words == 0) LL_TRY(ll_params_set_number(ctx, table, set, p->name, values[i]));
    else if (!(values[i] >= 0 && values[i] < (double)words && values[i] == floor(values[i])))
      return ll_fail(ctx, LL_ERR_FORMAT, "%s: %s cannot be number %g of %zu", table->owner, p->name, values[i], words);
  }
  return ll_params_check(ctx, table, values);
}

static ll_status take_params(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_snapshot_reader *from, double *params) {
  LL_TRY(ll_snapshot_take(ctx, from, params, desc->params.count * sizeof *params));
  if (check_params(ctx, &desc->params, params) == LL_OK) return LL_OK;
  char why[512];
  snprintf(why, sizeof why, "%s", ll_message(ctx));
  return ll_fail(ctx, LL_ERR_FORMAT, "the state of the optimizer: %s", why);
}

/* put: into the optimizer; else it is only looked at. */
static ll_status take_parameter(ll_ctx *ctx, const ll_optimizer_desc *desc, size_t place, ll_optimized *p, ll_snapshot_reader *from,
                                bool put) {
  size_t rows, cols, bytes = ll_matrix_count(&p->node->value) * sizeof(ll_real);
  uint64_t t;
  LL_TRY(ll_snapshot_take_count(ctx, from, &rows));
  LL_TRY(ll_snapshot_take_count(ctx, from, &cols));
  if (rows != p->node->value.rows || cols != p->node->value.cols)
    return ll_fail(ctx, LL_ERR_FORMAT, "parameter %zu of the saved %s is %zux%zu, of this one %zux%zu", place + 1, desc->name, rows,
                   cols, p->node->value.rows, p->node->value.cols);
  LL_TRY(ll_snapshot_take(ctx, from, put ? &p->t : &t, sizeof t));
  LL_TRY(ll_snapshot_take(ctx, from, put ? p->memory : NULL, sizeof p->memory));
  for (size_t s = 0; s < desc->slots; s++) LL_TRY(ll_snapshot_take(ctx, from, put ? p->slots[s].data : NULL, bytes));
  return LL_OK;
}

static ll_status take_optimizer(ll_ctx *ctx, ll_optimizer *optimizer, ll_snapshot_reader *from, bool put) {
  const ll_optimizer_desc *desc = optimizer->desc;
  double rate, params[LL_MAX_PARAMS];
  uint64_t t;
  size_t groups, count;
  LL_TRY(ll_snapshot_take(ctx, from, &rate, sizeof rate));
  if (!(rate >= 0 && isfinite(rate))) return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s has the rate %g", desc->name, rate);
  LL_TRY(ll_snapshot_take(ctx, from, &t, sizeof t));
  LL_TRY(ll_snapshot_take_count(ctx, from, &groups));
  if (groups != optimizer->n_groups)
    return ll_fail(ctx, LL_ERR_FORMAT, "the saved %s has %zu groups of parameters, this one %zu", desc->name, groups,
                   optimizer->n_groups);
  for (size_t k = 0; k < groups; k++) {
    ll_optimizer_group *group = &optimizer->groups[k];
    LL_TRY(take_params(ctx, desc, from, params));
    if (put) memcpy(group->params, params, desc->params.count * sizeof *params);
    LL_TRY(ll_snapshot_take_count(ctx, from, &count));
    if (count != group->count)
      return ll_fail(ctx, LL_ERR_FORMAT, "group %zu of the saved %s has %zu parameters, of this one %zu", k + 1, desc->name, count,
                     group->count);
    for (size_t i = 0; i < count; i++) LL_TRY(take_parameter(ctx, desc, i, &group->parameters[i], from, put));
  }
  if (put) optimizer->rate = rate, optimizer->t = t;
  return LL_OK;
}

ll_status ll_optimizer_restore(ll_ctx *ctx, ll_optimizer *optimizer, const void *bytes, size_t n) {
  const ll_optimizer_desc *desc = optimizer->desc;
  ll_snapshot_reader from;
  LL_TRY(ll_snapshot_open(ctx, bytes, n, KIND, desc->name, &from));
  ll_snapshot_reader again = from;
  LL_TRY(take_optimizer(ctx, optimizer, &from, false));
  LL_TRY(desc->restore ? desc->restore(ctx, optimizer, &from) : ll_snapshot_close(ctx, &from));
  return take_optimizer(ctx, optimizer, &again, true);
}
