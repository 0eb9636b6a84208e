/* losslab/distance.h: distances between rows, as nodes of the graph: row i of a with row i of b (n,1), or all pairs (n,m).
 *
 * One table (engine/distance/distances.def), the row at the end of each distance's own file: name, formula, parameters, source.
 * Each has its gradient with respect to both inputs; euclidean, squared, mahalanobis and cosine are made of ops and can be
 * differentiated twice. For all pairs these four use products of rows relative to their mean, since only differences count. A
 * pair whose distance is small beside the length of its rows, where products lose digits, is computed again by differences, and so
 * is its gradient. Where a distance is 0, and at other kinks, its derivative is 0. */
#ifndef LOSSLAB_DISTANCE_H
#define LOSSLAB_DISTANCE_H

#include "losslab/axioms.h"
#include "losslab/graph.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ll_distance_options {
  bool pairwise;                /* all rows of a with all rows of b */
  double params[LL_MAX_PARAMS]; /* of the row's table; ll_params_default sets them */
  const ll_matrix *precision;   /* (d,d), symmetric (its symmetric part counts) and positive semidefinite */
} ll_distance_options;

typedef struct ll_distance_desc {
  const char *name, *summary, *formula, *gradient, *cost, *source;
  ll_axioms axioms;
  bool distributions; /* its rows are distributions: of probabilities, which sum to 1 */
  bool precision;     /* it takes a precision matrix */
  bool twice;         /* it can be differentiated twice */
  ll_param_table params;
  /* As ll_distance_apply, which has checked shapes and numbers, and that precision is given if and only if the row takes one. */
  ll_status (*apply)(ll_ctx *ctx, const ll_distance_options *options, ll_node *a, ll_node *b, ll_node **out);
} ll_distance_desc;

extern const ll_distance_desc *const ll_distances[]; /* ll_distance_count rows, in the order of distances.def */
extern const size_t ll_distance_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_distance_find(ll_ctx *ctx, const char *name, const ll_distance_desc **out);

/* [out] the distances: a (n,d), b (n,d) -> (n,1); pairwise: b (m,d) -> (n,m). LL_ERR_SHAPE; LL_ERR_NUMBER (NaN, infinity, a zero
 * row for the cosine, a precision matrix with a negative eigenvalue); LL_ERR_RANGE (a row that is no distribution, where one is
 * needed); LL_ERR_ARGUMENT (a precision matrix missing, or one given to a distance that takes none). */
ll_status ll_distance_apply(ll_ctx *ctx, const ll_distance_desc *desc, const ll_distance_options *options, ll_node *a, ll_node *b,
                            ll_node **out);

/* [out] the precision matrix (d,d) of the rows of x (n,d): the inverse of their covariance (divided by n - 1) with ridge >= 0 added
 * to its diagonal. LL_ERR_SHAPE (fewer than 2 rows), LL_ERR_NUMBER, LL_ERR_RANGE (ridge), LL_ERR_SINGULAR names the column that
 * is constant or a linear combination of those before it. (Mahalanobis 1936.) */
ll_status ll_mahalanobis_fit(ll_ctx *ctx, const ll_matrix *x, double ridge, ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
