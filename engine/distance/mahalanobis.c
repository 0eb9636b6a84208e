/* The Mahalanobis distance: the precision matrix becomes a linear map before a Euclidean distance. Also the fit of that matrix to
 * data: the inverse of the covariance, in double. */
#include <math.h>

#include "engine/distance/distance.h"
#include "engine/matrix/factor.h"
#include "engine/matrix/inputs.h"
#include "engine/matrix/lapack.h"
#include "losslab/linalg.h"

/* [out] C with C C' = the precision matrix: its Cholesky factor or, where it has none, its eigenvectors times the square
 * roots of their eigenvalues. */
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

static ll_status apply(ll_ctx *ctx, const ll_distance_options *o, ll_node *a, ll_node *b, ll_node **out) {
  ll_expr e = {.ctx = ctx};
  ll_matrix c = {0};
  LL_TRY(factor(ctx, o->precision, &c));
  ll_node *map = ll_expr_constant(&e, LL_OK, &c);
  ll_expr_give(&e,
               o->pairwise ? ll_mapped_distances(&e, a, b, map)
                           : ll_do1(&e, row_norms, ll_do_matmul(&e, ll_do2(&e, sub, a, b), false, map, false)),
               out);
  return ll_expr_end(&e);
}

/* ---- from data ------------------------------------------------------------------------------------------------------------ */

/* Sums over centred rows, divided by n - 1, into the lower triangle of s (d×d). */
static void covariance(const ll_matrix *x, double ridge, double *mean, double *centred, double *s) {
  size_t d = x->cols, n = x->rows;
  for (size_t j = 0; j < d; j++) mean[j] = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) mean[j] += (double)ll_matrix_row(x, i)[j] / (double)n;
  for (size_t j = 0; j < d * d; j++) s[j] = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < d; j++) centred[j] = (double)ll_matrix_row(x, i)[j] - mean[j];
    for (size_t j = 0; j < d; j++)
      for (size_t k = 0; k <= j; k++) s[j * d + k] += centred[j] * centred[k];
  }
  for (size_t j = 0; j < d; j++) {
    for (size_t k = 0; k <= j; k++) s[j * d + k] /= (double)(n - 1);
    s[j * d + j] += ridge;
  }
}

/* s = L L' in place. Returns the first column whose pivot is no larger than what rounding may leave, or d. */
static size_t first_singular(double *s, size_t d, double *diagonal) {
  for (size_t j = 0; j < d; j++) diagonal[j] = s[j * d + j];
  size_t factored = ll_factor_choleskyd(s, d);
  for (size_t j = 0; j < factored; j++)
    if (!(s[j * d + j] * s[j * d + j] > 0x1p-48 * (double)d * diagonal[j])) return j;
  return factored;
}

ll_status ll_mahalanobis_fit(ll_ctx *ctx, const ll_matrix *x, double ridge, ll_matrix *out) {
  static const ll_input input = {"X", "n,d", LL_INPUT_MATRIX};
  size_t d = x->cols;
  void *block;
  *out = (ll_matrix){0};
  LL_TRY(ll_inputs_check(ctx, "mahalanobis_fit", &input, 1, 0, x));
  if (x->rows < 2) return ll_fail(ctx, LL_ERR_SHAPE, "mahalanobis_fit: X, %zux%zu, has no covariance: 2 rows expected", x->rows, d);
  if (!(ridge >= 0) || isinf(ridge)) return ll_fail(ctx, LL_ERR_RANGE, "mahalanobis_fit: ridge must be at least 0, not %g", ridge);
  LL_TRY(ll_alloc(ctx, &block, (d * d + 2 * d) * sizeof(double)));
  double *s = block, *mean = s + d * d, *centred = mean + d;
  covariance(x, ridge, mean, centred, s);
  size_t bad = first_singular(s, d, mean);
  ll_status status;
  if (bad < d)
    LL_GOTO(done, ll_fail(ctx, LL_ERR_SINGULAR,
                          "mahalanobis_fit: column %zu of X, %zux%zu, is constant or follows from those before it, so that the "
                          "covariance has no inverse; leave it out, or give a ridge",
                          bad + 1, x->rows, d));
  LL_GOTO(done, ll_lapack_inverse(ctx, s, d));
  LL_GOTO(done, ll_matrix_new(ctx, d, d, out));
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j <= i; j++) out->data[i * d + j] = out->data[j * d + i] = (ll_real)s[i * d + j];
done:
  ll_free(ctx, block);
  return status;
}

const ll_distance_desc ll_distance_mahalanobis = {
    .name = "mahalanobis",
    .summary = "the length of the difference in units of the data's spread",
    .formula = "sqrt((a - b)' precision (a - b)); precision: mahalanobis_fit(X) = the inverse of X's covariance",
    .gradient = "0 where the distance is 0",
    .cost = LL_DISTANCE_BY_PRODUCTS ", O(d^2) each, and O(d^3) for the matrix",
    .source = "Mahalanobis 1936; docs/distances.md",
    .axioms = {LL_AXIOMS_METRIC, "the precision matrix is positive definite"},
    .precision = true,
    .twice = true,
    .apply = apply,
};
