/* Minkowski's distances, one for each power. */
#include "engine/distance/distance.h"
#include "engine/distance/lp.h"

static const ll_param params[] = {
    LL_NUMBER("p", 3, 1, 1e6, "1: manhattan, 2: euclidean; chebyshev is its limit"),
};

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  return ll_lp_apply(ctx, &ll_lp_kernels_get()->minkowski, o->params[0], o->pairwise, a, b, out);
}

const ll_distance_desc ll_distance_minkowski = {
    .name = "minkowski",
    .summary = "from manhattan (p = 1) by way of euclidean (2) towards chebyshev",
    .formula = "(sum_j |a_j - b_j|^p)^(1/p)",
    .gradient = "0 where a = b; p = 1: 0 in a feature where a = b",
    .cost = LL_DISTANCE_BY_DIFFERENCES,
    .source = LL_DISTANCE_SOURCE,
    .axioms = {LL_AXIOMS_METRIC},
    .params = {"minkowski", params, LL_ROWS(params)},
    .apply = apply,
};
