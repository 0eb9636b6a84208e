/* Sums of weighed differences of rows, the gradient of distances between near points: by differences alone, so that what two rows
 * have in common costs no digits. A weight of 0 costs no time. */
#include <math.h>
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/rowwise.h"

ll_status ll_forward_weighed_differences(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *w = &out->inputs[0]->value, *x = &out->inputs[1]->value, *y = &out->inputs[2]->value;
  ll_buffer *scratch;
  double *sums;
  if (w->rows != x->rows || w->cols != y->rows || x->cols != y->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: w %zux%zu, x %zux%zu and y %zux%zu do not fit: (n,m), (n,d), (m,d)", out->op->name,
                   w->rows, w->cols, x->rows, x->cols, y->rows, y->cols);
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  LL_TRY(ll_buffer_scratch(ctx, x->cols, &scratch, &sums));
  for (size_t i = 0; i < x->rows; i++) {
    memset(sums, 0, x->cols * sizeof *sums);
    for (size_t k = 0; k < y->rows; k++) {
      double weight = (double)ll_matrix_row(w, i)[k];
      if (weight < 0 || weight > 0 || isnan(weight))
        ll_rowwise_kernels_get()->add_difference(weight, ll_matrix_row(x, i), ll_matrix_row(y, k), x->cols, sums);
    }
    for (size_t j = 0; j < x->cols; j++) ll_matrix_row(&out->value, i)[j] = (ll_real)sums[j];
  }
  ll_buffer_put(ctx, scratch);
  return LL_OK;
}

ll_status ll_vjp_weighed_differences(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *w = out->inputs[0], *x = out->inputs[1], *y = out->inputs[2];
  ll_expr e = {.ctx = ctx};
  if (need[0]) {
    ll_node *origin = ll_do_args(&e, row_range, y, .i = 0, .j = 1); /* only differences count */
    ll_node *of_x = ll_do1(&e, row_sums, ll_do2(&e, mul, g, ll_do2(&e, sub, x, origin)));
    ll_node *of_y = ll_do_matmul(&e, g, false, ll_do2(&e, sub, y, origin), true);
    ll_expr_give(&e, ll_do2(&e, sub, of_x, of_y), &grads[0]);
  }
  if (need[1]) ll_expr_give(&e, ll_do2(&e, mul, g, ll_do1(&e, row_sums, w)), &grads[1]);
  if (need[2]) ll_expr_give(&e, ll_do_args(&e, scale, ll_do_matmul(&e, w, true, g, false), .a = -1), &grads[2]);
  return ll_expr_end(&e);
}
