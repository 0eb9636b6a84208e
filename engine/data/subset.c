/* Parts of a set: rows of it, copied or as a view of them, standardised in the same pass. */
#include <string.h>

#include "engine/data/data.h"
#include "engine/data/missing.h"
#include "engine/data/view_kernels.h"

enum { BLOCK = 256 };

ll_status ll_data_check_rows(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n) {
  for (size_t i = 0; rows && i < n; i++)
    if (rows[i] >= data->x.rows)
      return ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for (place %zu of %zu), but %s has %zu rows", (size_t)rows[i] + 1, i + 1, n,
                     data->info->name, data->x.rows);
  return LL_OK;
}

static ll_status gather_numbers(ll_ctx *ctx, const uint32_t *numbers, const uint32_t *rows, size_t n, uint32_t **out) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * sizeof **out));
  *out = block;
  for (size_t i = 0; i < n; i++) {
    uint32_t row = rows ? rows[i] : (uint32_t)i;
    (*out)[i] = numbers ? numbers[row] : row;
  }
  return LL_OK;
}

static ll_status gather_column(ll_ctx *ctx, const ll_matrix *m, const uint32_t *rows, size_t n, ll_matrix *out) {
  return rows ? ll_matrix_gather(ctx, m, rows, n, out) : ll_matrix_copy(ctx, m, out);
}

void ll_data_gather(const ll_data *data, const uint32_t *rows, size_t first, size_t n, ll_real *out) {
  size_t cols = data->x.cols;
  if (data->view) ll_view_gather(data->view, rows, first, n, out);
  else
    for (size_t i = 0; i < n; i++) memcpy(out + i * cols, ll_matrix_row(&data->x, rows ? rows[i] : first + i), cols * sizeof *out);
}

/* What is wrong with the element of the part's row and column that left the range, in words of the set that it is a part of. */
static ll_status too_far(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, const ll_scaler *scaler, size_t row, size_t col) {
  size_t of = rows ? rows[row] : row;
  double value = data->view ? ll_view_element(data->view, of, col) : (double)ll_matrix_row(&data->x, of)[col];
  return ll_fail(ctx, LL_ERR_NUMBER,
                 "standardising %s: row %zu, column %zu (\"%s\") leaves the range of %s numbers: %g, with mean %g and deviation %g",
                 data->info->name, of + 1, col + 1, data->info->columns[col], LL_PRECISION, value, scaler->mean[col],
                 1 / scaler->scale[col]);
}

static ll_status copy_features(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler,
                               ll_data *d) {
  const ll_view_kernels *k = LL_ISA_PICK(ll_view_kernels);
  size_t cols = data->x.cols, row, col;
  LL_TRY(ll_matrix_new(ctx, n, cols, &d->x));
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t count = n - at < BLOCK ? n - at : BLOCK;
    ll_real *to = ll_matrix_row(&d->x, at);
    ll_data_gather(data, rows ? rows + at : NULL, at, count, to);
    if (scaler) k->scale(to, count, cols, scaler->mean, scaler->scale);
  }
  if (scaler && ll_matrix_find_bad(&d->x, &row, &col)) return too_far(ctx, data, rows, scaler, row, col);
  d->missing = data->missing && ll_matrix_find_bad(&d->x, &row, &col);
  return LL_OK;
}

static ll_status view_features(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_data_changes *c,
                               ll_data *d) {
  bool found = false;
  size_t row, col;
  LL_TRY(ll_view_of(ctx, data, rows, n, c->fill, c->scaler, &d->view));
  d->x = (ll_matrix){.rows = n, .cols = data->x.cols, .stride = data->x.cols};
  if (c->scaler) LL_TRY(ll_view_find_far(ctx, d->view, &found, &row, &col));
  if (found) return too_far(ctx, data, rows, c->scaler, row, col);
  if (data->missing && !c->fill) LL_TRY(ll_view_find_bad(ctx, d->view, &d->missing, &row, &col));
  return LL_OK;
}

ll_status ll_data_part(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_data_changes *c, bool view,
                       ll_data **out) {
  ll_status status = LL_OK;
  size_t cols = data->x.cols, row, col;
  *out = NULL;
  if (!rows) n = data->x.rows;
  if (n == 0) return ll_fail(ctx, LL_ERR_SHAPE, "a subset of %s without rows", data->info->name);
  if (c->scaler && c->scaler->cols != cols)
    return ll_fail(ctx, LL_ERR_SHAPE, "a scaler fitted to %zu columns on %s, which has %zu", c->scaler->cols, data->info->name,
                   cols);
  LL_TRY(ll_data_check_rows(ctx, data, rows, n));
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  ll_data *d = block;
  d->info = data->info;
  ll_data_shared_of(d)->refs++;
  if (c->scaler && data->missing && !c->fill) {
    bool bad = true;
    LL_GOTO(fail, ll_data_find_bad(ctx, data, &bad, &row, &col));
    if (bad) status = ll_data_no_cell(ctx, data, "standardising", row, col);
    if (bad) goto fail;
  }
  if (view) LL_GOTO(fail, view_features(ctx, data, rows, n, c, d));
  else LL_GOTO(fail, copy_features(ctx, data, rows, n, c->scaler, d));
  LL_GOTO(fail, gather_column(ctx, &data->y, rows, n, &d->y));
  if (data->weights.rows) LL_GOTO(fail, gather_column(ctx, &data->weights, rows, n, &d->weights));
  if (data->truth.rows) LL_GOTO(fail, gather_column(ctx, &data->truth, rows, n, &d->truth));
  if (data->groups) LL_GOTO(fail, gather_numbers(ctx, data->groups, rows, n, &d->groups));
  if (data->domains) LL_GOTO(fail, gather_numbers(ctx, data->domains, rows, n, &d->domains));
  /* Where the table is that of the whole set its rows are the part's index, and are kept once. */
  const ll_view *of = data->view, *is = d->view;
  if (is && (!data->index || (of && data->index == of->rows && of->table == is->table))) d->index = is->rows;
  else LL_GOTO(fail, gather_numbers(ctx, data->index, rows, n, &d->index));
  *out = d;
  return LL_OK;
fail:
  ll_data_free(ctx, d);
  return status;
}

ll_status ll_data_subset(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out) {
  return ll_data_part(ctx, data, rows, n, &(ll_data_changes){.scaler = scaler}, false, out);
}

ll_status ll_data_view(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out) {
  return ll_data_part(ctx, data, rows, n, &(ll_data_changes){.scaler = scaler}, true, out);
}

ll_status ll_data_features(ll_ctx *ctx, const ll_data *data, size_t first, size_t n, ll_matrix *out) {
  if (!data->view) return ll_matrix_view(ctx, &data->x, first, 0, n, data->x.cols, out);
  *out = (ll_matrix){0};
  if (n > data->x.rows || first > data->x.rows - n)
    return ll_fail(ctx, LL_ERR_SHAPE, "rows %zu..%zu of %s, which has %zu", first + 1, first + n, data->info->name, data->x.rows);
  LL_TRY(ll_matrix_new(ctx, n, data->x.cols, out));
  ll_view_gather(data->view, NULL, first, n, out->data);
  return LL_OK;
}

ll_status ll_data_find_bad(ll_ctx *ctx, const ll_data *data, bool *found, size_t *row, size_t *col) {
  if (data->view) return ll_view_find_bad(ctx, data->view, found, row, col);
  *found = ll_matrix_find_bad(&data->x, row, col);
  return LL_OK;
}

const char *ll_data_type(const ll_data *data) { return ll_view_type_name(data->view ? data->view->table->type : LL_VIEW_REAL); }

size_t ll_data_bytes(const ll_data *data) {
  size_t n = data->x.rows, bytes = (n + data->weights.rows) * sizeof(ll_real);
  if (!data->view) return bytes + ll_matrix_count(&data->x) * sizeof(ll_real);
  if (data->view->rows) return bytes + n * sizeof(uint32_t);
  return bytes + data->view->table->rows * data->view->table->row_bytes;
}
