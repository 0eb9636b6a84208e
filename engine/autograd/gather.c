/* Rows and elements taken by lists of indices, and the adjoints that put them back. A list is copied into the node, so the
 * caller's may change. A place that several elements go to is summed in double. */
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/matrix/buffer.h"

static ll_status check_list(ll_ctx *ctx, const ll_node *out, size_t below, const char *what) {
  const ll_op_args *args = &out->args;
  const ll_matrix *x = &out->inputs[0]->value;
  for (size_t k = 0; k < args->listed; k++)
    if (args->list[k] >= below)
      return ll_fail(ctx, LL_ERR_RANGE, "%s: %s %zu asked for at place %zu of %zu, but there are %zu (x is %zux%zu)", out->op->name,
                     what, (size_t)args->list[k] + 1, k + 1, args->listed, below, x->rows, x->cols);
  return LL_OK;
}

static ll_status check_length(ll_ctx *ctx, const ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  if (out->args.listed == x->rows) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: a list of %zu indices for the %zu rows of a matrix %zux%zu", out->op->name,
                 out->args.listed, x->rows, x->rows, x->cols);
}

static ll_op_args with_list(const ll_node *out, size_t total) {
  return (ll_op_args){.list = out->args.list, .listed = out->args.listed, .i = total};
}

/* ---- rows ------------------------------------------------------------------------------------------------------------- */

ll_status ll_forward_gather(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_op_list_keep(ctx, out));
  LL_TRY(check_list(ctx, out, x->rows, "row"));
  return ll_matrix_gather(ctx, x, out->args.list, out->args.listed, &out->value);
}

ll_status ll_vjp_gather(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = with_list(out, out->inputs[0]->value.rows);
  return need[0] ? ll_apply(ctx, &ll_op_scatter_add, &g, &args, &grads[0]) : LL_OK;
}

/* sources[0..n): the places of the list by the row they go to; those of row r are sources[ends[r-1]..ends[r]). */
static void sort_by_row(const uint32_t *list, size_t n, size_t rows, uint32_t *ends, uint32_t *sources) {
  memset(ends, 0, (rows + 1) * sizeof *ends);
  for (size_t k = 0; k < n; k++) ends[list[k] + 1]++;
  for (size_t r = 0; r < rows; r++) ends[r + 1] += ends[r];
  for (size_t k = 0; k < n; k++) sources[ends[list[k]]++] = (uint32_t)k;
}

static void add_rows(const ll_matrix *x, const uint32_t *sources, size_t n, ll_real *to) {
  enum { BLOCK = 256 }; /* columns whose sums stand on the stack at a time */
  if (n == 1) {
    memcpy(to, ll_matrix_row(x, sources[0]), x->cols * sizeof *to);
    return;
  }
  for (size_t from = 0; from < x->cols; from += BLOCK) {
    double sums[BLOCK] = {0};
    size_t width = x->cols - from < BLOCK ? x->cols - from : BLOCK;
    for (size_t k = 0; k < n; k++) {
      const ll_real *row = ll_matrix_row(x, sources[k]) + from;
      for (size_t j = 0; j < width; j++) sums[j] += (double)row[j];
    }
    for (size_t j = 0; j < width; j++) to[from + j] = (ll_real)sums[j];
  }
}

ll_status ll_forward_scatter_add(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t n = x->rows, rows = out->args.i;
  LL_TRY(ll_op_list_keep(ctx, out));
  LL_TRY(check_length(ctx, out));
  LL_TRY(check_list(ctx, out, rows, "row"));
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "scatter_add: %zu rows; at most %u", n, UINT32_MAX);
  LL_TRY(ll_matrix_zeros(ctx, rows, x->cols, &out->value));
  if (n == 0 || x->cols == 0) return LL_OK;
  ll_buffer *scratch;
  LL_TRY(ll_buffer_get(ctx, ((rows + 1 + n) * sizeof(uint32_t) + sizeof(ll_real) - 1) / sizeof(ll_real), &scratch));
  uint32_t *ends = (uint32_t *)(void *)scratch->data, *sources = ends + rows + 1;
  sort_by_row(out->args.list, n, rows, ends, sources);
  for (size_t r = 0, first = 0; r < rows; first = ends[r++])
    if (ends[r] > first) add_rows(x, sources + first, ends[r] - first, ll_matrix_row(&out->value, r));
  ll_buffer_put(ctx, scratch);
  return LL_OK;
}

ll_status ll_vjp_scatter_add(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = with_list(out, 0);
  return need[0] ? ll_apply(ctx, &ll_op_gather, &g, &args, &grads[0]) : LL_OK;
}

/* ---- elements of each row -------------------------------------------------------------------------------------------- */

/* *each: how many elements of a row the list names. */
static ll_status check_rows(ll_ctx *ctx, const ll_node *out, size_t *each) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t listed = out->args.listed;
  *each = x->rows ? listed / x->rows : 0;
  if (*each * x->rows == listed) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: a list of %zu indices for the %zu rows of a matrix %zux%zu; as many for each row expected",
                 out->op->name, listed, x->rows, x->rows, x->cols);
}

ll_status ll_forward_pick(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  size_t each;
  LL_TRY(ll_op_list_keep(ctx, out));
  LL_TRY(check_rows(ctx, out, &each));
  LL_TRY(check_list(ctx, out, x->cols, "column"));
  LL_TRY(ll_matrix_new(ctx, x->rows, each, &out->value));
  for (size_t i = 0; i < x->rows; i++)
    for (size_t k = 0; k < each; k++) out->value.data[i * each + k] = ll_matrix_row(x, i)[out->args.list[i * each + k]];
  return LL_OK;
}

ll_status ll_vjp_pick(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = with_list(out, out->inputs[0]->value.cols);
  return need[0] ? ll_apply(ctx, &ll_op_place, &g, &args, &grads[0]) : LL_OK;
}

ll_status ll_forward_place(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_op_list_keep(ctx, out));
  if (x->rows * x->cols != out->args.listed)
    return ll_fail(ctx, LL_ERR_SHAPE, "place: a list of %zu indices for the %zux%zu elements of x", out->args.listed, x->rows,
                   x->cols);
  LL_TRY(check_list(ctx, out, out->args.i, "column"));
  LL_TRY(ll_matrix_zeros(ctx, x->rows, out->args.i, &out->value));
  for (size_t i = 0; i < x->rows; i++)
    for (size_t k = 0; k < x->cols; k++) ll_matrix_row(&out->value, i)[out->args.list[i * x->cols + k]] += ll_matrix_row(x, i)[k];
  return LL_OK;
}

ll_status ll_vjp_place(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_op_args args = with_list(out, 0);
  return need[0] ? ll_apply(ctx, &ll_op_pick, &g, &args, &grads[0]) : LL_OK;
}
