/* The square root of Jensen's and Shannon's divergence between rows that are distributions. */
#include <math.h>

#include "engine/base/entropy.h"
#include "engine/distance/distance.h"
#include "engine/distance/lp.h"

static double value(const ll_real *x, const ll_real *y, size_t d, double p) {
  (void)p;
  double sum = 0; /* no term is negative */
  for (size_t j = 0; j < d; j++) sum += ll_entropy_js((double)x[j], (double)y[j]);
  return sqrt(sum / 2);
}

static void slope(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *gx, double *gy) {
  double distance = value(x, y, d, p);
  if (!(distance > 0)) return;
  g /= 4 * distance;
  for (size_t j = 0; j < d; j++) {
    gx[j] += g * ll_entropy_js_slope((double)x[j], (double)y[j]);
    gy[j] += g * ll_entropy_js_slope((double)y[j], (double)x[j]);
  }
}

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  static const ll_lp_form form = {value, slope};
  return ll_lp_apply(ctx, &form, 0, o->pairwise, a, b, out);
}

const ll_distance_desc ll_distance_jensen_shannon = {
    .name = "jensen_shannon",
    .summary = "between distributions: the root of their Jensen-Shannon divergence, a metric of at most sqrt(ln 2)",
    .formula = "sqrt(sum_j (a_j ln(a_j / m_j) + b_j ln(b_j / m_j)) / 2), m = (a + b) / 2, 0 ln 0 = 0",
    .gradient = "0 where a = b, and in a place where the row itself is 0",
    .cost = LL_DISTANCE_BY_DIFFERENCES ", a logarithm each",
    .source = "Endres and Schindelin 2003; Oesterreicher and Vajda 2003",
    .axioms = {LL_AXIOMS_METRIC},
    .distributions = true,
    .apply = apply,
};
