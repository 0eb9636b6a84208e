/* The losses' framework and the pointwise losses: bad inputs and their messages, exactness where scores are extreme, reductions,
 * views, the node in the graph. */
#include "losslab/loss.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static ll_loss *loss_named(const char *name) {
  const ll_loss_desc *desc = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  return loss;
}

static ll_status eval(ll_loss *loss, ll_matrix scores, ll_matrix labels, double *value, ll_real *grads) {
  const ll_matrix inputs[2] = {scores, labels};
  ll_matrix g = ll_matrix_wrap(grads, scores.rows, scores.cols);
  ll_loss_call call = {.inputs = inputs, .grads = {grads ? &g : NULL}};
  ll_status status = ll_loss_eval(ctx, loss, &call);
  if (value) *value = call.value;
  return status;
}

static void fails(ll_status got, ll_status want, const char *words) {
  bool pass = got == want && strstr(ll_message(ctx), words);
  if (!ok(pass, "%s: %s", ll_status_name(want), words)) printf("#   got %s: %s\n", ll_status_name(got), got ? ll_message(ctx) : "");
}

static bool blank(const char *text) { return !text || !*text; }

/* "", or ": it lacks …", everything that a row must have and this one has not. */
static const char *lacks(const ll_loss_desc *d, char *out, size_t size) {
  size_t at = 0;
#define LACKS(condition, ...)                                                                                                      \
  if ((condition) && at < size) {                                                                                                  \
    at += (size_t)snprintf(out + at, size - at, "%s", at ? ", " : ": it lacks ");                                                  \
    if (at < size) at += (size_t)snprintf(out + at, size - at, __VA_ARGS__);                                                       \
  }
  *out = '\0';
  LACKS(blank(d->family), "a family")
  LACKS(blank(d->summary), "a line of what it is for")
  LACKS(blank(d->formula), "a formula")
  LACKS(!d->gradient, "a gradient's convention")
  LACKS(blank(d->cost), "its cost")
  LACKS(blank(d->source), "a source")
  LACKS(blank(d->output) || (strcmp(d->output, "identity") != 0 && strcmp(d->output, "sigmoid") != 0), "what a network ends in")
  LACKS(!d->eval, "an evaluation")
  LACKS(ll_loss_version(d) < 1, "a version of its formula from 1 on")
  LACKS(!d->metric_only && !(d->rtol > 0 && d->rtol <= 1e-4 && d->atol > 0 && d->atol <= 1e-4), "a tolerance")
  LACKS(blank(d->params.owner) || strcmp(d->params.owner, d->name) != 0, "its name as its parameters' owner")
  for (size_t i = 0; i < d->params.count; i++) {
    const ll_param *p = &d->params.params[i];
    LACKS(blank(p->name), "the name of parameter %zu", i + 1)
    LACKS(blank(p->doc), "a line for %s", p->name)
    if (p->kind == LL_PARAM_CHOICE) LACKS(!p->choices || !p->choices[0], "choices for %s", p->name)
    bool number = p->kind == LL_PARAM_NUMBER || p->kind == LL_PARAM_INTEGER;
    LACKS(number && !(p->value >= p->low && p->value <= p->high && (!p->low_open || p->value > p->low) &&
                      (!p->high_open || p->value < p->high)),
          "a range that holds %s's default", p->name)
  }
  bool slope = d->metric_only;
  for (size_t i = 0; i < d->n_inputs; i++) {
    const char *shape = d->inputs[i].shape;
    LACKS(blank(d->inputs[i].name), "the name of input %zu", i + 1)
    LACKS(blank(shape) || (strcmp(shape, "*") != 0 && (strlen(shape) != 3 || shape[1] != ',')), "the shape of %s",
          d->inputs[i].name)
    slope = slope || d->inputs[i].role == LL_INPUT_MATRIX;
  }
  LACKS(!slope, "an input with a gradient")
#undef LACKS
  return out;
}

static void names(void) {
  const ll_loss_desc *desc;
  fails(ll_loss_find(ctx, "hinje", &desc), LL_ERR_NAME, "did you mean \"hinge\"?");
  fails(ll_loss_find(ctx, "quux", &desc), LL_ERR_NAME, "no loss \"quux\"");
  for (size_t i = 0; i < ll_loss_count; i++) {
    const ll_loss_desc *d = ll_losses[i];
    char lacking[256];
    bool found = ll_loss_find(ctx, d->name, &desc) == LL_OK && desc == d;
    ok(found && !*lacks(d, lacking, sizeof lacking), "the row of %s is found by its name and is complete%s", d->name, lacking);
  }
}

/* A row with something left out is told from a whole one, and by what it lacks. */
static void incomplete_rows(void) {
  static const ll_param no_doc[] = {{.name = "margin", .kind = LL_PARAM_NUMBER, .high = 1, .doc = ""}};
  static const ll_param no_range[] = {{.name = "margin", .kind = LL_PARAM_NUMBER, .value = 2, .high = 1, .doc = "too narrow"}};
  static const ll_param no_words[] = {{.name = "form", .kind = LL_PARAM_CHOICE, .doc = "a choice of none"}};
  static const ll_input no_shape[] = {{"scores", "", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};
  static const ll_input no_gradient[] = {{"labels", "n,1", LL_INPUT_BINARY}};
  const ll_loss_desc *whole = NULL;
  works(ctx, ll_loss_find(ctx, "hinge", &whole));
  struct {
    const char *lacking;
    ll_loss_desc row;
  } rows[] = {{"a family", *whole},
              {"a line of what it is for", *whole},
              {"a formula", *whole},
              {"a gradient's convention", *whole},
              {"its cost", *whole},
              {"a source", *whole},
              {"what a network ends in", *whole},
              {"an evaluation", *whole},
              {"a version of its formula from 1 on", *whole},
              {"a tolerance", *whole},
              {"its name as its parameters' owner", *whole},
              {"a line for margin", *whole},
              {"a range that holds margin's default", *whole},
              {"choices for form", *whole},
              {"the shape of scores", *whole},
              {"an input with a gradient", *whole}};
  size_t i = 0;
  rows[i++].row.family = NULL, rows[i++].row.summary = "", rows[i++].row.formula = "", rows[i++].row.gradient = NULL;
  rows[i++].row.cost = "", rows[i++].row.source = "", rows[i++].row.output = "softmax", rows[i++].row.eval = NULL;
  rows[i++].row.version = -1;
  rows[i++].row.rtol = 0, rows[i++].row.params.owner = "hinges";
  rows[i].row.params.params = no_doc, rows[i++].row.params.count = 1;
  rows[i].row.params.params = no_range, rows[i++].row.params.count = 1;
  rows[i].row.params.params = no_words, rows[i++].row.params.count = 1;
  rows[i++].row.inputs = no_shape;
  rows[i].row.inputs = no_gradient, rows[i++].row.n_inputs = 1;
  ok(i == sizeof rows / sizeof *rows, "every planted row lacks something");
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    char lacking[256], wanted[64];
    snprintf(wanted, sizeof wanted, ": it lacks %s", rows[i].lacking);
    is_text(lacks(&rows[i].row, lacking, sizeof lacking), wanted, "a row without %s is not complete", rows[i].lacking);
  }
}

static void bad_inputs(void) {
  ll_loss *hinge = loss_named("hinge");
  ll_real s[4] = {1, 2, 3, 4}, y[4] = {0, 1, 1, 0}, bad[4] = {1, 2, (ll_real)NAN, (ll_real)INFINITY};
  ll_matrix scores = ll_matrix_wrap(s, 4, 1), labels = ll_matrix_wrap(y, 4, 1);
  fails(eval(hinge, scores, ll_matrix_wrap(y, 3, 1), NULL, NULL), LL_ERR_SHAPE,
        "labels (n,1) is 3x1, which does not fit scores (n,1), 4x1");
  fails(eval(hinge, ll_matrix_wrap(s, 2, 2), ll_matrix_wrap(y, 2, 1), NULL, NULL), LL_ERR_SHAPE, "scores must be (n,1), not 2x2");
  fails(eval(hinge, ll_matrix_wrap(s, 0, 1), ll_matrix_wrap(y, 0, 1), NULL, NULL), LL_ERR_SHAPE,
        "scores is empty, 0x1 (labels: 0x1)");
  fails(eval(hinge, ll_matrix_wrap(bad, 4, 1), labels, NULL, NULL), LL_ERR_NUMBER, "scores, row 3: NaN");
  fails(eval(hinge, scores, ll_matrix_wrap(bad, 4, 1), NULL, NULL), LL_ERR_NUMBER, "labels, row 3: NaN");
  ll_real two[4] = {0, 1, 2, 0}, mixed[4] = {1, 0, 1, -1}, half[4] = {1, -1, 1, (ll_real)0.5};
  fails(eval(hinge, scores, ll_matrix_wrap(two, 4, 1), NULL, NULL), LL_ERR_LABEL, "labels, row 3: 2 is no label");
  fails(eval(hinge, scores, ll_matrix_wrap(mixed, 4, 1), NULL, NULL), LL_ERR_LABEL, "mix 0 and -1: row 4 is -1, but row 2 is 0");
  fails(eval(hinge, scores, ll_matrix_wrap(half, 4, 1), NULL, NULL), LL_ERR_LABEL, "labels, row 4: 0.5 is no label");
  fails(ll_loss_set_reduction(ctx, hinge, "maen"), LL_ERR_NAME, "did you mean \"mean\"?");
  ll_real three[6] = {0, 1, 2, 0, 0, -1};
  ll_matrix column = {three, 3, 1, 2, NULL}; /* 0, 2, 0: a view is checked too */
  fails(eval(hinge, ll_matrix_wrap(s, 3, 1), column, NULL, NULL), LL_ERR_LABEL, "labels, row 2: 2 is no label");
  ll_loss_release(ctx, hinge);

  ll_loss *rank = loss_named("adaptive_rank"), *metric = loss_named("zero_one"), *entropy = loss_named("cross_entropy");
  fails(ll_loss_set_reduction(ctx, rank, "sum"), LL_ERR_ARGUMENT, "adaptive_rank has no reduction");
  fails(ll_params_set_number(ctx, &rank->desc->params, rank->params, "margin", -0.1), LL_ERR_RANGE,
        "margin must be >= 0, not -0.1");
  fails(ll_loss_history(ctx, entropy, (const ll_matrix[]){scores, labels}), LL_ERR_ARGUMENT, "cross_entropy has no history");
  fails(ll_loss_history(ctx, rank, (const ll_matrix[]){scores, column}), LL_ERR_SHAPE, "prev_labels (n,1) is 3x1");
  fails(ll_loss_set_learnt(ctx, rank, 0, NAN), LL_ERR_RANGE, "margin must be >= 0");
  fails(ll_loss_set_learnt(ctx, entropy, 0, 1), LL_ERR_ARGUMENT, "cross_entropy holds no number 1 that it learns");
  ll_real g[4];
  fails(eval(metric, scores, labels, NULL, g), LL_ERR_UNSUPPORTED, "zero_one is a metric");
  works(ctx, ll_params_set_choice(ctx, &entropy->desc->params, entropy->params, "from", "probabilities"));
  fails(eval(entropy, scores, labels, NULL, g), LL_ERR_RANGE, "scores, row 2: 2 is no probability");
  ll_loss_release(ctx, rank), ll_loss_release(ctx, metric), ll_loss_release(ctx, entropy);
}

static void extremes(void) {
  enum { N = 37 }; /* whole vectors and a rest */
  ll_loss *entropy = loss_named("cross_entropy"), *logistic = loss_named("logistic"), *exponential = loss_named("exponential");
  ll_real s[N], y[N], g[N], h[N];
  double value, bits;
  for (int sign = -1; sign <= 1; sign += 2)
    for (int label = 0; label <= 1; label++) {
      for (int i = 0; i < N; i++) s[i] = (ll_real)(sign * 800), y[i] = (ll_real)label;
      works(ctx, eval(entropy, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &value, g));
      bool right = (sign > 0) == (label > 0);
      bool same = true;
      for (int i = 0; i < N; i++) same = same && fabs((double)g[i] - (right ? 0 : -(2 * label - 1) / (double)N)) <= LL_EPS;
      ok(fabs(value - (right ? 0 : 800)) <= 1e-12 && same, "cross_entropy is exact at f = %d, label %d (%.17g)", sign * 800, label,
         value);
    }
  for (int i = 0; i < N; i++) s[i] = (ll_real)(0.7 * i - 12), y[i] = (ll_real)(i % 3 ? 1 : -1);
  works(ctx, eval(entropy, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &value, g));
  works(ctx, eval(logistic, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &bits, h));
  near(value, log(2) * bits, 4 * LL_EPS, 0, "cross_entropy = ln 2 logistic");
  bool same = true;
  for (int i = 0; i < N; i++) same = same && fabs((double)g[i] - log(2) * (double)h[i]) <= 8 * LL_EPS * fabs((double)g[i]);
  ok(same, "and so are their gradients");
  s[5] = (ll_real)((y[5] > 0 ? -1 : 1) * 800);
  works(ctx, eval(exponential, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &value, g));
  ok(isinf(value) && value > 0, "exponential that overflows is inf, not an error (%g)", value);
  works(ctx, ll_params_set_choice(ctx, &entropy->desc->params, entropy->params, "from", "probabilities"));
  ll_real p[4] = {0, 1, 0, (ll_real)0.25}, t[4] = {1, 0, 0, 0};
  works(ctx, eval(entropy, ll_matrix_wrap(p, 4, 1), ll_matrix_wrap(t, 4, 1), &value, g));
  near(value, (200 - log(0.75)) / 4, 2 * LL_EPS, 0, "each log of a probability is at least -100");
  ok(fabs((double)g[0]) <= 0 && fabs((double)g[1]) <= 0, "and constant there");
  near((double)g[3], 1 / 0.75 / 4, 2 * LL_EPS, 0, "and differentiable elsewhere");
  ll_loss_release(ctx, entropy), ll_loss_release(ctx, logistic), ll_loss_release(ctx, exponential);
}

/* At a kink: the side where the loss is 0; a tied pair without a margin is no order yet, so it counts. */
static void kinks(void) {
  ll_real s[3] = {1, (ll_real)0.5, 0}, y[3] = {1, 1, 1}, g[3];
  double value;
  ll_loss *hinge = loss_named("hinge"), *smooth = loss_named("smooth_hinge"), *pair = loss_named("pair_hinge");
  works(ctx, eval(hinge, ll_matrix_wrap(s, 3, 1), ll_matrix_wrap(y, 3, 1), &value, g));
  near((double)g[0], 0, 0, 0, "hinge at its margin has slope 0");
  near((double)g[1], -1.0 / 3, LL_EPS, 0, "and -1 below it");
  works(ctx, ll_params_set_choice(ctx, &smooth->desc->params, smooth->params, "tail", "flat"));
  works(ctx, eval(smooth, ll_matrix_wrap(s, 3, 1), ll_matrix_wrap(y, 3, 1), &value, g));
  near((double)g[2], 0, 0, 0, "a flat tail has slope 0 at z = 0");
  ll_real tied[2] = {(ll_real)0.3, (ll_real)0.3}, sides[2] = {1, 0};
  works(ctx, ll_params_set_number(ctx, &pair->desc->params, pair->params, "margin", 0));
  works(ctx, eval(pair, ll_matrix_wrap(tied, 2, 1), ll_matrix_wrap(sides, 2, 1), &value, g));
  ok(fabs(value) <= 0 && fabs((double)g[0] + 1) <= 0 && fabs((double)g[1] - 1) <= 0, "pair_hinge draws a tie apart");
  ll_real one_side[2] = {1, 1};
  works(ctx, eval(pair, ll_matrix_wrap(tied, 2, 1), ll_matrix_wrap(one_side, 2, 1), &value, g));
  ok(fabs(value) <= 0 && fabs((double)g[0]) <= 0 && fabs((double)g[1]) <= 0, "a batch of one class costs nothing");
  ll_loss_release(ctx, hinge), ll_loss_release(ctx, smooth), ll_loss_release(ctx, pair);
}

static void reductions_and_views(void) {
  enum { N = 301 };
  static ll_real wide[2 * N], s[N], y[N], g[N], rows[N], none[N];
  for (int i = 0; i < N; i++) {
    s[i] = wide[2 * i] = (ll_real)sin(3.7 * i), wide[2 * i + 1] = (ll_real)NAN;
    y[i] = (ll_real)(i % 2);
  }
  for (size_t k = 0; k < ll_loss_count; k++) {
    const ll_loss_desc *d = ll_losses[k];
    if (!d->by_row || d->metric_only || d->n_inputs != 2 || d->inputs[1].role != LL_INPUT_BINARY) continue;
    ll_loss *loss = loss_named(d->name);
    double mean, sum, viewed;
    works(ctx, eval(loss, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &mean, g));
    works(ctx, eval(loss, (ll_matrix){wide, N, 1, 2, NULL}, ll_matrix_wrap(y, N, 1), &viewed, none));
    ok(fabs(mean - viewed) <= 0 && memcmp(g, none, sizeof g) == 0, "%s of a view is that of its elements", d->name);
    works(ctx, ll_loss_set_reduction(ctx, loss, "sum"));
    works(ctx, eval(loss, ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1), &sum, none));
    near(sum, N * mean, 1e-14, 0, "%s: sum = n mean", d->name);
    near((double)none[7], N * (double)g[7], 4 * LL_EPS, 0, "%s: and so the gradient", d->name);
    double alone[N], total = 0;
    for (int i = 0; i < N; i++) {
      works(ctx, eval(loss, ll_matrix_wrap(s + i, 1, 1), ll_matrix_wrap(y + i, 1, 1), &alone[i], rows));
      total += alone[i];
    }
    near(total, sum, 1e-14, 0, "%s: the rows, each alone, add up to the sum", d->name);
    works(ctx, ll_loss_set_reduction(ctx, loss, "none"));
    const ll_matrix inputs[2] = {ll_matrix_wrap(s, N, 1), ll_matrix_wrap(y, N, 1)};
    ll_matrix r = ll_matrix_wrap(rows, N, 1), gm = ll_matrix_wrap(g, N, 1);
    ll_loss_call call = {.inputs = inputs, .rows = &r, .grads = {&gm}};
    works(ctx, ll_loss_eval(ctx, loss, &call));
    double worst = 0;
    for (int i = 0; i < N; i++) worst = fmax(worst, fabs((double)rows[i] - alone[i]) / fmax(alone[i], LL_LEAST));
    ok(worst <= 4 * LL_EPS, "%s: each row is its own value to its last digits (%g off)", d->name, worst);
    ok(memcmp(g, none, sizeof g) == 0, "%s: each row has its own gradient", d->name);
    ll_loss_release(ctx, loss);
  }
}

static ll_node *leaf(const ll_real *x, size_t n, bool requires_grad) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, n, 1, &m));
  memcpy(m.data, x, n * sizeof *x);
  works(ctx, ll_node_new(ctx, &m, requires_grad, &node));
  return node;
}

/* d (2 sum_i rows_i) / d scores through the graph, against eval. */
static void nodes(void) {
  ll_real s[5] = {-1, (ll_real)0.5, 2, (ll_real)-0.25, 0}, y[5] = {0, 1, 1, 0, 1}, g[5];
  ll_node *scores = leaf(s, 5, true), *labels = leaf(y, 5, false), *out, *twice, *total, *grad;
  ll_node *const inputs[2] = {scores, labels};
  ll_loss *square = loss_named("square");
  works(ctx, ll_loss_set_reduction(ctx, square, "none"));
  works(ctx, ll_loss_apply(ctx, square, inputs, 2, &out));
  works(ctx, eval(square, ll_matrix_wrap(s, 5, 1), ll_matrix_wrap(y, 5, 1), NULL, g));
  ok(out->value.rows == 5 && out->value.cols == 1, "reduction none gives n×1");
  works(ctx, ll_apply(ctx, ll_op_find("scale"), &out, &(ll_op_args){.a = 2}, &twice));
  works(ctx, ll_apply(ctx, ll_op_find("sum"), &twice, NULL, &total));
  works(ctx, ll_backward(ctx, total, NULL, false));
  bool same = true;
  for (int i = 0; i < 5; i++) same = same && fabs((double)(scores->grad->value.data[i] - 2 * g[i])) <= 0;
  ok(same, "backward scales each row's gradient by what reaches it");
  ll_node_release(ctx, total), ll_node_release(ctx, twice), ll_node_release(ctx, out);

  works(ctx, ll_loss_set_reduction(ctx, square, "mean"));
  works(ctx, ll_loss_apply(ctx, square, inputs, 2, &out));
  fails(ll_grad(ctx, out, NULL, &scores, 1, true, true, &grad), LL_ERR_UNSUPPORTED, "square computes its gradient together");
  works(ctx, ll_grad(ctx, out, NULL, &scores, 1, false, false, &grad));
  ll_node_release(ctx, grad), ll_node_release(ctx, out);
  fails(ll_loss_apply(ctx, square, inputs, 1, &out), LL_ERR_ARGUMENT,
        "square takes 2 inputs, scores (n,1), labels (n,1); 1 were given");
  ll_loss_release(ctx, square);

  ll_loss *metric = loss_named("zero_one");
  works(ctx, ll_loss_apply(ctx, metric, inputs, 2, &out));
  near((double)*out->value.data, 0.2, LL_EPS, 0, "a metric of scores that require a gradient has a value");
  fails(ll_backward(ctx, out, NULL, false), LL_ERR_UNSUPPORTED, "zero_one is a metric");
  ll_node_release(ctx, out);
  ll_loss_release(ctx, metric);
  ll_node_release(ctx, scores), ll_node_release(ctx, labels);
}

/* A batch of training may hold nothing to compare: by hand that is a value of 0 that is known to be empty, or LL_ERR_EMPTY. */
static void batches(void) {
  ll_real s[4] = {1, 0, 2, 0}, y[2] = {1, 1};
  ll_node *scores = leaf(s, 2, true), *labels = leaf(y, 2, false), *out;
  ll_node *const inputs[2] = {scores, labels};
  ll_loss *hinge = loss_named("pair_hinge");
  works(ctx, ll_loss_apply(ctx, hinge, inputs, 2, &out));
  ok(*out->value.data <= 0 && ll_loss_is_empty(out), "pairs of one class: 0, which is of nothing");
  works(ctx, ll_backward(ctx, out, NULL, false));
  ok(!ll_loss_is_empty(out) && !ll_loss_is_empty(scores), "after backward, and of another node, nothing is known");
  ll_node_release(ctx, out);
  works(ctx, ll_loss_batch(ctx, hinge, inputs, 2, &out));
  ok(!out, "as a batch there is no value");
  ll_loss_release(ctx, hinge);
  ll_node_release(ctx, scores), ll_node_release(ctx, labels);

  const ll_matrix of_two[2] = {ll_matrix_wrap(s, 2, 2), ll_matrix_wrap(y, 2, 1)};
  ll_loss *hardest = loss_named("batch_hard_triplet");
  ll_loss_call call = {.inputs = of_two};
  fails(ll_loss_eval(ctx, hardest, &call), LL_ERR_EMPTY, "batch_hard_triplet: none of the 2 rows is an anchor");
  ok(strcmp(ll_status_name(LL_ERR_EMPTY), "empty") == 0, "its status has a name");
  ll_loss_release(ctx, hardest);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  names();
  incomplete_rows();
  bad_inputs();
  extremes();
  kinks();
  reductions_and_views();
  nodes();
  batches();
  ll_matrix_trim(ctx);
  ll_ctx_close(ctx);
  return done();
}
