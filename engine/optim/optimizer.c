/* Optimizers: the table, and the step that all share: constants of the step once, then one loop a parameter. */
#include <string.h>

#include "engine/optim/optim.h"

#define OPTIMIZER(name) extern const ll_optimizer_desc ll_optimizer_##name;
#include "engine/optim/optimizers.def"
#undef OPTIMIZER
const ll_optimizer_desc *const ll_optimizers[] = {
#define OPTIMIZER(name) &ll_optimizer_##name,
#include "engine/optim/optimizers.def"
#undef OPTIMIZER
};
enum { COUNT = sizeof ll_optimizers / sizeof *ll_optimizers };
const size_t ll_optimizer_count = COUNT;

LL_ISA_DECLARE(ll_updates, ll_updates);

ll_status ll_optimizer_find(ll_ctx *ctx, const char *name, const ll_optimizer_desc **out) {
  const char *names[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    names[i] = ll_optimizers[i]->name;
    if (strcmp(names[i], name) == 0) {
      *out = ll_optimizers[i];
      return LL_OK;
    }
  }
  const char *near = ll_nearest(name, names, COUNT);
  return ll_fail(ctx, LL_ERR_NAME, "unknown optimizer \"%s\"%s%s%s", name, near ? "; did you mean \"" : "", near ? near : "",
                 near ? "\"?" : "");
}

ll_status ll_optimizer_new(ll_ctx *ctx, const ll_optimizer_desc *desc, ll_node *const *nodes, size_t n, ll_optimizer **out) {
  ll_status status;
  void *block;
  *out = NULL;
  if (n == 0) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s was given no parameters to optimize", desc->name);
  for (size_t i = 0; i < n; i++)
    if (!nodes[i]->requires_grad || nodes[i]->n_inputs || nodes[i]->freed || !ll_matrix_contiguous(&nodes[i]->value))
      return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: parameter %zu (%zux%zu) is not a leaf that requires a gradient", desc->name, i + 1,
                     nodes[i]->value.rows, nodes[i]->value.cols);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_optimizer)));
  ll_optimizer *optimizer = block;
  optimizer->desc = desc;
  ll_params_default(&desc->params, optimizer->params);
  LL_GOTO(fail, ll_calloc(ctx, &block, n, sizeof(ll_node *)));
  optimizer->nodes = block;
  LL_GOTO(fail, ll_calloc(ctx, &block, n * LL_MAX_SLOTS, sizeof(ll_matrix)));
  optimizer->slots = block;
  for (size_t i = 0; i < n; i++) {
    const ll_matrix *m = &nodes[i]->value;
    optimizer->nodes[i] = ll_node_retain(nodes[i]);
    optimizer->count = i + 1;
    for (size_t s = 0; s < desc->slots; s++)
      LL_GOTO(fail, ll_matrix_zeros(ctx, m->rows, m->cols, &optimizer->slots[i * LL_MAX_SLOTS + s]));
  }
  *out = optimizer;
  return LL_OK;
fail:
  ll_optimizer_free(ctx, optimizer);
  return status;
}

void ll_optimizer_free(ll_ctx *ctx, ll_optimizer *optimizer) {
  if (!optimizer) return;
  for (size_t i = 0; i < optimizer->count; i++) {
    ll_node_release(ctx, optimizer->nodes[i]);
    for (size_t s = 0; optimizer->slots && s < LL_MAX_SLOTS; s++) ll_matrix_release(ctx, &optimizer->slots[i * LL_MAX_SLOTS + s]);
  }
  ll_free(ctx, optimizer->nodes);
  ll_free(ctx, optimizer->slots);
  ll_free(ctx, optimizer);
}

ll_status ll_optimizer_step(ll_ctx *ctx, ll_optimizer *optimizer) {
  const ll_optimizer_desc *desc = optimizer->desc;
  double constants[LL_MAX_CONSTANTS] = {0};
  for (size_t i = 0; i < optimizer->count; i++) {
    const ll_node *node = optimizer->nodes[i];
    if (node->grad && (node->grad->value.rows != node->value.rows || node->grad->value.cols != node->value.cols))
      return ll_fail(ctx, LL_ERR_SHAPE, "%s: the gradient of parameter %zu is %zux%zu, the parameter %zux%zu", desc->name, i + 1,
                     node->grad->value.rows, node->grad->value.cols, node->value.rows, node->value.cols);
  }
  ll_update *update = ((const ll_updates *)LL_ISA_PICK(ll_updates))->loop[desc->kernel];
  desc->prepare(optimizer->params, ++optimizer->t, optimizer->memory, constants);
  for (size_t i = 0; i < optimizer->count; i++) {
    ll_node *node = optimizer->nodes[i];
    if (!node->grad) continue;
    const ll_matrix *g = &node->grad->value;
    ll_matrix *slot = &optimizer->slots[i * LL_MAX_SLOTS];
    size_t rows = ll_matrix_contiguous(g) ? 1 : g->rows, n = ll_matrix_count(g) / (rows ? rows : 1);
    for (size_t r = 0; r < rows && n; r++) /* a gradient may be a view; parameter and slots are contiguous */
      update(node->value.data + r * n, ll_matrix_row(g, r), slot[0].data ? slot[0].data + r * n : NULL,
             slot[1].data ? slot[1].data + r * n : NULL, n, constants);
    ll_node_clear_grad(ctx, node);
  }
  return LL_OK;
}
