/* Diagonals and triangles. */
#include "engine/autograd/node.h"

ll_status ll_forward_diag(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (x->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "diag: x is %zux%zu; a column expected (diagonal takes one out)", x->rows, x->cols);
  LL_TRY(ll_matrix_zeros(ctx, x->rows, x->rows, &out->value));
  for (size_t i = 0; i < x->rows; i++) ll_matrix_row(&out->value, i)[i] = ll_matrix_row(x, i)[0];
  return LL_OK;
}

ll_status ll_vjp_diag(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  (void)out;
  return need[0] ? ll_apply1(ctx, &ll_op_diagonal, g, &grads[0]) : LL_OK;
}

ll_status ll_forward_diagonal(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t n = x->rows < x->cols ? x->rows : x->cols;
  LL_TRY(ll_matrix_new(ctx, n, 1, &out->value));
  for (size_t i = 0; i < n; i++) out->value.data[i] = ll_matrix_row(x, i)[i];
  return LL_OK;
}

ll_status ll_vjp_diagonal(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *full = ll_do1(&e, diag, g);
  if (x->rows > x->cols) full = ll_do_args(&e, pad_rows, full, .i = 0, .j = x->rows);
  if (x->cols > x->rows) full = ll_do_args(&e, pad_cols, full, .i = 0, .j = x->cols);
  ll_expr_give(&e, full, &grads[0]);
  return ll_expr_end(&e);
}

static ll_status triangle(ll_ctx *ctx, ll_node *out, bool upper) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  for (size_t i = 0; i < x->rows; i++)
    for (size_t j = 0; j < x->cols; j++) ll_matrix_row(&out->value, i)[j] = (upper ? j >= i : j <= i) ? ll_matrix_row(x, i)[j] : 0;
  return LL_OK;
}

ll_status ll_forward_lower_triangle(ll_ctx *ctx, ll_node *out) { return triangle(ctx, out, false); }
ll_status ll_forward_upper_triangle(ll_ctx *ctx, ll_node *out) { return triangle(ctx, out, true); }

ll_status ll_vjp_lower_triangle(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  (void)out;
  return need[0] ? ll_apply1(ctx, &ll_op_lower_triangle, g, &grads[0]) : LL_OK;
}
ll_status ll_vjp_upper_triangle(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  (void)out;
  return need[0] ? ll_apply1(ctx, &ll_op_upper_triangle, g, &grads[0]) : LL_OK;
}
