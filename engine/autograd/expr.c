/* Derivatives written as expressions, and the lists that ops keep. */
#include <assert.h>
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/matrix/buffer.h"

static ll_node *keep(ll_expr *e, ll_node *node) {
  assert(e->count < LL_EXPR_MOST);
  if (e->status == LL_OK) e->made[e->count++] = node;
  return e->status == LL_OK ? node : NULL;
}

ll_node *ll_expr_apply(ll_expr *e, const ll_op *op, ll_node *const *inputs, const ll_op_args *args) {
  ll_node *out = NULL;
  if (e->status == LL_OK) e->status = ll_apply(e->ctx, op, inputs, args, &out);
  return keep(e, out);
}

ll_node *ll_expr_sum_to(ll_expr *e, ll_node *g, const ll_matrix *like) {
  ll_node *out = NULL;
  if (e->status == LL_OK) e->status = ll_sum_to(e->ctx, g, like, &out);
  return keep(e, out);
}

ll_node *ll_expr_constant(ll_expr *e, ll_status status, ll_matrix *m) {
  ll_node *out = NULL;
  if (e->status == LL_OK) e->status = status;
  if (e->status == LL_OK) e->status = ll_node_new(e->ctx, m, false, &out);
  else if (status == LL_OK) ll_matrix_release(e->ctx, m);
  return keep(e, out);
}

ll_node *ll_expr_number(ll_expr *e, double value) {
  ll_node *out = NULL;
  if (e->status == LL_OK) e->status = ll_node_number(e->ctx, value, &out);
  return keep(e, out);
}

void ll_expr_give(ll_expr *e, ll_node *x, ll_node **out) {
  if (e->status == LL_OK) *out = ll_node_retain(x);
}

ll_status ll_expr_end(ll_expr *e) {
  while (e->count) ll_node_release(e->ctx, e->made[--e->count]);
  return e->status;
}

/* The lists stand in pooled buffers: a step that asks for the same again allocates nothing. */
static void free_list(ll_ctx *ctx, void *payload) { ll_buffer_put(ctx, payload); }

ll_status ll_make_list(ll_ctx *ctx, ll_node *node, size_t n, uint32_t **list) {
  ll_buffer *buffer;
  LL_TRY(ll_buffer_get(ctx, (n * sizeof **list + sizeof(ll_real) - 1) / sizeof(ll_real), &buffer));
  node->payload = buffer;
  node->free_payload = free_list;
  node->args.list = *list = (uint32_t *)(void *)buffer->data;
  node->args.listed = n;
  return LL_OK;
}

ll_status ll_keep_list(ll_ctx *ctx, ll_node *node) {
  const uint32_t *from = node->args.list;
  size_t n = node->args.listed;
  uint32_t *list;
  if (!from && n) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: a list of %zu indices is missing", node->op->name, n);
  LL_TRY(ll_make_list(ctx, node, n, &list));
  if (n) memcpy(list, from, n * sizeof *list);
  return LL_OK;
}
