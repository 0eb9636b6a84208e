/* Elementwise ops of two matrices, with rows, columns and numbers broadcast (broadcast.c has the adjoint). */
#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/matrix/kernels.h"

static bool broadcasts(size_t n, size_t to) { return n == to || n == 1; }

static bool same_shape(const ll_matrix *a, const ll_matrix *b) { return a->rows == b->rows && a->cols == b->cols; }

typedef struct by_rows {
  const ll_matrix *a, *b, *out;
  void (*run)(const ll_real *a, const ll_real *b, ll_real *out, size_t n);
} by_rows;

static void some_rows(void *user, size_t from, size_t to) {
  const by_rows *r = user;
  for (size_t i = from; i < to; i++)
    r->run(ll_matrix_row(r->a, r->a->rows == 1 ? 0 : i), ll_matrix_row(r->b, r->b->rows == 1 ? 0 : i), ll_matrix_row(r->out, i),
           r->out->cols);
}

static ll_status forward(ll_ctx *ctx, ll_node *out, ll_binary op) {
  const ll_matrix *a = &out->inputs[0]->value, *b = &out->inputs[1]->value;
  const ll_kernels *k = ll_kernels_get();
  size_t rows = a->rows == 1 ? b->rows : a->rows, cols = a->cols == 1 ? b->cols : a->cols;
  if (!broadcasts(a->rows, rows) || !broadcasts(b->rows, rows) || !broadcasts(a->cols, cols) || !broadcasts(b->cols, cols))
    return ll_fail(ctx, LL_ERR_SHAPE,
                   "%s: %zux%zu and %zux%zu do not fit: equal shapes, or a row, a column or a number beside a matrix",
                   out->op->name, a->rows, a->cols, b->rows, b->cols);
  LL_TRY(ll_matrix_new(ctx, rows, cols, &out->value));
  if (same_shape(a, b) && ll_matrix_contiguous(a) && ll_matrix_contiguous(b)) {
    ll_kernels_run_vv(op, a->data, b->data, out->value.data, rows * cols);
    return LL_OK;
  }
  if (b->rows == 1 && b->cols == 1 && ll_matrix_contiguous(a)) {
    ll_kernels_run_vs(op, a->data, b->data, out->value.data, rows * cols);
    return LL_OK;
  }
  if (a->rows == 1 && a->cols == 1 && ll_matrix_contiguous(b)) {
    ll_kernels_run_sv(op, a->data, b->data, out->value.data, rows * cols);
    return LL_OK;
  }
  by_rows r = {.a = a, .b = b, .out = &out->value};
  r.run = a->cols == b->cols ? k->vv[op] : b->cols == 1 ? k->vs[op] : k->sv[op];
  ll_crew_pieces(rows, cols, some_rows, &r);
  return LL_OK;
}

#define FORWARD(name)                                                                                                              \
  ll_status ll_forward_##name(ll_ctx *ctx, ll_node *out) { return forward(ctx, out, LL_BINARY_##name); }
FORWARD(add)
FORWARD(sub)
FORWARD(mul)
FORWARD(div)
FORWARD(max)
FORWARD(min)
FORWARD(greater)
FORWARD(less)
FORWARD(equal)
FORWARD(not_equal)
FORWARD(greater_equal)
FORWARD(less_equal)
ll_status ll_forward_power(ll_ctx *ctx, ll_node *out) { return forward(ctx, out, LL_BINARY_pow); }

/* grads[i] = factor summed to input i's shape; releases factor. */
static ll_status give(ll_ctx *ctx, ll_node *out, size_t i, ll_status status, ll_node *factor, ll_node **grads) {
  if (status == LL_OK) status = ll_broadcast_sum(ctx, factor, &out->inputs[i]->value, &grads[i]);
  ll_node_release(ctx, factor);
  return status;
}

ll_status ll_vjp_add(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  for (size_t i = 0; i < 2; i++)
    if (need[i]) LL_TRY(ll_broadcast_sum(ctx, g, &out->inputs[i]->value, &grads[i]));
  return LL_OK;
}

ll_status ll_vjp_sub(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (need[0]) LL_TRY(ll_broadcast_sum(ctx, g, &out->inputs[0]->value, &grads[0]));
  if (!need[1]) return LL_OK;
  ll_node *minus = NULL;
  ll_status status = ll_scaled(ctx, g, -1, &minus);
  return give(ctx, out, 1, status, minus, grads);
}

ll_status ll_vjp_mul(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  for (size_t i = 0; i < 2; i++) {
    if (!need[i]) continue;
    ll_node *factor = NULL;
    ll_status status = ll_apply2(ctx, &ll_op_mul, g, out->inputs[1 - i], &factor);
    LL_TRY(give(ctx, out, i, status, factor, grads));
  }
  return LL_OK;
}

/* x / y: g / y, and -(g out) / y. */
ll_status ll_vjp_div(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *y = out->inputs[1], *factor = NULL;
  if (need[0]) {
    ll_status status = ll_apply2(ctx, &ll_op_div, g, y, &factor);
    LL_TRY(give(ctx, out, 0, status, factor, grads));
  }
  if (!need[1]) return LL_OK;
  ll_node *product = NULL, *minus = NULL;
  factor = NULL;
  ll_status status = ll_apply2(ctx, &ll_op_mul, g, out, &product);
  if (status == LL_OK) status = ll_scaled(ctx, product, -1, &minus);
  if (status == LL_OK) status = ll_apply2(ctx, &ll_op_div, minus, y, &factor);
  ll_node_release(ctx, product);
  ll_node_release(ctx, minus);
  return give(ctx, out, 1, status, factor, grads);
}

/* The gradient goes to x where x was taken, else to y. It is chosen, not multiplied by a mask, for the reason at ll_vjp_where. */
static ll_status vjp_choice(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads, bool larger) {
  ll_expr e = {.ctx = ctx};
  ll_node *x = out->inputs[0], *y = out->inputs[1], *zero = ll_expr_number(&e, 0);
  ll_node *to_x = ll_do2(&e, greater, larger ? x : y, larger ? y : x);
  for (size_t i = 0; i < 2; i++)
    if (need[i])
      ll_expr_give(&e, ll_expr_sum_to(&e, ll_do_where(&e, to_x, i ? zero : g, i ? g : zero), &out->inputs[i]->value), &grads[i]);
  return ll_expr_end(&e);
}

ll_status ll_vjp_max(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return vjp_choice(ctx, out, g, need, grads, true);
}
ll_status ll_vjp_min(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return vjp_choice(ctx, out, g, need, grads, false);
}

/* Step functions: their derivative is zero wherever they have one. */
#define VJP_STEP(name)                                                                                                             \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    (void)ctx, (void)out, (void)g, (void)need, (void)grads;                                                                        \
    return LL_OK;                                                                                                                  \
  }
VJP_STEP(greater)
VJP_STEP(less)
VJP_STEP(equal)
VJP_STEP(not_equal)
VJP_STEP(greater_equal)
VJP_STEP(less_equal)
