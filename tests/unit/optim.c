/* Every row of the optimizers' table, step by step, against its formula written out in double loops here; their parameters'
 * ranges; clipping; projections; and that a whole training step, once warm, allocates nothing. */
#include <float.h>

#include "losslab/losslab.h"
#include "tests/tap.h"

enum { N = 37, STEPS = 25 };
static ll_ctx *ctx;
static const double tolerance = sizeof(ll_real) == 8 ? 1e-12 : 2e-5;

/* One parameter x with what its formula keeps, a and b, and the step's number t. */
typedef struct plain {
  double x, a, b, product;
  int t;
} plain;
#define P(name) value_of(desc, p, name)
static double value_of(const ll_optimizer_desc *desc, const double *p, const char *name) {
  for (size_t i = 0; i < desc->params.count; i++)
    if (strcmp(desc->params.params[i].name, name) == 0) return p[i];
  ok(false, "%s has the parameter %s", desc->name, name);
  return NAN;
}
static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

static void plain_step(const ll_optimizer_desc *desc, const double *p, plain *s, double g) {
  const char *name = desc->name;
  double lr = P("lr");
  s->t++;
  if (strcmp(name, "rprop") == 0) { /* iRprop-: Igel and Huesken 2003 */
    double turn = g * s->a;
    if (s->t == 1) s->b = lr;
    if (turn > 0) s->b *= P("eta_plus");
    if (turn < 0) s->b *= P("eta_minus"), g = 0;
    s->b = fmin(fmax(s->b, P("step_min")), P("step_max"));
    s->x -= sign(g) * s->b;
    s->a = g;
    return;
  }
  double decay = P("weight_decay");
  if (strcmp(name, "adamw") == 0) s->x -= lr * decay * s->x; /* apart from the gradient */
  else g += decay * s->x;
  if (strcmp(name, "sgd") == 0) {
    s->a = P("momentum") * s->a + g;
    s->x -= lr * (P("nesterov") > 0 ? g + P("momentum") * s->a : s->a);
  } else if (strcmp(name, "rmsprop") == 0) {
    s->a = P("alpha") * s->a + (1 - P("alpha")) * g * g;
    s->x -= lr * g / (sqrt(s->a) + P("eps"));
  } else if (strcmp(name, "adagrad") == 0) {
    s->a += g * g;
    s->x -= lr * g / (sqrt(s->a) + P("eps"));
  } else if (strcmp(name, "adadelta") == 0) {
    s->a = P("rho") * s->a + (1 - P("rho")) * g * g;
    double delta = sqrt(s->b + P("eps")) / sqrt(s->a + P("eps")) * g;
    s->b = P("rho") * s->b + (1 - P("rho")) * delta * delta;
    s->x -= lr * delta;
  } else if (strcmp(name, "adam") == 0 || strcmp(name, "adamw") == 0 || strcmp(name, "nadam") == 0) {
    double b1 = P("beta1"), b2 = P("beta2");
    s->a = b1 * s->a + (1 - b1) * g;
    s->b = b2 * s->b + (1 - b2) * g * g;
    double root = sqrt(s->b / (1 - pow(b2, s->t))) + P("eps"), mean = s->a / (1 - pow(b1, s->t));
    if (strcmp(name, "nadam") == 0) {
      double now = b1 * (1 - 0.5 * pow(0.96, s->t * P("momentum_decay")));
      double next = b1 * (1 - 0.5 * pow(0.96, (s->t + 1) * P("momentum_decay")));
      s->product = (s->t == 1 ? 1 : s->product) * now;
      double later = s->product * next * (P("form") > 0 ? 1 : now);
      mean = (1 - now) * g / (1 - s->product) + next * s->a / (1 - later);
    }
    s->x -= lr * mean / root;
  } else {
    ok(false, "%s has its plain formula here", name);
  }
}

static ll_node *leaf(size_t rows, size_t cols, ll_random *r) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  ll_matrix_normal(&m, r, 0, 1);
  works(ctx, ll_node_new(ctx, &m, true, &node));
  return node;
}

/* A gradient is given by hand: normal numbers, and from the shared stream, so that both sides see the same. */
static void give(ll_node *x, ll_random *r) {
  ll_matrix m;
  ll_node_clear_grad(ctx, x);
  works(ctx, ll_matrix_new(ctx, x->value.rows, x->value.cols, &m));
  ll_matrix_normal(&m, r, 0, 1);
  works(ctx, ll_node_new(ctx, &m, false, &x->grad));
}

typedef struct setting {
  const char *optimizer, *names[4];
  double values[4];
} setting;
static const setting settings[] = {
    {"sgd", {"lr"}, {0.1}},
    {"sgd", {"lr", "momentum", "weight_decay"}, {0.05, 0.9, 0.1}},
    {"sgd", {"lr", "momentum", "nesterov", "weight_decay"}, {0.05, 0.8, 1, 0.2}},
    {"rmsprop", {"lr"}, {0.01}},
    {"rmsprop", {"lr", "alpha", "eps", "weight_decay"}, {0.02, 0.9, 1e-3, 0.1}},
    {"adagrad", {"lr", "weight_decay"}, {0.1, 0.1}},
    {"adadelta", {"lr", "rho", "weight_decay"}, {1, 0.8, 0.1}},
    {"adam", {"lr"}, {0.01}},
    {"adam", {"lr", "beta1", "beta2", "weight_decay"}, {0.02, 0.5, 0.9, 0.3}},
    {"adamw", {"lr"}, {0.01}},
    {"adamw", {"lr", "beta1", "beta2", "weight_decay"}, {0.02, 0.5, 0.9, 0.3}},
    {"nadam", {"lr", "weight_decay"}, {0.01, 0.1}},
    {"nadam", {"lr", "form", "momentum_decay", "eps"}, {0.02, 1, 0.1, 1e-4}},
    {"rprop", {"lr"}, {0.01}},
    {"rprop", {"lr", "eta_minus", "eta_plus", "step_max"}, {0.1, 0.4, 1.5, 0.3}},
};

static void check_formula(const setting *set) {
  const ll_optimizer_desc *desc = NULL;
  ll_optimizer *optimizer = NULL;
  ll_random r = ll_random_stream(5, 0, set->optimizer);
  ll_node *x = leaf(1, N, &r), *later = leaf(1, N, &r), *beside = leaf(1, N, &r);
  plain s[N] = {0}, s_later[N] = {0}, s_beside[N] = {0};
  for (int k = 0; k < N; k++) {
    s[k].x = (double)x->value.data[k];
    s_later[k].x = (double)later->value.data[k];
    s_beside[k].x = (double)beside->value.data[k];
  }
  works(ctx, ll_optimizer_find(ctx, set->optimizer, &desc));
  works(ctx, ll_optimizer_new(ctx, desc, (ll_node *[]){x, beside, later}, 3, &optimizer));
  double *p = optimizer->groups[0].params, worst = 0;
  for (int i = 0; i < 4 && set->names[i]; i++)
    for (size_t k = 0; k < desc->params.count; k++)
      if (strcmp(desc->params.params[k].name, set->names[i]) == 0) p[k] = set->values[i];
  for (int t = 0; t < STEPS; t++) {
    give(x, &r);
    give(beside, &r);
    if (t % 3 == 2) give(later, &r); /* a parameter that is not always reached keeps its own clock */
    double plain_p[LL_MAX_PARAMS];
    memcpy(plain_p, p, sizeof plain_p);
    optimizer->rate = t < 10 || strcmp(desc->name, "rprop") == 0 ? 1 : 0.5;
    plain_p[0] *= optimizer->rate;
    for (int k = 0; k < N; k++) {
      plain_step(desc, plain_p, &s[k], (double)x->grad->value.data[k]);
      plain_step(desc, plain_p, &s_beside[k], (double)beside->grad->value.data[k]);
      if (later->grad) plain_step(desc, plain_p, &s_later[k], (double)later->grad->value.data[k]);
    }
    works(ctx, ll_optimizer_step(ctx, optimizer));
    for (int k = 0; k < N; k++) {
      worst = fmax(worst, fabs((double)x->value.data[k] - s[k].x) / (1 + fabs(s[k].x)));
      worst = fmax(worst, fabs((double)beside->value.data[k] - s_beside[k].x) / (1 + fabs(s_beside[k].x)));
      worst = fmax(worst, fabs((double)later->value.data[k] - s_later[k].x) / (1 + fabs(s_later[k].x)));
    }
  }
  if (!ok(worst < tolerance, "%s (%s %g …): %d steps by its formula", set->optimizer, set->names[0], set->values[0], STEPS))
    printf("#   worst difference %.3g\n", worst);
  ok(x->grad == NULL && optimizer->t == STEPS, "%s clears gradients and counts", set->optimizer);
  ll_optimizer_free(ctx, optimizer);
  ll_node_release(ctx, x);
  ll_node_release(ctx, later);
  ll_node_release(ctx, beside);
}

/* Each parameter just outside its range is refused, at its ends taken. */
static void check_ranges(const ll_optimizer_desc *desc) {
  double values[LL_MAX_PARAMS];
  ll_params_default(&desc->params, values);
  is_text(desc->params.params[0].name, "lr", "%s: its first parameter", desc->name);
  for (size_t i = 0; i < desc->params.count; i++) {
    const ll_param *p = &desc->params.params[i];
    if (p->kind != LL_PARAM_NUMBER && p->kind != LL_PARAM_INTEGER) continue;
    ok(ll_params_set_number(ctx, &desc->params, values, p->name, p->low - 1) == LL_ERR_RANGE, "%s: %s below its range", desc->name,
       p->name);
    if (isfinite(p->high))
      ok(ll_params_set_number(ctx, &desc->params, values, p->name, p->high + 1) == LL_ERR_RANGE, "%s: %s above its range",
         desc->name, p->name);
    ok(ll_params_set_number(ctx, &desc->params, values, p->name, NAN) != LL_OK, "%s: %s is no number", desc->name, p->name);
    works(ctx, ll_params_set_number(ctx, &desc->params, values, p->name, p->low));
  }
}

static ll_status refused(ll_ctx *c, void *user, double *loss) {
  *loss = 0;
  return ++*(int *)user < 2 ? LL_OK : ll_fail(c, LL_ERR_NUMBER, "no more");
}

/* Clipping by plain loops, and a gradient that is a view. */
static void check_clipping(void) {
  ll_random r = ll_random_stream(6, 0, "clip");
  ll_node *x[3] = {leaf(3, 5, &r), leaf(1, 7, &r), leaf(2, 2, &r)};
  ll_matrix wide, view;
  double sum = 0, norm = 0, kept[26];
  size_t at = 0;
  give(x[1], &r);
  works(ctx, ll_matrix_new(ctx, 3, 9, &wide));
  ll_matrix_normal(&wide, &r, 0, 2);
  works(ctx, ll_matrix_view(ctx, &wide, 0, 2, 3, 5, &view));
  works(ctx, ll_node_new(ctx, &view, false, &x[0]->grad));
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 5; j++) kept[at++] = (double)ll_matrix_row(&x[0]->grad->value, i)[j];
  for (size_t j = 0; j < 7; j++) kept[at++] = (double)x[1]->grad->value.data[j];
  for (size_t i = 0; i < at; i++) sum += kept[i] * kept[i];
  works(ctx, ll_clip_norm(ctx, x, 3, 1.5, &norm));
  near(norm, sqrt(sum), 1e-12, 0, "the norm of all gradients");
  double worst = 0;
  for (size_t i = 0; i < at; i++) {
    double got = (double)(i < 15 ? x[0]->grad->value.data[i] : x[1]->grad->value.data[i - 15]);
    worst = fmax(worst, fabs(got - kept[i] * 1.5 / sqrt(sum)));
  }
  ok(worst < 10 * LL_EPS, "every element is scaled alike");
  near((double)ll_matrix_row(&wide, 1)[3], kept[6], 0, 0, "the matrix that the gradient was a view of stays");
  works(ctx, ll_clip_norm(ctx, x, 3, 100, &norm));
  near(norm, 1.5, 10 * LL_EPS, 0, "then its norm is the bound");
  works(ctx, ll_clip_value(ctx, x, 3, 0.1));
  for (size_t i = 0; i < at; i++) {
    double got = (double)(i < 15 ? x[0]->grad->value.data[i] : x[1]->grad->value.data[i - 15]);
    worst = fmax(worst, fabs(got - fmin(fmax(kept[i] * 1.5 / sqrt(sum), -0.1), 0.1)));
  }
  ok(worst < 10 * LL_EPS && x[2]->grad == NULL, "then each to the box; what has no gradient gets none");
  ok(ll_clip_norm(ctx, x, 3, -1, &norm) == LL_ERR_RANGE && ll_clip_value(ctx, x, 3, NAN) == LL_ERR_RANGE, "bounds are checked");
  ll_matrix_release(ctx, &wide);
  for (int i = 0; i < 3; i++) ll_node_release(ctx, x[i]);
}

static void check_projections(void) {
  for (size_t k = 0; k < ll_projection_count; k++) {
    const ll_projection *p = NULL;
    ll_random r = ll_random_stream(8, k, "project");
    ll_node *x = leaf(20, 6, &r);
    double before[120], worst = 0, bound = 1.7;
    bool again = true;
    works(ctx, ll_projection_find(ctx, ll_projections[k].name, &p));
    for (int i = 0; i < 120; i++) before[i] = (double)x->value.data[i];
    works(ctx, ll_project(ctx, p, bound, &x->value));
    for (int i = 0; i < 20; i++) {
      double norm = 0;
      for (int j = 0; j < 6; j++) norm += before[6 * i + j] * before[6 * i + j];
      norm = sqrt(norm);
      for (int j = 0; j < 6; j++) {
        double v = before[6 * i + j], want = NAN;
        if (strcmp(p->name, "clip") == 0) want = fmin(fmax(v, -bound), bound);
        if (strcmp(p->name, "unit_ball") == 0) want = norm > bound ? v * bound / norm : v;
        if (strcmp(p->name, "non_negative") == 0) want = fmax(v, 0);
        double off = fabs((double)x->value.data[6 * i + j] - want);
        worst = off <= worst ? worst : off;
        before[6 * i + j] = (double)x->value.data[6 * i + j];
      }
    }
    ok(worst < 10 * LL_EPS, "%s: by its formula", p->name);
    works(ctx, ll_project(ctx, p, bound * (1 + 1e-6), &x->value));
    for (int i = 0; i < 120; i++) again = again && before[i] == (double)x->value.data[i];
    ok(again, "%s: what is inside stays to the bit", p->name);
    if (p->bound) ok(ll_project(ctx, p, -1, &x->value) == LL_ERR_RANGE, "%s: its bound is checked", p->name);
    ll_node_release(ctx, x);
  }
}

/* MLP, loss, clipping, projection: steps after the second ask for no memory. */
static void check_allocations(const ll_optimizer_desc *desc) {
  static const size_t sizes[] = {6, 8, 1};
  ll_mlp_options options = {.sizes = sizes, .n_sizes = 3};
  ll_random r = ll_random_stream(1, 1, "init");
  ll_mlp *net = NULL;
  ll_optimizer *optimizer = NULL;
  ll_loss *loss = NULL;
  const ll_loss_desc *row = NULL;
  const ll_projection *clip = NULL;
  ll_node *parameters[4], *x = leaf(32, 6, &r), *labels = leaf(32, 1, &r), *y, *value;
  uint64_t calls = 0;
  x->requires_grad = labels->requires_grad = false;
  for (int i = 0; i < 32; i++) labels->value.data[i] = labels->value.data[i] > 0;
  works(ctx, ll_mlp_new(ctx, &options, &r, &net));
  for (size_t i = 0; i < 4; i++) parameters[i] = ll_mlp_parameter(net, i);
  works(ctx, ll_optimizer_new(ctx, desc, parameters, 4, &optimizer));
  works(ctx, ll_projection_find(ctx, "clip", &clip));
  works(ctx, ll_optimizer_project(ctx, optimizer, clip, 3, NULL, 0));
  works(ctx, ll_loss_find(ctx, "cross_entropy", &row));
  works(ctx, ll_loss_new(ctx, row, &loss));
  for (int step = 0; step < 10; step++) {
    if (step == 2) calls = ll_memory_calls(ctx);
    works(ctx, ll_mlp_forward(ctx, net, x, &y));
    works(ctx, ll_loss_apply(ctx, loss, (ll_node *[]){y, labels}, 2, &value));
    works(ctx, ll_backward(ctx, value, NULL, false));
    works(ctx, ll_optimizer_clip_norm(ctx, optimizer, 0.1, NULL));
    works(ctx, ll_optimizer_clip_value(ctx, optimizer, 0.05));
    works(ctx, ll_optimizer_step(ctx, optimizer));
    ll_node_release(ctx, y);
    ll_node_release(ctx, value);
  }
  ok(ll_memory_calls(ctx) == calls, "%s: a training step after the second allocates nothing", desc->name);
  ll_loss_release(ctx, loss);
  ll_optimizer_free(ctx, optimizer);
  ll_mlp_free(ctx, net);
  ll_node_release(ctx, x);
  ll_node_release(ctx, labels);
}

/* Values that are each in their range but contradict one another; words of both. The defaults never do. */
static const struct {
  const char *optimizer, *names[2];
  double values[2];
  const char *said;
} contradictions[] = {
    {"rprop", {"step_min", "step_max"}, {2, 1}, "rprop: step_min 2 is above step_max 1"},
    {"rprop", {"eta_minus", "eta_plus"}, {1, 1}, "rprop: eta_minus 1 is not below eta_plus 1: no step would ever change"},
    {"sgd", {"nesterov", "momentum"}, {1, 0}, "sgd: nesterov = true looks ahead along the momentum, but momentum is 0"},
    {"lbfgs", {"c1", "c2"}, {0.5, 0.5}, "lbfgs: c1 0.5 is not below c2 0.5"},
};

static void check_contradictions(void) {
  ll_random r = ll_random_stream(10, 0, "x");
  for (size_t i = 0; i < ll_optimizer_count; i++) {
    double values[LL_MAX_PARAMS];
    ll_params_default(&ll_optimizers[i]->params, values);
    ok(ll_params_check(ctx, &ll_optimizers[i]->params, values) == LL_OK, "%s: the defaults agree", ll_optimizers[i]->name);
  }
  for (size_t i = 0; i < sizeof contradictions / sizeof *contradictions; i++) {
    const ll_optimizer_desc *desc;
    ll_optimizer *optimizer;
    ll_node *x = leaf(2, 3, &r);
    int calls = 0;
    works(ctx, ll_optimizer_find(ctx, contradictions[i].optimizer, &desc));
    works(ctx, ll_optimizer_new(ctx, desc, &x, 1, &optimizer));
    for (int k = 0; k < 2; k++) {
      size_t place;
      works(ctx, ll_params_find(ctx, &desc->params, contradictions[i].names[k], &place));
      optimizer->groups[0].params[place] = contradictions[i].values[k];
    }
    ok(ll_optimizer_minimize(ctx, optimizer, refused, &calls, NULL, NULL) == LL_ERR_RANGE, "%s takes no step", desc->name);
    is_text(ll_message(ctx), contradictions[i].said, "and says why");
    ll_optimizer_free(ctx, optimizer);
    ll_node_release(ctx, x);
  }
}

/* The path of one weight whose gradient is 1, but `large` at step 5. */
static void path_of(const ll_optimizer_desc *desc, double large, double path[STEPS]) {
  ll_random r = ll_random_stream(5, 0, "large");
  ll_node *x = leaf(1, 1, &r);
  ll_optimizer *optimizer;
  works(ctx, ll_optimizer_new(ctx, desc, &x, 1, &optimizer));
  for (int t = 0; t < STEPS; t++) {
    ll_node_clear_grad(ctx, x);
    works(ctx, ll_node_number(ctx, t == 5 ? large : 1, &x->grad));
    works(ctx, ll_optimizer_step(ctx, optimizer));
    path[t] = (double)x->value.data[0];
  }
  ll_optimizer_free(ctx, optimizer);
  ll_node_release(ctx, x);
}

/* A gradient whose square is beyond the range: what keeps mean squares steps by its share of them, as for a smaller one; infinity
 * is not hidden. */
static void check_large(void) {
  static const char *const names[] = {"adam", "adamw", "nadam", "rmsprop", "adadelta"};
  const double root = sqrt(sizeof(ll_real) == 4 ? (double)FLT_MAX : DBL_MAX);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const ll_optimizer_desc *desc = NULL;
    double within[STEPS], beyond[STEPS], endless[STEPS], worst = 0;
    works(ctx, ll_optimizer_find(ctx, names[i], &desc));
    path_of(desc, -root / 1e3, within);
    path_of(desc, -root * 1e3, beyond);
    path_of(desc, INFINITY, endless);
    for (int t = 0; t < STEPS; t++) worst = fmax(worst, fabs(within[t] - beyond[t]) / (1 + fabs(within[t])));
    ok(worst < 1e-5 && within[5] - within[4] > 1e-4, "%s: a gradient of %g steps as one of %g does (%g)", names[i], root * 1e3,
       root / 1e3, worst);
    ok(!isfinite(endless[STEPS - 1]), "%s: an infinite one is not hidden", names[i]);
  }
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) check_formula(&settings[i]);
  for (size_t i = 0; i < ll_optimizer_count; i++) {
    bool found = ll_optimizers[i]->minimize != NULL;
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
      found = found || strcmp(settings[k].optimizer, ll_optimizers[i]->name) == 0;
    ok(found, "%s was held to its formula", ll_optimizers[i]->name);
    check_ranges(ll_optimizers[i]);
    if (!ll_optimizers[i]->minimize) check_allocations(ll_optimizers[i]);
  }
  check_clipping();
  check_projections();
  check_contradictions();
  check_large();

  const ll_optimizer_desc *desc = NULL;
  ok(ll_optimizer_find(ctx, "adm", &desc) == LL_ERR_NAME && strstr(ll_message(ctx), "adam"),
     "an unknown optimizer names the nearest");
  works(ctx, ll_optimizer_find(ctx, "lbfgs", &desc));
  ll_random r = ll_random_stream(9, 0, "x");
  ll_node *x = leaf(2, 3, &r);
  ll_optimizer *lbfgs = NULL;
  works(ctx, ll_optimizer_new(ctx, desc, &x, 1, &lbfgs));
  int calls = 1;
  ok(ll_optimizer_minimize(ctx, lbfgs, refused, &calls, NULL, NULL) == LL_ERR_NUMBER, "a closure's status comes through");
  ok(ll_optimizer_step(ctx, lbfgs) == LL_ERR_UNSUPPORTED, "lbfgs needs a closure");
  ok(ll_optimizer_add(ctx, lbfgs, &x, 1) == LL_ERR_UNSUPPORTED, "lbfgs takes one group");
  ll_optimizer_free(ctx, lbfgs);
  ll_node_release(ctx, x);
  ll_matrix_trim(ctx);
  ll_ctx_close(ctx);
  return done();
}
