/* The Euclidean distance, an expression of ops. */
#include "engine/distance/distance.h"

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  ll_expr e = {.ctx = ctx};
  ll_expr_give(&e, o->pairwise ? ll_do2(&e, distances, a, b) : ll_do1(&e, row_norms, ll_do2(&e, sub, a, b)), out);
  return ll_expr_end(&e);
}

const ll_distance_desc ll_distance_euclidean = {
    .name = "euclidean",
    .summary = "the length of the difference",
    .formula = "sqrt(sum_j (a_j - b_j)^2)",
    .gradient = "0 where a = b",
    .cost = LL_DISTANCE_BY_PRODUCTS,
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOMS_METRIC},
    .twice = true,
    .apply = apply,
};
