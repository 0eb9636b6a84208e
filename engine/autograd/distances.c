/* Distances between the rows of two matrices by products: |x|² + |y|² - 2 x·y over centred rows. Where the result is small
 * against its terms, digits have cancelled: those pairs are computed again by their differences. */
#include <math.h>
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rows.h"

/* Below this share of |x|² + |y|² a pair is computed again: what the products leave is then right to about 30 roundings. */
static const double near_share = 0.0625;

/* to = m less the centre; squares[i] = |row i of to|². */
static void centred(const ll_matrix *m, const double *centre, ll_matrix *to, double *squares) {
  for (size_t i = 0; i < m->rows; i++) {
    ll_real *row = ll_matrix_row(to, i);
    for (size_t j = 0; j < m->cols; j++) row[j] = (ll_real)((double)ll_matrix_row(m, i)[j] - centre[j]);
    squares[i] = ll_kernels_get()->dot(row, row, m->cols);
  }
}

static ll_status by_products(ll_ctx *ctx, const ll_matrix *x, const ll_matrix *y, ll_matrix *out) {
  size_t n = x->rows, m = y->rows, d = x->cols;
  ll_matrix cx = {0}, cy = {0};
  void *block = NULL;
  ll_status status;
  LL_GOTO(done, ll_matrix_new(ctx, n, d, &cx));
  LL_GOTO(done, ll_matrix_new(ctx, m, d, &cy));
  LL_GOTO(done, ll_calloc(ctx, &block, n + m + d, sizeof(double)));
  double *centre = block, *of_x = centre + d, *of_y = of_x + n;
  ll_kernels_get()->add_rows(x->data, n, d, x->stride, centre);
  ll_kernels_get()->add_rows(y->data, m, d, y->stride, centre);
  for (size_t j = 0; j < d; j++) centre[j] /= (double)(n + m);
  centred(x, centre, &cx, of_x);
  centred(y, centre, &cy, of_y);
  ll_matrix_gemm(false, true, -2, &cx, &cy, 0, out);
  for (size_t i = 0; i < n; i++) {
    ll_real *row = ll_matrix_row(out, i);
    for (size_t k = 0; k < m; k++) {
      double both = of_x[i] + of_y[k], squared = both + (double)row[k];
      if (!(squared > near_share * both) || !isfinite(squared)) /* also where a NaN or infinity came in by the centre */
        squared = ll_row_kernels_get()->distance(ll_matrix_row(x, i), ll_matrix_row(y, k), d);
      row[k] = (ll_real)squared;
    }
  }
done:
  ll_free(ctx, block);
  ll_matrix_release(ctx, &cx);
  ll_matrix_release(ctx, &cy);
  return status;
}

static ll_status squared(ll_ctx *ctx, ll_node *out) {
  enum { FEW = 8 }; /* columns up to which differences cost no more than products */
  const ll_matrix *x = &out->inputs[0]->value, *y = &out->inputs[1]->value;
  if (x->cols != y->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: x %zux%zu and y %zux%zu differ in their columns", out->op->name, x->rows, x->cols,
                   y->rows, y->cols);
  LL_TRY(ll_matrix_new(ctx, x->rows, y->rows, &out->value));
  if (x->cols > FEW && x->rows > 1 && y->rows > 1) return by_products(ctx, x, y, &out->value);
  for (size_t i = 0; i < x->rows; i++)
    for (size_t k = 0; k < y->rows; k++)
      ll_matrix_row(&out->value, i)[k] = (ll_real)ll_row_kernels_get()->distance(ll_matrix_row(x, i), ll_matrix_row(y, k), x->cols);
  return LL_OK;
}

ll_status ll_forward_squared_distances(ll_ctx *ctx, ll_node *out) { return squared(ctx, out); }

ll_status ll_forward_distances(ll_ctx *ctx, ll_node *out) {
  LL_TRY(squared(ctx, out));
  ll_kernels_get()->unary[LL_UNARY_sqrt](out->value.data, out->value.data, ll_matrix_count(&out->value));
  return LL_OK;
}

/* With weights w (n,m) on |x_i - y_k|²/2: x_i gets x_i Σ_k w_ik - Σ_k w_ik y_k, and y likewise. */
static void pull(ll_expr *e, ll_node *out, ll_node *w, const bool *need, ll_node **grads) {
  for (size_t side = 0; side < 2; side++) {
    if (!need[side]) continue;
    ll_node *own = out->inputs[side], *other = out->inputs[1 - side];
    ll_node *weight = ll_do1(e, row_sums, side == 0 ? w : ll_do1(e, transpose, w));
    ll_node *to = ll_do_matmul(e, w, side == 1, other, false);
    ll_expr_give(e, ll_do2(e, sub, ll_do2(e, mul, own, weight), to), &grads[side]);
  }
}

ll_status ll_vjp_squared_distances(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  pull(&e, out, ll_do_args(&e, scale, g, .a = 2), need, grads);
  return ll_expr_end(&e);
}

/* g / distance, with 1/0 taken as 0. */
ll_status ll_vjp_distances(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  pull(&e, out, ll_do2(&e, mul, g, ll_do1(&e, reciprocal, out)), need, grads);
  return ll_expr_end(&e);
}
