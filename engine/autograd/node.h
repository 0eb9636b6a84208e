/* For the files of autograd: what a node can do to itself, and short names for the ops that derivatives are built from. */
#ifndef LOSSLAB_ENGINE_NODE_H
#define LOSSLAB_ENGINE_NODE_H

#include "losslab/graph.h"

/* Gives the past of a node back: inputs, payload, op. Its value stays. */
void ll_node_forget(ll_ctx *ctx, ll_node *node);

/* Gives back the free nodes and the scratch of walks. */
void ll_node_trim(ll_ctx *ctx);

/* Each row of the table is an ll_op made in op.c of two functions that some file here defines. */
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

/* What messages call the op of a result. */
static inline const char *ll_node_title(const ll_node *node) { return node->op->title ? node->op->title(node) : node->op->name; }

/* The most inputs of any node, of one that stands for many ops. */
enum { LL_MOST_INPUTS = 33 };
/* Room for the inputs of a node with more than LL_MAX_INPUTS, and for their versions: part of its payload. */
typedef struct ll_wide {
  ll_node *inputs[LL_MOST_INPUTS];
  uint64_t versions[LL_MOST_INPUTS + 1];
} ll_wide;
/* A recorded result of n inputs, which stand in the wide that payload holds, one reference to each. Value, inputs and payload are
 * taken over, also on failure. LL_ERR_MEMORY. */
ll_status ll_node_of_chain(ll_ctx *ctx, const ll_op *op, size_t n, ll_matrix *value, ll_wide *wide, void *payload,
                           void (*free_payload)(ll_ctx *ctx, void *payload), ll_node **out);
/* Remembers in which state a node's inputs and its value are. */
void ll_node_note_versions(ll_node *node);
/* A result has its op and inputs: remembers in which state these and its value are, and tells the tape. LL_ERR_MEMORY. */
ll_status ll_node_recorded(ll_ctx *ctx, ll_node *node);

/* The place of a function of one matrix among the kernels; LL_UNARY_COUNT for any other op. */
size_t ll_op_unary(const ll_op *op);
/* out (1,m) = the sums of x's columns. */
void ll_reduce_cols(const ll_matrix *x, ll_matrix *out);

/* LL_ERR_ARGUMENT if something that node's derivative reads was changed in place since the node was recorded. */
ll_status ll_node_check_versions(ll_ctx *ctx, const ll_node *node);

/* For a context that is watching: looks for a NaN or an infinity in a result, and in a gradient that node's op hands to its input
 * i when it was given the gradient `given`. LL_ERR_NUMBER if there is no hook. */
ll_status ll_watch_result(ll_ctx *ctx, const ll_node *node);
ll_status ll_watch_gradient(ll_ctx *ctx, const ll_node *node, const ll_node *given, size_t i, const ll_node *gradient);

/* A derivative written as an expression: each step an op; the first failure stops the rest (their results are NULL); what
 * was made on the way is given back at the end. */
enum { LL_EXPR_MOST = 32 };
typedef struct ll_expr {
  ll_ctx *ctx;
  ll_status status;
  size_t count;
  ll_node *made[LL_EXPR_MOST];
} ll_expr;
ll_node *ll_expr_apply(ll_expr *e, const ll_op *op, ll_node *const *inputs, const ll_op_args *args);
ll_node *ll_expr_sum_to(ll_expr *e, ll_node *g, const ll_matrix *like);
/* A constant over m, whose reference is taken over; status is that of making m. */
ll_node *ll_expr_constant(ll_expr *e, ll_status status, ll_matrix *m);
ll_node *ll_expr_number(ll_expr *e, double value);
/* *out = x with a reference of its own, if all went well so far. */
void ll_expr_give(ll_expr *e, ll_node *x, ll_node **out);
ll_status ll_expr_end(ll_expr *e);
#define ll_do1(e, op, x) ll_expr_apply(e, &ll_op_##op, (ll_node *[]){x}, NULL)
#define ll_do2(e, op, x, y) ll_expr_apply(e, &ll_op_##op, (ll_node *[]){x, y}, NULL)
#define ll_do_where(e, mask, x, y) ll_expr_apply(e, &ll_op_where, (ll_node *[]){mask, x, y}, NULL)
#define ll_do_args(e, op, x, ...) ll_expr_apply(e, &ll_op_##op, (ll_node *[]){x}, &(ll_op_args){__VA_ARGS__})
#define ll_do_matmul(e, x, tx, y, ty)                                                                                              \
  ll_expr_apply(e, &ll_op_matmul, (ll_node *[]){x, y}, &(ll_op_args){.transpose_a = tx, .transpose_b = ty})

/* Copies the args' list into the payload of node, so that it lives as long as the node's past. */
ll_status ll_op_list_keep(ll_ctx *ctx, ll_node *node);
/* Room for n indices as the payload of node and its args' list. */
ll_status ll_op_list_make(ll_ctx *ctx, ll_node *node, size_t n, uint32_t **list);

/* x repeated to rows × cols, and g summed to the shape of `like`: each the adjoint of the other. */
ll_status ll_broadcast_expand(ll_ctx *ctx, ll_node *x, size_t rows, size_t cols, ll_node **out);
ll_status ll_broadcast_sum(ll_ctx *ctx, ll_node *g, const ll_matrix *like, ll_node **out);

#endif
