/* Elements are put in order here, once, so that whoever gathers them meets one form of each type. */
#include "engine/data/read/compact.h"

#include <string.h>

ll_status ll_compact_begin(ll_ctx *ctx, const ll_read_options *o, char kind, const ll_compact *like, ll_builder *b,
                           ll_compact *out) {
  ll_view_type type = ll_view_type_of(kind, like->size);
  double bytes = (double)like->rows * (double)like->cols * sizeof(ll_real);
  bool kept = o->type ? strcmp(o->type, LL_READ_TYPE_FILE) == 0 : o->keep && bytes >= (double)o->keep;
  *out = *like;
  out->elements = NULL;
  if (!kept || type == LL_VIEW_TYPES) return LL_OK;
  b->x = (ll_matrix){.rows = like->rows, .cols = like->cols, .stride = like->cols};
  return ll_view_new(ctx, type, like->rows, like->cols, &b->view, &out->elements);
}

static void take_one(const ll_compact *c, unsigned char *to, const unsigned char *from) {
  for (size_t k = 0; k < c->size; k++) to[k] = from[c->swapped ? c->size - 1 - k : k];
}

void ll_compact_take(const ll_compact *c, const unsigned char *from, size_t first, size_t n) {
  if (!c->by_columns && (!c->swapped || c->size == 1)) {
    memcpy(c->elements + first * c->size, from, n * c->size);
    return;
  }
  for (size_t k = 0; k < n; k++) {
    size_t at = first + k, place = c->by_columns ? at % c->rows * c->cols + at / c->rows : at;
    take_one(c, c->elements + place * c->size, from + k * c->size);
  }
}

ll_status ll_compact_finite(ll_ctx *ctx, const ll_builder *b, const char *path) {
  size_t row, col;
  bool bad;
  if (b->view) LL_TRY(ll_view_find_bad(ctx, b->view, &bad, &row, &col));
  else bad = ll_matrix_find_bad(&b->x, &row, &col);
  if (!bad) return LL_OK;
  return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu is no finite %s number", path, row + 1, col + 1, LL_PRECISION);
}
