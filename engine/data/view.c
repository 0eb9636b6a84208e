/* What is gathered goes through blocks that stay in the processor's nearest cache while they are converted, filled and scaled. */
#include "engine/data/view.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/data/view_kernels.h"

enum { BLOCK = 256, WALK = 1024 };

static const struct {
  const char *name;
  size_t bytes;
  char kind;
} types[] = {[LL_VIEW_REAL] = {LL_PRECISION, sizeof(ll_real), 0},
             [LL_VIEW_FLOAT] = {"float", sizeof(float), 'f'},
             [LL_VIEW_HALF] = {"float16", 2, 'f'},
             [LL_VIEW_UINT8] = {"uint8", 1, 'u'},
             [LL_VIEW_INT8] = {"int8", 1, 'i'},
             [LL_VIEW_UINT16] = {"uint16", 2, 'u'},
             [LL_VIEW_INT16] = {"int16", 2, 'i'}};
_Static_assert(sizeof types / sizeof *types == LL_VIEW_TYPES, "a row for each type");

size_t ll_view_type_bytes(ll_view_type type) { return types[type].bytes; }
const char *ll_view_type_name(ll_view_type type) { return types[type].name; }

ll_view_type ll_view_type_of(char kind, size_t bytes) {
  ll_view_type type = LL_VIEW_FLOAT;
  while (type < LL_VIEW_TYPES && !(types[type].kind == kind && types[type].bytes == bytes)) type++;
  return type == LL_VIEW_FLOAT && sizeof(ll_real) == sizeof(float) ? LL_VIEW_TYPES : type;
}

static const ll_view_kernels *kernels(void) { return LL_ISA_PICK(ll_view_kernels); }

/* ---- making and giving back -------------------------------------------------------------------------------------------- */

static ll_status table_new(ll_ctx *ctx, ll_view_type type, size_t rows, size_t cols, ll_view_table **out) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  *out = block;
  **out = (ll_view_table){.refs = 1, .type = type, .rows = rows, .cols = cols, .row_bytes = cols * types[type].bytes};
  return LL_OK;
}

static void table_release(ll_ctx *ctx, ll_view_table *table) {
  if (!table || --table->refs) return;
  ll_matrix_release(ctx, &table->matrix);
  ll_free(ctx, table->block);
  ll_free(ctx, table->largest);
  ll_free(ctx, table);
}

/* Takes over the table's reference, also on failure. */
static ll_status over(ll_ctx *ctx, ll_view_table *table, size_t n, ll_view **out) {
  void *block;
  ll_status status = ll_calloc(ctx, &block, 1, sizeof **out);
  if (status != LL_OK) {
    table_release(ctx, table);
    return status;
  }
  *out = block;
  **out = (ll_view){.refs = 1, .n = n, .table = table};
  return LL_OK;
}

ll_status ll_view_new(ll_ctx *ctx, ll_view_type type, size_t rows, size_t cols, ll_view **out, unsigned char **elements) {
  ll_view_table *table;
  size_t bytes;
  *out = NULL;
  if (__builtin_mul_overflow(rows, cols * types[type].bytes, &bytes))
    return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: %zux%zu elements asked for", rows, cols);
  LL_TRY(table_new(ctx, type, rows, cols, &table));
  ll_status status = ll_alloc(ctx, &table->block, bytes);
  if (status != LL_OK) {
    table_release(ctx, table);
    return status;
  }
  table->elements = *elements = table->block;
  return over(ctx, table, rows, out);
}

ll_view *ll_view_retain(ll_view *view) {
  view->refs++;
  return view;
}

void ll_view_release(ll_ctx *ctx, ll_view *view) {
  if (!view || --view->refs) return;
  table_release(ctx, view->table);
  ll_free(ctx, view->rows);
  ll_free(ctx, view->fill);
  ll_free(ctx, view);
}

/* A view of a set's matrix as it is, or of a copy of what its view gives. */
static ll_status whole(ll_ctx *ctx, const ll_data *data, bool copied, ll_view **out) {
  ll_view_table *table;
  size_t rows = data->x.rows, cols = data->x.cols;
  if (data->view && !copied) {
    *out = ll_view_retain(data->view);
    return LL_OK;
  }
  LL_TRY(table_new(ctx, LL_VIEW_REAL, rows, cols, &table));
  ll_status status = LL_OK;
  if (data->view) {
    status = ll_matrix_new(ctx, rows, cols, &table->matrix);
    if (status == LL_OK) ll_view_gather(data->view, NULL, 0, rows, table->matrix.data);
  } else if (ll_matrix_contiguous(&data->x)) table->matrix = ll_matrix_share(&data->x);
  else status = ll_matrix_copy(ctx, &data->x, &table->matrix);
  if (status != LL_OK) {
    table_release(ctx, table);
    return status;
  }
  table->elements = (const unsigned char *)table->matrix.data;
  return over(ctx, table, rows, out);
}

static ll_status take_numbers(ll_ctx *ctx, const ll_view *base, const double *fill, const ll_scaler *scaler, ll_view *v) {
  size_t cols = base->table->cols;
  const double *mean = scaler ? scaler->mean : base->mean, *scale = scaler ? scaler->scale : base->scale;
  void *block;
  if (base->fill && !isnan(base->fill[0])) fill = base->fill; /* nothing is missing any more */
  if (!fill && !mean) return LL_OK;
  LL_TRY(ll_alloc(ctx, &block, 3 * cols * sizeof(double)));
  v->fill = block;
  for (size_t j = 0; j < cols; j++) v->fill[j] = fill ? fill[j] : NAN;
  if (!mean) return LL_OK;
  v->mean = v->fill + cols, v->scale = v->mean + cols;
  memcpy(v->mean, mean, cols * sizeof *mean);
  memcpy(v->scale, scale, cols * sizeof *scale);
  return LL_OK;
}

ll_status ll_view_of(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const double *fill, const ll_scaler *scaler,
                     ll_view **out) {
  ll_status status = LL_OK;
  ll_view *base, *v = NULL;
  void *block;
  *out = NULL;
  if (!rows) n = data->x.rows;
  LL_TRY(whole(ctx, data, data->view && data->view->mean && (scaler || fill), &base));
  base->table->refs++;
  LL_GOTO(done, over(ctx, base->table, n, &v));
  LL_GOTO(done, take_numbers(ctx, base, fill, scaler, v));
  LL_GOTO(done, ll_alloc(ctx, &block, n * sizeof *v->rows));
  v->rows = block;
  for (size_t i = 0; i < n; i++) {
    uint32_t row = rows ? rows[i] : (uint32_t)i;
    v->rows[i] = base->rows ? base->rows[row] : row;
  }
  *out = v;
done:
  if (status != LL_OK) ll_view_release(ctx, v);
  ll_view_release(ctx, base);
  return status;
}

/* ---- gathering ----------------------------------------------------------------------------------------------------------- */

static void complete(const ll_view *view, size_t n, ll_real *out) {
  size_t cols = view->table->cols;
  if (view->fill && !isnan(view->fill[0]))
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < cols; j++)
        if (isnan(out[i * cols + j])) out[i * cols + j] = (ll_real)view->fill[j];
  if (view->mean) kernels()->scale(out, n, cols, view->mean, view->scale);
}

void ll_view_gather(const ll_view *view, const uint32_t *order, size_t first, size_t n, ll_real *out) {
  const ll_view_table *t = view->table;
  uint32_t numbers[BLOCK];
  for (size_t at = 0; at < n; at += BLOCK, out += BLOCK * t->cols) {
    size_t count = n - at < BLOCK ? n - at : BLOCK;
    const uint32_t *rows = view->rows ? view->rows + first + at : NULL;
    if (order) {
      for (size_t i = 0; i < count; i++) numbers[i] = view->rows ? view->rows[order[at + i]] : order[at + i];
      rows = numbers;
    }
    kernels()->gather[t->type](rows ? t->elements : t->elements + (first + at) * t->row_bytes, t->row_bytes, rows, count, t->cols,
                               out);
    complete(view, count, out);
  }
}

double ll_view_element(const ll_view *view, size_t row, size_t col) {
  const ll_view_table *t = view->table;
  size_t at = view->rows ? view->rows[row] : row;
  ll_real x;
  kernels()->gather[t->type](t->elements + at * t->row_bytes + col * types[t->type].bytes, 0, NULL, 1, 1, &x);
  if (view->fill && isnan(x)) x = (ll_real)view->fill[col];
  if (view->mean) kernels()->scale(&x, 1, 1, view->mean + col, view->scale + col);
  return (double)x;
}

/* Whether no element can leave the range of ll_real when it is scaled, by the largest of each column. NaN is not seen here. */
static bool within(const ll_view_table *t, const ll_view *view) {
  double most = (sizeof(ll_real) == sizeof(float) ? (double)FLT_MAX : DBL_MAX) / 4;
  for (size_t j = 0; j < t->cols; j++)
    if (!((t->largest[j] + fabs(view->mean[j])) * view->scale[j] < most)) return false;
  return true;
}

static ll_status find_largest(ll_ctx *ctx, ll_view_table *t) {
  void *block, *rows;
  LL_TRY(ll_calloc(ctx, &block, t->cols, sizeof(double)));
  ll_status status = ll_alloc(ctx, &rows, BLOCK * t->cols * sizeof(ll_real));
  if (status != LL_OK) {
    ll_free(ctx, block);
    return status;
  }
  for (size_t at = 0; at < t->rows; at += BLOCK) {
    size_t count = t->rows - at < BLOCK ? t->rows - at : BLOCK;
    kernels()->gather[t->type](t->elements + at * t->row_bytes, t->row_bytes, NULL, count, t->cols, rows);
    kernels()->largest(rows, count, t->cols, block);
  }
  ll_free(ctx, rows);
  t->largest = block;
  return LL_OK;
}

ll_status ll_view_find_bad(ll_ctx *ctx, const ll_view *view, bool *found, size_t *row, size_t *col) {
  const ll_data whole_view = {.x = {.rows = view->n, .cols = view->table->cols}, .view = (ll_view *)(uintptr_t)view};
  ll_view_walk walk = {.data = &whole_view};
  *found = false;
  LL_TRY(ll_view_walk_open(ctx, &walk));
  while (!*found && ll_view_walk_next(&walk)) *found = ll_matrix_find_bad(&walk.block, row, col);
  if (*found) *row += walk.at;
  ll_view_walk_close(ctx, &walk);
  return LL_OK;
}

ll_status ll_view_find_far(ll_ctx *ctx, const ll_view *view, bool *found, size_t *row, size_t *col) {
  *found = false;
  if (!view->mean) return LL_OK;
  if (!view->table->largest) LL_TRY(find_largest(ctx, view->table));
  return within(view->table, view) ? LL_OK : ll_view_find_bad(ctx, view, found, row, col);
}

/* ---- walking -------------------------------------------------------------------------------------------------------------- */

ll_status ll_view_walk_open(ll_ctx *ctx, ll_view_walk *walk) {
  const ll_matrix *x = &walk->data->x;
  if (!walk->rows) walk->n = x->rows;
  walk->at = walk->count = 0;
  walk->block = (ll_matrix){0};
  return walk->data->view ? ll_matrix_new(ctx, walk->n < WALK ? walk->n : WALK, x->cols, &walk->block) : LL_OK;
}

bool ll_view_walk_next(ll_view_walk *walk) {
  walk->at += walk->count;
  walk->count = walk->n - walk->at < WALK ? walk->n - walk->at : WALK;
  if (walk->count == 0 || !walk->data->view) return walk->count > 0;
  walk->block.rows = walk->count;
  ll_view_gather(walk->data->view, walk->rows ? walk->rows + walk->at : NULL, walk->at, walk->count, walk->block.data);
  return true;
}

void ll_view_walk_close(ll_ctx *ctx, ll_view_walk *walk) { ll_matrix_release(ctx, &walk->block); }
