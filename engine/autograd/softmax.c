/* Softmax and its relatives along each row, shifted by the row's largest element so that nothing overflows. */
#include <math.h>

#include "engine/autograd/node.h"
#include "engine/base/crew.h"
#include "engine/matrix/rowwise.h"

typedef struct by_rows {
  const ll_matrix *x, *out;
  void (*f)(const ll_real *x, ll_real *out, size_t n);
} by_rows;

static void some_rows(void *user, size_t from, size_t to) {
  const by_rows *r = user;
  for (size_t i = from; i < to; i++) r->f(ll_matrix_row(r->x, i), ll_matrix_row(r->out, i), r->x->cols);
}

enum { COST = 4 }; /* of an element, in additions */

static ll_status map_rows(ll_ctx *ctx, ll_node *out, void (*f)(const ll_real *, ll_real *, size_t)) {
  const ll_matrix *x = &out->inputs[0]->value;
  LL_TRY(ll_matrix_new(ctx, x->rows, x->cols, &out->value));
  if (x->cols) ll_crew_pieces(x->rows, COST * x->cols, some_rows, &(by_rows){.x = x, .out = &out->value, .f = f});
  return LL_OK;
}

ll_status ll_forward_softmax(ll_ctx *ctx, ll_node *out) { return map_rows(ctx, out, ll_rowwise_kernels_get()->softmax); }
ll_status ll_forward_log_softmax(ll_ctx *ctx, ll_node *out) { return map_rows(ctx, out, ll_rowwise_kernels_get()->log_softmax); }

/* y (g - sum of g y) */
ll_status ll_vjp_softmax(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *gy = ll_do2(&e, mul, g, out), *all = ll_do1(&e, row_sums, gy), *left = ll_do2(&e, sub, g, all);
  ll_expr_give(&e, ll_do2(&e, mul, out, left), &grads[0]);
  return ll_expr_end(&e);
}

/* g - e^y (sum of g) */
ll_status ll_vjp_log_softmax(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *shares = ll_do1(&e, exp, out), *all = ll_do1(&e, row_sums, g), *part = ll_do2(&e, mul, shares, all);
  ll_expr_give(&e, ll_do2(&e, sub, g, part), &grads[0]);
  return ll_expr_end(&e);
}

/* By parts, each with a row of scratch of its own. */
enum { MOST_PARTS = 16 };
typedef struct logsumexps {
  const ll_matrix *x, *scratch;
  ll_real *out;
} logsumexps;

static void some_logsumexps(void *user, size_t part) {
  const logsumexps *l = user;
  size_t n = l->x->rows, parts = l->scratch->rows, cols = l->x->cols;
  for (size_t i = part * n / parts; i < (part + 1) * n / parts; i++)
    l->out[i] = cols ? (ll_real)ll_rowwise_kernels_get()->logsumexp(ll_matrix_row(l->x, i), ll_matrix_row(l->scratch, part), cols)
                     : (ll_real)-INFINITY;
}

ll_status ll_forward_row_logsumexp(ll_ctx *ctx, ll_node *out) {
  const ll_matrix *x = &out->inputs[0]->value;
  ll_matrix scratch;
  LL_TRY(ll_matrix_new(ctx, x->rows, 1, &out->value));
  size_t parts = x->rows * x->cols < LL_CREW_GRAIN ? 1 : x->rows < MOST_PARTS ? x->rows : MOST_PARTS;
  LL_TRY(ll_matrix_new(ctx, parts, x->cols, &scratch));
  ll_crew_run(NULL, parts, some_logsumexps, &(logsumexps){x, &scratch, out->value.data});
  ll_matrix_release(ctx, &scratch);
  return LL_OK;
}

ll_status ll_vjp_row_logsumexp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *shares = ll_do1(&e, softmax, out->inputs[0]);
  ll_expr_give(&e, ll_do2(&e, mul, shares, g), &grads[0]);
  return ll_expr_end(&e);
}

/* turn makes rows of what is summed over: reshape makes one row of all elements, transpose a row of each column. */
static ll_status logsumexp(ll_ctx *ctx, ll_node *out, const ll_op *turn) {
  ll_op_args shape = {.i = 1, .j = ll_matrix_count(&out->inputs[0]->value)};
  bool recording = ll_recording(ctx, false);
  ll_expr e = {.ctx = ctx};
  ll_node *rows = ll_expr_apply(&e, turn, out->inputs, &shape), *column = ll_do1(&e, row_logsumexp, rows);
  if (e.status == LL_OK) out->value = ll_matrix_share(&column->value);
  out->value.cols = out->value.stride = out->value.rows, out->value.rows = e.status == LL_OK;
  ll_recording(ctx, recording);
  return ll_expr_end(&e);
}

ll_status ll_forward_logsumexp(ll_ctx *ctx, ll_node *out) { return logsumexp(ctx, out, &ll_op_reshape); }
ll_status ll_forward_col_logsumexp(ll_ctx *ctx, ll_node *out) { return logsumexp(ctx, out, &ll_op_transpose); }

/* g e^(x - y) */
static ll_status spread(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  if (!need[0]) return LL_OK;
  ll_expr e = {.ctx = ctx};
  ll_node *shares = ll_do1(&e, exp, ll_do2(&e, sub, out->inputs[0], out));
  ll_expr_give(&e, ll_do2(&e, mul, shares, g), &grads[0]);
  return ll_expr_end(&e);
}

ll_status ll_vjp_logsumexp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return spread(ctx, out, g, need, grads);
}
ll_status ll_vjp_col_logsumexp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  return spread(ctx, out, g, need, grads);
}
