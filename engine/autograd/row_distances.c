/* Distances between the rows of two matrices by products: |x|² + |y|² - 2 x·y over centred rows. Where the result is small
 * against its terms, digits have cancelled: those pairs are computed again by their differences, and so are their gradients. */
#include <math.h>

#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"

/* Below this share of |x|² + |y|² a pair is computed again: what the products leave is then right to about 30 roundings. */
static const double near_share = 0.0625;

typedef struct centring {
  const ll_matrix *m;
  const double *centre;
  ll_matrix *to;
  double *squares;
} centring;

/* Rows of to: those of m less the centre; squares[i] = |row i of to|². */
static void centred(void *user, size_t first, size_t end) {
  const centring *s = user;
  for (size_t i = first; i < end; i++) {
    ll_real *row = ll_matrix_row(s->to, i);
    for (size_t j = 0; j < s->m->cols; j++) row[j] = (ll_real)((double)ll_matrix_row(s->m, i)[j] - s->centre[j]);
    s->squares[i] = ll_kernels_get()->dot(row, row, s->m->cols);
  }
}

static void mean_of(const ll_matrix *x, const ll_matrix *y, double *centre) {
  size_t d = x->cols;
  for (size_t j = 0; j < d; j++) centre[j] = 0;
  ll_kernels_get()->add_rows(x->data, x->rows, d, x->stride, centre);
  ll_kernels_get()->add_rows(y->data, y->rows, d, y->stride, centre);
  for (size_t j = 0; j < d; j++) centre[j] /= (double)(x->rows + y->rows);
}

/* Of one pair, by differences in double; a distance is right even where its square leaves the range of a double. */
static ll_real of_pair(const ll_real *x, const ll_real *y, size_t d, bool squares) {
  return (ll_real)(squares ? ll_rowwise_kernels_get()->distance(x, y, d) : ll_rowwise_distance(x, y, d));
}

typedef struct pairing {
  const ll_matrix *x, *y, *out;
  bool squares;
  const double *of_x, *of_y;
} pairing;

/* Rows of out, which holds -2 x·y. */
static void from_products(void *user, size_t first, size_t end) {
  const double smallest = LL_LEAST * 1e8; /* below, products underflow */
  const pairing *p = user;
  for (size_t i = first; i < end; i++) {
    ll_real *row = ll_matrix_row(p->out, i);
    for (size_t k = 0; k < p->out->cols; k++) {
      double both = p->of_x[i] + p->of_y[k], squared = both + (double)row[k];
      bool far = squared > near_share * both && both > smallest && isfinite(squared); /* the centre may be NaN or infinite */
      if (!far) row[k] = of_pair(ll_matrix_row(p->x, i), ll_matrix_row(p->y, k), p->x->cols, p->squares);
      else row[k] = (ll_real)(p->squares ? squared : sqrt(squared));
    }
  }
}

static void by_differences(void *user, size_t first, size_t end) {
  const pairing *p = user;
  for (size_t i = first; i < end; i++)
    for (size_t k = 0; k < p->out->cols; k++)
      ll_matrix_row(p->out, i)[k] = of_pair(ll_matrix_row(p->x, i), ll_matrix_row(p->y, k), p->x->cols, p->squares);
}

static ll_status by_products(ll_ctx *ctx, const ll_matrix *x, const ll_matrix *y, bool squares, ll_matrix *out) {
  size_t n = x->rows, m = y->rows, d = x->cols;
  ll_matrix cx = {0}, cy = {0};
  ll_buffer *scratch = NULL;
  double *centre;
  ll_status status;
  LL_GOTO(done, ll_matrix_new(ctx, n, d, &cx));
  LL_GOTO(done, ll_matrix_new(ctx, m, d, &cy));
  LL_GOTO(done, ll_buffer_scratch(ctx, n + m + d, &scratch, &centre));
  double *of_x = centre + d, *of_y = of_x + n;
  mean_of(x, y, centre);
  ll_crew_pieces(n, d, centred, &(centring){x, centre, &cx, of_x});
  ll_crew_pieces(m, d, centred, &(centring){y, centre, &cy, of_y});
  ll_matrix_gemm(false, true, -2, &cx, &cy, 0, out);
  ll_crew_pieces(n, m, from_products, &(pairing){x, y, out, squares, of_x, of_y});
done:
  ll_buffer_put(ctx, scratch);
  ll_matrix_release(ctx, &cx);
  ll_matrix_release(ctx, &cy);
  return status;
}

static ll_status all_pairs(ll_ctx *ctx, ll_node *out, bool squares) {
  enum { FEW = 8 }; /* columns up to which differences cost no more than products */
  const ll_matrix *x = &out->inputs[0]->value, *y = &out->inputs[1]->value;
  if (x->cols != y->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: x %zux%zu and y %zux%zu differ in their columns", out->op->name, x->rows, x->cols,
                   y->rows, y->cols);
  LL_TRY(ll_matrix_new(ctx, x->rows, y->rows, &out->value));
  if (x->cols > FEW && x->rows > 1 && y->rows > 1) return by_products(ctx, x, y, squares, &out->value);
  ll_crew_pieces(x->rows, y->rows * x->cols, by_differences, &(pairing){x, y, &out->value, squares, NULL, NULL});
  return LL_OK;
}

ll_status ll_forward_squared_distances(ll_ctx *ctx, ll_node *out) { return all_pairs(ctx, out, true); }
ll_status ll_forward_distances(ll_ctx *ctx, ll_node *out) { return all_pairs(ctx, out, false); }

/* ---- the gradient ----------------------------------------------------------------------------------------------------------- */

/* near (n,m): 1 for pairs whose gradient is to be taken by differences, else 0; *count: how many there are. Weights w on
 * |x_i - y_k|² give x_i the sum of 2 w_ik (x_i - y_k), which by products is a difference of terms as large as the rows. A pair at
 * distance 0 counts only where squares are asked for: otherwise its weight is 0. */
static ll_status find_near(ll_ctx *ctx, const ll_node *out, const ll_matrix *x, const ll_matrix *y, bool squares, ll_matrix *near,
                           size_t *count) {
  ll_buffer *scratch;
  double *of_x;
  *count = 0;
  LL_TRY(ll_buffer_scratch(ctx, x->rows + y->rows, &scratch, &of_x));
  double *of_y = of_x + x->rows;
  for (size_t i = 0; i < x->rows; i++) of_x[i] = ll_kernels_get()->dot(ll_matrix_row(x, i), ll_matrix_row(x, i), x->cols);
  for (size_t k = 0; k < y->rows; k++) of_y[k] = ll_kernels_get()->dot(ll_matrix_row(y, k), ll_matrix_row(y, k), y->cols);
  ll_status status = ll_matrix_new(ctx, x->rows, y->rows, near);
  for (size_t i = 0; status == LL_OK && i < x->rows; i++)
    for (size_t k = 0; k < y->rows; k++) {
      double v = (double)ll_matrix_row(&out->value, i)[k], square = squares ? v : v * v;
      bool is_near = (squares || v > 0) && square <= near_share * (of_x[i] + of_y[k]);
      ll_matrix_row(near, i)[k] = is_near;
      *count += is_near;
    }
  ll_buffer_put(ctx, scratch);
  return status;
}

/* The column means of x and y together (1,d): taken relative to them, rows are small, and so are their products. */
static ll_node *centre_of(ll_expr *e, const ll_matrix *x, const ll_matrix *y) {
  ll_matrix centre = {0};
  ll_buffer *scratch = NULL;
  double *mean;
  if (e->status == LL_OK) e->status = ll_buffer_scratch(e->ctx, x->cols, &scratch, &mean);
  if (e->status == LL_OK) e->status = ll_matrix_new(e->ctx, 1, x->cols, &centre);
  if (e->status == LL_OK) {
    mean_of(x, y, mean);
    for (size_t j = 0; j < x->cols; j++) centre.data[j] = (ll_real)mean[j];
  }
  ll_buffer_put(e->ctx, scratch);
  return ll_expr_constant(e, e->status, &centre);
}

/* With weights w (n,m) on |x_i - y_k|²/2: x_i gets the sum of w_ik (x_i - y_k), and y likewise. Far pairs by products of centred
 * rows, near ones by their differences. */
static void pull(ll_expr *e, ll_node *out, ll_node *w, bool squares, const bool *need, ll_node **grads) {
  ll_node *x = out->inputs[0], *y = out->inputs[1], *centre = centre_of(e, &x->value, &y->value), *near = NULL;
  ll_node *rows[2] = {ll_do2(e, sub, x, centre), ll_do2(e, sub, y, centre)}, *far = w;
  ll_matrix mask = {0};
  size_t count = 0;
  if (e->status == LL_OK) e->status = find_near(e->ctx, out, &rows[0]->value, &rows[1]->value, squares, &mask, &count);
  if (count) {
    ll_node *is_near = ll_expr_constant(e, e->status, &mask), *none = ll_expr_number(e, 0);
    near = ll_do_where(e, is_near, w, none);
    far = ll_do_where(e, is_near, none, w);
  } else {
    ll_matrix_release(e->ctx, &mask);
  }
  for (size_t side = 0; side < 2; side++) {
    if (!need[side]) continue;
    ll_node *weight = ll_do1(e, row_sums, side == 0 ? far : ll_do1(e, transpose, far));
    ll_node *gradient = ll_do2(e, sub, ll_do2(e, mul, rows[side], weight), ll_do_matmul(e, far, side == 1, rows[1 - side], false));
    if (near) {
      ll_node *weights = side == 0 ? near : ll_do1(e, transpose, near);
      ll_node *inputs[3] = {weights, out->inputs[side], out->inputs[1 - side]};
      gradient = ll_do2(e, add, gradient, ll_expr_apply(e, &ll_op_weighed_differences, inputs, NULL));
    }
    ll_expr_give(e, gradient, &grads[side]);
  }
}

ll_status ll_vjp_squared_distances(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  pull(&e, out, ll_do_args(&e, scale, g, .a = 2), true, need, grads);
  return ll_expr_end(&e);
}

/* g / distance, with 1/0 taken as 0. */
ll_status ll_vjp_distances(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_expr e = {.ctx = ctx};
  pull(&e, out, ll_do2(&e, mul, g, ll_do1(&e, reciprocal, out)), false, need, grads);
  return ll_expr_end(&e);
}
