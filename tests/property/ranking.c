/* The ranking losses against their quadratic definitions, written out as plain double loops, over random sizes, ties, kinks, empty
 * sides and extreme scores; and what must not change them: the order of the rows, a shift of all scores. */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { BATCH = 300, HISTORY = 40000, CASES = 400 };
static const uint64_t seed = 20240612;
static ll_ctx *ctx;

typedef struct rows {
  size_t n;
  ll_real *scores, *labels;
} rows;
typedef struct result {
  double value, margin_grad;
  double grads[BATCH]; /* what the definition says, or what the loss said */
  double scale;        /* mean of u^2 or |phi|: what rounding is measured by */
} result;

static rows rows_new(size_t n) { return (rows){n, calloc(n + 1, sizeof(ll_real)), calloc(n + 1, sizeof(ll_real))}; }
static void rows_free(rows *r) {
  free(r->scores), free(r->labels);
  r->scores = r->labels = NULL;
}
static ll_matrix column(ll_real *x, size_t n) { return ll_matrix_wrap(x, n, 1); }
static bool is_target(const rows *r, size_t i) { return r->labels[i] > 0; }

/* Scores of one of several kinds; eighths make ties and, with a margin of eighths, kinks. */
static void draw(ll_random *r, rows *out, unsigned kind, double share) {
  bool signs = ll_random_below(r, 2);
  for (size_t i = 0; i < out->n; i++) {
    double u = ll_random_uniform(r), s;
    switch (kind) {
    case 0: s = u; break;
    case 1: s = (double)ll_random_below(r, 9) / 8; break;
    case 2: s = ll_random_normal(r); break;
    case 3: s = 1e6 * ll_random_normal(r); break;
    case 4: s = 0.375; break;
    case 5: s = (u < 0.5 ? -1 : 1) * pow(10, 12 * ll_random_uniform(r) - 6); break;
    default: s = 1000 + 1e-3 * u; break; /* far from 0, close to each other */
    }
    out->scores[i] = (ll_real)s;
    out->labels[i] = (ll_real)(ll_random_uniform(r) < share ? 1 : signs ? -1 : 0);
  }
}

/* ---- the definitions --------------------------------------------------------------------------------------------------- */

typedef struct forms {
  double margin, sensitivity, quantile, delta;
  bool by_quantile, huber, full;
} forms;

static double h(const forms *f, double x) {
  if (!(x > 0)) return 0;
  return !f->huber ? x * x : x <= f->delta ? 0.5 * x * x : f->delta * (x - 0.5 * f->delta);
}
static double h1(const forms *f, double x) {
  if (!(x > 0)) return 0;
  return !f->huber ? 2 * x : x <= f->delta ? x : f->delta;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double reference_score(const forms *f, const rows *history) {
  static double decoys[HISTORY];
  size_t n = 0;
  for (size_t j = 0; j < history->n; j++)
    if (!is_target(history, j)) decoys[n++] = (double)history->scores[j];
  if (n == 0) return INFINITY;
  qsort(decoys, n, sizeof *decoys, ascending);
  if (!f->by_quantile) return decoys[n - 1];
  double place = f->quantile * (double)(n - 1);
  size_t low = (size_t)floor(place);
  return low + 1 < n ? decoys[low] + (place - (double)low) * (decoys[low + 1] - decoys[low]) : decoys[low];
}

static void adaptive_rank(const forms *f, const rows *batch, const rows *history, result *out) {
  size_t of_batch[2] = {0, 0}, of_history[2] = {0, 0};
  for (size_t i = 0; i < batch->n; i++) of_batch[is_target(batch, i)]++;
  for (size_t j = 0; j < history->n; j++) of_history[is_target(history, j)]++;
  double r = reference_score(f, history);
  *out = (result){0};
  for (size_t i = 0; i < batch->n; i++) {
    bool target = is_target(batch, i);
    if (of_history[!target] == 0) continue;
    double share = 1 / ((double)of_batch[target] * (double)of_history[!target]);
    double s = (double)batch->scores[i], over = target && s > r ? s - r : 0, alpha = exp(-f->sensitivity * over), values = 0,
           slopes = 0;
    for (size_t j = 0; j < history->n; j++) {
      if (is_target(history, j) == target) continue;
      double other = (double)history->scores[j], x = (target ? other - s : s - other) + f->margin;
      values += h(f, x), slopes += h1(f, x);
      out->scale += share * fabs(x) * (f->huber ? fmin(fabs(x), f->delta) : fabs(x));
    }
    out->value += share * alpha * values;
    out->margin_grad += share * alpha * slopes;
    out->grads[i] = target ? -share * alpha * (slopes + (f->full && over > 0 ? f->sensitivity * values : 0)) : share * slopes;
  }
}

typedef struct pair_form {
  const char *name;
  double (*phi)(double u), (*slope)(double u);
} pair_form;
static double square(double u) { return u * u; }
static double square1(double u) { return 2 * u; }
static double hinge(double u) { return u > 0 ? u : 0; }
static double hinge1(double u) { return u >= 0; }
static double squared_hinge(double u) { return u > 0 ? u * u : 0; }
static double squared_hinge1(double u) { return u > 0 ? 2 * u : 0; }
static double logistic(double u) { return (u > 0 ? u : 0) + log1p(exp(-fabs(u))); }
static double logistic1(double u) { return u > 0 ? 1 / (1 + exp(-u)) : exp(u) / (1 + exp(u)); }
static const pair_form pair_forms[] = {
    {"pair_square", square, square1}, {"pair_hinge", hinge, hinge1},          {"pair_squared_hinge", squared_hinge, squared_hinge1},
    {"pair_exponential", exp, exp},   {"pair_logistic", logistic, logistic1},
};
enum { PAIR_FORMS = sizeof pair_forms / sizeof *pair_forms };

static void pairs(const pair_form *form, double margin, const rows *batch, result *out) {
  size_t targets = 0;
  for (size_t i = 0; i < batch->n; i++) targets += is_target(batch, i);
  *out = (result){0};
  if (targets == 0 || targets == batch->n) return;
  double share = 1 / ((double)targets * (double)(batch->n - targets));
  for (size_t t = 0; t < batch->n; t++)
    for (size_t d = 0; is_target(batch, t) && d < batch->n; d++) {
      if (is_target(batch, d)) continue;
      double u = margin - ((double)batch->scores[t] - (double)batch->scores[d]);
      out->value += share * form->phi(u);
      out->grads[t] -= share * form->slope(u);
      out->grads[d] += share * form->slope(u);
      out->scale += share * fabs(form->phi(u));
    }
}

/* ---- comparison ---------------------------------------------------------------------------------------------------------- */

static void evaluate(ll_loss *loss, const rows *batch, result *out) {
  ll_real grads[BATCH];
  ll_matrix g = column(grads, batch->n);
  const ll_matrix inputs[2] = {column(batch->scores, batch->n), column(batch->labels, batch->n)};
  ll_loss_call call = {.inputs = inputs, .grads = {&g}};
  *out = (result){0};
  works(ctx, ll_loss_eval(ctx, loss, &call));
  out->value = call.value, out->margin_grad = call.learnt_grads[0];
  for (size_t i = 0; i < batch->n; i++) out->grads[i] = (double)grads[i];
}

static bool close(double got, double want, double rtol, double atol) {
  return (isinf(want) && isinf(got) && got * want > 0) || fabs(got - want) <= atol + rtol * fabs(want);
}

/* Values carry double's rounding in both builds, unless they are computed in the element type; gradients the element type's. */
static bool agree(const char *what, uint64_t trial, const rows *batch, const result *got, const result *want, double value_rtol) {
  double most = 0, rtol = 4 * LL_EPS > 1e-10 ? 4 * LL_EPS : 1e-10;
  if (value_rtol > rtol) rtol = value_rtol;
  bool same = close(got->value, want->value, value_rtol, 4e-15 * want->scale) &&
              close(got->margin_grad, want->margin_grad, 1e-10, 1e-12 * fabs(want->margin_grad));
  size_t bad = BATCH;
  for (size_t i = 0; i < batch->n; i++) most = fmax(most, fabs(want->grads[i]));
  for (size_t i = 0; i < batch->n; i++)
    if (bad == BATCH && !close(got->grads[i], (double)(ll_real)want->grads[i], rtol, 1e-11 * most)) bad = i;
  if (same && bad == BATCH) return true;
  printf("#   %s, trial %d, seed %d: value %.17g, expected %.17g; margin %.17g, expected %.17g\n", what, (int)trial, (int)seed,
         got->value, want->value, got->margin_grad, want->margin_grad);
  if (bad < BATCH)
    printf("#   row %zu of %zu: gradient %.17g, expected %.17g\n", bad + 1, batch->n, got->grads[bad], want->grads[bad]);
  return false;
}

static ll_loss *loss_named(const char *name) {
  const ll_loss_desc *d = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &d));
  works(ctx, ll_loss_new(ctx, d, &loss));
  return loss;
}

static void set(ll_loss *loss, const char *name, double value) {
  works(ctx, ll_params_set_number(ctx, &loss->desc->params, loss->params, name, value));
}
static void choose(ll_loss *loss, const char *name, const char *value) {
  works(ctx, ll_params_set_choice(ctx, &loss->desc->params, loss->params, name, value));
}

static double some_share(ll_random *r) {
  static const double shares[] = {0, 1, 0.5, 0.1, 0.99, 0.003};
  return shares[ll_random_below(r, 6)];
}

static size_t some_history(ll_random *r) {
  static const size_t most[] = {1, 31, 33, 64, 1025, 3000};
  return ll_random_below(r, 40) == 0 ? HISTORY : (size_t)ll_random_below(r, most[ll_random_below(r, 6)] + 1);
}

static void adaptive_rank_cases(void) {
  int wrong = 0, busy = 0;
  for (uint64_t trial = 0; trial < CASES; trial++) {
    ll_random r = ll_random_stream(seed, trial, "adaptive_rank");
    unsigned kind = (unsigned)ll_random_below(&r, 7);
    rows batch = rows_new(1 + (size_t)ll_random_below(&r, BATCH)), history = rows_new(some_history(&r));
    if (history.n == HISTORY && batch.n > 40) batch.n = 40;
    draw(&r, &batch, kind, some_share(&r));
    draw(&r, &history, kind, some_share(&r));
    forms f = {.margin = (double)ll_random_below(&r, 5) / 8,
               .sensitivity = (double)ll_random_below(&r, 4),
               .quantile = ll_random_uniform(&r),
               .delta = (double)(1 + ll_random_below(&r, 4)) / 8,
               .by_quantile = ll_random_below(&r, 2),
               .huber = ll_random_below(&r, 2),
               .full = ll_random_below(&r, 2)};
    ll_loss *loss = loss_named("adaptive_rank");
    set(loss, "margin", f.margin), set(loss, "sensitivity", f.sensitivity), set(loss, "quantile", f.quantile),
        set(loss, "delta", f.delta);
    choose(loss, "reference", f.by_quantile ? "quantile" : "max");
    choose(loss, "penalty", f.huber ? "huber" : "square");
    choose(loss, "alpha_gradient", f.full ? "full" : "stop");
    ll_matrix scores = column(history.scores, history.n), labels = column(history.labels, history.n);
    works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){scores, labels}));
    static result got, want;
    evaluate(loss, &batch, &got);
    adaptive_rank(&f, &batch, &history, &want);
    wrong += !agree("adaptive_rank", trial, &batch, &got, &want, 1e-10);
    busy += want.value > 0;
    ll_loss_release(ctx, loss);
    rows_free(&batch), rows_free(&history);
  }
  ok(wrong == 0, "adaptive_rank: the %d random cases agree with the double loop", CASES);
  ok(busy > CASES / 3, "and %d of them are not 0", busy);
}

static void pair_cases(void) {
  for (int k = 0; k < PAIR_FORMS; k++) {
    int wrong = 0;
    for (uint64_t trial = 0; trial < CASES / 4; trial++) {
      ll_random r = ll_random_stream(seed, trial, pair_forms[k].name);
      rows batch = rows_new(1 + (size_t)ll_random_below(&r, BATCH));
      draw(&r, &batch, (unsigned)ll_random_below(&r, 7), some_share(&r));
      ll_loss *loss = loss_named(pair_forms[k].name);
      double margin = (double)ll_random_below(&r, 12) / 8 - 0.25;
      set(loss, "margin", margin);
      static result got, want;
      evaluate(loss, &batch, &got);
      pairs(&pair_forms[k], margin, &batch, &want);
      /* the exponentials of these two are those of the element type */
      bool exponents = pair_forms[k].phi == exp || pair_forms[k].phi == logistic;
      if (pair_forms[k].phi == exp && (!(want.value < 1e30) || want.value < 1e-30)) { /* beyond a float, or near: see extremes */
        for (size_t i = 0; i < batch.n; i++) wrong += isnan(got.grads[i]);
      } else wrong += !agree(pair_forms[k].name, trial, &batch, &got, &want, exponents ? 1e3 * LL_EPS + 1e-10 : 1e-10);
      ll_loss_release(ctx, loss);
      rows_free(&batch);
    }
    ok(wrong == 0, "%s: the random cases agree with the double loop", pair_forms[k].name);
  }
}

/* Row order changes nothing at all in value but rounding, and moves the gradients with their rows; a shift of all scores (by a
 * number that keeps them exact) changes nothing. */
static void invariance(void) {
  static const char *const names[] = {"adaptive_rank", "pair_square",      "pair_hinge",
                                      "pair_logistic", "pair_exponential", "pair_squared_hinge"};
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    ll_random r = ll_random_stream(seed, k, "invariance");
    rows batch = rows_new(BATCH), moved = rows_new(BATCH), history = rows_new(2000);
    draw(&r, &batch, 1, 0.4), draw(&r, &history, 1, 0.4);
    ll_loss *loss = loss_named(names[k]);
    bool ranked = loss->desc->history != NULL;
    ll_matrix hs = column(history.scores, history.n), hl = column(history.labels, history.n);
    if (ranked) works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){hs, hl}));
    static result first, second;
    evaluate(loss, &batch, &first);
    uint32_t order[BATCH];
    ll_random_permutation(&r, order, BATCH);
    for (size_t i = 0; i < BATCH; i++) moved.scores[i] = batch.scores[order[i]], moved.labels[i] = batch.labels[order[i]];
    evaluate(loss, &moved, &second);
    bool same = close(second.value, first.value, 8 * LL_EPS, 0);
    for (size_t i = 0; i < BATCH; i++) same = same && close(second.grads[i], first.grads[order[i]], 16 * LL_EPS, 0);
    ok(same && first.value > 0, "%s ignores the order of the rows", names[k]);
    for (size_t i = 0; i < BATCH; i++) batch.scores[i] += 64;
    for (size_t i = 0; i < history.n; i++) history.scores[i] += 64;
    if (ranked) works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){hs, hl}));
    evaluate(loss, &batch, &second);
    same = close(second.value, first.value, 64 * LL_EPS, 0);
    for (size_t i = 0; i < BATCH; i++) same = same && close(second.grads[i], first.grads[i], 256 * LL_EPS, 1e-12);
    ok(same, "%s ignores a shift of all scores", names[k]);
    ll_loss_release(ctx, loss);
    rows_free(&batch), rows_free(&moved), rows_free(&history);
  }
}

/* The margin's gradient is the slope of the value. */
static void margin_slope(void) {
  for (int huber = 0; huber < 2; huber++) {
    ll_random r = ll_random_stream(seed, 0, "margin");
    rows batch = rows_new(64), history = rows_new(500);
    draw(&r, &batch, 0, 0.5), draw(&r, &history, 0, 0.5);
    ll_loss *loss = loss_named("adaptive_rank");
    choose(loss, "penalty", huber ? "huber" : "square");
    ll_matrix scores = column(history.scores, history.n), labels = column(history.labels, history.n);
    works(ctx, ll_loss_history(ctx, loss, (const ll_matrix[]){scores, labels}));
    static result at, up, down;
    works(ctx, ll_loss_set_learnt(ctx, loss, 0, 0.2));
    evaluate(loss, &batch, &at);
    works(ctx, ll_loss_set_learnt(ctx, loss, 0, 0.2 + 1e-6));
    evaluate(loss, &batch, &up);
    works(ctx, ll_loss_set_learnt(ctx, loss, 0, 0.2 - 1e-6));
    evaluate(loss, &batch, &down);
    near(at.margin_grad, (up.value - down.value) / 2e-6, 1e-6, 0, "the margin's gradient is the slope of the value (%s)",
         huber ? "huber" : "square");
    ll_loss_release(ctx, loss);
    rows_free(&batch), rows_free(&history);
  }
}

/* Far apart scores: pair_exponential overflows only where its value does, and is never NaN. */
static void extremes(void) {
  ll_loss *loss = loss_named("pair_exponential");
  ll_real scores[4] = {500, -500, 500, -500}, labels[4] = {1, 0, 1, 0};
  rows batch = {4, scores, labels};
  static result got;
  evaluate(loss, &batch, &got);
  ok(got.value >= 0 && got.value < 1e-300, "1000 apart the right way: 0 (%g)", got.value);
  labels[0] = labels[2] = 0, labels[1] = labels[3] = 1;
  evaluate(loss, &batch, &got);
  ok(isinf(got.value) && got.value > 0 && isinf(got.grads[0]) && got.grads[1] < 0, "1000 apart the wrong way: inf (%g)", got.value);
  for (int i = 0; i < 4; i++) scores[i] = (ll_real)(i < 2 ? 0 : 800); /* e^-800 and e^800 on the way, 1 in the end */
  labels[0] = 0, labels[1] = 1, labels[2] = 1, labels[3] = 1;
  evaluate(loss, &batch, &got);
  near(got.value, 1.0 / 3, 4 * LL_EPS, 0, "a common 800 does not overflow");
  scores[0] = 400, scores[1] = -305, scores[2] = scores[3] = 1000;
  set(loss, "margin", 0);
  evaluate(loss, &batch, &got);
  near(got.value / exp(704), exp(1) / 3, 1e-11 + 4 * LL_EPS, 0, "e^705 is still a number");
  ll_loss_release(ctx, loss);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  adaptive_rank_cases();
  pair_cases();
  invariance();
  margin_slope();
  extremes();
  ll_ctx_close(ctx);
  return done();
}
