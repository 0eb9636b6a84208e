/* Largest and smallest elements, of all, of each row, of each column. Where they stand is kept: the gradient is put there.
 * A NaN counts as the extreme; of several equal elements the first counts. */
#include <math.h>

#include "engine/autograd/node.h"
#include "engine/matrix/rowwise.h"

static ll_status refuse_empty(ll_ctx *ctx, const ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: a matrix %zux%zu has nothing to choose from", out->op->name, x->rows, x->cols);
}

static ll_status by_row(ll_ctx *ctx, ll_node *out, bool largest) {
  const ll_matrix *x = &out->inputs[0]->value;
  uint32_t *list;
  if (x->rows && !x->cols) return refuse_empty(ctx, out);
  LL_TRY(ll_op_list_make(ctx, out, x->rows, &list));
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  for (size_t i = 0; i < x->rows; i++) {
    const ll_real *row = ll_matrix_row(x, i);
    list[i] = (uint32_t)ll_rowwise_extreme(row, x->cols, largest);
    out->value.data[i] = row[list[i]];
  }
  return LL_OK;
}

static ll_status by_col(ll_ctx *ctx, ll_node *out, bool largest) {
  const ll_matrix *x = &out->inputs[0]->value;
  uint32_t *list;
  if (x->cols && !x->rows) return refuse_empty(ctx, out);
  LL_TRY(ll_op_list_make(ctx, out, x->cols, &list));
  LL_TRY(ll_matrix_new(ctx, 1, x->cols, &out->value));
  ll_real *best = out->value.data;
  for (size_t j = 0; j < x->cols; j++) best[j] = x->data[j], list[j] = 0;
  for (size_t i = 1; i < x->rows; i++) {
    const ll_real *row = ll_matrix_row(x, i);
    for (size_t j = 0; j < x->cols; j++)
      if ((largest ? row[j] > best[j] : row[j] < best[j]) || (isnan(row[j]) && !isnan(best[j])))
        best[j] = row[j], list[j] = (uint32_t)i;
  }
  return LL_OK;
}

static ll_status of_all(ll_ctx *ctx, ll_node *out, bool largest) {
  const ll_matrix *x = &out->inputs[0]->value;
  uint32_t *list;
  if (ll_matrix_count(x) == 0) return refuse_empty(ctx, out);
  if (ll_matrix_count(x) > UINT32_MAX)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: %zux%zu is too large", out->op->name, x->rows, x->cols);
  LL_TRY(ll_op_list_make(ctx, out, 1, &list));
  LL_TRY(ll_matrix_new(ctx, 1, 1, &out->value));
  size_t row, col;
  ll_rowwise_extreme_of(x, largest, &row, &col);
  list[0] = (uint32_t)(row * x->cols + col);
  out->value.data[0] = ll_matrix_row(x, row)[col];
  return LL_OK;
}

static ll_status put_in_rows(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = {.list = out->args.list, .listed = out->args.listed, .i = out->inputs[0]->value.cols};
  return need[0] ? ll_apply(ctx, &ll_op_place, &g, &args, &grads[0]) : LL_OK;
}

static ll_status put_in_cols(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *placed = ll_do_args(&e, place, ll_do1(&e, transpose, g), .list = out->args.list, .listed = out->args.listed,
                               .i = out->inputs[0]->value.rows);
  ll_expr_give(&e, ll_do1(&e, transpose, placed), &grads[0]);
  return ll_expr_end(&e);
}

static ll_status put_in_all(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *placed = ll_do_args(&e, place, g, .list = out->args.list, .listed = 1, .i = ll_matrix_count(x));
  ll_expr_give(&e, ll_do_args(&e, reshape, placed, .i = x->rows, .j = x->cols), &grads[0]);
  return ll_expr_end(&e);
}

#define EXTREME(name, find, largest, put)                                                                                          \
  ll_status ll_forward_##name(ll_ctx *ctx, ll_node *out) { return find(ctx, out, largest); }                                       \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    return put(ctx, out, g, need, grads);                                                                                          \
  }
EXTREME(row_max, by_row, true, put_in_rows)
EXTREME(row_min, by_row, false, put_in_rows)
EXTREME(col_max, by_col, true, put_in_cols)
EXTREME(col_min, by_col, false, put_in_cols)
EXTREME(max_all, of_all, true, put_in_all)
EXTREME(min_all, of_all, false, put_in_all)
