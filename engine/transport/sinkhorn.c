/* Entropic transport by Sinkhorn's iteration in the log domain. One pass over the cost, and one exponential an element, updates
 * both sides: row i is normalised by its own largest exponent, and the plan's row that results is at most p_i, so that columns can
 * simply be added up. A column that vanishes that way is summed again by its own largest exponent. */
#include "engine/transport/sinkhorn.h"
#include "engine/base/crew.h"
#include "engine/base/ctx.h"
#include "engine/base/scalar.h"

#include <float.h>
#include <math.h>

typedef struct sinkhorn {
  const ll_matrix *cost;
  double *p, *q; /* scaled to sum 1, without which no plan could have these marginals */
  size_t n, m;
  double epsilon; /* of the present pass; it comes down to the one asked for */
  double *u, *v;
  double *h;               /* m: v / epsilon + log q */
  double *e;               /* `some` rows of m: exponentials */
  double *sums;            /* m: the plan's columns */
  double *last;            /* m: v as the last update gave it, before its momentum */
  size_t runs;             /* updates since momentum was taken up; 0: none yet */
  size_t some;             /* rows that threads share at a time; no number depends on it */
  double *weights, *moved; /* some: p over a row's sum; plan × cost */
  size_t first;            /* the rows that are under way begin here */
  ll_matrix *plan, *grad;  /* of this pass [opt] */
  bool transport;          /* whether it asks for plan × cost */
} sinkhorn;

enum { AT_ONCE = 64 }; /* rows that threads share at a time */

/* Below this a column's sum has lost digits to underflow. */
static const double vanished = 1e-270;

static void exponents_of_columns(sinkhorn *s) {
  for (size_t j = 0; j < s->m; j++) {
    s->h[j] = s->q[j] > 0 ? s->v[j] / s->epsilon + ll_log(s->q[j]) : -INFINITY;
    s->sums[j] = 0;
  }
}

static void put(const double *e, double weight, ll_matrix *to, size_t i) {
  for (size_t j = 0; to && j < to->cols; j++) ll_matrix_row(to, i)[j] = (ll_real)(weight * e[j]);
}

/* Of the rows under way, numbers from … to - 1. */
static void some_rows(void *user, size_t from, size_t to) {
  const ll_transport_kernels *k = ll_transport_kernels_get();
  sinkhorn *s = user;
  for (size_t r = from; r < to; r++) {
    size_t i = s->first + r;
    const ll_real *c = ll_matrix_row(s->cost, i);
    double *e = s->e + r * s->m, top, sum = k->softmin(c, s->h, 1 / s->epsilon, s->m, e, &top), weight = s->p[i] / sum;
    s->u[i] = -s->epsilon * (top + ll_log(sum));
    s->weights[r] = weight;
    if (s->transport) s->moved[r] = weight * k->dot(e, c, s->m);
    put(e, weight, s->plan, i), put(e, weight, s->grad, i);
  }
}

/* The rows under way added to the sums of some columns. */
static void some_columns(void *user, size_t from, size_t to) {
  sinkhorn *s = user;
  size_t rows = s->n - s->first < s->some ? s->n - s->first : s->some;
  for (size_t r = 0; r < rows; r++)
    ll_transport_kernels_get()->add(s->e + r * s->m + from, s->weights[r], s->sums + from, to - from);
}

/* u from v, and the columns of the plan that u and v make; plan is filled where asked for. Returns the sum of plan × cost if
 * `transport`, else 0. */
static double pass(sinkhorn *s, ll_matrix *plan, ll_matrix *grad, bool transport) {
  enum { COST = 8 }; /* of an element of a row, in additions */
  ll_sum moved = {0};
  s->plan = plan, s->grad = grad, s->transport = transport;
  exponents_of_columns(s);
  for (s->first = 0; s->first < s->n; s->first += s->some) {
    size_t rows = s->n - s->first < s->some ? s->n - s->first : s->some;
    ll_crew_pieces(rows, COST * s->m, some_rows, s);
    ll_crew_pieces(s->m, rows, some_columns, s);
    for (size_t r = 0; transport && r < rows; r++) ll_sum_add(&moved, s->moved[r]);
  }
  return ll_sum_value(&moved);
}

/* log sum_i p_i exp((u_i - c_ij) / epsilon) of one column. */
static double column_logsumexp(const sinkhorn *s, size_t j) {
  double top = -INFINITY, sum = 0;
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < s->n; i++) {
      double x = (s->u[i] - (double)ll_matrix_row(s->cost, i)[j]) / s->epsilon + ll_log(s->p[i]); /* -inf where p is 0 */
      if (round == 0) top = fmax(top, x);
      else if (x > top - 80) sum += ll_exp(x - top);
    }
  return top + ll_log(sum);
}

static void update_columns(sinkhorn *s) {
  for (size_t j = 0; j < s->m; j++) {
    if (!(s->q[j] > 0)) continue;
    if (s->sums[j] > vanished) s->v[j] += s->epsilon * ll_log(s->q[j] / s->sums[j]);
    else s->v[j] = -s->epsilon * column_logsumexp(s, j);
  }
}

/* Sinkhorn's update of v is a step up a concave function of v alone, whose slope is q less the plan's columns. So Nesterov's
 * momentum applies, with which about the square root of the passes is enough. Where the slope points back, momentum starts anew
 * (O'Donoghue and Candes 2015). */
static void add_momentum(sinkhorn *s) {
  double ahead = 0;
  for (size_t j = 0; j < s->m && s->runs; j++) ahead += (s->q[j] - s->sums[j]) * (s->v[j] - s->last[j]);
  double share = s->runs && ahead >= 0 ? (double)s->runs / (double)(s->runs + 3) : 0;
  s->runs = share > 0 ? s->runs + 1 : 1;
  for (size_t j = 0; j < s->m; j++) {
    double updated = s->v[j];
    if (share > 0) s->v[j] += share * (updated - s->last[j]);
    s->last[j] = updated;
  }
}

static double column_error(const sinkhorn *s) {
  double error = 0;
  for (size_t j = 0; j < s->m; j++) error += fabs(s->sums[j] - s->q[j]);
  return error;
}

/* The largest minus the smallest cost: where epsilon starts. */
static double cost_range(const ll_matrix *cost) {
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < cost->rows; i++)
    for (size_t j = 0; j < cost->cols; j++) {
      double c = (double)ll_matrix_row(cost, i)[j];
      if (c < low) low = c;
      if (c > high) high = c;
    }
  return high - low;
}

/* Potentials are as large as costs: where epsilon lies below their last digit, plan and value would be rounding. */
static ll_status check_range(ll_ctx *ctx, const ll_sinkhorn_options *o, double range) {
  if (!isfinite(range)) return ll_fail(ctx, LL_ERR_RANGE, "%s: the costs overflow", o->owner);
  double least = range * DBL_EPSILON;
  if (o->epsilon > least) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: epsilon, %g, is lost in the rounding of costs that differ by %g: more than %.2g expected",
                 o->owner, o->epsilon, range, least);
}

static ll_status iterate(ll_ctx *ctx, sinkhorn *s, const ll_sinkhorn_options *o, double range, ll_transport_report *out) {
  ll_transport_report report = {0};
  s->epsilon = o->scaling < 1 && range > o->epsilon ? range : o->epsilon;
  for (;;) {
    LL_TRY(ll_ctx_go_on(ctx));
    (void)pass(s, NULL, NULL, false);
    report.iterations++;
    report.error = column_error(s);
    report.converged = s->epsilon <= o->epsilon && report.error <= o->tolerance;
    if (report.converged || report.iterations >= o->iterations) break;
    if (o->symmetric)
      for (size_t j = 0; j < s->m; j++) s->v[j] = 0.5 * (s->v[j] + s->u[j]);
    else update_columns(s);
    if (!o->symmetric && s->epsilon <= o->epsilon) add_momentum(s);
    s->epsilon = fmax(o->epsilon, s->epsilon * o->scaling);
  }
  if (s->epsilon > o->epsilon) { /* the passes ran out before epsilon was down: the answer is still for the one asked for */
    s->epsilon = o->epsilon;
    (void)pass(s, NULL, NULL, false);
    report.error = column_error(s);
    report.converged = report.error <= o->tolerance;
  }
  *out = report;
  return LL_OK;
}

static void give(const double *x, ll_matrix *potential, ll_matrix *grad, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (potential) potential->data[i] = (ll_real)x[i];
    if (grad) grad->data[i] = (ll_real)x[i];
  }
}

static void normalise(const ll_matrix *p, double *to) {
  ll_sum sum = {0};
  for (size_t i = 0; i < ll_matrix_count(p); i++) ll_sum_add(&sum, (double)p->data[i]);
  for (size_t i = 0; i < ll_matrix_count(p); i++) to[i] = (double)p->data[i] / ll_sum_value(&sum);
}

ll_status ll_sinkhorn(ll_ctx *ctx, const ll_sinkhorn_options *options, ll_divergence_call *call) {
  const ll_matrix *cost = &call->inputs[2];
  size_t n = cost->rows, m = cost->cols;
  double range = cost_range(cost);
  void *block;
  LL_TRY(check_range(ctx, options, range));
  size_t some = ll_crew_size() > 1 && n * m >= LL_CREW_GRAIN && n > AT_ONCE ? AT_ONCE : 1;
  LL_TRY(ll_calloc(ctx, &block, 2 * n + 5 * m + some * (m + 2), sizeof(double)));
  double *u = block, *v = u + n;
  sinkhorn s = {.cost = cost,
                .n = n,
                .m = m,
                .u = u,
                .v = v,
                .h = v + m,
                .sums = v + 2 * m,
                .q = v + 3 * m,
                .last = v + 4 * m,
                .p = v + 5 * m,
                .some = some};
  s.weights = s.p + n, s.moved = s.weights + some, s.e = s.moved + some;
  normalise(&call->inputs[0], s.p);
  normalise(&call->inputs[1], s.q);
  ll_transport_report report;
  ll_status status = iterate(ctx, &s, options, range, &report);
  if (status != LL_OK) {
    ll_free(ctx, block);
    return status;
  }
  report.transport = pass(&s, call->plan, call->grads[2], true);
  ll_sum value = {0};
  for (size_t i = 0; i < n; i++) ll_sum_add(&value, s.p[i] * u[i]);
  for (size_t j = 0; j < m; j++) {
    if (s.q[j] > 0) ll_sum_add(&value, s.q[j] * v[j]);
    else v[j] = -s.epsilon * column_logsumexp(&s, j); /* the limit for a place whose mass goes to 0 */
  }
  call->value = report.dual = ll_sum_value(&value);
  call->report = report;
  give(u, call->u, call->grads[0], n);
  give(v, call->v, call->grads[1], m);
  ll_free(ctx, block);
  return LL_OK;
}

static ll_status eval(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  ll_sinkhorn_options options = ll_sinkhorn_options_of("sinkhorn", params);
  return ll_sinkhorn(ctx, &options, call);
}

static const ll_param params[] = {LL_SINKHORN_PARAMS};

const ll_divergence_desc ll_divergence_sinkhorn = {
    .name = "sinkhorn",
    .family = "transport",
    .summary = "transport blurred by entropy: smooth in its inputs, and quick where the exact distance is not",
    .formula =
        "min over plans P with marginals p and q of sum_ij P_ij cost_ij + epsilon KL(P | p q^T); the report's transport is its first "
        "term alone. With -epsilon H(P) in place of the KL it would be less by epsilon (H(p) + H(q))",
    .gradient = "cost: the plan; p: u; q: v; as near as the marginals are (the value: to the square of their error)",
    .cost = "O(n m) and n m exponentials a pass; passes grow like the root of range(cost)/epsilon, some hundreds at 1000; memory "
            "O(n + m) beside the cost",
    .source = "Cuturi 2013; log domain and scaling: Schmitzer 2019; KL form: Feydy et al. 2019; momentum: Nesterov 1983",
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_SYMMETRIC | LL_AXIOM_TRIANGLE, "the cost is a metric",
               "identity: (0.5, 0.5), (0.5, 0.5)"},
    .params = {"sinkhorn", params, LL_ROWS(params)},
    .inputs = ll_divergence_p_q_cost,
    .n_inputs = LL_ROWS(ll_divergence_p_q_cost),
    .has_plan = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
