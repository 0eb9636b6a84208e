/* The Chebyshev distance. */
#include "engine/distance/distance.h"
#include "engine/distance/lp.h"

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  return ll_lp_apply(ctx, &ll_lp_kernels_get()->chebyshev, 0, o->pairwise, a, b, out);
}

const ll_distance_desc ll_distance_chebyshev = {
    .name = "chebyshev",
    .summary = "the largest difference",
    .formula = "max_j |a_j - b_j|",
    .gradient = "to the first of the largest differences alone",
    .cost = LL_DISTANCE_BY_DIFFERENCES,
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOMS_METRIC},
    .apply = apply,
};
