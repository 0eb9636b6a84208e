/* Means and variances of all elements, of rows and of columns. Variances take two passes in double: what is subtracted is
 * the mean itself, so nothing cancels. */
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/matrix/kernels.h"
#include "engine/matrix/rowwise.h"

static ll_status refuse(ll_ctx *ctx, const ll_node *out, const char *what) {
  const ll_matrix *x = &out->inputs[0]->value;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s of a matrix %zux%zu", out->op->name, what, x->rows, x->cols);
}

/* Pieces of rows, or of columns, of out's value. */
static void some_row_means(void *user, size_t from, size_t to) {
  const ll_node *out = user;
  const ll_matrix *x = &out->inputs[0]->value;
  for (size_t i = from; i < to; i++)
    out->value.data[i] = (ll_real)(ll_kernels_get()->sum(ll_matrix_row(x, i), x->cols) / (double)x->cols);
}

ll_status ll_forward_row_means(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (x->cols == 0) return refuse(ctx, out, "the mean of no elements");
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  ll_crew_pieces(x->rows, x->cols, some_row_means, out);
  return LL_OK;
}

enum { BLOCK = 256 }; /* columns whose sums stand on the stack at a time */

/* The means of columns [from, from + n). */
static void means_of(const ll_matrix *x, size_t from, size_t n, double *means) {
  memset(means, 0, n * sizeof *means);
  ll_kernels_get()->add_rows(x->data + from, x->rows, n, x->stride, means);
  for (size_t j = 0; j < n; j++) means[j] /= (double)x->rows;
}

static void some_col_means(void *user, size_t first, size_t end) {
  const ll_node *out = user;
  for (size_t from = first; from < end; from += BLOCK) {
    double means[BLOCK];
    size_t n = end - from < BLOCK ? end - from : BLOCK;
    means_of(&out->inputs[0]->value, from, n, means);
    for (size_t j = 0; j < n; j++) out->value.data[from + j] = (ll_real)means[j];
  }
}

ll_status ll_forward_col_means(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (x->rows == 0) return refuse(ctx, out, "the mean of no elements");
  LL_TRY(ll_matrix_new(ctx, 1, x->cols, &out->value));
  ll_crew_pieces(x->cols, x->rows, some_col_means, out);
  return LL_OK;
}

static ll_status spread_mean(ll_ctx *ctx, ll_node *out, ll_node *g, bool needed, size_t n, ll_node **grad) {
  const ll_matrix *x = &out->inputs[0]->value;
  ll_node *scaled;
  if (!needed) return LL_OK;
  LL_TRY(ll_scaled(ctx, g, n ? 1 / (double)n : 0, &scaled));
  ll_status status = ll_broadcast_expand(ctx, scaled, x->rows, x->cols, grad);
  ll_node_release(ctx, scaled);
  return status;
}
ll_status ll_vjp_row_means(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return spread_mean(ctx, out, g, need[0], out->inputs[0]->value.cols, &grads[0]);
}
ll_status ll_vjp_col_means(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return spread_mean(ctx, out, g, need[0], out->inputs[0]->value.rows, &grads[0]);
}

/* ---- variances ---------------------------------------------------------------------------------------------------------- */

static ll_status check_enough(ll_ctx *ctx, const ll_node *out, size_t n) {
  if ((double)n > out->args.a) return LL_OK;
  const ll_matrix *x = &out->inputs[0]->value;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: %zu elements less the correction %g leave nothing to divide by (x is %zux%zu)",
                 out->op->name, n, out->args.a, x->rows, x->cols);
}

ll_status ll_forward_var(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t n = ll_matrix_count(x);
  LL_TRY(check_enough(ctx, out, n));
  LL_TRY(ll_matrix_new(ctx, 1, 1, &out->value));
  double mean = ll_matrix_sum(x) / (double)n;
  ll_sum sum = {0};
  for (size_t i = 0; i < x->rows; i++) ll_sum_add(&sum, ll_rowwise_kernels_get()->deviations(ll_matrix_row(x, i), mean, x->cols));
  out->value.data[0] = (ll_real)(ll_sum_value(&sum) / ((double)n - out->args.a));
  return LL_OK;
}

static void some_row_vars(void *user, size_t from, size_t to) {
  const ll_node *out = user;
  const ll_matrix *x = &out->inputs[0]->value;
  for (size_t i = from; i < to; i++) {
    const ll_real *row = ll_matrix_row(x, i);
    double mean = ll_kernels_get()->sum(row, x->cols) / (double)x->cols;
    out->value.data[i] = (ll_real)(ll_rowwise_kernels_get()->deviations(row, mean, x->cols) / ((double)x->cols - out->args.a));
  }
}

ll_status ll_forward_row_vars(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(check_enough(ctx, out, x->cols));
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  ll_crew_pieces(x->rows, x->cols, some_row_vars, out);
  return LL_OK;
}

static void some_col_vars(void *user, size_t first, size_t end) {
  const ll_node *out = user;
  const ll_matrix *x = &out->inputs[0]->value;
  for (size_t from = first; from < end; from += BLOCK) {
    double means[BLOCK], sums[BLOCK] = {0};
    size_t n = end - from < BLOCK ? end - from : BLOCK;
    means_of(x, from, n, means);
    ll_rowwise_kernels_get()->col_deviations(x->data + from, x->rows, n, x->stride, means, sums);
    for (size_t j = 0; j < n; j++) out->value.data[from + j] = (ll_real)(sums[j] / ((double)x->rows - out->args.a));
  }
}

ll_status ll_forward_col_vars(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(check_enough(ctx, out, x->rows));
  LL_TRY(ll_matrix_new(ctx, 1, x->cols, &out->value));
  ll_crew_pieces(x->cols, x->rows, some_col_vars, out);
  return LL_OK;
}

/* 2 g (x - mean) / (n - a): the derivative by the mean drops out, since the deviations sum to 0. */
static ll_status vjp_var(ll_ctx *ctx, ll_node *out, ll_node *g, bool needed, const ll_op *mean, size_t n, ll_node **grad) {
  if (!needed) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *x = out->inputs[0], *centre = ll_expr_apply(&e, mean, &x, NULL), *from = ll_do2(&e, sub, x, centre);
  ll_node *factor = ll_do_args(&e, scale, g, .a = 2 / ((double)n - out->args.a));
  ll_expr_give(&e, ll_do2(&e, mul, from, factor), grad);
  return ll_expr_end(&e);
}
ll_status ll_vjp_var(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return vjp_var(ctx, out, g, need[0], &ll_op_mean, ll_matrix_count(&out->inputs[0]->value), &grads[0]);
}
ll_status ll_vjp_row_vars(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return vjp_var(ctx, out, g, need[0], &ll_op_row_means, out->inputs[0]->value.cols, &grads[0]);
}
ll_status ll_vjp_col_vars(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return vjp_var(ctx, out, g, need[0], &ll_op_col_means, out->inputs[0]->value.rows, &grads[0]);
}
