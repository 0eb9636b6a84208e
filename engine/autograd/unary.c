/* Elementwise functions of one matrix. The derivative of row k is itself an op, out = g f'(x), and so is the second,
 * out = g f''(x); both keep f's result as their past, so no exponential is taken twice. */
#include "engine/autograd/node.h"
#include "engine/base/scalar.h"
#include "engine/matrix/kernels.h"

typedef void (*kernel0)(const ll_real *x, ll_real *out, size_t n);
typedef void (*kernel1)(const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n);

static ll_status map(ll_ctx *ctx, const ll_matrix *x, kernel0 f, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, out));
  if (ll_matrix_contiguous(x)) {
    ll_kernels_run_unary(f, x->data, out->data, ll_matrix_count(x));
  } else {
    for (size_t i = 0; i < x->rows; i++) f(ll_matrix_row(x, i), ll_matrix_row(out, i), x->cols);
  }
  return LL_OK;
}

static ll_status map3(ll_ctx *ctx, const ll_matrix *x, const ll_matrix *y, const ll_matrix *g, kernel1 f, ll_matrix *out) {
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, out));
  if (ll_matrix_contiguous(x) && ll_matrix_contiguous(y) && ll_matrix_contiguous(g)) {
    ll_kernels_run_unary1(f, x->data, y->data, g->data, out->data, ll_matrix_count(x));
  } else {
    for (size_t i = 0; i < x->rows; i++)
      f(ll_matrix_row(x, i), ll_matrix_row(y, i), ll_matrix_row(g, i), ll_matrix_row(out, i), x->cols);
  }
  return LL_OK;
}

static const ll_op first[LL_UNARY_COUNT], second[LL_UNARY_COUNT];

/* kernel(x, y, g) as a node of the op, with y (the function's own result) as its past. */
static ll_status derivative(ll_ctx *ctx, const ll_op *op, kernel1 kernel, ll_node *x, ll_node *y, ll_node *g, ll_node **out) {
  ll_matrix value;
  LL_TRY(map3(ctx, &x->value, &y->value, &g->value, kernel, &value));
  LL_TRY(ll_node_of_op(ctx, op, (ll_node *[]){x, g}, 2, &value, NULL, NULL, out));
  if ((*out)->requires_grad) (*out)->past = ll_node_retain(y);
  return LL_OK;
}

static ll_status once(ll_ctx *ctx, size_t k, ll_node *x, ll_node *y, ll_node *g, ll_node **out) {
  return derivative(ctx, &first[k], ll_kernels_get()->unary1[k], x, y, g, out);
}
static ll_status twice(ll_ctx *ctx, size_t k, ll_node *x, ll_node *y, ll_node *g, ll_node **out) {
  return derivative(ctx, &second[k], ll_kernels_get()->unary2[k], x, y, g, out);
}

/* out = g f'(x): d/dx is g f''(x), d/dg is f'(x). */
static ll_status first_vjp(ll_ctx *ctx, ll_node *out, ll_node *h, const bool *need, ll_node **grads) {
  size_t k = (size_t)(out->op - first);
  ll_node *x = out->inputs[0], *g = out->inputs[1];
  if (need[1]) LL_TRY(once(ctx, k, x, out->past, h, &grads[1]));
  if (!need[0]) return LL_OK;
  ll_node *gh;
  LL_TRY(ll_apply2(ctx, &ll_op_mul, g, h, &gh));
  ll_status status = twice(ctx, k, x, out->past, gh, &grads[0]);
  ll_node_release(ctx, gh);
  return status;
}

static ll_status second_vjp(ll_ctx *ctx, ll_node *out, ll_node *h, const bool *need, ll_node **grads) {
  size_t k = (size_t)(out->op - second);
  if (need[0]) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s has no third derivative here; write it from other ops", out->op->name);
  return need[1] ? twice(ctx, k, out->inputs[0], out->past, h, &grads[1]) : LL_OK;
}

#define UNARY(name, ...) {#name, "g f'(x)", 2, LL_ARGS_NONE, 0, 0, false, NULL, first_vjp, NULL, NULL},
static const ll_op first[LL_UNARY_COUNT] = {
#include "engine/matrix/functions.def"
};
#undef UNARY
#define UNARY(name, ...) {#name, "g f''(x)", 2, LL_ARGS_NONE, 0, 0, false, NULL, second_vjp, NULL, NULL},
static const ll_op second[LL_UNARY_COUNT] = {
#include "engine/matrix/functions.def"
};
#undef UNARY

size_t ll_op_unary(const ll_op *op) {
  static const ll_op *const functions[LL_UNARY_COUNT] = {
#define UNARY(name, ...) &ll_op_##name,
#include "engine/matrix/functions.def"
#undef UNARY
  };
  size_t k = 0;
  while (k < LL_UNARY_COUNT && functions[k] != op) k++;
  return k;
}

#define UNARY(name, ...)                                                                                                           \
  ll_status ll_forward_##name(ll_ctx *ctx, ll_node *out) {                                                                         \
    return map(ctx, &out->inputs[0]->value, ll_kernels_get()->unary[LL_UNARY_##name], &out->value);                                \
  }                                                                                                                                \
  ll_status ll_vjp_##name(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {                              \
    return need[0] ? once(ctx, LL_UNARY_##name, out->inputs[0], out, g, &grads[0]) : LL_OK;                                        \
  }
#include "engine/matrix/functions.def"
#undef UNARY

/* ---- a x + b, x^a, clamp: one matrix and numbers ------------------------------------------------------------------- */

ll_status ll_forward_scale(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  const ll_kernels *k = ll_kernels_get();
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  if (ll_matrix_contiguous(x)) {
    ll_kernels_run_scale(x->data, out->args.a, out->args.b, out->value.data, ll_matrix_count(x));
  } else {
    for (size_t i = 0; i < x->rows; i++)
      k->scale(ll_matrix_row(x, i), out->args.a, out->args.b, ll_matrix_row(&out->value, i), x->cols);
  }
  return LL_OK;
}

ll_status ll_vjp_scale(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return need[0] ? ll_scaled(ctx, g, out->args.a, &grads[0]) : LL_OK;
}

ll_status ll_forward_pow(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  const ll_real a = (ll_real)out->args.a;
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  if (ll_matrix_contiguous(x)) {
    ll_kernels_run_vs(LL_BINARY_pow, x->data, &a, out->value.data, ll_matrix_count(x));
    return LL_OK;
  }
  for (size_t i = 0; i < x->rows; i++)
    ll_kernels_get()->vs[LL_BINARY_pow](ll_matrix_row(x, i), &a, ll_matrix_row(&out->value, i), x->cols);
  return LL_OK;
}

/* g a x^(a-1); zeros at a = 0, where 0 x^-1 would be NaN at x = 0. */
ll_status ll_vjp_pow(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *power = NULL, *scaled = NULL;
  ll_matrix zeros;
  if (!need[0]) return LL_OK;
  if (out->args.a == 0) {
    LL_TRY(ll_matrix_zeros(ctx, out->value.rows, out->value.cols, &zeros));
    return ll_node_new(ctx, &zeros, false, &grads[0]);
  }
  ll_status status = ll_apply(ctx, &ll_op_pow, out->inputs, &(ll_op_args){.a = out->args.a - 1}, &power);
  if (status == LL_OK) status = ll_scaled(ctx, power, out->args.a, &scaled);
  if (status == LL_OK) status = ll_apply2(ctx, &ll_op_mul, g, scaled, &grads[0]);
  ll_node_release(ctx, power);
  ll_node_release(ctx, scaled);
  return status;
}

ll_status ll_forward_clamp(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  const ll_real low = (ll_real)out->args.a, high = (ll_real)out->args.b;
  if (!(low <= high))
    return ll_fail(ctx, LL_ERR_RANGE, "clamp: low %g is not at most high %g", ll_shown(out->args.a), ll_shown(out->args.b));
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  for (size_t i = 0; i < x->rows; i++) {
    ll_real *row = ll_matrix_row(&out->value, i);
    ll_kernels_get()->vs[LL_BINARY_max](ll_matrix_row(x, i), &low, row, x->cols);
    ll_kernels_get()->vs[LL_BINARY_min](row, &high, row, x->cols);
  }
  return LL_OK;
}

/* g where x is inside the limits, else 0, by a mask that does not depend on x. */
ll_status ll_vjp_clamp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  const ll_matrix *x = &out->inputs[0]->value;
  const ll_real low = (ll_real)out->args.a, high = (ll_real)out->args.b;
  ll_expr e = {.ctx = ctx};
  ll_matrix inside;
  ll_status status = ll_matrix_new(ctx, x->rows, x->cols, &inside);
  for (size_t i = 0; i < x->rows && status == LL_OK; i++)
    for (size_t j = 0; j < x->cols; j++) {
      ll_real v = ll_matrix_row(x, i)[j];
      ll_matrix_row(&inside, i)[j] = v > low && v < high;
    }
  ll_node *mask = ll_expr_constant(&e, status, &inside);
  ll_expr_give(&e, ll_do_where(&e, mask, g, ll_expr_number(&e, 0)), &grads[0]);
  return ll_expr_end(&e);
}
