/* Every row of the op table: its first derivative, and the second through the graph of the first, against central
 * differences, element by element, in double. In float the same walk is made with a wide tolerance: it shows that the
 * sources work in both. A row that cannot be reached here fails the count at the end. */
#include "tests/op_cases.h"

/* A step function: its gradient is 0 wherever it has one. */
static bool is_step(const ll_op *op) { return strstr(op->formula, "; no gradient") && !strstr(op->formula, "no gradient for"); }

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
  const ll_op wrong = {"wrong", "x^2", 1, LL_ARGS_NONE, -2, 2, false, wrong_forward, wrong_vjp, NULL, NULL};
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
