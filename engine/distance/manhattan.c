/* The Manhattan distance. */
#include "engine/distance/distance.h"
#include "engine/distance/lp.h"

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  return ll_lp_apply(ctx, &ll_lp_kernels_get()->manhattan, 1, o->pairwise, a, b, out);
}

const ll_distance_desc ll_distance_manhattan = {
    .name = "manhattan",
    .summary = "the sum of the differences' sizes",
    .formula = "sum_j |a_j - b_j|",
    .gradient = "0 in a feature where a = b",
    .cost = LL_DISTANCE_BY_DIFFERENCES,
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOMS_METRIC},
    .apply = apply,
};
