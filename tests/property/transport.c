/* Transport against independent answers: all assignments and all bases of small problems, the line, plain loops of Sinkhorn's
 * iteration; and against its own proof: marginals, feasible potentials, no gap, over random and degenerate inputs. */
#include "losslab/transport.h"
#include "tests/tap.h"

enum { MOST = 90 };
static const uint64_t seed = 20240715;
static ll_ctx *ctx;
static const ll_divergence_desc *exact, *sinkhorn, *on_line;
#ifdef LL_DOUBLE
static const double rounding = 1e-12;
#else
static const double rounding = 2e-6;
#endif

typedef struct problem {
  size_t n, m;
  ll_real p[MOST], q[MOST], cost[MOST * MOST];
  ll_real plan_at[MOST * MOST], u_at[MOST], v_at[MOST];
  ll_matrix inputs[3], plan, u, v;
  ll_divergence_call call;
} problem;

static void masses(ll_random *r, ll_real *p, size_t n, unsigned kind) {
  double w[MOST], sum = 0;
  for (size_t i = 0; i < n; i++) {
    switch (kind) {
    case 0: w[i] = 1; break;
    case 1: w[i] = (double)ll_random_below(r, 4); break; /* whole numbers, many 0, many partial sums equal */
    case 2: w[i] = pow(10, -14 * ll_random_uniform(r)); break;
    default: w[i] = ll_random_uniform(r); break;
    }
    sum += w[i];
  }
  if (sum <= 0) w[n - 1] = sum = 1;
  for (size_t i = 0; i < n; i++) p[i] = (ll_real)(w[i] / sum);
}

static void costs(ll_random *r, problem *t, unsigned kind) {
  for (size_t i = 0; i < t->n; i++)
    for (size_t j = 0; j < t->m; j++) {
      double u = ll_random_uniform(r), c;
      switch (kind) {
      case 0: c = u; break;
      case 1: c = (double)ll_random_below(r, 3); break; /* ties */
      case 2: c = 7; break;
      case 3: c = 1e12 * u; break;
      case 4: c = ll_random_normal(r); break; /* below 0, too */
      case 5: c = 1000 + u; break;
      case 6: c = i == j ? 0 : 1; break;
      case 7: c = (double)((i * 7 + j * 3) % 5) * (double)(j + 1); break;
      default: c = pow(10, 16 * u - 8); break;
      }
      t->cost[i * t->m + j] = (ll_real)c;
    }
}

static void open(problem *t) {
  t->inputs[0] = ll_matrix_wrap(t->p, t->n, 1), t->inputs[1] = ll_matrix_wrap(t->q, t->m, 1);
  t->inputs[2] = ll_matrix_wrap(t->cost, t->n, t->m);
  t->plan = ll_matrix_wrap(t->plan_at, t->n, t->m);
  t->u = ll_matrix_wrap(t->u_at, t->n, 1), t->v = ll_matrix_wrap(t->v_at, t->m, 1);
  t->call = (ll_divergence_call){.inputs = t->inputs, .plan = &t->plan, .u = &t->u, .v = &t->v};
}

static double total(const ll_real *p, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)p[i];
  return sum;
}

static double largest_cost(const problem *t) {
  double most = 0;
  for (size_t k = 0; k < t->n * t->m; k++) most = fmax(most, fabs((double)t->cost[k]));
  return most;
}

/* The sum of what the plan's rows and columns miss. */
static double marginal_error(const problem *t) {
  double error = 0, of_p = total(t->p, t->n), of_q = total(t->q, t->m);
  for (size_t i = 0; i < t->n; i++) {
    double sum = 0;
    for (size_t j = 0; j < t->m; j++) sum += (double)t->plan_at[i * t->m + j];
    error += fabs(sum - (double)t->p[i] / of_p);
  }
  for (size_t j = 0; j < t->m; j++) {
    double sum = 0;
    for (size_t i = 0; i < t->n; i++) sum += (double)t->plan_at[i * t->m + j];
    error += fabs(sum - (double)t->q[j] / of_q);
  }
  return error;
}

/* Everything an optimum must be; the worst violation, in units of what rounding allows. */
static double violation(const problem *t) {
  double scale = largest_cost(t), worst = marginal_error(t) / rounding, sum = 0, dual = 0;
  double of_p = total(t->p, t->n), of_q = total(t->q, t->m);
  for (size_t i = 0; i < t->n; i++)
    for (size_t j = 0; j < t->m; j++) {
      double c = (double)t->cost[i * t->m + j], u = (double)t->u_at[i], v = (double)t->v_at[j],
             x = (double)t->plan_at[i * t->m + j];
      double least = rounding * (fabs(c) + fabs(u) + fabs(v) + scale * 1e-3) + 1e-300;
      worst = fmax(worst, (u + v - c) / least);
      if (x > 0) worst = fmax(worst, (c - u - v) / least); /* slackness */
      if (x < 0) worst = INFINITY;
      sum += x * c;
    }
  for (size_t i = 0; i < t->n; i++) dual += (double)t->p[i] / of_p * (double)t->u_at[i];
  for (size_t j = 0; j < t->m; j++) dual += (double)t->q[j] / of_q * (double)t->v_at[j];
  worst = fmax(worst, fabs(sum - t->call.value) / (rounding * scale + 1e-300));
  worst = fmax(worst, fabs(dual - t->call.value) / (10 * rounding * scale + 1e-300));
  return worst;
}

static void solve(problem *t) { works(ctx, ll_divergence_eval(ctx, exact, NULL, &t->call)); }

static void proofs(problem *t) {
  static const size_t sizes[][2] = {{1, 1}, {1, 9}, {9, 1}, {2, 2}, {5, 7}, {16, 17}, {40, 40}, {MOST, 31}, {MOST, MOST}};
  double worst = 0, gap = 0;
  size_t count = 0;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (unsigned mass = 0; mass < 4; mass++)
      for (unsigned kind = 0; kind < 9; kind++)
        for (uint64_t trial = 0; trial < 4; trial++) {
          ll_random r = ll_random_stream(seed, 100000 * s + 1000 * mass + 10 * kind + trial, "transport");
          t->n = sizes[s][0], t->m = sizes[s][1];
          masses(&r, t->p, t->n, mass), masses(&r, t->q, t->m, trial % 2 ? mass : 3);
          costs(&r, t, kind);
          open(t);
          solve(t);
          double v = violation(t);
          if (!(v <= 1))
            ok(false, "%zux%zu, masses %u, costs %u, trial %d: off by %g of what rounding allows, gap %g", t->n, t->m, mass, kind,
               (int)trial, v, t->call.report.error);
          worst = fmax(worst, v);
          /* a mean of both signs may be near 0: then the gap is nothing to be divided by it */
          gap = fmax(gap, kind == 4 ? fabs(t->call.value - t->call.report.dual) : t->call.report.error);
          count++;
        }
  ok(worst <= 1, "%zu plans and potentials prove each other (at worst %.2g of the rounding allowed, seed %d)", count, worst,
     (int)seed);
  ok(gap < 1e-9, "their gaps are at most %.2g", gap);
}

/* ---- small problems by enumeration ------------------------------------------------------------------------------------------- */

static double best_assignment(const problem *t, size_t row, unsigned taken) {
  double best = INFINITY;
  if (row == t->n) return 0;
  for (size_t j = 0; j < t->m; j++)
    if (!(taken & 1u << j)) best = fmin(best, (double)t->cost[row * t->m + j] + best_assignment(t, row + 1, taken | 1u << j));
  return best;
}

/* The flow on the cells chosen, by taking away a line with one cell left, again and again; inf if they are no feasible basis. */
static double basis_cost(const problem *t, unsigned cells) {
  double a[8], b[8], cost = 0;
  for (size_t i = 0; i < t->n; i++) a[i] = (double)t->p[i] / total(t->p, t->n);
  for (size_t j = 0; j < t->m; j++) b[j] = (double)t->q[j] / total(t->q, t->m);
  while (cells) {
    bool found = false;
    for (size_t line = 0; line < t->n + t->m && !found; line++) {
      int alone = -1, count = 0;
      for (size_t k = 0; k < t->n * t->m; k++)
        if (cells & 1u << k && (line < t->n ? k / t->m == line : k % t->m == line - t->n)) alone = (int)k, count++;
      if (count != 1) continue;
      size_t i = (size_t)alone / t->m, j = (size_t)alone % t->m;
      double flow = line < t->n ? a[i] : b[j];
      if (flow < -1e-9) return INFINITY;
      a[i] -= flow, b[j] -= flow, cost += flow * (double)t->cost[alone], cells &= ~(1u << alone), found = true;
    }
    if (!found) return INFINITY;
  }
  for (size_t i = 0; i < t->n; i++)
    if (fabs(a[i]) > 1e-9) return INFINITY;
  for (size_t j = 0; j < t->m; j++)
    if (fabs(b[j]) > 1e-9) return INFINITY;
  return cost;
}

static double best_basis(const problem *t) {
  double best = INFINITY;
  for (unsigned cells = 1; cells < 1u << t->n * t->m; cells++)
    if ((size_t)__builtin_popcount(cells) == t->n + t->m - 1) best = fmin(best, basis_cost(t, cells));
  return best;
}

static void enumeration(problem *t) {
  double worst = 0;
  for (uint64_t trial = 0; trial < 60; trial++) {
    ll_random r = ll_random_stream(seed, trial, "assign");
    t->n = t->m = 1 + ll_random_below(&r, 6);
    masses(&r, t->p, t->n, 0), masses(&r, t->q, t->m, 0);
    costs(&r, t, (unsigned)(trial % 8));
    open(t), solve(t);
    double best = best_assignment(t, 0, 0) / (double)t->n;
    worst = fmax(worst, fabs(t->call.value - best) / (largest_cost(t) + 1e-300));
  }
  ok(worst < 1e-14, "uniform masses: the best of all assignments (%.2g)", worst);
  worst = 0;
  for (uint64_t trial = 0; trial < 80; trial++) {
    ll_random r = ll_random_stream(seed, trial, "bases");
    t->n = 1 + ll_random_below(&r, 3), t->m = 1 + ll_random_below(&r, 4);
    masses(&r, t->p, t->n, trial % 2 ? 1 : 3), masses(&r, t->q, t->m, trial % 3 ? 1 : 3);
    costs(&r, t, (unsigned)(trial % 8));
    open(t), solve(t);
    worst = fmax(worst, fabs(t->call.value - best_basis(t)) / (largest_cost(t) + 1e-300));
  }
  ok(worst < 1e-8, "any masses: the best of all bases (%.2g)", worst); /* as near as the tolerance of basis_cost */
}

/* ---- the line
 * -------------------------------------------------------------------------------------------------------------------- */

static void line(problem *t) {
  double worst = 0, moved = 0;
  for (uint64_t trial = 0; trial < 120; trial++) {
    ll_random r = ll_random_stream(seed, trial, "line");
    ll_real x[MOST], y[MOST], shifted[MOST];
    bool weights = trial % 2;
    double p = trial % 3 == 0 ? 1 : trial % 3 == 1 ? 2 : 3.5;
    t->n = 1 + ll_random_below(&r, MOST), t->m = trial % 5 ? 1 + ll_random_below(&r, MOST) : t->n;
    for (size_t i = 0; i < t->n; i++) x[i] = (ll_real)(trial % 7 ? ll_random_normal(&r) : (double)ll_random_below(&r, 4));
    for (size_t j = 0; j < t->m; j++) y[j] = (ll_real)(trial % 7 ? ll_random_normal(&r) : (double)ll_random_below(&r, 4));
    masses(&r, t->p, t->n, weights ? 1 + (unsigned)(trial % 3) : 0), masses(&r, t->q, t->m, weights ? 1 : 0);
    for (size_t i = 0; i < t->n; i++)
      for (size_t j = 0; j < t->m; j++) t->cost[i * t->m + j] = (ll_real)pow(fabs((double)x[i] - (double)y[j]), p);
    open(t), solve(t);
    ll_matrix inputs[4] = {ll_matrix_wrap(x, t->n, 1), ll_matrix_wrap(y, t->m, 1), {0}, {0}};
    if (weights) inputs[2] = t->inputs[0], inputs[3] = t->inputs[1];
    ll_divergence_call call = {.inputs = inputs};
    works(ctx, ll_divergence_eval(ctx, on_line, &p, &call));
    worst = fmax(worst, fabs(pow(call.value, p) - t->call.value) / (largest_cost(t) + 1e-300));
    for (size_t i = 0; i < t->n; i++) shifted[i] = x[i] + (ll_real)3.25;
    inputs[1] = ll_matrix_wrap(shifted, t->n, 1), inputs[3] = inputs[2];
    works(ctx, ll_divergence_eval(ctx, on_line, &p, &call));
    moved = fmax(moved, fabs(call.value - 3.25));
  }
  ok(worst < rounding, "on a line: the exact distance with cost |x - y|^p (%.2g)", worst);
  ok(moved < rounding, "all points moved by 3.25 are 3.25 away (%.2g)", moved);
}

/* ---- entropic
 * ------------------------------------------------------------------------------------------------------------------------ */

/* Plain loops: the regularised value after many rounds. */
static double plain_sinkhorn(const problem *t, double epsilon) {
  double u[MOST] = {0}, v[MOST] = {0}, value = 0, p[MOST], q[MOST];
  for (size_t i = 0; i < t->n; i++) p[i] = (double)t->p[i] / total(t->p, t->n);
  for (size_t j = 0; j < t->m; j++) q[j] = (double)t->q[j] / total(t->q, t->m);
  for (int round = 0; round < 3000; round++) {
    for (size_t i = 0; i < t->n; i++) {
      double sum = 0;
      for (size_t j = 0; j < t->m; j++) sum += q[j] * exp((v[j] - (double)t->cost[i * t->m + j]) / epsilon);
      u[i] = -epsilon * log(sum);
    }
    for (size_t j = 0; j < t->m; j++) {
      double sum = 0;
      for (size_t i = 0; i < t->n; i++) sum += p[i] * exp((u[i] - (double)t->cost[i * t->m + j]) / epsilon);
      v[j] = -epsilon * log(sum);
    }
  }
  for (size_t i = 0; i < t->n; i++) value += p[i] * u[i];
  for (size_t j = 0; j < t->m; j++) value += q[j] * v[j];
  return value;
}

static double entropic(problem *t, double epsilon, double scaling) {
  const double params[] = {epsilon, 1e-11, 1000000, scaling};
  works(ctx, ll_divergence_eval(ctx, sinkhorn, params, &t->call));
  if (!t->call.report.converged)
    ok(false, "epsilon %g: %g off after %zu passes", epsilon, t->call.report.error, t->call.report.iterations);
  return t->call.value;
}

static void regularised(problem *t) {
  double worst = 0, marginals = 0, limit = 0, order = 0, swapped = 0;
  for (uint64_t trial = 0; trial < 24; trial++) {
    ll_random r = ll_random_stream(seed, trial, "sinkhorn");
    t->n = 1 + ll_random_below(&r, 20), t->m = 1 + ll_random_below(&r, 20);
    masses(&r, t->p, t->n, (unsigned)(trial % 4)), masses(&r, t->q, t->m, (unsigned)(trial % 3));
    costs(&r, t, trial % 3 == 0 ? 4 : trial % 3 == 1 ? 1 : 0);
    open(t), solve(t);
    double least = t->call.value, before = INFINITY;
    worst = fmax(worst, fabs(entropic(t, 0.3, 0.5) - plain_sinkhorn(t, 0.3)));
    marginals = fmax(marginals, marginal_error(t));
    for (double epsilon = 1; epsilon > 0.02; epsilon /= 3) { /* less entropy, less cost, down to the exact one */
      double value = entropic(t, epsilon, 0.5), entropy = epsilon * log((double)(t->n < t->m ? t->n : t->m));
      if (value < least - 1e-9 || t->call.report.transport < least - 1e-9 || value > before + 1e-9) order = 1;
      limit = fmax(limit, (value - least) / (entropy + 1e-9));
      before = value;
    }
    double with = entropic(t, 0.1, 0.5), without = entropic(t, 0.1, 1);
    swapped = fmax(swapped, fabs(with - without));
  }
  ok(worst < 1e-9, "entropic: plain loops agree (%.2g)", worst);
  ok(marginals < fmax(1e-10, rounding), "its plan has the marginals (%.2g)", marginals);
  ok(order < 1, "it falls with epsilon, and never below the exact distance");
  ok(limit < 1 + 1e-6, "and is within epsilon log n of it (%.3g)", limit);
  ok(swapped < 1e-9, "epsilon coming down or not makes no difference (%.2g)", swapped);
}

/* A column that no row would send to, by any exponential that a double holds. */
static void far_apart(problem *t) {
  t->n = t->m = 2;
  t->p[0] = (ll_real)0.25, t->p[1] = (ll_real)0.75, t->q[0] = (ll_real)0.5, t->q[1] = (ll_real)0.5;
  t->cost[0] = 0, t->cost[1] = 5000, t->cost[2] = 1, t->cost[3] = 4000;
  open(t), solve(t);
  double best = t->call.value;
  near(entropic(t, 0.5, 1), best, 1e-3, 0, "costs 10^4 times epsilon, without scaling down");
  ok(isfinite((double)t->u_at[0]) && isfinite((double)t->v_at[1]), "and its potentials are numbers");
  t->q[0] = 1, t->q[1] = 0;
  entropic(t, 0.5, 0.5);
  ok(isfinite((double)t->v_at[1]) && (double)t->plan_at[1] <= 0 && (double)t->plan_at[3] <= 0,
     "a place of mass 0 has a potential, too");
  const double few[] = {0.001, 1e-11, 3, 0.5};
  t->q[0] = t->q[1] = (ll_real)0.5;
  works(ctx, ll_divergence_eval(ctx, sinkhorn, few, &t->call));
  ok(!t->call.report.converged && t->call.report.error > 1e-11 && t->call.report.iterations == 3,
     "three passes are too few, and it says so");
}

/* ---- identities of the GAN's losses
 * ------------------------------------------------------------------------------------------------- */

static double pointwise(const char *name, ll_real *p, ll_real *q, size_t n) {
  const ll_divergence_desc *d;
  const ll_matrix inputs[2] = {ll_matrix_wrap(p, n, 1), ll_matrix_wrap(q, n, 1)};
  ll_divergence_call call = {.inputs = inputs};
  works(ctx, ll_divergence_find(ctx, name, &d));
  works(ctx, ll_divergence_eval(ctx, d, NULL, &call));
  return call.value;
}

static void identities(void) {
  double value_off = 0, cost_off = 0, pinsker = 0;
  for (uint64_t trial = 0; trial < 50; trial++) {
    ll_random r = ll_random_stream(seed, trial, "identities");
    ll_real real[MOST], fake[MOST];
    size_t n = 2 + ll_random_below(&r, MOST - 2);
    masses(&r, real, n, 3), masses(&r, fake, n, trial % 2 ? 2 : 3);
    const ll_matrix p = ll_matrix_wrap(real, n, 1), q = ll_matrix_wrap(fake, n, 1);
    ll_matrix best;
    works(ctx, ll_optimal_discriminator(ctx, &p, &q, &best));
    double of_real = 0, of_fake = 0, cost = 0;
    for (size_t i = 0; i < n; i++) {
      double d = (double)real[i] / ((double)real[i] + (double)fake[i]);
      if (fabs(d - (double)best.data[i]) > 2 * LL_EPS) ok(false, "optimal_discriminator, place %zu", i);
      of_real += (double)real[i] * log(d), of_fake += (double)fake[i] * log1p(-d), cost -= (double)fake[i] * log(d);
    }
    ll_matrix_release(ctx, &best);
    double js = pointwise("js", real, fake, n), kl = pointwise("kl", fake, real, n),
           tv = pointwise("total_variation", real, fake, n);
    double off = fabs(total(real, n) + total(fake, n) - 2); /* what rounding makes the sums miss, log 2 times */
    value_off = fmax(value_off, fabs(of_real + of_fake - (2 * js - 2 * log(2))) - off);
    cost_off = fmax(cost_off, fabs(cost - (kl - 2 * js + 2 * log(2) + of_real)) - off);
    pinsker = fmax(pinsker, fmax(2 * tv * tv - kl, js - log(2) * tv));
  }
  ok(value_off < 1e-9, "Goodfellow et al. 2014: the best discriminator's value is 2 js - 2 log 2 (%.2g)", value_off);
  ok(cost_off < 1e-9,
     "Arjovsky and Bottou 2017: -E log D over generated rows is kl - 2 js and what the generator does not change (%.2g)", cost_off);
  ok(pinsker < 1e-6, "2 tv^2 <= kl, js <= log 2 tv (%.2g)", pinsker);
  ll_real one[2] = {1, 0}, other[2] = {0, 1};
  ok(isinf(pointwise("kl", one, other, 2)) && pointwise("kl", one, other, 2) > 0, "kl is inf where q = 0 < p");
  near(pointwise("js", one, other, 2), log(2), 1e-15, 0, "js is log 2 for what shares no place");
  near(pointwise("kl", one, one, 2), 0, 0, 0, "0 log 0 is 0");
}

int main(void) {
  static problem t;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  works(ctx, ll_divergence_find(ctx, "wasserstein", &exact));
  works(ctx, ll_divergence_find(ctx, "sinkhorn", &sinkhorn));
  works(ctx, ll_divergence_find(ctx, "wasserstein_1d", &on_line));
  proofs(&t);
  enumeration(&t);
  line(&t);
  regularised(&t);
  far_apart(&t);
  identities();
  ll_ctx_close(ctx);
  return done();
}
