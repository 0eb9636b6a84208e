/* Standardising: the mean in one pass, the squared deviations from it in a second, both in double, whole rows at a time
 * so that the columns' sums are made side by side. */
#include <math.h>
#include <string.h>

#include "losslab/data.h"

/* The deviation of a column whose squares overflow or underflow: distances are taken in units of the largest one. */
static double far_deviation(const ll_matrix *x, const uint32_t *rows, size_t n, size_t col, double mean) {
  double largest = 0, squares = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)ll_matrix_row(x, rows ? rows[i] : i)[col] - mean));
  for (size_t i = 0; i < n && largest > 0; i++) {
    double unit = ((double)ll_matrix_row(x, rows ? rows[i] : i)[col] - mean) / largest;
    squares += unit * unit;
  }
  return largest * sqrt(squares / (double)n);
}

ll_status ll_scaler_fit(ll_ctx *ctx, const ll_matrix *x, const uint32_t *rows, size_t n, ll_scaler *out) {
  size_t d = x->cols;
  *out = (ll_scaler){0};
  if (!rows) n = x->rows;
  if (n == 0) return ll_fail(ctx, LL_ERR_SHAPE, "standardising fitted to no rows");
  for (size_t i = 0; rows && i < n; i++)
    if (rows[i] >= x->rows)
      return ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for (place %zu of %zu) of %zu", (size_t)rows[i] + 1, i + 1, n, x->rows);
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 2 * d, sizeof(double)));
  double *restrict mean = block, *restrict scale = mean + d;
  /* In a constant column the differences from the first row, and so their sum, are exactly 0, and the mean is exactly its value. */
  const ll_real *first = ll_matrix_row(x, rows ? rows[0] : 0);
  for (size_t i = 0; i < n; i++) {
    const ll_real *row = ll_matrix_row(x, rows ? rows[i] : i);
    for (size_t j = 0; j < d; j++) mean[j] += (double)row[j] - (double)first[j];
  }
  for (size_t j = 0; j < d; j++) mean[j] = (double)first[j] + mean[j] / (double)n;
  for (size_t i = 0; i < n; i++) {
    const ll_real *row = ll_matrix_row(x, rows ? rows[i] : i);
    for (size_t j = 0; j < d; j++) {
      double deviation = (double)row[j] - mean[j];
      scale[j] += deviation * deviation;
    }
  }
  for (size_t j = 0; j < d; j++) {
    double deviation = isnormal(scale[j]) || scale[j] == 0 ? sqrt(scale[j] / (double)n) : far_deviation(x, rows, n, j, mean[j]);
    scale[j] = deviation > 0 ? 1 / deviation : 0;
  }
  *out = (ll_scaler){d, mean, scale};
  return LL_OK;
}

void ll_scaler_free(ll_ctx *ctx, ll_scaler *scaler) {
  ll_free(ctx, scaler->mean); /* one block with scale */
  *scaler = (ll_scaler){0};
}
