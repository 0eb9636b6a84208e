/* The gradient penalty of a critic. Its input is the critic's gradient, which is a graph in its turn, so that the penalty can be
 * differentiated by the critic's weights. */
#include <math.h>

#include "engine/loss/loss.h"

enum { NORM, P, SIDES };
static const char *const sides[] = {"two", "one", NULL};
static const ll_param params[] = {
    [NORM] = LL_NUMBER("K", 1, 0, INFINITY, "the norm that costs nothing"),
    [P] = LL_INTEGER("p", 2, 1, 2, "which norm of a row: sum of magnitudes or Euclidean"),
    [SIDES] = LL_CHOICE("sides", 0, sides,
                        "two: every norm but K costs, 0 too, which a slope must pass to change its sign; one: only norms above K"),
};
static const ll_input inputs[] = {{"gradient", "n,d", LL_INPUT_MATRIX}};

static double norm_of(const ll_real *g, size_t d, bool euclidean) {
  double sum = 0;
  for (size_t j = 0; j < d; j++) sum += euclidean ? (double)g[j] * (double)g[j] : fabs((double)g[j]);
  return euclidean ? sqrt(sum) : sum;
}

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_matrix *g = &call->inputs[0];
  bool euclidean = loss->params[P] > 1, one = loss->params[SIDES] > 0;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)g->rows : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < g->rows; i++) {
    const ll_real *row = ll_matrix_row(g, i);
    double norm = norm_of(row, g->cols, euclidean), over = norm - loss->params[NORM];
    if (one && over < 0) over = 0;
    ll_sum_add(&total, over * over);
    if (call->rows) call->rows->data[i] = (ll_real)(over * over);
    if (!call->grads[0]) continue;
    ll_real *to = ll_matrix_row(call->grads[0], i);
    /* d norm / d g is g / norm, or the signs of g; 0 where the norm is 0 */
    double slope = 2 * over * scale, direction = euclidean && norm > 0 ? slope / norm : 0;
    for (size_t j = 0; j < g->cols; j++)
      to[j] = (ll_real)(euclidean ? direction * (double)row[j] : row[j] > 0 ? slope : row[j] < 0 ? -slope : 0);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

const ll_loss_desc ll_loss_gradient_penalty = {
    .name = "gradient_penalty",
    .family = "adversarial",
    .summary = "holds the norm of a critic's gradient to K: add lambda times it to the critic's loss",
    .formula = "mean_i (‖g_i‖_p - K)^2, sides = \"one\": [‖g_i‖_p - K]+^2; g = the critic's gradient with respect to its input",
    .gradient = "through g, by double backward; 0 at a zero row",
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
