/* L-BFGS: the inverse Hessian from the last changes of point and gradient, never formed (Nocedal and Wright 2006,
 * Algorithm 7.4), with all of it in double. Pairs are taken within one step's evaluations only, so that a batch that
 * changes from step to step never mixes two losses in one pair. */
#include <string.h>

#include "engine/base/ctx.h"
#include "engine/base/double_lanes.h"
#include "engine/base/snapshot.h"
#include "engine/optim/lbfgs.h"

enum { LR, LINE_SEARCH, HISTORY, MAX_ITERATIONS, MAX_EVALUATIONS, TOLERANCE_GRADIENT, TOLERANCE_CHANGE, C1, C2 };
static const char *const searches[] = {"strong_wolfe", "none", NULL};
enum { STRONG_WOLFE, NONE };
#define COUNT_PARAM(word, def, text)                                                                                               \
  { .name = word, .kind = LL_PARAM_INTEGER, .value = def, .low = 1, .high = 1e6, .doc = text }
#define TOLERANCE_PARAM(word, def, text)                                                                                           \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = INFINITY, .doc = text }
static const ll_param params[] = {
    [LR] = {.name = "lr", .kind = LL_PARAM_NUMBER, .value = 1, .low = 0, .high = INFINITY, .doc = "the first length that is tried"},
    [LINE_SEARCH] = {.name = "line_search",
                     .kind = LL_PARAM_CHOICE,
                     .choices = searches,
                     .doc = "none: every iteration goes lr along its direction"},
    [HISTORY] = COUNT_PARAM("history", 10, "pairs of changes that are kept"),
    [MAX_ITERATIONS] = COUNT_PARAM("max_iterations", 20, "iterations in a step"),
    [MAX_EVALUATIONS] = COUNT_PARAM("max_evaluations", 25, "evaluations of the loss in a step, about"),
    [TOLERANCE_GRADIENT] = TOLERANCE_PARAM("tolerance_gradient", 1e-7, "a gradient with no element larger ends the step"),
    [TOLERANCE_CHANGE] = TOLERANCE_PARAM("tolerance_change", 1e-9, "a change of loss and parameters smaller ends the step"),
    [C1] = LL_UNIT_PARAM("c1", 1e-4, "share of the slope that the loss must fall by (Armijo)"),
    [C2] = LL_UNIT_PARAM("c2", 0.9, "share of the slope that may remain (curvature)"),
};

REDUCE(dot, double, a *b)

static void add(double a, const double *x, double *y, size_t n) { /* y += a x */
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

static double absolute_sum(const double *x, size_t n) {
  double all = 0;
  for (size_t i = 0; i < n; i++) all += fabs(x[i]);
  return all;
}

typedef struct memory {
  size_t n, history, stored, next; /* a ring of pairs */
  double *block, *s, *y, *rho, *alpha;
} memory;

/* The place of the k-th newest pair. */
static size_t newest(const memory *m, size_t k) { return (m->next + m->history - k) % m->history; }

static size_t elements(const ll_optimizer_group *group) {
  size_t n = 0;
  for (size_t i = 0; i < group->count; i++) n += ll_matrix_count(&group->parameters[i].node->value);
  return n;
}

/* Sets the parameters that are not frozen to x + a d. */
static void place(const ll_lbfgs_search *s, double a) {
  size_t at = 0;
  for (size_t i = 0; i < s->group->count; i++) {
    ll_node *node = s->group->parameters[i].node;
    size_t n = ll_matrix_count(&node->value);
    for (size_t k = 0; k < n && !node->frozen; k++) node->value.data[k] = (ll_real)(s->x[at + k] + a * s->d[at + k]);
    at += n;
  }
}

static void point(const ll_lbfgs_search *s, double *x) {
  for (size_t i = 0; i < s->group->count; i++) {
    const ll_matrix *m = &s->group->parameters[i].node->value;
    for (size_t k = 0; k < ll_matrix_count(m); k++) *x++ = (double)m->data[k];
  }
}

/* [out] the gradients as one vector; zeros for a parameter without one. */
static ll_status gradient(const ll_lbfgs_search *s, double *g) {
  for (size_t i = 0; i < s->group->count; i++) {
    const ll_node *node = s->group->parameters[i].node;
    size_t rows = node->value.rows, cols = node->value.cols;
    if (node->grad && (node->grad->value.rows != rows || node->grad->value.cols != cols))
      return ll_fail(s->ctx, LL_ERR_SHAPE, "lbfgs: the gradient of parameter %zu is %zux%zu, the parameter %zux%zu", i + 1,
                     node->grad->value.rows, node->grad->value.cols, rows, cols);
    for (size_t r = 0; r < rows; r++)
      for (size_t j = 0; j < cols; j++) *g++ = node->grad ? (double)ll_matrix_row(&node->grad->value, r)[j] : 0;
  }
  return LL_OK;
}

ll_status ll_lbfgs_evaluate(ll_lbfgs_search *s, double a, double *loss, double *slope) {
  place(s, a);
  for (size_t i = 0; i < s->group->count; i++) ll_node_clear_grad(s->ctx, s->group->parameters[i].node);
  s->evaluations++;
  LL_TRY(s->closure(s->ctx, s->user, loss));
  LL_TRY(gradient(s, s->trial_g));
  *slope = dot(s->trial_g, s->d, s->n);
  return LL_OK;
}

static double largest(const double *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fabs(x[i]) <= most ? most : fabs(x[i]); /* NaN is the largest */
  return most;
}

/* d = -H g by the algorithm's two loops; 0 for what is frozen. */
static void direct(const ll_lbfgs_search *s, memory *m) {
  for (size_t i = 0; i < s->n; i++) s->d[i] = -s->g[i];
  for (size_t k = 1; k <= m->stored; k++) { /* the newest first */
    size_t p = newest(m, k);
    m->alpha[p] = m->rho[p] * dot(m->s + p * s->n, s->d, s->n);
    add(-m->alpha[p], m->y + p * s->n, s->d, s->n);
  }
  if (m->stored) {
    size_t p = newest(m, 1);
    double scale = 1 / (m->rho[p] * dot(m->y + p * s->n, m->y + p * s->n, s->n));
    for (size_t i = 0; i < s->n; i++) s->d[i] *= scale;
  }
  for (size_t k = m->stored; k >= 1; k--) {
    size_t p = newest(m, k);
    double beta = m->rho[p] * dot(m->y + p * s->n, s->d, s->n);
    add(m->alpha[p] - beta, m->s + p * s->n, s->d, s->n);
  }
  size_t at = 0;
  for (size_t i = 0; i < s->group->count; i++) {
    const ll_node *node = s->group->parameters[i].node;
    if (node->frozen) memset(s->d + at, 0, ll_matrix_count(&node->value) * sizeof *s->d);
    at += ll_matrix_count(&node->value);
  }
}

/* Makes the parameters' values the point and trial_g its gradient; keeps the pair of changes if the loss curves upwards along it.
 */
static void move(ll_lbfgs_search *s, memory *m) {
  double *ds = m->s + m->next * s->n, *dy = m->y + m->next * s->n, curve = 0, square = 0;
  point(s, ds);
  for (size_t i = 0; i < s->n; i++) {
    double x = ds[i];
    ds[i] = x - s->x[i], dy[i] = s->trial_g[i] - s->g[i];
    s->x[i] = x, s->g[i] = s->trial_g[i];
    curve += ds[i] * dy[i], square += dy[i] * dy[i];
  }
  if (!(curve > 2.2e-16 * square)) return;
  m->rho[m->next] = 1 / curve;
  m->next = (m->next + 1) % m->history;
  if (m->stored < m->history) m->stored++;
}

static void free_memory(ll_ctx *ctx, memory *m) {
  if (m) ll_free(ctx, m->block);
  ll_free(ctx, m);
}

static void close_memory(ll_ctx *ctx, ll_optimizer *optimizer) {
  free_memory(ctx, optimizer->state);
  optimizer->state = NULL;
}

static ll_status make_memory(ll_ctx *ctx, size_t n, size_t history, memory **out) {
  void *block, *numbers;
  size_t count;
  *out = NULL;
  if (__builtin_mul_overflow(n, 2 * history + 5, &count))
    return ll_fail(ctx, LL_ERR_MEMORY, "a history of %zu steps of %zu parameters", history, n);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  ll_status status = ll_calloc(ctx, &numbers, count + 2 * history, sizeof(double));
  if (status != LL_OK) {
    ll_free(ctx, block);
    return status;
  }
  memory *m = *out = block;
  *m = (memory){.n = n, .history = history, .block = numbers, .s = numbers};
  m->y = m->s + history * n, m->rho = m->y + history * n + 5 * n, m->alpha = m->rho + history;
  return LL_OK;
}

/* Made at the first step, and anew when the history was given another length. */
static ll_status open_memory(ll_ctx *ctx, ll_optimizer *optimizer, size_t n, size_t history) {
  memory *m = optimizer->state;
  if (m && m->n == n && m->history == history) return LL_OK;
  close_memory(ctx, optimizer);
  LL_TRY(make_memory(ctx, n, history, &m));
  optimizer->state = m;
  return LL_OK;
}

/* The pairs and where in the ring they stand, as products of vectors may depend on how these lie in memory; none where the next
 * step makes the memory anew. */
static ll_status save(ll_ctx *ctx, const ll_optimizer *optimizer, ll_snapshot *to) {
  const memory *m = optimizer->state;
  size_t stored = m && m->history == (size_t)optimizer->groups[0].params[HISTORY] ? m->stored : 0;
  LL_TRY(ll_snapshot_put_count(ctx, to, stored ? m->history : 0));
  LL_TRY(ll_snapshot_put_count(ctx, to, stored));
  LL_TRY(ll_snapshot_put_count(ctx, to, stored ? m->next : 0));
  for (size_t k = stored; k >= 1; k--) {
    size_t p = newest(m, k);
    LL_TRY(ll_snapshot_put(ctx, to, m->s + p * m->n, m->n * sizeof *m->s));
    LL_TRY(ll_snapshot_put(ctx, to, m->y + p * m->n, m->n * sizeof *m->y));
    LL_TRY(ll_snapshot_put(ctx, to, m->rho + p, sizeof *m->rho));
  }
  return LL_OK;
}

static ll_status restore(ll_ctx *ctx, ll_optimizer *optimizer, ll_snapshot_reader *from) {
  size_t n = elements(&optimizer->groups[0]), history, stored, next, numbers;
  memory *m = NULL;
  LL_TRY(ll_snapshot_take_count(ctx, from, &history));
  LL_TRY(ll_snapshot_take_count(ctx, from, &stored));
  LL_TRY(ll_snapshot_take_count(ctx, from, &next));
  bool fits = !__builtin_mul_overflow(stored, 2 * n + 1, &numbers) && numbers <= from->left / sizeof(double);
  if (!fits || stored > history || (double)history > params[HISTORY].high || (stored ? next >= history : next > 0))
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the optimizer (lbfgs) has %zu pairs up to place %zu of %zu in %zu bytes",
                   stored, next, history, from->left);
  if (stored) {
    LL_TRY(make_memory(ctx, n, history, &m));
    m->stored = stored, m->next = next;
  }
  for (size_t k = stored; k >= 1; k--) {
    size_t p = newest(m, k);
    ll_snapshot_take(ctx, from, m->s + p * n, n * sizeof *m->s);
    ll_snapshot_take(ctx, from, m->y + p * n, n * sizeof *m->y);
    ll_snapshot_take(ctx, from, m->rho + p, sizeof *m->rho);
  }
  ll_status status = ll_snapshot_close(ctx, from);
  if (status == LL_OK) close_memory(ctx, optimizer), optimizer->state = m;
  else free_memory(ctx, m);
  return status;
}

static ll_status iterate(ll_lbfgs_search *s, memory *m, const double *p, double rate) {
  double slope, a, loss = 0;
  memset(s->d, 0, s->n * sizeof *s->d);
  LL_TRY(ll_lbfgs_evaluate(s, 0, &s->loss, &slope));
  memcpy(s->g, s->trial_g, s->n * sizeof *s->g);
  for (double k = 0; k < p[MAX_ITERATIONS] && s->evaluations < s->most_evaluations; k++) {
    if (!isfinite(s->loss) || !(largest(s->g, s->n) > p[TOLERANCE_GRADIENT])) break;
    LL_TRY(ll_ctx_go_on(s->ctx));
    direct(s, m);
    slope = dot(s->g, s->d, s->n);
    if (!(slope < 0) && m->stored) { /* by rounding, or as some are frozen: begin again without pairs */
      m->stored = 0;
      direct(s, m);
      slope = dot(s->g, s->d, s->n);
    }
    if (!(slope < 0)) break;
    a = p[LR] * rate;
    if (!m->stored) a *= fmin(1, 1 / absolute_sum(s->g, s->n));
    if ((size_t)p[LINE_SEARCH] == STRONG_WOLFE) LL_TRY(ll_wolfe_search(s, slope, p[C1], p[C2], p[TOLERANCE_CHANGE], &a, &loss));
    else LL_TRY(ll_lbfgs_evaluate(s, a, &loss, &slope));
    place(s, a);
    double fell = s->loss - loss, moved = a * largest(s->d, s->n);
    s->loss = loss;
    move(s, m);
    if (moved <= p[TOLERANCE_CHANGE] || fabs(fell) < p[TOLERANCE_CHANGE]) break;
  }
  return LL_OK;
}

static ll_status minimize(ll_ctx *ctx, ll_optimizer *optimizer, ll_closure *closure, void *user, double *loss,
                          size_t *evaluations) {
  ll_optimizer_group *group = &optimizer->groups[0];
  const double *p = group->params;
  size_t n = elements(group);
  LL_TRY(open_memory(ctx, optimizer, n, (size_t)p[HISTORY]));
  memory *m = optimizer->state;
  double *vectors = m->y + m->history * n;
  ll_lbfgs_search s = {.ctx = ctx,
                       .group = group,
                       .closure = closure,
                       .user = user,
                       .n = n,
                       .most_evaluations = (size_t)p[MAX_EVALUATIONS],
                       .x = vectors,
                       .g = vectors + n,
                       .d = vectors + 2 * n,
                       .trial_g = vectors + 3 * n,
                       .low_g = vectors + 4 * n};
  point(&s, s.x);
  ll_status status = iterate(&s, m, p, optimizer->rate);
  if (status != LL_OK) { /* back to the best point */
    memset(s.d, 0, n * sizeof *s.d);
    place(&s, 0);
  }
  *loss = s.loss;
  *evaluations = s.evaluations;
  return status;
}

/* With c1 >= c2 there may be no point that meets both conditions of the line search (Nocedal and Wright 2006, Lemma 3.1). */
static bool contradiction(const double *p, char *text, size_t size) {
  if (p[LINE_SEARCH] != STRONG_WOLFE || p[C1] < p[C2]) return false;
  snprintf(text, size, "c1 %g is not below c2 %g", p[C1], p[C2]);
  return true;
}

const ll_optimizer_desc ll_optimizer_lbfgs = {
    .name = "lbfgs",
    .summary = "quasi-Newton with a line search, for full batches: opt:step(function that returns the loss after backward)",
    .formula =
        "d = -H g, H from the last changes of x and g; x = x + a d with f(x + a d) <= f + c1 a g'd and |g(x + a d)'d| <= c2 |g'd|",
    .source = "Liu and Nocedal 1989; Nocedal and Wright 2006, Algorithms 3.5, 3.6 and 7.4",
    .params = {"lbfgs", params, LL_COUNT_OF(params), contradiction},
    .kernel = -1,
    .minimize = minimize,
    .close = close_memory,
    .save = save,
    .restore = restore,
};
