/* Eigenvalues and singular values, their vectors, and least squares. Each derivative is written with these ops themselves, so that
 * it can be differentiated again. The derivative of vectors has terms 1 / (difference of two values): where two values are equal
 * there is none, and the backward fails. (Giles 2008, "Collected matrix derivative results for forward and reverse mode".) */
#include "engine/autograd/node.h"
#include "losslab/linalg.h"

/* ---- constants ---------------------------------------------------------------------------------------------------------- */

/* n×n: on the diagonal 1, elsewhere 0; or the other way round. */
static ll_node *diagonal_of(ll_expr *e, size_t n, bool on) {
  ll_matrix m = {0};
  ll_status status = ll_matrix_new(e->ctx, n, n, &m);
  for (size_t i = 0; status == LL_OK && i < n; i++)
    for (size_t j = 0; j < n; j++) ll_matrix_row(&m, i)[j] = (i == j) == on;
  return ll_expr_constant(e, status, &m);
}

/* 1 / (v_j - v_i) in place (i, j), 0 on the diagonal; v (n,1). */
static ll_node *inverse_gaps(ll_expr *e, ll_node *v) {
  if (e->status != LL_OK) return NULL;
  size_t n = v->value.rows;
  ll_node *one = diagonal_of(e, n, true), *rest = diagonal_of(e, n, false);
  ll_node *apart = ll_do2(e, sub, ll_do1(e, transpose, v), v);
  return ll_do2(e, div, rest, ll_do2(e, add, apart, one));
}

/* LL_ERR_SINGULAR if two of the sorted values are equal or, if positive, one is 0. */
static ll_status check_distinct(ll_ctx *ctx, const ll_node *out, const ll_node *values, bool positive) {
  const ll_matrix *v = &values->value;
  for (size_t i = 0; i < v->rows; i++) {
    double x = (double)ll_matrix_row(v, i)[0];
    if (positive && x == 0)
      return ll_fail(ctx, LL_ERR_SINGULAR, "%s: value %zu is 0: its vectors have no derivative", out->op->name, i + 1);
    if (i && x == (double)ll_matrix_row(v, i - 1)[0])
      return ll_fail(ctx, LL_ERR_SINGULAR, "%s: values %zu and %zu are both %g: their vectors have no derivative", out->op->name, i,
                     i + 1, x);
  }
  return LL_OK;
}

/* ---- symmetric matrices ----------------------------------------------------------------------------------------------------- */

static ll_status eigen(ll_ctx *ctx, ll_node *out, bool vectors) {
  ll_matrix other;
  ll_status status = vectors ? ll_matrix_eigen(ctx, &out->inputs[0]->value, &other, &out->value)
                             : ll_matrix_eigen(ctx, &out->inputs[0]->value, &out->value, NULL);
  if (vectors && status == LL_OK) ll_matrix_release(ctx, &other);
  return status;
}

ll_status ll_forward_eigenvalues(ll_ctx *ctx, ll_node *out) { return eigen(ctx, out, false); }
ll_status ll_forward_eigenvectors(ll_ctx *ctx, ll_node *out) { return eigen(ctx, out, true); }

/* V diag(g) V' */
ll_status ll_vjp_eigenvalues(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *v = ll_do1(&e, eigenvectors, out->inputs[0]), *scaled = ll_do2(&e, mul, v, ll_do1(&e, transpose, g));
  ll_expr_give(&e, ll_do_matmul(&e, scaled, false, v, true), &grads[0]);
  return ll_expr_end(&e);
}

/* V (F * V'g) V', its symmetric part; F from the eigenvalues. */
ll_status ll_vjp_eigenvectors(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *values = ll_do1(&e, eigenvalues, out->inputs[0]);
  if (e.status == LL_OK) e.status = check_distinct(ctx, out, values, false);
  ll_node *inner = ll_do2(&e, mul, inverse_gaps(&e, values), ll_do_matmul(&e, out, true, g, false));
  ll_node *all = ll_do_matmul(&e, ll_do_matmul(&e, out, false, inner, false), false, out, true);
  ll_node *sum = ll_do2(&e, add, all, ll_do1(&e, transpose, all));
  ll_expr_give(&e, ll_do_args(&e, scale, sum, .a = 0.5), &grads[0]);
  return ll_expr_end(&e);
}

/* ---- singular values ----------------------------------------------------------------------------------------------------------
 */

ll_status ll_forward_singular_values(ll_ctx *ctx, ll_node *out) {
  return ll_matrix_singular(ctx, &out->inputs[0]->value, NULL, &out->value, NULL);
}

static ll_status singular(ll_ctx *ctx, ll_node *out, bool left) {
  ll_matrix s, other;
  LL_TRY(ll_matrix_singular(ctx, &out->inputs[0]->value, left ? &out->value : &other, &s, left ? &other : &out->value));
  ll_matrix_release(ctx, &s);
  ll_matrix_release(ctx, &other);
  return LL_OK;
}

ll_status ll_forward_left_singular(ll_ctx *ctx, ll_node *out) { return singular(ctx, out, true); }
ll_status ll_forward_right_singular(ll_ctx *ctx, ll_node *out) { return singular(ctx, out, false); }

/* U diag(g) V' */
ll_status ll_vjp_singular_values(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *x = out->inputs[0], *u = ll_do1(&e, left_singular, x), *v = ll_do1(&e, right_singular, x);
  ll_node *scaled = ll_do2(&e, mul, u, ll_do1(&e, transpose, g));
  ll_expr_give(&e, ll_do_matmul(&e, scaled, false, v, true), &grads[0]);
  return ll_expr_end(&e);
}

/* g is the gradient of the vectors w of one side, z are those of the other; the gradient of the matrix w S z':
 * w (F * (w'g - g'w)) S z' + (g - w w'g) S⁻¹ z', F from the squares of the singular values. */
static ll_node *of_vectors(ll_expr *e, ll_node *out, ll_node *s, ll_node *w, ll_node *z, ll_node *g) {
  if (e->status == LL_OK) e->status = check_distinct(e->ctx, out, s, true);
  ll_node *along = ll_do1(e, transpose, s), *inside = ll_do_matmul(e, w, true, g, false);
  ll_node *skew = ll_do2(e, sub, inside, ll_do1(e, transpose, inside));
  ll_node *turned = ll_do2(e, mul, ll_do2(e, mul, inverse_gaps(e, ll_do1(e, square, s)), skew), along);
  ll_node *beside = ll_do2(e, div, ll_do2(e, sub, g, ll_do_matmul(e, w, false, inside, false)), along);
  ll_node *both = ll_do2(e, add, ll_do_matmul(e, w, false, turned, false), beside);
  return ll_do_matmul(e, both, false, z, true);
}

ll_status ll_vjp_left_singular(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *s = ll_do1(&e, singular_values, out->inputs[0]), *v = ll_do1(&e, right_singular, out->inputs[0]);
  ll_expr_give(&e, of_vectors(&e, out, s, out, v, g), &grads[0]);
  return ll_expr_end(&e);
}

ll_status ll_vjp_right_singular(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *s = ll_do1(&e, singular_values, out->inputs[0]), *u = ll_do1(&e, left_singular, out->inputs[0]);
  ll_expr_give(&e, ll_do1(&e, transpose, of_vectors(&e, out, s, out, u, g)), &grads[0]);
  return ll_expr_end(&e);
}

/* ---- least squares --------------------------------------------------------------------------------------------------------------
 */

/* args.i keeps the rank. */
ll_status ll_forward_lstsq(ll_ctx *ctx, ll_node *out) {
  return ll_matrix_least_squares(ctx, &out->inputs[0]->value, &out->inputs[1]->value, &out->value, &out->args.i);
}

/* Tall A: v = (A'A)⁻¹ g; A v to B, (B - A X) v' - A v X' to A. Wide A: u = (A A')⁻¹ A g, w = (A A')⁻¹ B; u to B,
 * w (g - A'u)' - u X' to A. */
ll_status ll_vjp_lstsq(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *a = out->inputs[0], *b = out->inputs[1];
  bool tall = a->value.rows >= a->value.cols;
  if (out->args.i < (tall ? a->value.cols : a->value.rows))
    return ll_fail(ctx, LL_ERR_SINGULAR, "lstsq: a matrix %zux%zu of rank %zu: the solution has no derivative", a->value.rows,
                   a->value.cols, out->args.i);
  ll_expr e = {.ctx = ctx};
  ll_node *to_b, *to_a;
  if (tall) {
    ll_node *v = ll_do2(&e, solve, ll_do_matmul(&e, a, true, a, false), g);
    to_b = ll_do_matmul(&e, a, false, v, false);
    ll_node *left = ll_do2(&e, sub, b, ll_do_matmul(&e, a, false, out, false));
    to_a = ll_do2(&e, sub, ll_do_matmul(&e, left, false, v, true), ll_do_matmul(&e, to_b, false, out, true));
  } else {
    ll_node *square = ll_do_matmul(&e, a, false, a, true);
    to_b = ll_do2(&e, solve, square, ll_do_matmul(&e, a, false, g, false));
    ll_node *w = ll_do2(&e, solve, square, b), *left = ll_do2(&e, sub, g, ll_do_matmul(&e, a, true, to_b, false));
    to_a = ll_do2(&e, sub, ll_do_matmul(&e, w, false, left, true), ll_do_matmul(&e, to_b, false, out, true));
  }
  if (need[0]) ll_expr_give(&e, to_a, &grads[0]);
  if (need[1]) ll_expr_give(&e, to_b, &grads[1]);
  return ll_expr_end(&e);
}
