/* What the distances' own files share. Those that products can give are expressions of ops, so they are fast for all pairs and can
 * be differentiated any number of times; the others go through the differences of each pair (lp.h). */
#ifndef LOSSLAB_ENGINE_DISTANCE_H
#define LOSSLAB_ENGINE_DISTANCE_H

#include "engine/autograd/node.h"
#include "losslab/distance.h"

#define LL_DISTANCE_BY_DIFFERENCES "O(n m d) pairwise"
#define LL_DISTANCE_BY_PRODUCTS "O(n m d) pairwise, as a product, but near pairs, whose digits would cancel, by differences"
#define LL_DISTANCE_SOURCE "Deza and Deza, Encyclopedia of Distances; docs/distances.md"

/* |a_i - b_i|^2, or of all pairs (squared.c). */
ll_node *ll_squared_distances(ll_expr *e, bool pairwise, ll_node *a, ll_node *b);

/* |(a_i - b_k) map| of all pairs (mapped.c). */
ll_node *ll_mapped_distances(ll_expr *e, ll_node *a, ll_node *b, ll_node *map);

#endif
