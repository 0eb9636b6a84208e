/* The gradient penalty of a critic. Its input is the critic's gradient, which is a graph in its turn, so that the penalty can be
 * differentiated by the critic's weights. */
#include <float.h>
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/loss.h"

enum { NORM, P, SIDES };
static const char *const sides[] = {"two", "one", NULL};
static const ll_param params[] = {
    [NORM] = LL_NUMBER("K", 1, 0, INFINITY, "the norm that costs nothing"),
    [P] = {.name = "p",
           .kind = LL_PARAM_NUMBER,
           .value = 2,
           .low = 1,
           .high = INFINITY,
           .infinite = true,
           .doc = "which norm of a row: 1 the sum of magnitudes, 2 Euclidean, \"inf\" the largest magnitude"},
    [SIDES] = LL_CHOICE("sides", 0, sides,
                        "two: every norm but K costs, 0 too, which a slope must pass to change its sign; one: only norms above K"),
};
static const ll_input inputs[] = {{"gradient", "n,d", LL_INPUT_MATRIX}};

static double largest_of(const ll_real *g, size_t d) {
  double largest = 0;
  for (size_t j = 0; j < d; j++) largest = fmax(largest, fabs((double)g[j]));
  return largest;
}

/* The norm of a row. Where powers were taken: of shares of the largest magnitude, so that none overflows and a large p does not
 * magnify the rounding of the norm. */
typedef struct row_norm {
  double norm;
  double largest; /* 0: no powers were taken */
  double factor;  /* the derivative by g is factor × (|g| / largest)^(p - 1), with g's sign */
} row_norm;

static row_norm by_powers(const ll_real *g, size_t d, double p) {
  double largest = largest_of(g, d), sum = 0;
  if (!(largest > 0)) return (row_norm){0};
  for (size_t j = 0; j < d; j++) sum += ll_pow(fabs((double)g[j]) / largest, p); /* p = inf: how many are the largest */
  return (row_norm){largest * ll_pow(sum, 1 / p), largest, ll_pow(sum, 1 / p - 1)};
}

static row_norm norm_of(const ll_real *g, size_t d, double p) {
  double sum = 0;
  bool euclidean = p > 1;
  if (euclidean && (p < 2 || p > 2)) return by_powers(g, d, p);
  for (size_t j = 0; j < d; j++) sum += euclidean ? (double)g[j] * (double)g[j] : fabs((double)g[j]);
  if (euclidean && (isinf(sum) || sum < DBL_MIN / DBL_EPSILON)) return by_powers(g, d, p); /* squares left the range */
  return (row_norm){.norm = euclidean ? sqrt(sum) : sum};
}

/* to = slope × the derivative of the norm: 0 at a zero row, and for p = 1 at an element that is 0. */
static void write_gradient(const row_norm *n, double p, double slope, const ll_real *g, ll_real *to, size_t d) {
  double direction = p > 1 && n->norm > 0 ? slope / n->norm : 0;
  for (size_t j = 0; j < d; j++) {
    double size = n->largest > 0 ? slope * n->factor * ll_pow(fabs((double)g[j]) / n->largest, p - 1) : slope;
    to[j] = (ll_real)(p > 1 && !(n->largest > 0) ? direction * (double)g[j] : g[j] > 0 ? size : g[j] < 0 ? -size : 0);
  }
}

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_matrix *g = &call->inputs[0];
  bool one = loss->params[SIDES] > 0;
  double p = loss->params[P];
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)g->rows : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < g->rows; i++) {
    const ll_real *row = ll_matrix_row(g, i);
    row_norm n = norm_of(row, g->cols, p);
    double over = n.norm - loss->params[NORM];
    if (one && over < 0) over = 0;
    ll_sum_add(&total, over * over);
    if (call->rows) call->rows->data[i] = (ll_real)(over * over);
    if (call->grads[0]) write_gradient(&n, p, 2 * over * scale, row, ll_matrix_row(call->grads[0], i), g->cols);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

const ll_loss_desc ll_loss_gradient_penalty = {
    .name = "gradient_penalty",
    .family = "adversarial",
    .summary = "holds the norm of a critic's gradient to K: add lambda times it to the critic's loss",
    .formula = "mean_i (‖g_i‖_p - K)^2, sides = \"one\": [‖g_i‖_p - K]+^2; g = the critic's gradient with respect to its input",
    .gradient = "through g, by double backward; 0 at a zero row; p = \"inf\": shared evenly by the largest magnitudes",
    .cost = "O(n d)",
    .source = "Gulrajani et al. 2017, eq. 3, with K = 1 and p = 2; the other forms: docs/losses/adversarial.md",
    .output = "identity",
    .params = {"gradient_penalty", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
