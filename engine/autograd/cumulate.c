/* Running sums along rows and columns, kept in double; the adjoint runs the other way. */
#include "engine/autograd/node.h"

ll_status ll_forward_row_cumsums(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t n = x->cols;
  LL_TRY(ll_matrix_new(ctx, x->rows, n, &out->value));
  for (size_t i = 0; i < x->rows; i++) {
    const ll_real *from = ll_matrix_row(x, i);
    ll_real *to = ll_matrix_row(&out->value, i);
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
      size_t j = out->args.reverse ? n - 1 - k : k;
      to[j] = (ll_real)(sum += (double)from[j]);
    }
  }
  return LL_OK;
}

ll_status ll_forward_col_cumsums(ll_ctx *ctx, ll_node *out) {
  enum { BLOCK = 256 }; /* columns whose sums stand on the stack at a time */
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  for (size_t first = 0; first < x->cols; first += BLOCK) {
    double sums[BLOCK] = {0};
    size_t n = x->cols - first < BLOCK ? x->cols - first : BLOCK;
    for (size_t k = 0; k < x->rows; k++) {
      size_t i = out->args.reverse ? x->rows - 1 - k : k;
      const ll_real *from = ll_matrix_row(x, i) + first;
      ll_real *to = ll_matrix_row(&out->value, i) + first;
      for (size_t j = 0; j < n; j++) to[j] = (ll_real)(sums[j] += (double)from[j]);
    }
  }
  return LL_OK;
}

#define VJP(name)                                                                                                                  \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    ll_op_args args = {.reverse = !out->args.reverse};                                                                             \
    return need[0] ? ll_apply(ctx, &ll_op_##name, &g, &args, &grads[0]) : LL_OK;                                                   \
  }
VJP(row_cumsums)
VJP(col_cumsums)
