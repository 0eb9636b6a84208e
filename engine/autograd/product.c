/* Products and the transpose. */
#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/matrix/gemm.h"
#include "engine/matrix/kernels.h"

ll_status ll_forward_matmul(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *a = &out->inputs[0]->value, *b = &out->inputs[1]->value;
  bool ta = out->args.transpose_a, tb = out->args.transpose_b;
  size_t n = ta ? a->cols : a->rows, inner = ta ? a->rows : a->cols;
  size_t inner_b = tb ? b->cols : b->rows, m = tb ? b->rows : b->cols;
  if (inner != inner_b)
    return ll_fail(ctx, LL_ERR_SHAPE, "matmul: %zux%zu%s and %zux%zu%s do not fit: %zu columns against %zu rows", a->rows, a->cols,
                   ta ? " transposed" : "", b->rows, b->cols, tb ? " transposed" : "", inner, inner_b);
  LL_TRY(ll_matrix_new(ctx, n, m, &out->value));
  return ll_gemm_product(ctx, ta, tb, a, b, 0, NULL, &out->value);
}

/* C = op(A) op(B): dA = g op(B)', or the transpose of that where A was transposed; likewise dB. */
ll_status ll_vjp_matmul(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *a = out->inputs[0], *b = out->inputs[1];
  bool ta = out->args.transpose_a, tb = out->args.transpose_b;
  if (need[0]) LL_TRY(ta ? ll_product(ctx, b, tb, g, true, &grads[0]) : ll_product(ctx, g, false, b, !tb, &grads[0]));
  if (need[1]) LL_TRY(tb ? ll_product(ctx, g, true, a, ta, &grads[1]) : ll_product(ctx, a, !ta, g, false, &grads[1]));
  return LL_OK;
}

ll_status ll_forward_linear(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value, *w = &out->inputs[1]->value, *b = &out->inputs[2]->value;
  if (x->cols != w->cols || b->rows != 1 || b->cols != w->rows)
    return ll_fail(ctx, LL_ERR_SHAPE,
                   "linear: x %zux%zu, weights %zux%zu and bias %zux%zu do not fit: %zu inputs expected, %zu given", x->rows,
                   x->cols, w->rows, w->cols, b->rows, b->cols, w->cols, x->cols);
  LL_TRY(ll_matrix_new(ctx, x->rows, w->rows, &out->value));
  return ll_gemm_product(ctx, false, true, x, w, 0, b, &out->value);
}

ll_status ll_vjp_linear(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (need[0]) LL_TRY(ll_product(ctx, g, false, out->inputs[1], false, &grads[0]));
  if (need[1]) LL_TRY(ll_product(ctx, g, true, out->inputs[0], false, &grads[1]));
  if (need[2]) LL_TRY(ll_apply1(ctx, &ll_op_col_sums, g, &grads[2]));
  return LL_OK;
}

static void some_turned(void *user, size_t from, size_t to) {
  enum { TILE = 16 }; /* both sides of a tile stay in the first cache */
  const ll_node *out = user;
  const ll_matrix *x = &out->inputs[0]->value;
  for (size_t i0 = from; i0 < to; i0 += TILE)
    for (size_t j0 = 0; j0 < x->cols; j0 += TILE)
      for (size_t i = i0; i < to && i < i0 + TILE; i++)
        for (size_t j = j0; j < x->cols && j < j0 + TILE; j++) ll_matrix_row(&out->value, j)[i] = ll_matrix_row(x, i)[j];
}

ll_status ll_forward_transpose(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->cols, x->rows, &out->value));
  ll_crew_pieces(x->rows, x->cols, some_turned, out);
  return LL_OK;
}

ll_status ll_vjp_transpose(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  (void)out;
  return need[0] ? ll_apply1(ctx, &ll_op_transpose, g, &grads[0]) : LL_OK;
}

ll_status ll_forward_outer(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value, *y = &out->inputs[1]->value;
  if (x->cols != 1 || y->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "outer: %zux%zu and %zux%zu; two columns expected", x->rows, x->cols, y->rows, y->cols);
  LL_TRY(ll_matrix_new(ctx, x->rows, y->rows, &out->value));
  for (size_t i = 0; i < x->rows; i++)
    for (size_t j = 0; j < y->rows; j++) ll_matrix_row(&out->value, i)[j] = ll_matrix_row(x, i)[0] * ll_matrix_row(y, j)[0];
  return LL_OK;
}

ll_status ll_vjp_outer(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (need[0]) LL_TRY(ll_product(ctx, g, false, out->inputs[1], false, &grads[0]));
  if (need[1]) LL_TRY(ll_product(ctx, g, true, out->inputs[0], false, &grads[1]));
  return LL_OK;
}

ll_status ll_forward_dot(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value, *y = &out->inputs[1]->value;
  if (x->rows != y->rows || x->cols != y->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "dot: %zux%zu and %zux%zu; equal shapes expected", x->rows, x->cols, y->rows, y->cols);
  LL_TRY(ll_matrix_new(ctx, 1, 1, &out->value));
  ll_sum sum = {0};
  for (size_t i = 0; i < x->rows; i++) ll_sum_add(&sum, ll_kernels_get()->dot(ll_matrix_row(x, i), ll_matrix_row(y, i), x->cols));
  out->value.data[0] = (ll_real)ll_sum_value(&sum);
  return LL_OK;
}

ll_status ll_vjp_dot(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  for (size_t i = 0; i < 2; i++)
    if (need[i]) LL_TRY(ll_apply2(ctx, &ll_op_mul, out->inputs[1 - i], g, &grads[i]));
  return LL_OK;
}
