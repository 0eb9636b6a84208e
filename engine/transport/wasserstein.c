/* The exact distance: probabilities become whole numbers that sum to 2^60 on both sides, the network simplex finds the plan, and
 * the potentials of its tree, tightened over the whole cost, prove it. */
#include <math.h>

#include "engine/transport/transport.h"

static const int64_t whole = (int64_t)1 << 60;

/* [out] mass: p in units of 1 / whole, with the sum exactly whole. Each place takes over what rounding left at the places before
 * it, so that none is off by more than one unit; the few units by which the sum still misses go to the largest place. A place of
 * probability 0 gets no mass, and one of tiny probability never less than none, even where it takes over more than that. */
static void masses(const ll_matrix *p, int64_t *mass) {
  size_t n = ll_matrix_count(p), largest = 0;
  ll_sum sum = {0};
  int64_t rest = whole;
  double left = 0;
  for (size_t i = 0; i < n; i++) {
    ll_sum_add(&sum, (double)p->data[i]);
    if (p->data[i] > p->data[largest]) largest = i;
  }
  for (size_t i = 0; i < n; i++) {
    double exact = (double)p->data[i] / ll_sum_value(&sum) * (double)whole;
    mass[i] = exact > 0 ? llrint(fmax(exact + left, 0)) : 0;
    left += exact - (double)mass[i];
    rest -= mass[i];
  }
  mass[largest] += rest;
}

/* Potentials for every place from those of the sources in the tree: v_j = min_i c_ij - u_i, then u_i = min_j c_ij - v_j. They are
 * feasible up to rounding, and none can be raised alone. */
static void tighten(const ll_simplex *t, double *u, double *v) {
  const ll_transport_kernels *k = ll_transport_kernels_get();
  for (size_t j = 0; j < t->m; j++) v[j] = INFINITY;
  for (size_t i = 0; i < t->n; i++)
    if (t->mass[i] > 0) k->lower(ll_matrix_row(t->cost, i), t->potential[i], v, t->m);
  for (size_t i = 0; i < t->n; i++) u[i] = k->least(ll_matrix_row(t->cost, i), v, t->m);
}

static double share(int64_t mass) { return (double)mass / (double)whole; }

/* Potentials are defined up to a constant that moves from u to v; it is chosen so that each side gives half of the value. Returns
 * the value. */
static double centre(const ll_simplex *t, double *u, double *v) {
  ll_sum of_u = {0}, of_v = {0};
  for (size_t i = 0; i < t->n; i++) ll_sum_add(&of_u, u[i] * share(t->mass[i]));
  for (size_t j = 0; j < t->m; j++) ll_sum_add(&of_v, v[j] * share(t->mass[t->n + j]));
  double move = (ll_sum_value(&of_u) - ll_sum_value(&of_v)) / 2;
  for (size_t i = 0; i < t->n; i++) u[i] -= move;
  for (size_t j = 0; j < t->m; j++) v[j] += move;
  return ll_sum_value(&of_u) + ll_sum_value(&of_v);
}

static double plan_cost(const ll_simplex *t, ll_matrix *plan, ll_matrix *grad) {
  ll_sum sum = {0};
  if (plan) ll_matrix_fill(plan, 0);
  if (grad) ll_matrix_fill(grad, 0);
  for (uint32_t x = 0; x < t->n + t->m; x++) {
    const ll_simplex_node *node = &t->node[x];
    if (node->parent == LL_NO_NODE || node->flow == 0) continue;
    size_t i = x < t->n ? x : node->parent, j = (x < t->n ? node->parent : x) - t->n;
    ll_sum_add(&sum, node->cost * share(node->flow));
    if (plan) ll_matrix_row(plan, i)[j] = (ll_real)share(node->flow);
    if (grad) ll_matrix_row(grad, i)[j] = (ll_real)share(node->flow);
  }
  return ll_sum_value(&sum);
}

static void give(const double *x, ll_matrix *potential, ll_matrix *grad, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (potential) potential->data[i] = (ll_real)x[i];
    if (grad) grad->data[i] = (ll_real)x[i];
  }
}

static ll_status wasserstein(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  (void)params;
  const ll_matrix *cost = &call->inputs[2];
  size_t n = cost->rows, m = cost->cols;
  void *block = NULL;
  ll_status status;
  if (n + m >= LL_NO_NODE) return ll_fail(ctx, LL_ERR_RANGE, "wasserstein: %zux%zu places are more than it can count", n, m);
  LL_TRY(ll_alloc(ctx, &block, (n + m) * (sizeof(ll_simplex_node) + sizeof(int64_t) + 2 * sizeof(double))));
  ll_simplex_node *nodes = block;
  int64_t *mass = (int64_t *)(nodes + n + m);
  double *potential = (double *)(mass + n + m), *u = potential + n + m, *v = u + n;
  ll_simplex t = {.cost = cost, .n = n, .m = m, .mass = mass, .potential = potential, .node = nodes};
  masses(&call->inputs[0], mass);
  masses(&call->inputs[1], mass + n);
  LL_GOTO(done, ll_simplex_start(ctx, &t));
  LL_GOTO(done, ll_simplex_optimise(ctx, &t));
  tighten(&t, u, v);
  double value = plan_cost(&t, call->plan, call->grads[2]), dual = centre(&t, u, v);
  give(u, call->u, call->grads[0], n);
  give(v, call->v, call->grads[1], m);
  double gap = fabs(value - dual), size = fabs(value);
  call->value = value;
  call->report = (ll_transport_report){
      .dual = dual, .transport = value, .error = size > 0 ? gap / size : gap, .iterations = t.pivots, .converged = true};
done:
  ll_free(ctx, block);
  return status;
}

const ll_divergence_desc ll_divergence_wasserstein = {
    .name = "wasserstein",
    .family = "transport",
    .summary = "the least cost of moving p to q, exactly, with the plan and the dual potentials that prove it",
    .formula =
        "min over plans P >= 0 with marginals p and q of sum_ij P_ij cost_ij = max of sum_i p_i u_i + sum_j q_j v_j over u_i + v_j "
        "<= cost_ij",
    .gradient = "cost: the plan; p: u; q: v (one of several where the optimum is not unique)",
    .cost = "network simplex, O(n m) a sweep; 2000x2000 takes seconds; memory O(n + m) beside the cost",
    .source = "Cunningham 1976; Bonneel et al. 2011",
    .axioms = {LL_AXIOMS_METRIC, "the cost is a metric"},
    .params = {"wasserstein", NULL, 0},
    .inputs = ll_divergence_p_q_cost,
    .n_inputs = LL_ROWS(ll_divergence_p_q_cost),
    .has_plan = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = wasserstein,
};
