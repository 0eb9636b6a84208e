/* The square of the Euclidean distance, an expression of ops that takes no root. */
#include "engine/distance/distance.h"

ll_node *ll_squared_distances(ll_expr *e, bool pairwise, ll_node *a, ll_node *b) {
  if (pairwise) return ll_do2(e, squared_distances, a, b);
  return ll_do1(e, row_sums, ll_do1(e, square, ll_do2(e, sub, a, b)));
}

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  ll_expr e = {.ctx = ctx};
  ll_expr_give(&e, ll_squared_distances(&e, o->pairwise, a, b), out);
  return ll_expr_end(&e);
}

const ll_distance_desc ll_distance_squared = {
    .name = "squared",
    .summary = "the square of the Euclidean distance: smooth everywhere, no triangle inequality",
    .formula = "sum_j (a_j - b_j)^2",
    .gradient = "",
    .cost = LL_DISTANCE_BY_PRODUCTS,
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_IDENTITY | LL_AXIOM_SYMMETRIC, NULL, "triangle: (0), (1), (2)"},
    .twice = true,
    .apply = apply,
};
