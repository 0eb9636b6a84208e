/* Optimizers: the table, groups of parameters, and the step that all share. It prepares the constants once for all
 * parameters that have taken the same steps, then runs one loop for each parameter. */
#include <string.h>

#include "engine/base/crew.h"
#include "engine/optim/optim.h"

#define OPTIMIZER(name) extern const ll_optimizer_desc ll_optimizer_##name;
#include "engine/optim/optimizers.def"
#undef OPTIMIZER
const ll_optimizer_desc *const ll_optimizers[] = {
#define OPTIMIZER(name) &ll_optimizer_##name,
#include "engine/optim/optimizers.def"
#undef OPTIMIZER
};
const size_t ll_optimizer_count = sizeof ll_optimizers / sizeof *ll_optimizers;

LL_ISA_DECLARE(ll_updates, ll_updates);

ll_status ll_optimizer_find(ll_ctx *ctx, const char *name, const ll_optimizer_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "optimizer", name, ll_optimizers, ll_optimizer_count, &place));
  *out = ll_optimizers[place];
  return LL_OK;
}

/* ---- groups --------------------------------------------------------------------------------------------------------- */

static void free_group(ll_ctx *ctx, ll_optimizer_group *group) {
  for (size_t i = 0; i < group->count; i++) {
    ll_node_release(ctx, group->parameters[i].node);
    for (size_t s = 0; s < LL_MAX_SLOTS; s++) ll_matrix_release(ctx, &group->parameters[i].slots[s]);
  }
  ll_free(ctx, group->parameters);
}

static bool has(const ll_optimizer_group *group, const ll_node *node) {
  for (size_t i = 0; i < group->count; i++)
    if (group->parameters[i].node == node) return true;
  return false;
}

static ll_status fill_group(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_node *const *nodes, size_t n,
                            ll_optimizer_group *group) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, n, sizeof *group->parameters));
  group->parameters = block;
  for (size_t i = 0; i < n; i++) {
    if (has(group, nodes[i])) continue; /* shared weights */
    ll_optimized *p = &group->parameters[group->count++];
    p->node = ll_node_retain(nodes[i]);
    for (size_t s = 0; s < desc->slots; s++) LL_TRY(ll_matrix_zeros(ctx, nodes[i]->value.rows, nodes[i]->value.cols, &p->slots[s]));
  }
  return LL_OK;
}

ll_status ll_optimizer_add(ll_ctx *ctx, ll_optimizer *optimizer, ll_node *const *nodes, size_t n) {
  const ll_optimizer_desc *desc = optimizer->desc;
  ll_optimizer_group group = {.count = 0};
  if (desc->minimize && optimizer->n_groups)
    return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s takes one group of parameters", desc->name);
  if (n == 0) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s was given no parameters to optimize", desc->name);
  for (size_t i = 0; i < n; i++) {
    if (!(nodes[i]->requires_grad || nodes[i]->frozen) || nodes[i]->n_inputs || nodes[i]->freed)
      return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: parameter %zu (%zux%zu) is not a leaf that requires a gradient", desc->name, i + 1,
                     nodes[i]->value.rows, nodes[i]->value.cols);
    if (!ll_matrix_contiguous(&nodes[i]->value))
      return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: parameter %zu (%zux%zu) is some columns of a wider matrix; a copy is needed",
                     desc->name, i + 1, nodes[i]->value.rows, nodes[i]->value.cols);
    for (size_t k = 0; k < optimizer->n_groups; k++)
      if (has(&optimizer->groups[k], nodes[i]))
        return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: parameter %zu (%zux%zu) is in group %zu already", desc->name, i + 1,
                       nodes[i]->value.rows, nodes[i]->value.cols, k + 1);
  }
  ll_status status;
  void *block = optimizer->groups;
  size_t count = optimizer->n_groups;
  LL_GOTO(fail, fill_group(ctx, desc, nodes, n, &group));
  LL_GOTO(fail, ll_realloc(ctx, &block, count * sizeof group, (count + 1) * sizeof group));
  optimizer->groups = block;
  if (count) memcpy(group.params, optimizer->groups[0].params, sizeof group.params);
  else ll_params_default(&desc->params, group.params);
  optimizer->groups[optimizer->n_groups++] = group;
  return LL_OK;
fail:
  free_group(ctx, &group);
  return status;
}

ll_status ll_optimizer_new(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_node *const *nodes, size_t n, ll_optimizer **out) {
  void *block;
  *out = NULL;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_optimizer)));
  ll_optimizer *optimizer = block;
  optimizer->desc = desc;
  optimizer->rate = 1;
  ll_status status = ll_optimizer_add(ctx, optimizer, nodes, n);
  if (status == LL_OK) *out = optimizer;
  else ll_optimizer_free(ctx, optimizer);
  return status;
}

void ll_optimizer_free(ll_ctx *ctx, ll_optimizer *optimizer) {
  if (!optimizer) return;
  if (optimizer->desc->close) optimizer->desc->close(ctx, optimizer);
  for (size_t k = 0; k < optimizer->n_groups; k++) free_group(ctx, &optimizer->groups[k]);
  for (size_t k = 0; k < optimizer->n_projections; k++) {
    for (size_t i = 0; i < optimizer->projections[k].count; i++) ll_node_release(ctx, optimizer->projections[k].nodes[i]);
    ll_free(ctx, optimizer->projections[k].nodes);
  }
  ll_free(ctx, optimizer->groups);
  ll_free(ctx, optimizer->projections);
  ll_free(ctx, optimizer);
}

/* ---- steps ------------------------------------------------------------------------------------------------------------ */

void ll_optimizer_clear(ll_ctx *ctx, ll_optimizer *optimizer) {
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++) ll_node_clear_grad(ctx, optimizer->groups[k].parameters[i].node);
}

static ll_status check_params(ll_ctx *ctx, const ll_optimizer *optimizer) {
  for (size_t k = 0; k < optimizer->n_groups; k++)
    LL_TRY(ll_params_check(ctx, &optimizer->desc->params, optimizer->groups[k].params));
  return LL_OK;
}

static ll_status check_gradients(ll_ctx *ctx, const ll_optimizer *optimizer) {
  for (size_t k = 0; k < optimizer->n_groups; k++)
    for (size_t i = 0; i < optimizer->groups[k].count; i++) {
      const ll_node *node = optimizer->groups[k].parameters[i].node;
      if (node->grad && (node->grad->value.rows != node->value.rows || node->grad->value.cols != node->value.cols))
        return ll_fail(ctx, LL_ERR_SHAPE, "%s: the gradient of parameter %zu is %zux%zu, the parameter %zux%zu",
                       optimizer->desc->name, i + 1, node->grad->value.rows, node->grad->value.cols, node->value.rows,
                       node->value.cols);
    }
  return LL_OK;
}

static bool same_memory(const double *a, const double *b) {
  for (size_t i = 0; i < LL_MAX_MEMORY; i++)
    if (a[i] < b[i] || a[i] > b[i]) return false;
  return true;
}

typedef struct some_weights {
  ll_update *update;
  ll_real *x;
  const ll_real *g;
  ll_real *s0, *s1;
  const double *constants;
} some_weights;

static void update_some(void *user, size_t from, size_t to) {
  const some_weights *w = user;
  w->update(w->x + from, w->g + from, w->s0 ? w->s0 + from : NULL, w->s1 ? w->s1 + from : NULL, to - from, w->constants);
}

static void update_group(ll_ctx *ctx, const ll_optimizer *optimizer, ll_optimizer_group *group) {
  ll_update *update = ((const ll_updates *)LL_ISA_PICK(ll_updates))->loop[optimizer->desc->kernel];
  double params[LL_MAX_PARAMS], constants[LL_MAX_CONSTANTS] = {0}, before[LL_MAX_MEMORY] = {0}, after[LL_MAX_MEMORY] = {0};
  uint64_t t = 0; /* the step that the constants are for */
  memcpy(params, group->params, sizeof params);
  params[0] *= optimizer->rate;
  for (size_t i = 0; i < group->count; i++) {
    ll_optimized *p = &group->parameters[i];
    ll_node *node = p->node;
    if (!node->grad) continue;
    if (++p->t != t || !same_memory(p->memory, before)) {
      t = p->t;
      memcpy(before, p->memory, sizeof before);
      optimizer->desc->prepare(params, t, p->memory, constants);
      memcpy(after, p->memory, sizeof after);
    } else {
      memcpy(p->memory, after, sizeof after);
    }
    const ll_matrix *g = &node->grad->value;
    size_t rows = ll_matrix_contiguous(g) ? 1 : g->rows, n = ll_matrix_count(g) / (rows ? rows : 1);
    for (size_t r = 0; r < rows && n; r++) { /* a gradient may be a view; parameter and slots are contiguous */
      ll_real *s0 = p->slots[0].data, *s1 = p->slots[1].data;
      some_weights w = {update,   node->value.data + r * n, ll_matrix_row(g, r), s0 ? s0 + r * n : NULL, s1 ? s1 + r * n : NULL,
                        constants};
      ll_crew_pieces(n, 1, update_some, &w);
    }
    ll_node_clear_grad(ctx, node);
  }
}

ll_status ll_optimizer_step(ll_ctx *ctx, ll_optimizer *optimizer) {
  if (optimizer->desc->minimize)
    return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s evaluates the loss several times a step: it needs a closure that does",
                   optimizer->desc->name);
  LL_TRY(check_params(ctx, optimizer));
  LL_TRY(check_gradients(ctx, optimizer));
  for (size_t k = 0; k < optimizer->n_groups; k++) update_group(ctx, optimizer, &optimizer->groups[k]);
  optimizer->t++;
  ll_optimizer_project_all(optimizer);
  return LL_OK;
}

ll_status ll_optimizer_minimize(ll_ctx *ctx, ll_optimizer *optimizer, ll_closure *closure, void *user, double *loss,
                                size_t *evaluations) {
  double last = 0;
  size_t count = 0;
  ll_optimizer_clear(ctx, optimizer);
  if (optimizer->desc->minimize) {
    LL_TRY(check_params(ctx, optimizer));
    LL_TRY(optimizer->desc->minimize(ctx, optimizer, closure, user, &last, &count));
    ll_optimizer_clear(ctx, optimizer);
    optimizer->t++;
    ll_optimizer_project_all(optimizer);
  } else {
    count = 1;
    LL_TRY(closure(ctx, user, &last));
    LL_TRY(ll_optimizer_step(ctx, optimizer));
  }
  if (loss) *loss = last;
  if (evaluations) *evaluations = count;
  return LL_OK;
}
