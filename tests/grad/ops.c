/* Every row of the op table: its first derivative, and the second through the graph of the first, against central
 * differences, element by element, in double. In float the same walk is made with a wide tolerance: it shows that the
 * sources work in both. A row that cannot be reached here fails the count at the end. */
#include "losslab/losslab.h"
#include "tests/tap.h"

enum { MOST = 64 };

static ll_ctx *ctx;

/* How a row is called: shapes of its inputs and its arguments. Rows with the same kind of arguments share one. */
typedef struct plan {
  size_t shapes[LL_MAX_INPUTS][2];
  ll_op_args args;
} plan;

static size_t plans_of(const ll_op *op, plan plans[6]) {
  static const plan one[] = {{{{3, 4}}, {.a = 1.7, .b = 0.3}}};
  static const plan elementwise[] = {{{{3, 4}, {3, 4}}, {.a = 0}}, {{{3, 4}, {1, 4}}, {.a = 0}}, {{{3, 4}, {3, 1}}, {.a = 0}},
                                     {{{1, 1}, {3, 4}}, {.a = 0}}, {{{3, 1}, {1, 4}}, {.a = 0}}, {{{1, 4}, {3, 4}}, {.a = 0}}};
  static const plan products[] = {{{{3, 4}, {4, 2}}, {.a = 0}},
                                  {{{4, 3}, {4, 2}}, {.transpose_a = true}},
                                  {{{3, 4}, {2, 4}}, {.transpose_b = true}},
                                  {{{4, 3}, {2, 4}}, {.transpose_a = true, .transpose_b = true}},
                                  {{{1, 4}, {4, 3}}, {.a = 0}},
                                  {{{3, 4}, {4, 1}}, {.a = 0}}};
  static const plan linear[] = {{{{3, 4}, {2, 4}, {1, 2}}, {.a = 0}}, {{{5, 3}, {1, 3}, {1, 1}}, {.a = 0}}};
  static const plan clamp[] = {{{{3, 4}}, {.a = -1, .b = 1.5}}};
  static const plan reshape[] = {{{{3, 4}}, {.i = 2, .j = 6}}};
  static const plan expand[] = {{{{1, 4}}, {.i = 3, .j = 4}}, {{{3, 1}}, {.i = 3, .j = 2}}, {{{1, 1}}, {.i = 2, .j = 3}}};
  static const plan range[] = {{{{4, 5}}, {.i = 1, .j = 3}}};
  static const plan pad[] = {{{{3, 3}}, {.i = 1, .j = 5}}};
  static const plan below[] = {{{{2, 3}, {4, 3}}, {.a = 0}}}, beside[] = {{{{3, 2}, {3, 4}}, {.a = 0}}};
  static const uint32_t rows[] = {2, 0, 2, 1, 2}, cols[] = {3, 0, 1}, elements[] = {3, 0, 1, 1, 2, 3};
  static const plan gather[] = {{{{3, 4}}, {.list = rows, .listed = 5}}};
  static const plan scatter[] = {{{{5, 4}}, {.list = rows, .listed = 5, .i = 4}}};
  static const plan pick[] = {{{{3, 4}}, {.list = cols, .listed = 3}}, {{{3, 4}}, {.list = elements, .listed = 6}}};
  static const plan place[] = {{{{3, 1}}, {.list = cols, .listed = 3, .i = 4}},
                               {{{3, 2}}, {.list = elements, .listed = 6, .i = 4}}};
  static const plan correction[] = {{{{3, 4}}, {.a = 1}}, {{{3, 4}}, {.a = 0}}};
  static const plan reverse[] = {{{{3, 4}}, {.a = 0}}, {{{4, 3}}, {.reverse = true}}};
  static const plan where[] = {
      {{{3, 4}, {3, 4}, {3, 4}}, {.a = 0}}, {{{3, 1}, {1, 4}, {1, 1}}, {.a = 0}}, {{{1, 4}, {3, 1}, {3, 4}}, {.a = 0}}};
  static const plan outer[] = {{{{3, 1}, {4, 1}}, {.a = 0}}}, dot[] = {{{{3, 4}, {3, 4}}, {.a = 0}}};
  static const plan column[] = {{{{4, 1}}, {.a = 0}}};
  static const plan any[] = {{{{3, 4}}, {.a = 0}}, {{{4, 3}}, {.a = 0}}, {{{3, 3}}, {.a = 0}}};
  static const plan distances[] = {{{{3, 4}, {2, 4}}, {.a = 0}}, {{{3, 10}, {2, 10}}, {.a = 0}}};
  static const plan differences[] = {{{{3, 2}, {3, 4}, {2, 4}}, {.a = 0}}};
  static const plan solve[] = {{{{3, 3}, {3, 2}}, {.a = 0}}, {{{3, 3}, {3, 2}}, {.transpose_a = true}}};
  static const plan triangle[] = {{{{3, 3}, {3, 2}}, {.a = 0}},
                                  {{{3, 3}, {3, 2}}, {.upper = true}},
                                  {{{3, 3}, {3, 2}}, {.transpose_a = true}},
                                  {{{3, 3}, {3, 2}}, {.upper = true, .transpose_a = true}}};
  static const plan least[] = {{{{4, 3}, {4, 2}}, {.a = 0}}, {{{3, 4}, {3, 2}}, {.a = 0}}, {{{3, 3}, {3, 1}}, {.a = 0}}};
  static const plan square[] = {{{{3, 3}}, {.a = 0}}};
#define IS(word) (strcmp(op->name, word) == 0)
#define USE(list) return memcpy(plans, list, sizeof list), sizeof list / sizeof *list
  if (strcmp(op->name, "linear") == 0) USE(linear);
  if (strcmp(op->name, "expand") == 0) USE(expand);
  if (strcmp(op->name, "vstack") == 0) USE(below);
  if (strcmp(op->name, "hstack") == 0) USE(beside);
  if (IS("scatter_add")) USE(scatter);
  if (IS("pick")) USE(pick);
  if (IS("place")) USE(place);
  if (IS("where")) USE(where);
  if (IS("outer")) USE(outer);
  if (IS("dot")) USE(dot);
  if (IS("diag")) USE(column);
  if (IS("lstsq")) USE(least);
  if (IS("diagonal") || strstr(op->name, "singular")) USE(any);
  if (IS("distances") || IS("squared_distances")) USE(distances);
  if (IS("weighed_differences")) USE(differences);
  if (IS("cholesky") || IS("inverse") || IS("log_det") || IS("eigenvalues") || IS("eigenvectors")) USE(square);
  if (op->args == LL_ARGS_TRANSPOSED) USE(solve);
  if (op->args == LL_ARGS_TRIANGLE) USE(triangle);
  if (op->args == LL_ARGS_LIST) USE(gather);
  if (op->args == LL_ARGS_CORRECTION) USE(correction);
  if (op->args == LL_ARGS_REVERSE) USE(reverse);
  if (op->args == LL_ARGS_FLAGS) USE(products);
  if (op->args == LL_ARGS_CLAMP) USE(clamp);
  if (op->args == LL_ARGS_SHAPE) USE(reshape);
  if (op->args == LL_ARGS_RANGE) USE(range);
  if (op->args == LL_ARGS_PAD) USE(pad);
  if (op->arity == 2) USE(elementwise);
  USE(one);
}

/* A step function: its gradient is 0 wherever it has one. */
static bool is_step(const ll_op *op) { return strstr(op->formula, "; no gradient") && !strstr(op->formula, "no gradient for"); }

/* Its first input is a matrix with an inverse, or a positive definite one. */
static bool factored(const ll_op *op) {
  return op->args == LL_ARGS_TRANSPOSED || op->args == LL_ARGS_TRIANGLE || strcmp(op->name, "cholesky") == 0 ||
         strcmp(op->name, "inverse") == 0 || strcmp(op->name, "log_det") == 0;
}

static ll_node *sampled(size_t rows, size_t cols, ll_random *r, double low, double high, bool grad) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  ll_matrix_uniform(&m, r, low, high);
  works(ctx, ll_node_new(ctx, &m, grad, &node));
  return node;
}

/* sum(weights * y): a number of any matrix, every element with a weight of its own. */
static ll_node *weighed(ll_node *y, ll_node *weights) {
  ll_node *product, *sum;
  works(ctx, ll_apply(ctx, ll_op_find("mul"), (ll_node *[]){y, weights}, NULL, &product));
  works(ctx, ll_apply(ctx, ll_op_find("sum"), &product, NULL, &sum));
  ll_node_release(ctx, product);
  return sum;
}

static ll_node *called(const ll_op *op, const plan *p, ll_node **inputs) {
  ll_node *y = NULL;
  works(ctx, ll_apply(ctx, op, inputs, &p->args, &y));
  return y;
}

/* f = sum(w * op(x)). g(x) = sum over inputs of sum(v_i * df/dx_i): its gradient is a product with second derivatives. */
typedef struct setting {
  const ll_op *op;
  const plan *p;
  ll_node *inputs[LL_MAX_INPUTS], *directions[LL_MAX_INPUTS], *weights;
} setting;

static ll_node *first_order(setting *s) {
  ll_node *y = called(s->op, s->p, s->inputs), *f = weighed(y, s->weights);
  ll_node_release(ctx, y);
  return f;
}

static ll_node *second_order(setting *s) {
  ll_node *f = first_order(s), *grads[LL_MAX_INPUTS], *total = NULL;
  works(ctx, ll_grad(ctx, f, NULL, s->inputs, (size_t)s->op->arity, true, true, grads));
  for (int i = 0; i < s->op->arity; i++) {
    ll_node *part = weighed(grads[i], s->directions[i]), *sum = NULL;
    if (total) {
      works(ctx, ll_apply(ctx, ll_op_find("add"), (ll_node *[]){total, part}, NULL, &sum));
      ll_node_release(ctx, part);
      ll_node_release(ctx, total);
      total = sum;
    } else {
      total = part;
    }
    ll_node_release(ctx, grads[i]);
  }
  ll_node_release(ctx, f);
  return total;
}

static double value_of(ll_node *(*function)(setting *), setting *s) {
  ll_node *f = function(s);
  double value = 0;
  works(ctx, ll_node_item(ctx, f, &value));
  ll_node_release(ctx, f);
  return value;
}

/* The largest difference between the graph's gradient of function and central differences, relative to 1 + |gradient|. */
static double worst_error(ll_node *(*function)(setting *), setting *s) {
  ll_node *f = function(s), *grads[LL_MAX_INPUTS];
  double worst = 0, h = sizeof(ll_real) == 8 ? 1e-5 : 1e-2;
  if (!f->requires_grad) { /* linear: its gradient does not depend on the inputs, so a second one is zero */
    ll_node_release(ctx, f);
    for (int i = 0; i < s->op->arity; i++) {
      ll_matrix *m = &s->inputs[i]->value;
      double before = value_of(function, s);
      for (size_t k = 0; k < ll_matrix_count(m); k++) {
        ll_real x = m->data[k];
        m->data[k] = x + (ll_real)h;
        worst = fmax(worst, fabs(value_of(function, s) - before));
        m->data[k] = x;
      }
    }
    return worst;
  }
  works(ctx, ll_grad(ctx, f, NULL, s->inputs, (size_t)s->op->arity, false, false, grads));
  ll_node_release(ctx, f);
  for (int i = 0; i < s->op->arity; i++) {
    ll_matrix *m = &s->inputs[i]->value;
    for (size_t k = 0; k < ll_matrix_count(m); k++) {
      ll_real x = m->data[k], up = x + (ll_real)h, down = x - (ll_real)h;
      m->data[k] = up;
      double above = value_of(function, s);
      m->data[k] = down;
      double below = value_of(function, s);
      m->data[k] = x;
      double slope = (above - below) / ((double)up - (double)down),
             got = (double)ll_matrix_row(&grads[i]->value, k / m->cols)[k % m->cols]; /* it may be a view */
      worst = fmax(worst, fabs(got - slope) / (1 + fabs(slope)));
    }
    ll_node_release(ctx, grads[i]);
  }
  return worst;
}

static void check_row(const ll_op *op) {
  plan plans[6];
  size_t n = plans_of(op, plans);
  double tolerance = sizeof(ll_real) == 8 ? 1e-7 : 0.05;
  for (size_t k = 0; k < n; k++) {
    ll_random r = ll_random_stream(7, k, op->name);
    setting s = {.op = op, .p = &plans[k]};
    for (int i = 0; i < op->arity; i++) {
      s.inputs[i] = sampled(plans[k].shapes[i][0], plans[k].shapes[i][1], &r, op->low, op->high, true);
      s.directions[i] = sampled(plans[k].shapes[i][0], plans[k].shapes[i][1], &r, -1, 1, false);
      /* no sample within a step of a kink: at 0, at the ends of the hard activations and the clamps, at an equal pair */
      for (size_t e = 0; e < ll_matrix_count(&s.inputs[i]->value); e++) {
        ll_real *x = &s.inputs[i]->value.data[e];
        double kinks[] = {0, -1, 1, -3, 3, plans[k].args.a, plans[k].args.b};
        for (size_t q = 0; q < sizeof kinks / sizeof *kinks; q++)
          if (fabs((double)*x - kinks[q]) < 0.06) *x += (ll_real)0.13;
        if (i == 1) *x += (ll_real)(0.0137 * (double)(e + 1));
      }
    }
    if (factored(op))
      for (size_t e = 0; e < 3; e++) ll_matrix_row(&s.inputs[0]->value, e)[e] += 5; /* far from singular */
    ll_node *y = called(op, &plans[k], s.inputs);
    s.weights = sampled(y->value.rows, y->value.cols, &r, 0.5, 1.5, false);
    ll_node_release(ctx, y);
    bool smooth = !is_step(op);
    double first = smooth ? worst_error(first_order, &s) : 0, second = smooth ? worst_error(second_order, &s) : 0;
    ok(first < tolerance, "%s, form %zu: first derivative", op->name, k + 1);
    if (!(first < tolerance)) printf("#   worst error %.3g\n", first);
    ok(second < tolerance, "%s, form %zu: second derivative", op->name, k + 1);
    if (!(second < tolerance)) printf("#   worst error %.3g\n", second);
    if (!smooth) {
      y = called(op, &plans[k], s.inputs);
      ll_node *f = weighed(y, s.weights), *grads[LL_MAX_INPUTS];
      works(ctx, ll_grad(ctx, f, NULL, s.inputs, 2, false, false, grads));
      ok(ll_matrix_sum(&grads[0]->value) == 0 && ll_matrix_sum(&grads[1]->value) == 0, "%s: a step function has gradient 0",
         op->name);
      for (int i = 0; i < 2; i++) ll_node_release(ctx, grads[i]);
      ll_node_release(ctx, f);
      ll_node_release(ctx, y);
    }
    for (int i = 0; i < op->arity; i++) ll_node_release(ctx, s.inputs[i]), ll_node_release(ctx, s.directions[i]);
    ll_node_release(ctx, s.weights);
  }
}

/* An op with its derivative doubled and one with its sign turned: the check above must see both. */
static double planted_factor;
static ll_status wrong_forward(ll_ctx *c, ll_node *out) { return ll_op_find("square")->forward(c, out); }
static ll_status wrong_vjp(ll_ctx *c, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  ll_node *right = NULL;
  LL_TRY(ll_op_find("square")->vjp(c, out, g, need, &right));
  ll_status status = ll_apply(c, ll_op_find("scale"), &right, &(ll_op_args){.a = planted_factor}, &grads[0]);
  ll_node_release(c, right);
  return status;
}

static void planted(double factor) {
  const ll_op wrong = {"wrong", "x^2", 1, LL_ARGS_NONE, -2, 2, false, wrong_forward, wrong_vjp, NULL};
  plan p = {{{3, 4}}, {.a = 0}};
  ll_random r = ll_random_stream(1, 1, "planted");
  setting s = {.op = &wrong, .p = &p};
  planted_factor = factor;
  s.inputs[0] = sampled(3, 4, &r, 0.5, 2, true);
  s.weights = sampled(3, 4, &r, 0.5, 1.5, false);
  ok(worst_error(first_order, &s) > 0.3, "a derivative wrong by the factor %g is seen", factor);
  ll_node_release(ctx, s.inputs[0]);
  ll_node_release(ctx, s.weights);
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  for (size_t i = 0; i < ll_op_count; i++) check_row(ll_ops[i]);
  planted(2);
  planted(-1);
  size_t before = ll_memory_used(ctx);
  check_row(ll_op_find("mul"));
  ok(ll_memory_used(ctx) == before, "nothing is held that was not before");
  ll_ctx_close(ctx);
  return done();
}
