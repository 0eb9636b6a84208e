/* Choosing by a mask, and powers of one matrix by another. */
#include "engine/autograd/node.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rows.h"

/* One input's row i, repeated along the columns into spare where it is a number or a column. */
static const ll_real *row_of(const ll_matrix *m, size_t i, size_t cols, ll_real *spare) {
  const ll_real *row = ll_matrix_row(m, m->rows == 1 ? 0 : i);
  if (m->cols == cols) return row;
  if (i == 0 || m->rows > 1)
    for (size_t j = 0; j < cols; j++) spare[j] = row[0];
  return spare;
}

ll_status ll_forward_where(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *in[3] = {&out->inputs[0]->value, &out->inputs[1]->value, &out->inputs[2]->value};
  size_t rows = 1, cols = 1;
  for (size_t k = 0; k < 3; k++) {
    if (in[k]->rows != 1) rows = in[k]->rows;
    if (in[k]->cols != 1) cols = in[k]->cols;
  }
  for (size_t k = 0; k < 3; k++)
    if ((in[k]->rows != rows && in[k]->rows != 1) || (in[k]->cols != cols && in[k]->cols != 1))
      return ll_fail(ctx, LL_ERR_SHAPE, "where: mask %zux%zu, x %zux%zu and y %zux%zu do not fit", in[0]->rows, in[0]->cols,
                     in[1]->rows, in[1]->cols, in[2]->rows, in[2]->cols);
  ll_matrix spare;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &out->value));
  LL_TRY(ll_matrix_new(ctx, 3, cols, &spare));
  for (size_t i = 0; i < rows; i++) {
    const ll_real *at[3];
    for (size_t k = 0; k < 3; k++) at[k] = row_of(in[k], i, cols, ll_matrix_row(&spare, k));
    ll_row_kernels_get()->where(at[0], at[1], at[2], ll_matrix_row(&out->value, i), cols);
  }
  ll_matrix_release(ctx, &spare);
  return LL_OK;
}

/* Chosen, never multiplied by the mask: an infinite gradient on the side not taken stays there. */
ll_status ll_vjp_where(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  ll_matrix number;
  ll_status status = ll_matrix_zeros(ctx, 1, 1, &number);
  ll_node *mask = out->inputs[0], *zero = ll_expr_constant(&e, status, &number);
  for (size_t k = 1; k < 3; k++) {
    if (!need[k]) continue;
    ll_node *part = ll_expr_apply(&e, &ll_op_where, (ll_node *[]){mask, k == 1 ? g : zero, k == 1 ? zero : g}, NULL);
    ll_expr_give(&e, ll_expr_sum_to(&e, part, &out->inputs[k]->value), &grads[k]);
  }
  return ll_expr_end(&e);
}

/* x^y: y x^(y-1) to x; x^y ln x to y, and 0 where x is 0, its limit for y > 0. */
ll_status ll_vjp_power(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *x = out->inputs[0], *y = out->inputs[1];
  ll_expr e = {.ctx = ctx};
  if (need[0]) {
    ll_node *less = ll_do_args(&e, scale, y, .a = 1, .b = -1), *slope = ll_do2(&e, mul, ll_do2(&e, power, x, less), y);
    ll_expr_give(&e, ll_expr_sum_to(&e, ll_do2(&e, mul, g, slope), &x->value), &grads[0]);
  }
  if (need[1]) {
    ll_matrix numbers[2];
    ll_status status = ll_matrix_zeros(ctx, 1, 1, &numbers[0]);
    ll_node *zero = ll_expr_constant(&e, status, &numbers[0]);
    status = ll_matrix_new(ctx, 1, 1, &numbers[1]);
    if (status == LL_OK) numbers[1].data[0] = 1;
    ll_node *one = ll_expr_constant(&e, status, &numbers[1]), *is_zero = ll_do2(&e, equal, x, zero);
    ll_node *safe = ll_expr_apply(&e, &ll_op_where, (ll_node *[]){is_zero, one, x}, NULL);
    ll_node *slope = ll_do2(&e, mul, out, ll_do1(&e, log, safe));
    ll_expr_give(&e, ll_expr_sum_to(&e, ll_do2(&e, mul, g, slope), &y->value), &grads[1]);
  }
  return ll_expr_end(&e);
}
