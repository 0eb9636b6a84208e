/* Derivatives written as expressions. */
#include <assert.h>

#include "engine/autograd/node.h"

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
  if (e->status == LL_OK) e->status = ll_broadcast_sum(e->ctx, g, like, &out);
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
