/* Standardising: the mean in one pass, the squared deviations from it in a second, both in double, whole rows at a time
 * so that the columns' sums are made side by side. */
#include <math.h>

#include "engine/data/data.h"

/* The deviation of a column whose squares overflow or underflow: distances are taken in units of the largest one. */
static ll_status far_deviation(ll_ctx *ctx, ll_view_walk *walk, size_t col, double mean, double *out) {
  double largest = 0, squares = 0;
  LL_TRY(ll_view_walk_open(ctx, walk));
  while (ll_view_walk_next(walk))
    for (size_t i = 0; i < walk->count; i++) largest = fmax(largest, fabs((double)ll_view_walk_row(walk, i)[col] - mean));
  ll_view_walk_close(ctx, walk);
  LL_TRY(ll_view_walk_open(ctx, walk));
  while (largest > 0 && ll_view_walk_next(walk))
    for (size_t i = 0; i < walk->count; i++) {
      double unit = ((double)ll_view_walk_row(walk, i)[col] - mean) / largest;
      squares += unit * unit;
    }
  ll_view_walk_close(ctx, walk);
  *out = largest * sqrt(squares / (double)walk->n);
  return LL_OK;
}

/* In a constant column the differences from the first row, and so their sum, are exactly 0, and the mean is exactly its value. */
static ll_status find_means(ll_ctx *ctx, ll_view_walk *walk, double *restrict mean, double *restrict first) {
  size_t d = walk->data->x.cols;
  LL_TRY(ll_view_walk_open(ctx, walk));
  while (ll_view_walk_next(walk)) {
    for (size_t j = 0; j < d && walk->at == 0; j++) first[j] = (double)ll_view_walk_row(walk, 0)[j];
    for (size_t i = 0; i < walk->count; i++) {
      const ll_real *row = ll_view_walk_row(walk, i);
      for (size_t j = 0; j < d; j++) mean[j] += (double)row[j] - first[j];
    }
  }
  ll_view_walk_close(ctx, walk);
  for (size_t j = 0; j < d; j++) mean[j] = first[j] + mean[j] / (double)walk->n;
  return LL_OK;
}

static ll_status find_squares(ll_ctx *ctx, ll_view_walk *walk, const double *restrict mean, double *restrict squares) {
  size_t d = walk->data->x.cols;
  LL_TRY(ll_view_walk_open(ctx, walk));
  while (ll_view_walk_next(walk))
    for (size_t i = 0; i < walk->count; i++) {
      const ll_real *row = ll_view_walk_row(walk, i);
      for (size_t j = 0; j < d; j++) {
        double deviation = (double)row[j] - mean[j];
        squares[j] += deviation * deviation;
      }
    }
  ll_view_walk_close(ctx, walk);
  return LL_OK;
}

ll_status ll_scaler_fit_data(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, ll_scaler *out) {
  size_t d = data->x.cols;
  ll_status status = LL_OK;
  ll_view_walk walk = {.data = data, .rows = rows, .n = rows ? n : data->x.rows};
  *out = (ll_scaler){0};
  if (walk.n == 0) return ll_fail(ctx, LL_ERR_SHAPE, "standardising fitted to no rows");
  for (size_t i = 0; rows && i < n; i++)
    if (rows[i] >= data->x.rows)
      return ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for (place %zu of %zu) of %zu", (size_t)rows[i] + 1, i + 1, n, data->x.rows);
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 3 * d, sizeof(double)));
  double *mean = block, *scale = mean + d;
  LL_GOTO(fail, find_means(ctx, &walk, mean, scale + d));
  LL_GOTO(fail, find_squares(ctx, &walk, mean, scale));
  for (size_t j = 0; j < d; j++) {
    double deviation = sqrt(scale[j] / (double)walk.n);
    if (!isnormal(scale[j]) && scale[j] != 0) LL_GOTO(fail, far_deviation(ctx, &walk, j, mean[j], &deviation));
    scale[j] = deviation > 0 ? 1 / deviation : 0;
  }
  *out = (ll_scaler){d, mean, scale};
  return LL_OK;
fail:
  ll_free(ctx, block);
  return status;
}

ll_status ll_scaler_fit(ll_ctx *ctx, const ll_matrix *x, const uint32_t *rows, size_t n, ll_scaler *out) {
  return ll_scaler_fit_data(ctx, &(ll_data){.x = *x}, rows, n, out);
}

void ll_scaler_free(ll_ctx *ctx, ll_scaler *scaler) {
  ll_free(ctx, scaler->mean); /* one block with scale */
  *scaler = (ll_scaler){0};
}
