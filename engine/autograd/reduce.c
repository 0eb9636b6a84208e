/* Sums and norms, accumulated in double. */
#include <math.h>
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/base/scalar.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"

static ll_status number(ll_ctx *ctx, double value, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, 1, 1, out));
  out->data[0] = (ll_real)value;
  return LL_OK;
}

ll_status ll_forward_sum(ll_ctx *ctx, ll_node *out) { return number(ctx, ll_matrix_sum(&out->inputs[0]->value), &out->value); }

/* The adjoint of a sum: g repeated over what was summed. */
static ll_status spread(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const ll_matrix *x = &out->inputs[0]->value;
  return need[0] ? ll_broadcast_expand(ctx, g, x->rows, x->cols, &grads[0]) : LL_OK;
}

#define VJP_SPREAD(name)                                                                                                           \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    return spread(ctx, out, g, need, grads);                                                                                       \
  }
VJP_SPREAD(sum)
VJP_SPREAD(row_sums)
VJP_SPREAD(col_sums)

ll_status ll_forward_mean(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (ll_matrix_count(x) == 0) return ll_fail(ctx, LL_ERR_SHAPE, "mean: a matrix %zux%zu has no elements", x->rows, x->cols);
  return number(ctx, ll_matrix_sum(x) / (double)ll_matrix_count(x), &out->value);
}

ll_status ll_vjp_mean(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *scaled;
  LL_TRY(ll_scaled(ctx, g, 1 / (double)ll_matrix_count(&out->inputs[0]->value), &scaled));
  ll_status status = spread(ctx, out, scaled, need, grads);
  ll_node_release(ctx, scaled);
  return status;
}

typedef struct by_pieces {
  const ll_matrix *x;
  ll_real *out;
} by_pieces;

static void some_row_sums(void *user, size_t from, size_t to) {
  const by_pieces *p = user;
  for (size_t i = from; i < to; i++) p->out[i] = (ll_real)ll_kernels_get()->sum(ll_matrix_row(p->x, i), p->x->cols);
}

ll_status ll_forward_row_sums(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  ll_crew_pieces(x->rows, x->cols, some_row_sums, &(by_pieces){.x = x, .out = out->value.data});
  return LL_OK;
}

/* Each column is summed from the top, wherever columns are cut. */
static void some_col_sums(void *user, size_t first, size_t end) {
  enum { BLOCK = 256 }; /* columns whose sums stand on the stack at a time */
  const by_pieces *p = user;
  for (size_t from = first; from < end; from += BLOCK) {
    double sums[BLOCK];
    size_t n = end - from < BLOCK ? end - from : BLOCK;
    memset(sums, 0, n * sizeof *sums);
    ll_kernels_get()->add_rows(p->x->data + from, p->x->rows, n, p->x->stride, sums);
    for (size_t j = 0; j < n; j++) p->out[from + j] = (ll_real)sums[j];
  }
}

void ll_reduce_cols(const ll_matrix *x, ll_matrix *out) {
  ll_crew_pieces(x->cols, x->rows, some_col_sums, &(by_pieces){.x = x, .out = out->data});
}

ll_status ll_forward_col_sums(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, 1, x->cols, &out->value));
  ll_reduce_cols(x, &out->value);
  return LL_OK;
}

static void some_row_norms(void *user, size_t from, size_t to) {
  const by_pieces *p = user;
  for (size_t i = from; i < to; i++) p->out[i] = (ll_real)ll_rowwise_norm(ll_matrix_row(p->x, i), p->x->cols);
}

ll_status ll_forward_row_norms(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  ll_crew_pieces(x->rows, x->cols, some_row_norms, &(by_pieces){.x = x, .out = out->value.data});
  return LL_OK;
}

/* Without squares, which would overflow or underflow; slow. */
static double col_norm(const ll_matrix *x, size_t j) {
  double norm = 0;
  for (size_t i = 0; i < x->rows; i++) norm = ll_hypot(norm, (double)ll_matrix_row(x, i)[j]);
  return norm;
}

ll_status ll_forward_col_norms(ll_ctx *ctx, ll_node *out) {
  enum { BLOCK = 256 };
  static const double origin[BLOCK];
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, 1, x->cols, &out->value));
  for (size_t from = 0; from < x->cols; from += BLOCK) {
    double sums[BLOCK] = {0};
    size_t n = x->cols - from < BLOCK ? x->cols - from : BLOCK;
    ll_rowwise_kernels_get()->col_deviations(x->data + from, x->rows, n, x->stride, origin, sums);
    for (size_t j = 0; j < n; j++)
      out->value.data[from + j] = (ll_real)(ll_rowwise_lost(sums[j]) ? col_norm(x, from + j) : sqrt(sums[j]));
  }
  return LL_OK;
}

ll_status ll_forward_norm(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (ll_matrix_contiguous(x)) return number(ctx, ll_rowwise_norm(x->data, ll_matrix_count(x)), &out->value);
  double norm = 0;
  for (size_t i = 0; i < x->rows; i++) norm = ll_hypot(norm, ll_rowwise_norm(ll_matrix_row(x, i), x->cols));
  return number(ctx, norm, &out->value);
}

/* x (g / ‖x‖), with 1/0 taken as 0. */
static ll_status vjp_norm(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *factor = ll_do2(&e, mul, g, ll_do1(&e, reciprocal, out));
  ll_expr_give(&e, ll_do2(&e, mul, out->inputs[0], factor), &grads[0]);
  return ll_expr_end(&e);
}
#define VJP_NORM(name)                                                                                                             \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    return vjp_norm(ctx, out, g, need, grads);                                                                                     \
  }
VJP_NORM(row_norms)
VJP_NORM(col_norms)
VJP_NORM(norm)
