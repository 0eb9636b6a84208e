/* The precision matrix of data: the covariance's Cholesky factor in double, inverted column by column. */
#include <math.h>

#include "engine/loss/loss.h"
#include "losslab/distance.h"

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

/* s = L L' in place; the column at which the factor has no room left but rounding's, or d. */
static size_t cholesky(double *s, size_t d) {
  for (size_t j = 0; j < d; j++) {
    double whole = s[j * d + j], left = whole;
    for (size_t k = 0; k < j; k++) left -= s[j * d + k] * s[j * d + k];
    if (!(left > 0x1p-48 * (double)d * whole)) return j;
    s[j * d + j] = sqrt(left);
    for (size_t i = j + 1; i < d; i++) {
      double sum = s[i * d + j];
      for (size_t k = 0; k < j; k++) sum -= s[i * d + k] * s[j * d + k];
      s[i * d + j] = sum / s[j * d + j];
    }
  }
  return d;
}

/* Column c of the inverse: L L' x = e_c. */
static void solve(const double *l, size_t d, size_t c, double *x) {
  for (size_t i = 0; i < d; i++) {
    double sum = i == c;
    for (size_t k = 0; k < i; k++) sum -= l[i * d + k] * x[k];
    x[i] = sum / l[i * d + i];
  }
  for (size_t i = d; i-- > 0;) {
    double sum = x[i];
    for (size_t k = i + 1; k < d; k++) sum -= l[k * d + i] * x[k];
    x[i] = sum / l[i * d + i];
  }
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
  double *s = block, *mean = s + d * d, *column = mean + d;
  covariance(x, ridge, mean, column, s);
  size_t bad = cholesky(s, d);
  ll_status status;
  if (bad < d)
    LL_GOTO(done, ll_fail(ctx, LL_ERR_SINGULAR,
                          "mahalanobis_fit: column %zu of X, %zux%zu, is constant or follows from those before it, so that the "
                          "covariance has no inverse; leave it out, or give a ridge",
                          bad + 1, x->rows, d));
  LL_GOTO(done, ll_matrix_new(ctx, d, d, out));
  for (size_t c = 0; c < d; c++) {
    solve(s, d, c, column);
    for (size_t i = 0; i <= c; i++) out->data[i * d + c] = out->data[c * d + i] = (ll_real)column[i];
  }
done:
  ll_free(ctx, block);
  return status;
}
