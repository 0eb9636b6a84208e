/* Jeffreys's divergence between rows that are distributions. */
#include "engine/base/entropy.h"
#include "engine/distance/distance.h"
#include "engine/distance/lp.h"

static double value(const ll_real *x, const ll_real *y, size_t d, double p) {
  (void)p;
  double sum = 0; /* no term is negative */
  for (size_t j = 0; j < d; j++) sum += ll_entropy_jeffreys((double)x[j], (double)y[j]);
  return sum;
}

static void slope(const ll_real *x, const ll_real *y, size_t d, double p, double g, double *gx, double *gy) {
  (void)p;
  if (!(g > 0) && !(g < 0)) return; /* a slope may be infinite */
  for (size_t j = 0; j < d; j++) {
    gx[j] += g * ll_entropy_jeffreys_slope((double)x[j], (double)y[j]);
    gy[j] += g * ll_entropy_jeffreys_slope((double)y[j], (double)x[j]);
  }
}

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  static const ll_lp_form form = {value, slope};
  return ll_lp_apply(ctx, &form, 0, o->pairwise, a, b, out);
}

const ll_distance_desc ll_distance_jeffreys = {
    .name = "jeffreys",
    .summary = "between distributions: both cross entropies less both entropies, no triangle inequality; inf where one alone is 0",
    .formula = "sum_j (a_j - b_j) ln(a_j / b_j) = H(a, b) + H(b, a) - H(a) - H(b)",
    .gradient = "0 in a place where both are 0; infinite where one alone is",
    .cost = LL_DISTANCE_BY_DIFFERENCES ", a logarithm each",
    .source = "Jeffreys 1946; Kullback and Leibler 1951",
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_IDENTITY | LL_AXIOM_SYMMETRIC, NULL, "triangle: (0.9, 0.1), (0.5, 0.5), (0.1, 0.9)"},
    .distributions = true,
    .apply = apply,
};
