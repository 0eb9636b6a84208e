/* Views of features: rows of one table by their numbers, whatever the elements of the table are, filled and standardised when they
 * are gathered. A part of a set then costs 4 bytes a row, and what is gathered has the bits of a copy made beforehand.
 *
 * A set with a view has no matrix: x.data is NULL, x.rows and x.cols say its shape. */
#ifndef LOSSLAB_ENGINE_VIEW_H
#define LOSSLAB_ENGINE_VIEW_H

#include "losslab/data.h"

typedef enum ll_view_type {
  LL_VIEW_REAL, /* ll_real */
  LL_VIEW_FLOAT,
  LL_VIEW_HALF, /* IEEE's 16 bits */
  LL_VIEW_UINT8,
  LL_VIEW_INT8,
  LL_VIEW_UINT16,
  LL_VIEW_INT16,
  LL_VIEW_TYPES
} ll_view_type;

/* Elements as they lie in memory, row by row without gaps, shared by all views of them; ll_real holds each exactly. */
typedef struct ll_view_table {
  size_t refs;
  ll_view_type type;
  size_t rows, cols, row_bytes;
  const unsigned char *elements;
  ll_matrix matrix; /* what keeps the elements: a matrix, or the block */
  void *block;
  double *largest; /* [opt] of each column the size of its largest element; made when first asked for */
} ll_view_table;

/* Row i is row rows[i] of the table: converted, then fill[j] in the place of NaN, then (x - mean[j]) scale[j]. */
typedef struct ll_view {
  size_t refs;
  size_t n;
  ll_view_table *table;
  uint32_t *rows;       /* [opt] n of them */
  double *fill;         /* [opt] one block with mean and scale */
  double *mean, *scale; /* [opt] */
} ll_view;

/* The bytes of an element; the type's name: "float16". */
size_t ll_view_type_bytes(ll_view_type type);
const char *ll_view_type_name(ll_view_type type);
/* The type of whole ('i', 'u') or floating ('f') numbers of so many bytes; LL_VIEW_TYPES where ll_real does not hold all of them,
 * or where they are ll_real. */
ll_view_type ll_view_type_of(char kind, size_t bytes);

/* [out] a view of all rows of a new table of such elements, which the caller fills (*elements). LL_ERR_MEMORY. */
ll_status ll_view_new(ll_ctx *ctx, ll_view_type type, size_t rows, size_t cols, ll_view **out, unsigned char **elements);
ll_view *ll_view_retain(ll_view *view);
void ll_view_release(ll_ctx *ctx, ll_view *view); /* NULL is allowed */

/* [out] of a set, the rows listed (NULL: all), which are its rows, with means for missing cells [opt] and a scaler [opt] that come
 * after what the set's own view does. Where that has a scaler already, a copy is made first. LL_ERR_MEMORY. */
ll_status ll_view_of(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const double *fill, const ll_scaler *scaler,
                     ll_view **out);

/* The n rows from `first` on, or those numbered order[0..n) [opt], which are rows of the view; contiguous, n × cols. */
void ll_view_gather(const ll_view *view, const uint32_t *order, size_t first, size_t n, ll_real *out);
/* An element, as gathered. */
double ll_view_element(const ll_view *view, size_t row, size_t col);
/* The first element that is NaN or infinite as gathered: LL_OK and its place; or *found is false. LL_ERR_MEMORY. */
ll_status ll_view_find_bad(ll_ctx *ctx, const ll_view *view, bool *found, size_t *row, size_t *col);

/* The same of a view with a scaler, where elements that are all finite before it may leave the range; mostly told without a look at
 * each. */
ll_status ll_view_find_far(ll_ctx *ctx, const ll_view *view, bool *found, size_t *row, size_t *col);

/* Rows of a set one block after another, of its matrix or of its view: `data` is set, then ll_view_next gives false after the last.
 */
typedef struct ll_view_walk {
  const ll_data *data;
  const uint32_t *rows; /* [opt] those rows of the set */
  size_t n;             /* of them; without rows: 0 stands for all */
  size_t at, count;     /* the block: count rows, of which the first is number `at` of the walk */
  ll_matrix block;      /* what a view is gathered into */
} ll_view_walk;
ll_status ll_view_walk_open(ll_ctx *ctx, ll_view_walk *walk);
bool ll_view_walk_next(ll_view_walk *walk);
/* Row i of the block. */
static inline const ll_real *ll_view_walk_row(const ll_view_walk *w, size_t i) {
  if (w->block.rows) return ll_matrix_row(&w->block, i);
  return ll_matrix_row(&w->data->x, w->rows ? w->rows[w->at + i] : w->at + i);
}
void ll_view_walk_close(ll_ctx *ctx, ll_view_walk *walk);

#endif
