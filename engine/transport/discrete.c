/* Divergences that compare two distributions place by place. Sums are compensated: terms of both signs meet in kl. */
#include <math.h>

#include "engine/base/entropy.h"
#include "engine/base/scalar.h"
#include "engine/transport/transport.h"

static double at(const ll_matrix *m, size_t i) { return (double)m->data[i]; }
static void put(ll_matrix *m, size_t i, double x) {
  if (m) m->data[i] = (ll_real)x;
}

static ll_status kl(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  (void)ctx, (void)params;
  const ll_matrix *p = &call->inputs[0], *q = &call->inputs[1];
  ll_sum sum = {0};
  bool infinite = false;
  for (size_t i = 0; i < ll_matrix_count(p); i++) {
    double a = at(p, i), b = at(q, i), term = ll_entropy_ratio(a, b);
    if (isinf(term)) infinite = true; /* the compensation of an infinite sum would be NaN */
    else ll_sum_add(&sum, term);
    put(call->grads[0], i, a > 0 ? ll_log(a) - ll_log(b) + 1 : 0);
    put(call->grads[1], i, a > 0 ? -a / b : 0);
  }
  call->value = infinite ? INFINITY : ll_sum_value(&sum);
  return LL_OK;
}

static ll_status js(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  (void)ctx, (void)params;
  const ll_matrix *p = &call->inputs[0], *q = &call->inputs[1];
  ll_sum sum = {0};
  for (size_t i = 0; i < ll_matrix_count(p); i++) {
    double a = at(p, i), b = at(q, i);
    ll_sum_add(&sum, ll_entropy_js(a, b));
    put(call->grads[0], i, 0.5 * ll_entropy_js_slope(a, b));
    put(call->grads[1], i, 0.5 * ll_entropy_js_slope(b, a));
  }
  call->value = 0.5 * ll_sum_value(&sum);
  return LL_OK;
}

static ll_status js_distance(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  LL_TRY(js(ctx, params, call));
  call->value = sqrt(call->value);
  double scale = call->value > 0 ? 0.5 / call->value : 0;
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; call->grads[k] && i < ll_matrix_count(&call->inputs[k]); i++)
      put(call->grads[k], i, scale * at(call->grads[k], i));
  return LL_OK;
}

static ll_status total_variation(ll_ctx *ctx, const double *params, ll_divergence_call *call) {
  (void)ctx, (void)params;
  const ll_matrix *p = &call->inputs[0], *q = &call->inputs[1];
  ll_sum sum = {0};
  for (size_t i = 0; i < ll_matrix_count(p); i++) {
    double difference = at(p, i) - at(q, i), slope = difference > 0 ? 0.5 : difference < 0 ? -0.5 : 0;
    ll_sum_add(&sum, 0.5 * fabs(difference));
    put(call->grads[0], i, slope);
    put(call->grads[1], i, -slope);
  }
  call->value = ll_sum_value(&sum);
  return LL_OK;
}

const ll_divergence_desc ll_divergence_kl = {
    .name = "kl",
    .family = "divergence",
    .summary = "Kullback and Leibler's: what a code made for q wastes on p, in nats; inf where q = 0 < p",
    .formula = "sum_i p_i ln(p_i / q_i), 0 ln 0 = 0",
    .gradient = "p: ln(p_i / q_i) + 1; q: -p_i / q_i; where p_i = 0: 0",
    .cost = "O(n)",
    .source = "Kullback and Leibler 1951",
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_IDENTITY, NULL,
               "symmetric: (0.9, 0.1), (0.5, 0.5); triangle: (0.9, 0.1), (0.5, 0.5), (0.1, 0.9)"},
    .params = {"kl", NULL, 0},
    .inputs = ll_divergence_p_q,
    .n_inputs = LL_ROWS(ll_divergence_p_q),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = kl,
};

const ll_divergence_desc ll_divergence_js = {
    .name = "js",
    .family = "divergence",
    .summary = "Jensen and Shannon's: symmetric, from 0 to ln 2, and ln 2 wherever p and q share no place",
    .formula = "kl(p, (p + q)/2)/2 + kl(q, (p + q)/2)/2",
    .gradient = "p: ln(2 p_i / (p_i + q_i))/2, q likewise; where p_i = 0: 0",
    .cost = "O(n)",
    .source = "Lin 1991",
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_IDENTITY | LL_AXIOM_SYMMETRIC, NULL, "triangle: (1, 0), (0.5, 0.5), (0, 1)"},
    .params = {"js", NULL, 0},
    .inputs = ll_divergence_p_q,
    .n_inputs = LL_ROWS(ll_divergence_p_q),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = js,
};

const ll_divergence_desc ll_divergence_js_distance = {
    .name = "js_distance",
    .family = "divergence",
    .summary = "the square root of js: a metric, from 0 to sqrt(ln 2)",
    .formula = "sqrt(js(p, q))",
    .gradient = "js's over 2 sqrt(js(p, q)); where p = q: 0",
    .cost = "O(n)",
    .source = "Endres and Schindelin 2003",
    .axioms = {LL_AXIOMS_METRIC},
    .params = {"js_distance", NULL, 0},
    .inputs = ll_divergence_p_q,
    .n_inputs = LL_ROWS(ll_divergence_p_q),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = js_distance,
};

const ll_divergence_desc ll_divergence_total_variation = {
    .name = "total_variation",
    .family = "divergence",
    .summary = "the largest difference between the probabilities that p and q give to one event",
    .formula = "sum_i |p_i - q_i| / 2",
    .gradient = "0 where p_i = q_i",
    .cost = "O(n)",
    .source = "Arjovsky, Chintala and Bottou 2017, section 2",
    .axioms = {LL_AXIOMS_METRIC},
    .params = {"total_variation", NULL, 0},
    .inputs = ll_divergence_p_q,
    .n_inputs = LL_ROWS(ll_divergence_p_q),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = total_variation,
};
