/* The table of distances. Those that products can give are expressions of ops, so they are fast for all pairs and can be
 * differentiated as often as one likes; the precision matrix of mahalanobis becomes a linear map before a Euclidean distance. */
#include "losslab/distance.h"

#include <math.h>

#include "engine/autograd/node.h"
#include "engine/distance/distance.h"
#include "engine/loss/loss.h"
#include "losslab/linalg.h"

enum { EUCLIDEAN, SQUARED, MANHATTAN, CHEBYSHEV, MINKOWSKI, MAHALANOBIS, COSINE };

static const ll_param minkowski_params[] = {{.name = "p",
                                             .kind = LL_PARAM_NUMBER,
                                             .value = 3,
                                             .low = 1,
                                             .high = 1e6,
                                             .doc = "1: manhattan, 2: euclidean; chebyshev is its limit"}};

#define BY_DIFFERENCES "O(n m d) pairwise"
#define BY_PRODUCTS "O(n m d) pairwise, as a product, but near pairs, whose digits would cancel, by differences"
static const ll_distance_desc rows[] = {
    [EUCLIDEAN] = {.name = "euclidean",
                   .summary = "the length of the difference",
                   .formula = "sqrt(sum_j (a_j - b_j)^2)",
                   .gradient = "0 where a = b",
                   .cost = BY_PRODUCTS,
                   .source = "Deza and Deza, Encyclopedia of Distances",
                   .metric = true,
                   .twice = true},
    [SQUARED] = {.name = "squared",
                 .summary = "the square of the Euclidean distance: smooth everywhere, no triangle inequality",
                 .formula = "sum_j (a_j - b_j)^2",
                 .gradient = "",
                 .cost = BY_PRODUCTS,
                 .source = "Deza and Deza, Encyclopedia of Distances",
                 .twice = true},
    [MANHATTAN] = {.name = "manhattan",
                   .summary = "the sum of the differences' sizes",
                   .formula = "sum_j |a_j - b_j|",
                   .gradient = "0 in a feature where a = b",
                   .cost = BY_DIFFERENCES,
                   .source = "Deza and Deza, Encyclopedia of Distances",
                   .metric = true},
    [CHEBYSHEV] = {.name = "chebyshev",
                   .summary = "the largest difference",
                   .formula = "max_j |a_j - b_j|",
                   .gradient = "to the first of the largest differences alone",
                   .cost = BY_DIFFERENCES,
                   .source = "Deza and Deza, Encyclopedia of Distances",
                   .metric = true},
    [MINKOWSKI] = {.name = "minkowski",
                   .summary = "from manhattan (p = 1) by way of euclidean (2) towards chebyshev",
                   .formula = "(sum_j |a_j - b_j|^p)^(1/p)",
                   .gradient = "0 where a = b; p = 1: 0 in a feature where a = b",
                   .cost = BY_DIFFERENCES,
                   .source = "Deza and Deza, Encyclopedia of Distances",
                   .metric = true,
                   .params = {"minkowski", minkowski_params, LL_ROWS(minkowski_params)}},
    [MAHALANOBIS] = {.name = "mahalanobis",
                     .summary = "the length of the difference in units of the data's spread",
                     .formula = "sqrt((a - b)' precision (a - b)); precision: mahalanobis_fit(X) = the inverse of X's covariance",
                     .gradient = "0 where the distance is 0",
                     .cost = BY_PRODUCTS ", O(d^2) each, and O(d^3) for the matrix",
                     .source = "Mahalanobis 1936",
                     .metric = true,
                     .precision = true,
                     .twice = true},
    [COSINE] = {.name = "cosine",
                .summary = "one minus the cosine of the angle: lengths do not count, no triangle inequality",
                .formula = "1 - a.b / (‖a‖ ‖b‖)",
                .gradient = "a zero row is an error",
                .cost = BY_PRODUCTS " of unit rows",
                .source = "Deza and Deza, Encyclopedia of Distances",
                .twice = true},
};
const ll_distance_desc *const ll_distances[] = {&rows[EUCLIDEAN], &rows[SQUARED],     &rows[MANHATTAN], &rows[CHEBYSHEV],
                                                &rows[MINKOWSKI], &rows[MAHALANOBIS], &rows[COSINE]};
const size_t ll_distance_count = LL_ROWS(ll_distances);
_Static_assert(LL_ROWS(rows) == LL_ROWS(ll_distances), "every row is listed");

ll_status ll_distance_find(ll_ctx *ctx, const char *name, const ll_distance_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "distance", name, ll_distances, ll_distance_count, &place));
  *out = ll_distances[place];
  return LL_OK;
}

/* ---- expressions ------------------------------------------------------------------------------------------------------------ */

/* Euclidean distances, or their squares, of rows or of what a map makes of them. */
static ll_node *straight(ll_expr *e, bool pairwise, bool squared, ll_node *a, ll_node *b, ll_node *map) {
  if (!pairwise) {
    ll_node *difference = ll_do2(e, sub, a, b);
    if (map) difference = ll_do_matmul(e, difference, false, map, false);
    return squared ? ll_do1(e, row_sums, ll_do1(e, square, difference)) : ll_do1(e, row_norms, difference);
  }
  if (map) return ll_mapped_distances(e, a, b, map);
  return squared ? ll_do2(e, squared_distances, a, b) : ll_do2(e, distances, a, b);
}

/* 1 - cos = |u - v|^2 / 2 of unit rows: nothing cancels where they are nearly parallel. */
static ll_node *cosine(ll_expr *e, bool pairwise, ll_node *a, ll_node *b) {
  ll_node *u = ll_do2(e, div, a, ll_do1(e, row_norms, a)), *v = ll_do2(e, div, b, ll_do1(e, row_norms, b));
  return ll_do_args(e, scale, straight(e, pairwise, true, u, v, NULL), .a = 0.5);
}

static ll_status check_directions(ll_ctx *ctx, const char *name, const ll_matrix *m) {
  for (size_t i = 0; i < m->rows; i++) {
    double most = 0;
    for (size_t j = 0; j < m->cols; j++) most = fmax(most, fabs((double)ll_matrix_row(m, i)[j]));
    if (most >= LL_LEAST) continue;
    if (most > 0)
      return ll_fail(ctx, LL_ERR_NUMBER, "cosine: %s, row %zu has no element above %g: too near to zero for a direction", name,
                     i + 1, most);
    return ll_fail(ctx, LL_ERR_NUMBER, "cosine: %s, row %zu is zero: it has no direction", name, i + 1);
  }
  return LL_OK;
}

/* [out] C with C C' = the precision matrix: its Cholesky factor, or, where it has none, eigenvectors by the roots of their values.
 */
static ll_status factor(ll_ctx *ctx, const ll_matrix *precision, ll_matrix *out) {
  ll_status status = ll_matrix_cholesky(ctx, precision, out);
  if (status != LL_ERR_SINGULAR) return status;
  ll_matrix values = {0};
  LL_TRY(ll_matrix_eigen(ctx, precision, &values, out));
  size_t d = values.rows;
  double largest = (double)values.data[d - 1], least = (double)values.data[0];
  if (least < -(double)d * LL_EPS * fabs(largest)) {
    status = ll_fail(ctx, LL_ERR_NUMBER, "mahalanobis: precision is not positive semidefinite: it has the eigenvalue %g", least);
    ll_matrix_release(ctx, out);
  } else {
    status = LL_OK;
    for (size_t i = 0; i < d; i++)
      for (size_t j = 0; j < d; j++) {
        double value = (double)values.data[j];
        ll_matrix_row(out, i)[j] *= (ll_real)(value > 0 ? sqrt(value) : 0);
      }
  }
  ll_matrix_release(ctx, &values);
  return status;
}

static ll_status check(ll_ctx *ctx, const ll_distance_desc *desc, const ll_distance_options *o, const ll_matrix *a,
                       const ll_matrix *b) {
  const ll_input inputs[] = {
      {"a", "n,d", LL_INPUT_MATRIX}, {"b", o->pairwise ? "m,d" : "n,d", LL_INPUT_MATRIX}, {"precision", "d,d", LL_INPUT_MATRIX}};
  if (desc->precision && !o->precision)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s needs precision, a matrix %zux%zu: mahalanobis_fit makes it from data", desc->name,
                   a->cols, a->cols);
  if (!desc->precision && o->precision) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes no precision matrix", desc->name);
  ll_matrix given[3] = {*a, *b, {0}};
  if (o->precision) given[2] = *o->precision;
  LL_TRY(ll_inputs_check(ctx, desc->name, inputs, desc->precision ? 3 : 2, 0, given));
  if (desc != &rows[COSINE]) return LL_OK;
  LL_TRY(check_directions(ctx, "a", a));
  return check_directions(ctx, "b", b);
}

ll_status ll_distance_apply(ll_ctx *ctx, const ll_distance_desc *desc, const ll_distance_options *o, ll_node *a, ll_node *b,
                            ll_node **out) {
  ll_expr e = {.ctx = ctx};
  *out = NULL;
  LL_TRY(check(ctx, desc, o, &a->value, &b->value));
  ll_matrix map = {0};
  switch (desc - rows) {
  case MANHATTAN: return ll_lp_apply(ctx, LL_MANHATTAN, 1, o->pairwise, a, b, out);
  case CHEBYSHEV: return ll_lp_apply(ctx, LL_CHEBYSHEV, 0, o->pairwise, a, b, out);
  case MINKOWSKI: return ll_lp_apply(ctx, LL_MINKOWSKI, o->params[0], o->pairwise, a, b, out);
  case MAHALANOBIS:
    LL_TRY(factor(ctx, o->precision, &map));
    ll_expr_give(&e, straight(&e, o->pairwise, false, a, b, ll_expr_constant(&e, LL_OK, &map)), out);
    break;
  case COSINE: ll_expr_give(&e, cosine(&e, o->pairwise, a, b), out); break;
  default: ll_expr_give(&e, straight(&e, o->pairwise, desc == &rows[SQUARED], a, b, NULL), out); break;
  }
  return ll_expr_end(&e);
}
