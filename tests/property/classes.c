/* The losses over classes against their definitions, written out as plain loops in double, over random shapes, ties, single
 * classes, logits far apart and angles of 0 and pi; and what must not change them: a shift of a row's logits, the length of
 * vectors whose direction alone counts. */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { MOST = 400, CLASSES = 300, WIDTH = 40, ELEMENTS = MOST * 40 };
static const uint64_t seed = 20240613;
static ll_ctx *ctx;

typedef struct problem {
  size_t n, k, d; /* d = 0: logits n×k; else features n×d and weights k×d */
  ll_real *x, *w, *labels;
} problem;
typedef struct result {
  double value, *rows, *x, *w; /* the gradients of the sum of weight[i] × row i */
} result;

static double *numbers(size_t n) { return calloc(n + 1, sizeof(double)); }
static result result_new(const problem *p) {
  return (result){0, numbers(p->n), numbers(p->n * (p->d ? p->d : p->k)), numbers(p->k * p->d)};
}
static void result_free(result *r) { free(r->rows), free(r->x), free(r->w); }

static problem problem_new(ll_random *r, size_t n, size_t k, size_t d, int kind) {
  size_t cols = d ? d : k;
  problem p = {n, k, d, calloc(n * cols + 1, sizeof(ll_real)), calloc(k * d + 1, sizeof(ll_real)), calloc(n + 1, sizeof(ll_real))};
  for (size_t i = 0; i < n * cols; i++)
    p.x[i] = (ll_real)(kind == 1   ? (double)ll_random_below(r, 9) / 4 - 1
                       : kind == 2 ? 300 * ll_random_normal(r)
                                   : ll_random_normal(r));
  for (size_t i = 0; i < k * d; i++) p.w[i] = (ll_real)ll_random_normal(r);
  for (size_t i = 0; i < n; i++) {
    p.labels[i] = (ll_real)(1 + ll_random_below(r, k));
    if (d) p.x[i * d] += (ll_real)(kind == 1 ? 8 : 0); /* no zero row */
  }
  return p;
}
static void problem_free(problem *p) { free(p->x), free(p->w), free(p->labels); }

/* ---- the definitions --------------------------------------------------------------------------------------------------- */

/* Of one row of logits: value and derivatives. */
typedef double row_form(const double *z, size_t k, size_t y, double a, double *g);

static double softmax_row(const double *z, size_t k, size_t y, double a, double *g) {
  double top = z[0], total = 0, rest = 0;
  (void)a;
  for (size_t j = 0; j < k; j++) top = fmax(top, z[j]);
  for (size_t j = 0; j < k; j++) total += exp(z[j] - top), rest += j == y ? 0 : exp(z[j] - top);
  for (size_t j = 0; j < k; j++) g[j] = (j == y ? -rest : exp(z[j] - top)) / total;
  return log1p(rest / exp(z[y] - top)) < INFINITY ? log1p(rest / exp(z[y] - top)) : top - z[y] + log(total);
}
static double hinge_power(const double *z, size_t k, size_t y, double a, double *g) {
  double sum = 0;
  for (size_t j = 0; j < k; j++) {
    double s = j == y ? 1 : -1, u = 1 - s * z[j];
    g[j] = u > 0 ? -s * a * pow(u, a - 1) : 0;
    sum += u > 0 ? pow(u, a) : 0;
  }
  return sum;
}
static double weston_watkins_row(const double *z, size_t k, size_t y, double a, double *g) {
  double sum = 0;
  for (size_t j = 0; j < k; j++) g[j] = 0;
  for (size_t j = 0; j < k; j++) {
    double u = a + z[j] - z[y];
    if (j == y || !(u > 0)) continue;
    sum += u, g[j] += 1, g[y] -= 1;
  }
  return sum;
}
static double crammer_singer_row(const double *z, size_t k, size_t y, double a, double *g) {
  size_t rival = k;
  for (size_t j = 0; j < k; j++) {
    g[j] = 0;
    if (j != y && (rival == k || z[j] > z[rival])) rival = j;
  }
  if (rival == k || !(a + z[rival] - z[y] > 0)) return 0;
  g[rival] = 1, g[y] = -1;
  return a + z[rival] - z[y];
}

static void of_logits(row_form *form, double a, const problem *p, const double *weight, result *out) {
  double z[CLASSES], g[CLASSES];
  for (size_t i = 0; i < p->n; i++) {
    for (size_t j = 0; j < p->k; j++) z[j] = (double)p->x[i * p->k + j];
    out->rows[i] = form(z, p->k, (size_t)p->labels[i] - 1, a, g);
    out->value += weight[i] * out->rows[i];
    for (size_t j = 0; j < p->k; j++) out->x[i * p->k + j] = weight[i] * g[j];
  }
}

/* Angular forms: which lengths count, and f(theta) by the angle itself. */
typedef struct angular {
  bool unit_x, unit_w;
  double scale;
  int m;                    /* > 0: psi with lambda */
  double lambda, add, take; /* else cos(theta + add) - take */
} angular;

static double bend(const angular *f, double theta, double *slope) { /* slope by theta */
  const double pi = acos(-1);
  if (f->m) {
    int k = 0;
    while (k < f->m - 1 && theta > (k + 1) * pi / f->m) k++;
    double sign = k % 2 ? -1 : 1;
    *slope = (-f->lambda * sin(theta) - sign * f->m * sin(f->m * theta)) / (1 + f->lambda);
    return (f->lambda * cos(theta) + sign * cos(f->m * theta) - 2 * k) / (1 + f->lambda);
  }
  if (theta >= pi - f->add && f->add > 0) return *slope = -sin(theta), cos(theta) - f->add * sin(f->add);
  return *slope = -sin(theta + f->add), cos(theta + f->add) - f->take;
}

static void of_angles(const angular *f, const problem *p, const double *weight, result *out) {
  size_t d = p->d, k = p->k;
  double z[CLASSES], g[CLASSES], value[CLASSES], slope[CLASSES], cosine[CLASSES], sine[CLASSES], wn[CLASSES];
  for (size_t j = 0; j < k; j++) {
    double sum = 0;
    for (size_t c = 0; c < d; c++) sum += (double)p->w[j * d + c] * (double)p->w[j * d + c];
    wn[j] = sqrt(sum);
  }
  for (size_t i = 0; i < p->n; i++) {
    const ll_real *a = p->x + i * d;
    size_t y = (size_t)p->labels[i] - 1;
    double an = 0;
    for (size_t c = 0; c < d; c++) an += (double)a[c] * (double)a[c];
    an = sqrt(an);
    for (size_t j = 0; j < k; j++) {
      double dot = 0, apart = 0;
      for (size_t c = 0; c < d; c++) dot += (double)a[c] / an * ((double)p->w[j * d + c] / wn[j]);
      for (size_t c = 0; c < d; c++) apart += pow((double)p->w[j * d + c] / wn[j] - dot * (double)a[c] / an, 2);
      cosine[j] = dot, sine[j] = sqrt(apart);
      double theta = atan2(sine[j], cosine[j]), length = f->scale * (f->unit_x ? 1 : an) * (f->unit_w ? 1 : wn[j]);
      value[j] = cosine[j], slope[j] = -sine[j];
      if (j == y) value[j] = bend(f, theta, &slope[j]);
      z[j] = length * value[j];
    }
    out->rows[i] = softmax_row(z, k, y, 0, g);
    out->value += weight[i] * out->rows[i];
    for (size_t j = 0; j < k; j++) {
      double length = weight[i] * g[j] * f->scale * (f->unit_x ? 1 : an) * (f->unit_w ? 1 : wn[j]);
      for (size_t c = 0; c < d; c++) { /* theta falls along w - cos a, by 1 / sin each unit */
        double ac = (double)a[c] / an, wc = (double)p->w[j * d + c] / wn[j], by = sine[j] > 1e-15 ? -slope[j] / sine[j] : 0;
        out->x[i * d + c] += length * (by * (wc - cosine[j] * ac) / an + (f->unit_x ? 0 : value[j] * ac / an));
        out->w[j * d + c] += length * (by * (ac - cosine[j] * wc) / wn[j] + (f->unit_w ? 0 : value[j] * wc / wn[j]));
      }
    }
  }
}

/* ---- the losses -------------------------------------------------------------------------------------------------------- */

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

static size_t inputs_of(const problem *p, ll_matrix *inputs) {
  inputs[0] = ll_matrix_wrap(p->x, p->n, p->d ? p->d : p->k);
  inputs[1] = ll_matrix_wrap(p->w, p->k, p->d);
  inputs[p->d ? 2 : 1] = ll_matrix_wrap(p->labels, p->n, 1);
  return p->d ? 3 : 2;
}

static ll_status evaluate(ll_loss *loss, const problem *p, result *out) {
  ll_matrix inputs[3], x, w, rows;
  inputs_of(p, inputs);
  works(ctx, ll_matrix_new(ctx, inputs[0].rows, inputs[0].cols, &x));
  works(ctx, ll_matrix_new(ctx, p->k, p->d, &w));
  works(ctx, ll_matrix_new(ctx, p->n, 1, &rows));
  ll_loss_call call = {.inputs = inputs, .grads = {&x, p->d ? &w : NULL}};
  if (loss->reduction == LL_REDUCE_NONE) call.rows = &rows;
  ll_status status = ll_loss_eval(ctx, loss, &call);
  out->value = call.value;
  for (size_t i = 0; !status && i < ll_matrix_count(&x); i++) out->x[i] = (double)x.data[i];
  for (size_t i = 0; !status && i < p->k * p->d; i++) out->w[i] = (double)w.data[i];
  for (size_t i = 0; !status && call.rows && i < p->n; i++) out->rows[i] = (double)rows.data[i];
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &w), ll_matrix_release(ctx, &rows);
  return status;
}

/* Within `tolerance` of the largest of the wanted. */
static bool same(const double *got, const double *want, size_t n, double tolerance) {
  double top = 0, off = 0;
  for (size_t i = 0; i < n; i++) {
    top = fmax(top, fabs(want[i]));
    if (!(fabs(got[i] - want[i]) <= off)) off = fabs(got[i] - want[i]);
    if (isnan(got[i])) return false;
  }
  return off <= tolerance * top;
}

static const struct form {
  const char *name, *param;
  double value;
  row_form *row;
  double a;
} forms[] = {
    {"softmax", NULL, 0, softmax_row, 0},
    {"multiclass_hinge", "p", 1, hinge_power, 1},
    {"multiclass_hinge", "p", 2, hinge_power, 2},
    {"weston_watkins", "margin", 0.5, weston_watkins_row, 0.5},
    {"crammer_singer", "margin", 0.5, crammer_singer_row, 0.5},
};

static void logits(void) {
  for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
    int wrong = 0;
    for (uint64_t trial = 0; trial < 60; trial++) {
      ll_random r = ll_random_stream(seed, trial, forms[f].name);
      size_t k = trial % 10 == 0 ? 1 : 1 + (size_t)ll_random_below(&r, trial % 3 ? 12 : CLASSES);
      problem p = problem_new(&r, 1 + (size_t)ll_random_below(&r, 40), k, 0, (int)(trial % 3));
      double weight[MOST];
      ll_loss *loss = loss_named(forms[f].name);
      if (forms[f].param) set(loss, forms[f].param, forms[f].value);
      loss->reduction = (ll_reduction)(trial / 3 % 3);
      for (size_t i = 0; i < p.n; i++) weight[i] = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)p.n : 1;
      result got = result_new(&p), want = result_new(&p);
      of_logits(forms[f].row, forms[f].a, &p, weight, &want);
      works(ctx, evaluate(loss, &p, &got));
      bool fine = same(&got.value, &want.value, 1, 16 * LL_EPS) && same(got.x, want.x, p.n * k, 64 * LL_EPS);
      if (loss->reduction == LL_REDUCE_NONE) fine = fine && same(got.rows, want.rows, p.n, 64 * LL_EPS);
      if (!fine && !wrong++)
        printf("# %s, trial %d, seed %d: %.17g, expected %.17g\n", forms[f].name, (int)trial, (int)seed, got.value, want.value);
      result_free(&got), result_free(&want), problem_free(&p), ll_loss_release(ctx, loss);
    }
    ok(wrong == 0, "%s%s: random rows of logits agree with the plain loop in every reduction", forms[f].name,
       forms[f].value > 1 ? ", squared" : "");
  }
}

static void angles(void) {
  static const char *const names[] = {"l_softmax", "a_softmax", "arcface", "cosface"};
  for (size_t f = 0; f < 4; f++) {
    int wrong = 0;
    for (uint64_t trial = 0; trial < 60; trial++) {
      ll_random r = ll_random_stream(seed, trial, names[f]);
      bool large = trial % 20 == 7;
      size_t n = large ? MOST : 1 + (size_t)ll_random_below(&r, 30), d = 1 + (size_t)ll_random_below(&r, WIDTH);
      problem p = problem_new(&r, n, 1 + (size_t)ll_random_below(&r, large ? CLASSES : 9), d, (int)(trial % 2));
      angular form = {.unit_x = f > 1, .unit_w = f > 0, .scale = f > 1 ? 0.5 + 10 * ll_random_uniform(&r) : 1};
      ll_loss *loss = loss_named(names[f]);
      if (f < 2) {
        form.m = 1 + (int)(trial % 4), form.lambda = trial % 3 ? 5 * ll_random_uniform(&r) : 0;
        set(loss, "m", form.m), set(loss, "lambda", form.lambda);
      } else {
        double margin = 0.6 * ll_random_uniform(&r);
        *(f == 2 ? &form.add : &form.take) = margin;
        set(loss, "margin", margin), set(loss, "scale", form.scale);
      }
      double weight[MOST];
      for (size_t i = 0; i < n; i++) weight[i] = 1 / (double)n;
      result got = result_new(&p), want = result_new(&p);
      of_angles(&form, &p, weight, &want);
      works(ctx, evaluate(loss, &p, &got));
      double tolerance = 400 * LL_EPS * (double)(1 + d);
      bool fine = same(&got.value, &want.value, 1, tolerance);
      if (d > 1 || f < 2) /* in one dimension unit rows have no gradient: rounding alone */
        fine = fine && same(got.x, want.x, n * d, 10 * tolerance) && same(got.w, want.w, p.k * d, 10 * tolerance);
      if (!fine && !wrong++)
        printf("# %s, trial %d, seed %d, n %d k %d d %d: %.17g, expected %.17g\n", names[f], (int)trial, (int)seed, (int)n,
               (int)p.k, (int)d, got.value, want.value);
      result_free(&got), result_free(&want), problem_free(&p), ll_loss_release(ctx, loss);
    }
    ok(wrong == 0, "%s: random features and weights agree with the plain loop, gradients to both", names[f]);
  }
}

/* ---- properties -------------------------------------------------------------------------------------------------------- */

static void shifts(void) {
  static const char *const names[] = {"softmax", "weston_watkins", "crammer_singer"};
  for (size_t f = 0; f < 3; f++) {
    ll_random r = ll_random_stream(seed, f, "shift");
    problem p = problem_new(&r, 30, 7, 0, 1);
    ll_loss *loss = loss_named(names[f]);
    result before = result_new(&p), after = result_new(&p);
    works(ctx, evaluate(loss, &p, &before));
    for (size_t i = 0; i < 30 * 7; i++) p.x[i] += (ll_real)(64 * (double)(i / 7));
    works(ctx, evaluate(loss, &p, &after));
    ok(same(&after.value, &before.value, 1, 16 * LL_EPS) && same(after.x, before.x, 30 * 7, 64 * LL_EPS) && before.value > 0,
       "%s ignores a shift of a row's logits", names[f]);
    result_free(&before), result_free(&after), problem_free(&p), ll_loss_release(ctx, loss);
  }
}

/* The length of what has none changes nothing, and the gradient has nothing along it. */
static void lengths(void) {
  static const char *const names[] = {"a_softmax", "arcface", "cosface"};
  for (size_t f = 0; f < 3; f++) {
    ll_random r = ll_random_stream(seed, f, "length");
    problem p = problem_new(&r, 20, 5, 6, 0);
    ll_loss *loss = loss_named(names[f]);
    result before = result_new(&p), after = result_new(&p);
    works(ctx, evaluate(loss, &p, &before));
    double along = 0, size = 0;
    for (size_t j = 0; j < 5; j++) {
      double sum = 0, square = 0;
      for (size_t c = 0; c < 6; c++) sum += (double)p.w[j * 6 + c] * before.w[j * 6 + c], square += pow(before.w[j * 6 + c], 2);
      along = fmax(along, fabs(sum)), size = fmax(size, sqrt(square));
    }
    for (size_t i = 0; i < 5 * 6; i++) p.w[i] *= (ll_real)(i / 6 % 2 ? 8 : 0.25);
    for (size_t i = 0; f > 0 && i < 20 * 6; i++) p.x[i] *= (ll_real)(i / 6 % 2 ? 4 : 0.5);
    works(ctx, evaluate(loss, &p, &after));
    ok(same(&after.value, &before.value, 1, 64 * LL_EPS) && along <= 1e3 * LL_EPS * size && size > 0,
       "%s ignores the lengths of its classes' weights%s", names[f], f ? " and of its features" : "");
    result_free(&before), result_free(&after), problem_free(&p), ll_loss_release(ctx, loss);
  }
}

/* m = 1 without annealing is softmax of the plain products. */
static void plain_softmax(void) {
  ll_random r = ll_random_stream(seed, 0, "plain");
  problem p = problem_new(&r, 25, 6, 4, 0), q = problem_new(&r, 25, 6, 0, 0);
  ll_loss *large = loss_named("l_softmax"), *plain = loss_named("softmax");
  set(large, "m", 1);
  for (size_t i = 0; i < 25; i++) {
    q.labels[i] = p.labels[i];
    for (size_t j = 0; j < 6; j++) {
      double sum = 0;
      for (size_t c = 0; c < 4; c++) sum += (double)p.x[i * 4 + c] * (double)p.w[j * 4 + c];
      q.x[i * 6 + j] = (ll_real)sum;
    }
  }
  result got = result_new(&p), want = result_new(&q), chained = result_new(&p);
  works(ctx, evaluate(large, &p, &got));
  works(ctx, evaluate(plain, &q, &want));
  for (size_t i = 0; i < 25; i++)
    for (size_t j = 0; j < 6; j++)
      for (size_t c = 0; c < 4; c++) {
        chained.x[i * 4 + c] += want.x[i * 6 + j] * (double)p.w[j * 4 + c];
        chained.w[j * 4 + c] += want.x[i * 6 + j] * (double)p.x[i * 4 + c];
      }
  ok(same(&got.value, &want.value, 1, 64 * LL_EPS) && same(got.x, chained.x, 100, 256 * LL_EPS) &&
         same(got.w, chained.w, 24, 256 * LL_EPS),
     "l_softmax with m = 1 is softmax, gradients too");
  result_free(&got), result_free(&want), result_free(&chained), problem_free(&p), problem_free(&q);
  ll_loss_release(ctx, large), ll_loss_release(ctx, plain);
}

/* Rows along their class's weights and against them: everything is a number, and small turns of the row change little. */
static void poles(void) {
  static const char *const names[] = {"l_softmax", "a_softmax", "arcface", "cosface"};
  for (size_t f = 0; f < 4; f++)
    for (int m = 1; m <= (f < 2 ? 4 : 1); m++) {
      ll_real x[8] = {3, 4, -3, -4, (ll_real)3e-12, (ll_real)4e-12, 3, (ll_real)4.000001}, w[4] = {6, 8, 1, -2},
              labels[4] = {1, 1, 1, 1};
      problem p = {4, 2, 2, x, w, labels};
      ll_loss *loss = loss_named(names[f]);
      if (f < 2) set(loss, "m", m);
      else set(loss, "scale", 4);
      result got = result_new(&p);
      works(ctx, evaluate(loss, &p, &got));
      double most = 0;
      bool finite = isfinite(got.value) && got.value > 0;
      for (size_t i = 0; i < 8; i++) finite = finite && isfinite(got.x[i]), most = i / 2 == 2 ? most : fmax(most, fabs(got.x[i]));
      for (size_t i = 0; i < 4; i++) finite = finite && isfinite(got.w[i]), most = fmax(most, fabs(got.w[i]));
      ok(finite && most < 100, "%s at theta = 0 and pi is a number (m = %d, largest gradient %.3g)", names[f], m, most);
      result_free(&got), ll_loss_release(ctx, loss);
    }
}

/* With reduction "none" what reaches each row weighs the weights' gradient, too. */
static void weighed_rows(void) {
  static const char *const names[] = {"l_softmax", "a_softmax"};
  for (size_t f = 0; f < 2; f++) {
    ll_random r = ll_random_stream(seed, f, "weighed");
    problem p = problem_new(&r, 9, 4, 3, 0);
    ll_loss *loss = loss_named(names[f]);
    loss->reduction = LL_REDUCE_NONE;
    angular form = {.unit_w = f > 0, .scale = 1, .m = f ? 4 : 2};
    double weight[9];
    ll_matrix inputs[3], m, reached;
    ll_node *nodes[3], *out = NULL, *seed_node = NULL, *grads[2] = {NULL, NULL};
    size_t n = inputs_of(&p, inputs);
    for (size_t i = 0; i < n; i++) {
      works(ctx, ll_matrix_copy(ctx, &inputs[i], &m));
      works(ctx, ll_node_new(ctx, &m, i < 2, &nodes[i]));
    }
    works(ctx, ll_matrix_new(ctx, 9, 1, &reached));
    for (size_t i = 0; i < 9; i++) reached.data[i] = (ll_real)ll_random_normal(&r), weight[i] = (double)reached.data[i];
    works(ctx, ll_node_new(ctx, &reached, false, &seed_node));
    works(ctx, ll_loss_apply(ctx, loss, nodes, n, &out));
    works(ctx, ll_grad(ctx, out, seed_node, nodes, 2, false, false, grads));
    result want = result_new(&p), got = result_new(&p);
    of_angles(&form, &p, weight, &want);
    for (size_t i = 0; i < 27; i++) got.x[i] = (double)grads[0]->value.data[i];
    for (size_t i = 0; i < 12; i++) got.w[i] = (double)grads[1]->value.data[i];
    ok(same(got.x, want.x, 27, 1e4 * LL_EPS) && same(got.w, want.w, 12, 1e4 * LL_EPS),
       "%s, reduction none: each row's weight reaches features and weights", names[f]);
    for (size_t i = 0; i < n; i++) ll_node_release(ctx, nodes[i]);
    for (int i = 0; i < 2; i++) ll_node_release(ctx, grads[i]);
    ll_node_release(ctx, out), ll_node_release(ctx, seed_node);
    result_free(&want), result_free(&got), problem_free(&p), ll_loss_release(ctx, loss);
  }
}

static void fails(ll_status got, ll_status want, const char *words) {
  if (!ok(got == want && strstr(ll_message(ctx), words), "%s: %s", ll_status_name(want), words))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void bad_inputs(void) {
  ll_real x[6] = {1, 2, 0, 0, 3, 1}, w[6] = {1, 0, 0, 1, 1, 1}, labels[3] = {1, 2, 3};
  problem p = {3, 3, 2, x, w, labels}, z = {2, 3, 0, x, w, labels};
  ll_loss *loss = loss_named("a_softmax"), *softmax = loss_named("softmax");
  result got = result_new(&p);
  fails(evaluate(loss, &p, &got), LL_ERR_RANGE, "a_softmax: features, row 2 is zero");
  x[2] = 1, w[4] = w[5] = 0;
  fails(evaluate(loss, &p, &got), LL_ERR_RANGE, "a_softmax: weights, row 3 is zero");
  w[4] = 1, labels[2] = 4;
  fails(evaluate(loss, &p, &got), LL_ERR_LABEL, "a_softmax: labels, row 3: 4 is no class: 1..3 expected");
  labels[2] = (ll_real)1.5;
  fails(evaluate(loss, &p, &got), LL_ERR_LABEL, "row 3: 1.5 is no class");
  labels[0] = 0;
  fails(evaluate(softmax, &z, &got), LL_ERR_LABEL, "softmax: labels, row 1: 0 is no class: 1..3 expected");
  ll_matrix inputs[3] = {ll_matrix_wrap(x, 3, 2), ll_matrix_wrap(w, 2, 3), ll_matrix_wrap(labels, 3, 1)};
  ll_loss_call call = {.inputs = inputs};
  fails(ll_loss_eval(ctx, loss, &call), LL_ERR_SHAPE, "weights (k,d) is 2x3, which does not fit features (n,d), 3x2");
  fails(ll_params_set_number(ctx, &loss->desc->params, loss->params, "m", 5), LL_ERR_RANGE, "m");
  result_free(&got), ll_loss_release(ctx, loss), ll_loss_release(ctx, softmax);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  logits();
  angles();
  shifts();
  lengths();
  plain_softmax();
  poles();
  weighed_rows();
  bad_inputs();
  ll_ctx_close(ctx);
  return done();
}
