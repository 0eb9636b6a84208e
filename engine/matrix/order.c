/* Orders and places of elements. */
#include <math.h>

#include "engine/matrix/rowwise.h"
#include "losslab/linalg.h"

ll_status ll_matrix_argsort(ll_ctx *ctx, const ll_matrix *m, bool descending, uint32_t *order) {
  ll_matrix minus = {0};
  ll_status status = LL_OK;
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++)
      if (isnan(ll_matrix_row(m, i)[j]))
        return ll_fail(ctx, LL_ERR_NUMBER, "argsort: element (%zu, %zu) is NaN, which has no place in an order", i + 1, j + 1);
  if (descending) LL_TRY(ll_matrix_new(ctx, 1, m->cols, &minus));
  for (size_t i = 0; i < m->rows && status == LL_OK; i++) {
    const ll_real *row = ll_matrix_row(m, i);
    for (size_t j = 0; j < m->cols && descending; j++) minus.data[j] = -row[j];
    status = ll_argsort(ctx, descending ? minus.data : row, m->cols, order + i * m->cols);
  }
  ll_matrix_release(ctx, &minus);
  return status;
}

ll_status ll_matrix_extreme(ll_ctx *ctx, const ll_matrix *m, bool largest, size_t *row, size_t *col) {
  if (ll_matrix_count(m) == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "a matrix %zux%zu has no %s element", m->rows, m->cols, largest ? "largest" : "smallest");
  ll_rowwise_extreme_of(m, largest, row, col);
  return LL_OK;
}

ll_status ll_matrix_row_extremes(ll_ctx *ctx, const ll_matrix *m, bool largest, uint32_t *places) {
  if (m->rows && !m->cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "a row of a matrix %zux%zu has no %s element", m->rows, m->cols,
                   largest ? "largest" : "smallest");
  for (size_t i = 0; i < m->rows; i++) places[i] = (uint32_t)ll_rowwise_extreme(ll_matrix_row(m, i), m->cols, largest);
  return LL_OK;
}

ll_status ll_matrix_one_hot(ll_ctx *ctx, const ll_matrix *labels, size_t classes, ll_matrix *out) {
  *out = (ll_matrix){0};
  if (labels->cols != 1) return ll_fail(ctx, LL_ERR_SHAPE, "one_hot: labels are a column, not %zux%zu", labels->rows, labels->cols);
  for (size_t i = 0; i < labels->rows; i++) {
    double label = (double)ll_matrix_row(labels, i)[0];
    if (!(label >= 1 && label <= (double)classes) || label != floor(label))
      return ll_fail(ctx, LL_ERR_LABEL, "one_hot: label %g in row %zu is none of 1..%zu", label, i + 1, classes);
  }
  LL_TRY(ll_matrix_zeros(ctx, labels->rows, classes, out));
  for (size_t i = 0; i < labels->rows; i++) ll_matrix_row(out, i)[(size_t)ll_matrix_row(labels, i)[0] - 1] = 1;
  return LL_OK;
}
