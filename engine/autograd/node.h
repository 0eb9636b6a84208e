/* For the files of autograd: what a node can do to itself, and short names for the ops that derivatives are built from. */
#ifndef LOSSLAB_ENGINE_NODE_H
#define LOSSLAB_ENGINE_NODE_H

#include "losslab/graph.h"

/* Gives the past of a node back: inputs, payload, op. Its value stays. */
void ll_node_forget(ll_ctx *ctx, ll_node *node);

/* Each row of the table is an ll_op made in table.c of two functions that some file here defines. */
#define OP(name, ...)                                                                                                              \
  extern const ll_op ll_op_##name;                                                                                                 \
  ll_status ll_forward_##name(ll_ctx *ctx, ll_node *out);                                                                          \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads);
#include "engine/autograd/ops.def"
#undef OP

static inline ll_status ll_apply1(ll_ctx *ctx, const ll_op *op, ll_node *a, ll_node **out) {
  return ll_apply(ctx, op, (ll_node *[]){a}, NULL, out);
}
static inline ll_status ll_apply2(ll_ctx *ctx, const ll_op *op, ll_node *a, ll_node *b, ll_node **out) {
  return ll_apply(ctx, op, (ll_node *[]){a, b}, NULL, out);
}
static inline ll_status ll_scaled(ll_ctx *ctx, ll_node *x, double a, ll_node **out) {
  return ll_apply(ctx, &ll_op_scale, (ll_node *[]){x}, &(ll_op_args){.a = a}, out);
}
static inline ll_status ll_product(ll_ctx *ctx, ll_node *a, bool ta, ll_node *b, bool tb, ll_node **out) {
  return ll_apply(ctx, &ll_op_matmul, (ll_node *[]){a, b}, &(ll_op_args){.transpose_a = ta, .transpose_b = tb}, out);
}
/* x repeated to rows × cols, and g summed to the shape of `like`: each the adjoint of the other. */
ll_status ll_expand_to(ll_ctx *ctx, ll_node *x, size_t rows, size_t cols, ll_node **out);
ll_status ll_sum_to(ll_ctx *ctx, ll_node *g, const ll_matrix *like, ll_node **out);

#endif
