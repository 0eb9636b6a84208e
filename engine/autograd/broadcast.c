/* The two moves that broadcasting needs, each the adjoint of the other: a row, a column or a number repeated to a shape, and a
 * gradient of that shape summed back to it. */
#include "engine/autograd/node.h"

static bool broadcasts(size_t n, size_t to) { return n == to || n == 1; }

/* x repeated to rows × cols, or x itself if it has that shape. */
ll_status ll_broadcast_expand(ll_ctx *ctx, ll_node *x, size_t rows, size_t cols, ll_node **out) {
  if (x->value.rows == rows && x->value.cols == cols) {
    *out = ll_node_retain(x);
    return LL_OK;
  }
  return ll_apply(ctx, &ll_op_expand, &x, &(ll_op_args){.i = rows, .j = cols}, out);
}

ll_status ll_broadcast_sum(ll_ctx *ctx, ll_node *g, const ll_matrix *like, ll_node **out) {
  if (g->value.rows == like->rows && g->value.cols == like->cols) {
    *out = ll_node_retain(g);
    return LL_OK;
  }
  const ll_op *op = like->rows == 1 && like->cols == 1 ? &ll_op_sum : like->rows == 1 ? &ll_op_col_sums : &ll_op_row_sums;
  return ll_apply1(ctx, op, g, out);
}

ll_status ll_forward_expand(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t rows = out->args.i, cols = out->args.j;
  if (!broadcasts(x->rows, rows) || !broadcasts(x->cols, cols))
    return ll_fail(ctx, LL_ERR_SHAPE, "expand: %zux%zu cannot be repeated to %zux%zu", x->rows, x->cols, rows, cols);
  LL_TRY(ll_matrix_new(ctx, rows, cols, &out->value));
  for (size_t i = 0; i < rows; i++) {
    const ll_real *from = ll_matrix_row(x, x->rows == 1 ? 0 : i);
    ll_real *to = ll_matrix_row(&out->value, i);
    for (size_t j = 0; j < cols; j++) to[j] = from[x->cols == 1 ? 0 : j];
  }
  return LL_OK;
}

ll_status ll_vjp_expand(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return need[0] ? ll_broadcast_sum(ctx, g, &out->inputs[0]->value, &grads[0]) : LL_OK;
}
