/* Solutions of linear systems, factors and determinants. With X = A⁻¹ B the gradients are A⁻ᵀ g to B and -(A⁻ᵀ g) X' to A:
 * solutions again, so that they can be differentiated again. */
#include <math.h>

#include "engine/autograd/node.h"
#include "losslab/linalg.h"

ll_status ll_forward_solve(ll_ctx *ctx, ll_node *out) {
  return ll_matrix_solve(ctx, &out->inputs[0]->value, out->args.transpose_a, &out->inputs[1]->value, &out->value);
}

ll_status ll_vjp_solve(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *a = out->inputs[0];
  bool transposed = out->args.transpose_a;
  ll_expr e = {.ctx = ctx};
  ll_node *to_b = ll_expr_apply(&e, &ll_op_solve, (ll_node *[]){a, g}, &(ll_op_args){.transpose_a = !transposed});
  if (need[1]) ll_expr_give(&e, to_b, &grads[1]);
  if (need[0]) {
    ll_node *product = transposed ? ll_do_matmul(&e, out, false, to_b, true) : ll_do_matmul(&e, to_b, false, out, true);
    ll_expr_give(&e, ll_do_args(&e, scale, product, .a = -1), &grads[0]);
  }
  return ll_expr_end(&e);
}

ll_status ll_forward_solve_triangular(ll_ctx *ctx, ll_node *out) {
  return ll_matrix_solve_triangular(ctx, &out->inputs[0]->value, out->args.upper, out->args.transpose_a, &out->inputs[1]->value,
                                    &out->value);
}

/* As above, but A's gradient is 0 outside the triangle that is read. */
ll_status ll_vjp_solve_triangular(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *a = out->inputs[0];
  bool upper = out->args.upper, transposed = out->args.transpose_a;
  ll_expr e = {.ctx = ctx};
  ll_node *to_b =
      ll_expr_apply(&e, &ll_op_solve_triangular, (ll_node *[]){a, g}, &(ll_op_args){.upper = upper, .transpose_a = !transposed});
  if (need[1]) ll_expr_give(&e, to_b, &grads[1]);
  if (need[0]) {
    ll_node *product = transposed ? ll_do_matmul(&e, out, false, to_b, true) : ll_do_matmul(&e, to_b, false, out, true);
    ll_node *read = upper ? ll_do1(&e, upper_triangle, product) : ll_do1(&e, lower_triangle, product);
    ll_expr_give(&e, ll_do_args(&e, scale, read, .a = -1), &grads[0]);
  }
  return ll_expr_end(&e);
}

ll_status ll_forward_cholesky(ll_ctx *ctx, ll_node *out) { return ll_matrix_cholesky(ctx, &out->inputs[0]->value, &out->value); }

/* n×n: 1 below the diagonal, 1/2 on it, 0 above. */
static ll_status half_lower(ll_ctx *ctx, size_t n, ll_matrix *out) {
  LL_TRY(ll_matrix_zeros(ctx, n, n, out));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) ll_matrix_row(out, i)[j] = j < i ? (ll_real)1 : (ll_real)0.5;
  return LL_OK;
}

/* S = L⁻ᵀ Φ(L' g) L⁻¹ with Φ the lower triangle, its diagonal halved; (S + S')/2. (Murray 2016, arXiv:1602.07527, eq. 10.) */
ll_status ll_vjp_cholesky(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_matrix mask;
  ll_status status = half_lower(ctx, out->value.rows, &mask);
  ll_node *half = ll_expr_constant(&e, status, &mask), *inner = ll_do2(&e, mul, ll_do_matmul(&e, out, true, g, false), half);
  ll_op_args back = {.transpose_a = true};
  ll_node *left = ll_expr_apply(&e, &ll_op_solve_triangular, (ll_node *[]){out, inner}, &back);
  ll_node *turned = ll_do1(&e, transpose, left);
  ll_node *both = ll_expr_apply(&e, &ll_op_solve_triangular, (ll_node *[]){out, turned}, &back);
  ll_node *sum = ll_do2(&e, add, both, ll_do1(&e, transpose, both));
  ll_expr_give(&e, ll_do_args(&e, scale, sum, .a = 0.5), &grads[0]);
  return ll_expr_end(&e);
}

ll_status ll_forward_inverse(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *a = &out->inputs[0]->value;
  ll_matrix one;
  LL_TRY(ll_matrix_zeros(ctx, a->rows, a->rows, &one));
  for (size_t i = 0; i < a->rows; i++) ll_matrix_row(&one, i)[i] = 1;
  ll_status status = ll_matrix_solve(ctx, a, false, &one, &out->value);
  ll_matrix_release(ctx, &one);
  return status;
}

/* -X' g X' */
ll_status ll_vjp_inverse(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *right = ll_do_matmul(&e, g, false, out, true), *product = ll_do_matmul(&e, out, true, right, false);
  ll_expr_give(&e, ll_do_args(&e, scale, product, .a = -1), &grads[0]);
  return ll_expr_end(&e);
}

ll_status ll_forward_log_det(ll_ctx *ctx, ll_node *out) {
  double value;
  int sign;
  LL_TRY(ll_matrix_log_det(ctx, &out->inputs[0]->value, &value, &sign));
  LL_TRY(ll_matrix_new(ctx, 1, 1, &out->value));
  out->value.data[0] = (ll_real)value;
  return LL_OK;
}

/* g A⁻ᵀ; where A is singular, its inverse fails. */
ll_status ll_vjp_log_det(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *turned = ll_do1(&e, transpose, ll_do1(&e, inverse, out->inputs[0]));
  ll_expr_give(&e, ll_do2(&e, mul, turned, g), &grads[0]);
  return ll_expr_end(&e);
}
