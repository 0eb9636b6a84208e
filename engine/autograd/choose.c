/* Choosing by a mask, and powers of one matrix by another. */
#include "engine/autograd/node.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"

enum { BLOCK = 256 }; /* copies of a repeated number that stand on the stack at a time */

static bool is_number(const ll_matrix *m) { return m->rows == 1 && m->cols == 1; }

/* Whether the elements stand as in a result rows × cols, or are one number. If so for all inputs, the work is one long row. */
static bool runs_through(const ll_matrix *m, size_t rows, size_t cols) {
  return is_number(m) || (ll_matrix_contiguous(m) && m->rows == rows && m->cols == cols);
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
  LL_TRY(ll_matrix_new(ctx, rows, cols, &out->value));
  bool through = runs_through(in[0], rows, cols) && runs_through(in[1], rows, cols) && runs_through(in[2], rows, cols);
  size_t lines = through ? 1 : rows, length = through ? rows * cols : cols;
  ll_real spare[3][BLOCK];
  for (size_t i = 0; i < lines; i++) {
    const ll_real *line[3];
    bool repeated[3];
    for (size_t k = 0; k < 3; k++) {
      line[k] = ll_matrix_row(in[k], in[k]->rows == 1 ? 0 : i);
      repeated[k] = (through ? is_number(in[k]) : in[k]->cols == 1) && length != 1;
      for (size_t j = 0; j < BLOCK && repeated[k]; j++) spare[k][j] = line[k][0];
    }
    for (size_t from = 0; from < length; from += BLOCK) {
      const ll_real *at[3];
      for (size_t k = 0; k < 3; k++) at[k] = repeated[k] ? spare[k] : line[k] + from;
      ll_rowwise_kernels_get()->where(at[0], at[1], at[2], ll_matrix_row(&out->value, i) + from,
                                      length - from < BLOCK ? length - from : BLOCK);
    }
  }
  return LL_OK;
}

/* The gradient is chosen, never multiplied by the mask: 0 times an infinite gradient would be NaN on the side not taken. */
ll_status ll_vjp_where(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  ll_node *mask = out->inputs[0], *zero = ll_expr_number(&e, 0);
  for (size_t k = 1; k < 3; k++) {
    if (!need[k]) continue;
    ll_node *part = ll_do_where(&e, mask, k == 1 ? g : zero, k == 1 ? zero : g);
    ll_expr_give(&e, ll_expr_sum_to(&e, part, &out->inputs[k]->value), &grads[k]);
  }
  return ll_expr_end(&e);
}

/* x^y: y x^(y-1) to x, x^y ln x to y; where x is 0 and either would be 0 times infinity, 0. */
ll_status ll_vjp_power(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *x = out->inputs[0], *y = out->inputs[1];
  ll_expr e = {.ctx = ctx};
  ll_node *zero = ll_expr_number(&e, 0), *at_zero = ll_do2(&e, equal, x, zero);
  if (need[0]) {
    ll_node *both = ll_do2(&e, mul, at_zero, ll_do2(&e, equal, y, zero));
    ll_node *less = ll_do_where(&e, both, zero, ll_do_args(&e, scale, y, .a = 1, .b = -1));
    ll_node *slope = ll_do2(&e, mul, ll_do2(&e, power, x, less), y);
    ll_expr_give(&e, ll_expr_sum_to(&e, ll_do2(&e, mul, g, slope), &x->value), &grads[0]);
  }
  if (need[1]) {
    ll_node *flat = ll_do2(&e, mul, at_zero, ll_do2(&e, greater_equal, y, zero));
    ll_node *slope = ll_do2(&e, mul, out, ll_do1(&e, log, ll_do_where(&e, flat, ll_expr_number(&e, 1), x)));
    ll_expr_give(&e, ll_expr_sum_to(&e, ll_do2(&e, mul, g, slope), &y->value), &grads[1]);
  }
  return ll_expr_end(&e);
}
