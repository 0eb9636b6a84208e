/* A training step of a network (forward, loss, backward, optimizer), saving and loading, and a second derivative: every
 * allocation fails in turn. Each failure is reported as one, leaks nothing, and the same work done again succeeds. */
#include "tests/sweep.h"

static ll_status leaf(ll_ctx *ctx, size_t rows, size_t cols, bool grad, ll_node **out) {
  ll_matrix m;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(i % 2);
  return ll_node_new(ctx, &m, grad, out);
}

static ll_status step(ll_ctx *ctx) {
  static const size_t sizes[] = {3, 4, 1};
  ll_mlp_options options = {.sizes = sizes, .n_sizes = 3};
  ll_random stream = ll_random_stream(1, 1, "init");
  ll_mlp *net = NULL;
  ll_node *x = NULL, *labels = NULL, *y = NULL, *value = NULL, *parameters[4];
  ll_optimizer *adam = NULL;
  ll_loss *loss = NULL;
  const ll_loss_desc *row;
  const ll_optimizer_desc *desc;
  ll_status status;
  LL_GOTO(done, ll_mlp_new(ctx, &options, &stream, &net));
  for (size_t i = 0; i < 4; i++) parameters[i] = ll_mlp_parameter(net, i);
  LL_GOTO(done, ll_optimizer_find(ctx, "adam", &desc));
  LL_GOTO(done, ll_optimizer_new(ctx, desc, parameters, 4, &adam));
  LL_GOTO(done, ll_loss_find(ctx, "cross_entropy", &row));
  LL_GOTO(done, ll_loss_new(ctx, row, &loss));
  LL_GOTO(done, leaf(ctx, 6, 3, false, &x));
  LL_GOTO(done, leaf(ctx, 6, 1, false, &labels));
  for (int k = 0; k < 2; k++) {
    LL_GOTO(done, ll_mlp_forward(ctx, net, x, &y));
    LL_GOTO(done, ll_loss_apply(ctx, loss, (ll_node *[]){y, labels}, 2, &value));
    LL_GOTO(done, ll_backward(ctx, value, NULL, false));
    LL_GOTO(done, ll_optimizer_step(ctx, adam));
    ll_node_release(ctx, y);
    ll_node_release(ctx, value);
    y = value = NULL;
  }
done:
  ll_node_release(ctx, y);
  ll_node_release(ctx, value);
  ll_node_release(ctx, x);
  ll_node_release(ctx, labels);
  ll_loss_release(ctx, loss);
  ll_optimizer_free(ctx, adam);
  ll_mlp_free(ctx, net);
  return status;
}

static ll_status save_and_load(ll_ctx *ctx) {
  static const size_t sizes[] = {3, 4, 1};
  ll_mlp_options options = {.sizes = sizes, .n_sizes = 3};
  ll_random stream = ll_random_stream(1, 1, "init");
  ll_mlp *net = NULL, *copy = NULL;
  void *bytes = NULL;
  size_t n;
  ll_status status;
  LL_GOTO(done, ll_mlp_new(ctx, &options, &stream, &net));
  LL_GOTO(done, ll_mlp_save(ctx, net, &bytes, &n));
  LL_GOTO(done, ll_mlp_load(ctx, bytes, n, &copy));
  LL_GOTO(done, ll_mlp_restore(ctx, net, bytes, n));
done:
  ll_free(ctx, bytes);
  ll_mlp_free(ctx, net);
  ll_mlp_free(ctx, copy);
  return status;
}

/* Weights drawn with a workspace, and dropout. */
static ll_status draw_and_drop(ll_ctx *ctx) {
  ll_random stream = ll_random_stream(1, 1, "init");
  ll_node *w = NULL, *y = NULL, *sum = NULL;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 9, 5, true, &w));
  LL_GOTO(done, ll_init_weights(ctx, "orthogonal", &w->value, &stream));
  LL_GOTO(done, ll_dropout(ctx, w, 0.5, &stream, 1, &y));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &y, NULL, &sum));
  LL_GOTO(done, ll_backward(ctx, sum, NULL, false));
done:
  ll_node_release(ctx, w);
  ll_node_release(ctx, y);
  ll_node_release(ctx, sum);
  return status;
}

/* The loss of the line y = x w, a mean of squares: the closure of a step of lbfgs. */
typedef struct line {
  ll_node *x, *y, *w;
} line;

static ll_status line_loss(ll_ctx *ctx, void *user, double *loss) {
  line *l = user;
  ll_node *at = NULL, *off = NULL, *square = NULL, *mean = NULL;
  ll_status status;
  LL_GOTO(done, ll_apply(ctx, ll_op_find("matmul"), (ll_node *[]){l->x, l->w}, &(ll_op_args){.a = 0}, &at));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sub"), (ll_node *[]){at, l->y}, NULL, &off));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("square"), &off, NULL, &square));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("mean"), &square, NULL, &mean));
  LL_GOTO(done, ll_backward(ctx, mean, NULL, false));
  LL_GOTO(done, ll_node_item(ctx, mean, loss));
done:
  ll_node_release(ctx, at);
  ll_node_release(ctx, off);
  ll_node_release(ctx, square);
  ll_node_release(ctx, mean);
  return status;
}

static ll_status minimize(ll_ctx *ctx) {
  line l = {0};
  ll_optimizer *lbfgs = NULL;
  const ll_optimizer_desc *desc;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 6, 2, false, &l.x));
  LL_GOTO(done, leaf(ctx, 6, 1, false, &l.y));
  LL_GOTO(done, leaf(ctx, 2, 1, true, &l.w));
  LL_GOTO(done, ll_optimizer_find(ctx, "lbfgs", &desc));
  LL_GOTO(done, ll_optimizer_new(ctx, desc, &l.w, 1, &lbfgs));
  LL_GOTO(done, ll_optimizer_minimize(ctx, lbfgs, line_loss, &l, NULL, NULL));
  ll_params_set_number(ctx, &desc->params, lbfgs->groups[0].params, "history", 3);
  LL_GOTO(done, ll_optimizer_minimize(ctx, lbfgs, line_loss, &l, NULL, NULL));
done:
  ll_optimizer_free(ctx, lbfgs);
  ll_node_release(ctx, l.x);
  ll_node_release(ctx, l.y);
  ll_node_release(ctx, l.w);
  return status;
}

/* Groups, one gradient that two leaves share (so clipping copies it), projections. */
static ll_status around_a_step(ll_ctx *ctx) {
  ll_node *a = NULL, *b = NULL, *sum = NULL, *total = NULL;
  ll_optimizer *sgd = NULL;
  const ll_optimizer_desc *desc;
  const ll_projection *ball;
  ll_status status;
  LL_GOTO(done, leaf(ctx, 3, 2, true, &a));
  LL_GOTO(done, leaf(ctx, 3, 2, true, &b));
  LL_GOTO(done, ll_optimizer_find(ctx, "sgd", &desc));
  LL_GOTO(done, ll_optimizer_new(ctx, desc, &a, 1, &sgd));
  LL_GOTO(done, ll_optimizer_add(ctx, sgd, &b, 1));
  LL_GOTO(done, ll_projection_find(ctx, "unit_ball", &ball));
  LL_GOTO(done, ll_optimizer_project(ctx, sgd, ball, 1, NULL, 0));
  LL_GOTO(done, ll_optimizer_project(ctx, sgd, ball, 0.5, &b, 1));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("add"), (ll_node *[]){a, b}, NULL, &sum));
  LL_GOTO(done, ll_apply(ctx, ll_op_find("sum"), &sum, NULL, &total));
  LL_GOTO(done, ll_backward(ctx, total, NULL, false));
  LL_GOTO(done, ll_clip_value(ctx, (ll_node *[]){a, b}, 2, 0.5));
  LL_GOTO(done, ll_optimizer_clip_norm(ctx, sgd, 0.1, NULL));
  LL_GOTO(done, ll_optimizer_step(ctx, sgd));
done:
  ll_optimizer_free(ctx, sgd);
  ll_node_release(ctx, a);
  ll_node_release(ctx, b);
  ll_node_release(ctx, sum);
  ll_node_release(ctx, total);
  return status;
}

/* One op, with its gradient and the gradient of that. */
static const ll_op *op;
static ll_status one_op(ll_ctx *ctx) {
  static const uint32_t list[] = {1, 0};
  ll_node *inputs[LL_MAX_INPUTS] = {NULL}, *grads[LL_MAX_INPUTS] = {NULL}, *y = NULL, *sum = NULL, *again = NULL, *second = NULL;
  ll_op_args args = {.a = 1, .b = 2};
  if (op->args == LL_ARGS_SHAPE) args.i = 2, args.j = 2;
  if (op->args == LL_ARGS_RANGE) args.i = 1, args.j = 1;
  if (op->args == LL_ARGS_PAD) args.i = 1, args.j = 4;
  if (op->args == LL_ARGS_LIST || op->args == LL_ARGS_PLACES) args.list = list, args.listed = 2, args.i = 3;
  if (op->args == LL_ARGS_CORRECTION) args.a = 1;
  bool columns = strcmp(op->name, "outer") == 0 || strcmp(op->name, "diag") == 0 || strcmp(op->name, "place") == 0;
  ll_status status = LL_OK;
  for (int k = 0; k < op->arity; k++) {
    bool bias = strcmp(op->name, "linear") == 0 && k == 2;
    LL_GOTO(next, leaf(ctx, bias ? 1 : 2, columns ? 1 : 2, true, &inputs[k]));
  }
  if (!columns) inputs[0]->value.data[0] += 2, inputs[0]->value.data[3] += 2; /* it has an inverse, and a Cholesky factor */
  bool near_by = strstr(op->name, "distances") != NULL;                       /* their gradients go another way */
  for (int k = 0; near_by && k < 4; k++) inputs[1]->value.data[k] = inputs[0]->value.data[k] + (ll_real)0.01;
  LL_GOTO(next, ll_apply(ctx, op, inputs, &args, &y));
  LL_GOTO(next, ll_apply(ctx, ll_op_find("sum"), &y, NULL, &sum));
  LL_GOTO(next, ll_grad(ctx, sum, NULL, inputs, (size_t)op->arity, true, true, grads));
  LL_GOTO(next, ll_apply(ctx, ll_op_find("sum"), &grads[0], NULL, &again));
  if (again->requires_grad) LL_GOTO(next, ll_grad(ctx, again, NULL, inputs, 1, false, true, &second));
next:
  ll_node_release(ctx, second);
  ll_node_release(ctx, again);
  ll_node_release(ctx, sum);
  ll_node_release(ctx, y);
  for (int k = 0; k < op->arity; k++) ll_node_release(ctx, grads[k]), ll_node_release(ctx, inputs[k]);
  return status;
}

int main(void) {
  SWEEP(step, 10);
  SWEEP(draw_and_drop, 6);
  SWEEP(minimize, 10);
  SWEEP(around_a_step, 10);
  SWEEP(save_and_load, 10);
  for (size_t i = 0; i < ll_op_count; i++) {
    op = ll_ops[i];
    sweep_all(op->name, one_op, 4);
  }
  return done();
}
