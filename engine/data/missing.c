/* Missing cells are NaN until a split fills them: means are taken over training rows only, so that nothing of the test part
 * leaks into what is trained. */
#include "engine/data/missing.h"

#include <math.h>

#include "engine/data/data.h"
#include "engine/data/printable.h"

ll_status ll_data_no_cell(ll_ctx *ctx, const ll_data *data, const char *who, size_t row, size_t col) {
  char shown[LL_PRINTABLE];
  const char *name = data->info->columns[col];
  return ll_fail(ctx, LL_ERR_NUMBER,
                 "%s of %s: row %zu, column %zu (\"%s\") is missing; splits and folds fill such cells by the training part's means",
                 who, data->info->name, row + 1, col + 1, ll_printable(shown, name));
}

ll_status ll_data_no_missing(ll_ctx *ctx, const ll_data *data, const char *who) {
  size_t row, col;
  bool found;
  if (!data->missing) return LL_OK;
  LL_TRY(ll_data_find_bad(ctx, data, &found, &row, &col));
  return found ? ll_data_no_cell(ctx, data, who, row, col) : LL_OK;
}

ll_status ll_data_means(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, double *means) {
  size_t d = data->x.cols;
  void *block;
  if (!rows) n = data->x.rows;
  LL_TRY(ll_calloc(ctx, &block, d, sizeof(ll_sum) + sizeof(size_t)));
  ll_sum *sums = block;
  size_t *counts = (size_t *)(sums + d);
  ll_view_walk walk = {.data = data, .rows = rows, .n = n};
  ll_status status = ll_view_walk_open(ctx, &walk);
  while (status == LL_OK && ll_view_walk_next(&walk))
    for (size_t i = 0; i < walk.count; i++) {
      const ll_real *row = ll_view_walk_row(&walk, i);
      for (size_t j = 0; j < d; j++)
        if (!isnan(row[j])) ll_sum_add(&sums[j], (double)row[j]), counts[j]++;
    }
  ll_view_walk_close(ctx, &walk);
  for (size_t j = 0; j < d && status == LL_OK; j++) {
    char shown[LL_PRINTABLE];
    const char *name = data->info->columns[j];
    if (counts[j]) means[j] = ll_sum_value(&sums[j]) / (double)counts[j];
    else
      status = ll_fail(ctx, LL_ERR_NUMBER, "%s: column %zu (\"%s\") is missing in all %zu rows that its mean is taken over",
                       data->info->name, j + 1, ll_printable(shown, name), n);
  }
  ll_free(ctx, block);
  return status;
}

ll_status ll_data_fill(ll_ctx *ctx, const ll_data *data, const double *means, ll_data **out) {
  if (data->view) return ll_data_part(ctx, data, NULL, 0, &(ll_data_changes){.fill = means}, true, out);
  LL_TRY(ll_data_subset(ctx, data, NULL, 0, NULL, out));
  for (size_t i = 0; i < (*out)->x.rows; i++) {
    ll_real *row = ll_matrix_row(&(*out)->x, i);
    for (size_t j = 0; j < (*out)->x.cols; j++)
      if (isnan(row[j])) row[j] = (ll_real)means[j];
  }
  (*out)->missing = false;
  return LL_OK;
}
