/* Views, padding and stacking: a view's adjoint is padding, and the other way round. */
#include "engine/autograd/node.h"

ll_status ll_forward_reshape(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t rows = out->args.i, cols = out->args.j, count;
  if (__builtin_mul_overflow(rows, cols, &count) || count != ll_matrix_count(x))
    return ll_fail(ctx, LL_ERR_SHAPE, "reshape: %zux%zu has %zu elements, not %zu x %zu", x->rows, x->cols, ll_matrix_count(x),
                   rows, cols);
  LL_TRY(ll_matrix_sides(ctx, "reshape", rows, cols));
  if (count == 0) return ll_matrix_new(ctx, rows, cols, &out->value); /* the buffer of another empty shape may be smaller */
  if (ll_matrix_contiguous(x)) out->value = ll_matrix_share(x);
  else LL_TRY(ll_matrix_copy(ctx, x, &out->value));
  out->value.rows = rows, out->value.cols = out->value.stride = cols;
  return LL_OK;
}

ll_status ll_vjp_reshape(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const ll_matrix *x = &out->inputs[0]->value;
  return need[0] ? ll_apply(ctx, &ll_op_reshape, &g, &(ll_op_args){.i = x->rows, .j = x->cols}, &grads[0]) : LL_OK;
}

ll_status ll_forward_row_range(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  return ll_matrix_view(ctx, x, out->args.i, 0, out->args.j, x->cols, &out->value);
}

ll_status ll_forward_col_range(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  return ll_matrix_view(ctx, x, 0, out->args.i, x->rows, out->args.j, &out->value);
}

ll_status ll_vjp_row_range(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = {.i = out->args.i, .j = out->inputs[0]->value.rows};
  return need[0] ? ll_apply(ctx, &ll_op_pad_rows, &g, &args, &grads[0]) : LL_OK;
}

ll_status ll_vjp_col_range(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = {.i = out->args.i, .j = out->inputs[0]->value.cols};
  return need[0] ? ll_apply(ctx, &ll_op_pad_cols, &g, &args, &grads[0]) : LL_OK;
}

/* x at (row, col) of a zero matrix. */
static ll_status pad(ll_ctx *ctx, const ll_matrix *x, size_t row, size_t col, size_t rows, size_t cols, ll_matrix *out) {
  LL_TRY(ll_matrix_zeros(ctx, rows, cols, out));
  ll_matrix place;
  LL_TRY(ll_matrix_view(ctx, out, row, col, x->rows, x->cols, &place));
  ll_matrix_assign(&place, x);
  ll_matrix_release(ctx, &place);
  return LL_OK;
}

ll_status ll_forward_pad_rows(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  return pad(ctx, x, out->args.i, 0, out->args.j, x->cols, &out->value);
}

ll_status ll_forward_pad_cols(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  return pad(ctx, x, 0, out->args.i, x->rows, out->args.j, &out->value);
}

ll_status ll_vjp_pad_rows(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = {.i = out->args.i, .j = out->inputs[0]->value.rows};
  return need[0] ? ll_apply(ctx, &ll_op_row_range, &g, &args, &grads[0]) : LL_OK;
}

ll_status ll_vjp_pad_cols(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = {.i = out->args.i, .j = out->inputs[0]->value.cols};
  return need[0] ? ll_apply(ctx, &ll_op_col_range, &g, &args, &grads[0]) : LL_OK;
}

static ll_status stack(ll_ctx *ctx, ll_node *out, bool below) {
  const ll_matrix *x = &out->inputs[0]->value, *y = &out->inputs[1]->value;
  if (below ? x->cols != y->cols : x->rows != y->rows)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %zux%zu and %zux%zu differ in their %s", out->op->name, x->rows, x->cols, y->rows,
                   y->cols, below ? "columns" : "rows");
  LL_TRY(ll_matrix_new(ctx, below ? x->rows + y->rows : x->rows, below ? x->cols : x->cols + y->cols, &out->value));
  ll_matrix first = out->value, second = out->value; /* views of parts of it, without a reference */
  first.rows = x->rows, first.cols = x->cols;
  second.rows = y->rows, second.cols = y->cols;
  second.data += below ? x->rows * out->value.stride : x->cols;
  ll_matrix_assign(&first, x);
  ll_matrix_assign(&second, y);
  return LL_OK;
}

ll_status ll_forward_vstack(ll_ctx *ctx, ll_node *out) { return stack(ctx, out, true); }
ll_status ll_forward_hstack(ll_ctx *ctx, ll_node *out) { return stack(ctx, out, false); }

ll_status ll_vjp_vstack(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  size_t n = out->inputs[0]->value.rows, m = out->inputs[1]->value.rows;
  if (need[0]) LL_TRY(ll_apply(ctx, &ll_op_row_range, &g, &(ll_op_args){.i = 0, .j = n}, &grads[0]));
  if (need[1]) LL_TRY(ll_apply(ctx, &ll_op_row_range, &g, &(ll_op_args){.i = n, .j = m}, &grads[1]));
  return LL_OK;
}

ll_status ll_vjp_hstack(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  size_t n = out->inputs[0]->value.cols, m = out->inputs[1]->value.cols;
  if (need[0]) LL_TRY(ll_apply(ctx, &ll_op_col_range, &g, &(ll_op_args){.i = 0, .j = n}, &grads[0]));
  if (need[1]) LL_TRY(ll_apply(ctx, &ll_op_col_range, &g, &(ll_op_args){.i = n, .j = m}, &grads[1]));
  return LL_OK;
}
