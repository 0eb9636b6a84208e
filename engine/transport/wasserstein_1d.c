/* The distance on a line: both sides sorted, mass moves from quantile to quantile. Without weights the mass of a step is a whole
 * number of 1/(n m), so no rounding decides which points meet. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/transport/transport.h"

enum { P };
static const ll_param params[] = {[P] = LL_NUMBER("p", 1, 1, 1e3, "exponent of the distance; W_p is the p-th root")};

typedef struct line {
  const ll_real *x;
  const ll_real *weights; /* NULL: uniform */
  double total;           /* of the weights */
  size_t n;
  uint32_t *order;
  double *slope; /* [opt] n: sum over its steps of mass × p |d|^(p-1) sign d */
} line;

typedef struct measure {
  double p;
  double unit; /* distances are divided by it, so that their powers stay in range; 0: only the largest distance is sought */
  double largest;
} measure;

/* mass × |d|^p; its slope in d goes to both ends. */
static double move(line *a, line *b, size_t i, size_t j, double mass, measure *of) {
  double d = (double)a->x[a->order[i]] - (double)b->x[b->order[j]], p = of->p;
  if (!(of->unit > 0)) {
    of->largest = fmax(of->largest, fabs(d));
    return 0;
  }
  double size = fabs(d) / of->unit, below = p <= 1 ? 1 : p >= 2 && p <= 2 ? size : ll_pow(size, p - 1);
  if (size > 0) {
    double slope = mass * p * below * (d > 0 ? 1 : -1);
    if (a->slope) a->slope[a->order[i]] += slope;
    if (b->slope) b->slope[b->order[j]] -= slope;
  }
  return mass * below * size;
}

static double uniform(line *a, line *b, measure *of) {
  uint64_t n = a->n, m = b->n, left_a = m, left_b = n; /* in units of 1 / (n m) */
  double unit = 1 / (double)n / (double)m;
  ll_sum total = {0};
  for (size_t i = 0, j = 0; i < n && j < m;) {
    uint64_t mass = left_a < left_b ? left_a : left_b;
    ll_sum_add(&total, move(a, b, i, j, (double)mass * unit, of));
    left_a -= mass, left_b -= mass;
    if (left_a == 0) left_a = m, i++;
    if (left_b == 0) left_b = n, j++;
  }
  return ll_sum_value(&total);
}

static double mass_at(const line *a, size_t i) {
  return a->weights ? (double)a->weights[a->order[i]] / a->total : 1 / (double)a->n;
}

/* Sums of weights decide which points meet. What rounding leaves at a point, a crumb, is added to the side's next point; at the
 * other side's last point everything left goes there. */
static double weighted(line *a, line *b, measure *of) {
  ll_sum total = {0};
  size_t i = 0, j = 0;
  double left_a = mass_at(a, 0), left_b = mass_at(b, 0);
  for (;;) {
    double mass = left_a < left_b ? left_a : left_b;
    bool last_a = i + 1 == a->n, last_b = j + 1 == b->n;
    if (mass > 0) ll_sum_add(&total, move(a, b, i, j, mass, of));
    left_a -= mass, left_b -= mass;
    if (last_a && last_b) break;
    if (!last_a && (left_a <= 0 || last_b)) {
      double crumb = left_a;
      left_a = mass_at(a, ++i) + (crumb > 0 ? crumb : 0);
      if (last_b) left_b = left_a; /* only crumbs are left */
    } else {
      double crumb = left_b;
      left_b = mass_at(b, ++j) + (crumb > 0 ? crumb : 0);
      if (last_a) left_a = left_b;
    }
  }
  return ll_sum_value(&total);
}

static double total_of(const ll_matrix *weights) {
  ll_sum sum = {0};
  for (size_t i = 0; i < ll_matrix_count(weights); i++) ll_sum_add(&sum, (double)weights->data[i]);
  return ll_sum_value(&sum);
}

/* Leaves out points of weight 0: they have nothing to move, and no crumb may go to them. */
static void trim(line *a) {
  size_t kept = 0;
  for (size_t i = 0; a->weights && i < a->n; i++)
    if (a->weights[a->order[i]] > 0) a->order[kept++] = a->order[i];
  if (a->weights) a->n = kept;
}

static double cost_of(line *a, line *b, measure *of) { return a->weights || b->weights ? weighted(a, b, of) : uniform(a, b, of); }

/* W = unit × (sum mass (|d| / unit)^p)^(1/p); with s the sum, dW = s^(1/p - 1) / p × the slopes in d / unit; at s = 0 it is 0. */
static double distance(line *a, line *b, double p, double *scale) {
  measure of = {.p = p, .unit = 1};
  *scale = 1;
  if (p <= 1) return cost_of(a, b, &of);
  of.unit = 0;
  (void)cost_of(a, b, &of);
  of.unit = of.largest;
  *scale = 0;
  if (!(of.unit > 0)) return 0;
  double sum = cost_of(a, b, &of), root = p <= 2 && p >= 2 ? sqrt(sum) : ll_pow(sum, 1 / p);
  *scale = root / sum / p;
  return of.unit * root;
}

static void give(const line *a, size_t n, double scale, ll_matrix *grad) {
  for (size_t i = 0; grad && i < n; i++) grad->data[i] = (ll_real)(scale * a->slope[i]);
}

static ll_status eval(ll_ctx *ctx, const double *values, ll_divergence_call *call) {
  const ll_matrix *in = call->inputs;
  double p = values[P];
  size_t n = ll_matrix_count(&in[0]), m = ll_matrix_count(&in[1]);
  bool slopes = call->grads[0] || call->grads[1];
  void *block = NULL;
  ll_status status;
  if (n > UINT32_MAX || m > UINT32_MAX)
    return ll_fail(ctx, LL_ERR_RANGE, "wasserstein_1d: %zu and %zu points; at most %u can be sorted", n, m, UINT32_MAX);
  LL_TRY(ll_calloc(ctx, &block, n + m, sizeof(uint32_t) + (slopes ? sizeof(double) : 0)));
  double *slope = slopes ? block : NULL;
  uint32_t *order = slopes ? (uint32_t *)(slope + n + m) : block;
  line x = {in[0].data, in[2].data, 1, n, order, slope}, y = {in[1].data, in[3].data, 1, m, order + n, slopes ? slope + n : NULL};
  if (x.weights) x.total = total_of(&in[2]);
  if (y.weights) y.total = total_of(&in[3]);
  LL_GOTO(done, ll_argsort(ctx, x.x, n, x.order));
  LL_GOTO(done, ll_argsort(ctx, y.x, m, y.order));
  trim(&x), trim(&y);
  double scale, value = distance(&x, &y, p, &scale);
  call->value = value;
  call->report.transport = value;
  if (slopes) give(&x, n, scale, call->grads[0]), give(&y, m, scale, call->grads[1]);
done:
  ll_free(ctx, block);
  return status;
}

static const ll_input inputs[] = {{"x", "n", LL_INPUT_NUMBERS},
                                  {"y", "m", LL_INPUT_NUMBERS},
                                  {"x_weights", "n", LL_INPUT_PROBABILITIES},
                                  {"y_weights", "m", LL_INPUT_PROBABILITIES}};

const ll_divergence_desc ll_divergence_wasserstein_1d = {
    .name = "wasserstein_1d",
    .family = "transport",
    .summary = "the exact distance between two samples of numbers, of any sizes, by sorting",
    .formula = "(integral over t in [0, 1] of |F^-1(t) - G^-1(t)|^p)^(1/p), F and G the distribution functions of x and y",
    .gradient = "to x and y; 0 where two points coincide or the distance is 0; weights: none",
    .cost = "O(n + m), by radix sort",
    .source = "Peyre and Cuturi 2019, section 2.6",
    .axioms = {LL_AXIOMS_METRIC, "samples of the same distribution count as equal"},
    .params = {"wasserstein_1d", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .n_optional = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
