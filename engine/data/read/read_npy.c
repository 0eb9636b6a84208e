/* NumPy's .npy: features (n,d) in one file, labels (n,) in another. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/data/read/compact.h"
#include "engine/data/read/elements.h"
#include "engine/data/read/reader.h"
#include "engine/data/read/whole_labels.h"
#include "engine/matrix/layout.h"

/* [out] NAME_labels.npy beside NAME.npy, with the same .gz or .zst behind; freed with ll_free. */
static ll_status labels_beside(ll_ctx *ctx, const char *path, char **out) {
  const char *slash = strrchr(path, '/'), *suffix = NULL;
  for (const char *p = slash ? slash : path; *p; p++)
    if (strncasecmp(p, ".npy", 4) == 0) suffix = p;
  size_t before = suffix ? (size_t)(suffix - path) : strlen(path);
  void *block;
  size_t size = strlen(path) + sizeof "_labels";
  LL_TRY(ll_alloc(ctx, &block, size));
  *out = block;
  snprintf(*out, size, "%.*s_labels%s", (int)before, path, suffix ? suffix : "");
  return LL_OK;
}

/* Reads the head of a file; *at moves behind it. */
static ll_status parse(ll_ctx *ctx, ll_source *source, const unsigned char **at, ll_layout *layout) {
  size_t wanted, room;
  while ((wanted = ll_layout_head(*at, (size_t)(source->bytes + source->size - *at))) > source->size && !source->ended)
    LL_TRY(ll_source_need(ctx, source, at, wanted));
  LL_TRY(ll_layout_parse(ctx, *at, source->size, source->path, layout));
  *at += layout->start;
  double claimed = (double)layout->rows * (double)layout->cols * (double)layout->size;
  LL_TRY(ll_elements_room(ctx, source, at, claimed, &room));
  return ll_layout_check(ctx, layout, source->path, room);
}

typedef struct filling {
  ll_ctx *ctx;
  const char *path;
  ll_layout layout;
  ll_builder *b;
  ll_compact kept;
  ll_whole_labels labels;
} filling;

static ll_status take_labels(void *to, const unsigned char *elements, size_t first, size_t n) {
  filling *f = to;
  for (size_t i = 0; i < n; i++, elements += f->layout.size) {
    size_t row = first + i;
    if (f->layout.kind != 'f') {
      uint64_t bits = ll_layout_integer(&f->layout, elements);
      bool negative = f->layout.kind == 'i' && bits >> 63;
      LL_TRY(ll_whole_labels_add(f->ctx, &f->labels, row, negative, negative ? -bits : bits));
      continue;
    }
    double value = ll_layout_number(&f->layout, elements);
    if (!isfinite(value) || value != floor(value))
      return ll_fail(f->ctx, LL_ERR_LABEL, "%s: the label of row %zu is %g; whole numbers are needed", f->path, row + 1, value);
    LL_TRY(ll_whole_labels_add_real(f->ctx, &f->labels, row, value));
  }
  return LL_OK;
}

/* The labels' bytes go into the features' hash, after the features'. */
static ll_status read_labels(ll_ctx *ctx, const char *path, ll_source *features, size_t n, ll_builder *b) {
  ll_source source;
  filling f = {.ctx = ctx, .path = path, .b = b, .labels = {.builder = b}};
  size_t room;
  ll_status status = LL_OK;
  LL_TRY(ll_source_open_after(ctx, path, features, &source));
  const unsigned char *at = source.bytes;
  LL_GOTO(cleanup, parse(ctx, &source, &at, &f.layout));
  size_t rows = f.layout.rows, cols = f.layout.cols;
  if (!(rows == n && cols == 1) && !(rows == 1 && cols == n)) {
    status = ll_fail(ctx, LL_ERR_SHAPE, "%s: labels %zux%zu for the %zu rows of %s", path, rows, cols, n, features->path);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b->y));
  LL_GOTO(cleanup, ll_elements_take(ctx, &source, at, f.layout.size, n, take_labels, &f, &room));
  LL_GOTO(cleanup, ll_layout_check(ctx, &f.layout, path, room));
  ll_whole_labels_finish(ctx, &f.labels, n, !b->positive);
cleanup:
  ll_source_close(ctx, &source);
  return ll_source_told(ctx, &source, status);
}

static ll_status take_features(void *to, const unsigned char *elements, size_t first, size_t n) {
  filling *f = to;
  const ll_layout *l = &f->layout;
  ll_matrix *x = &f->b->x;
  if (f->kept.elements) {
    ll_compact_take(&f->kept, elements, first, n);
    return LL_OK;
  }
  LL_TRY(ll_layout_numbers(f->ctx, l, f->path, elements, first, n, x));
  if (l->size <= 2 || (l->kind == 'f' && l->size <= sizeof(float))) return LL_OK; /* single precision holds them */
  for (size_t i = 0; i < n; i++) {
    size_t at = first + i, row = l->by_columns ? at % l->rows : at / l->cols, col = l->by_columns ? at / l->rows : at % l->cols;
    LL_TRY(ll_lost_digits_look(f->ctx, &f->b->lost, x, row, col, ll_layout_number(l, elements + i * l->size)));
  }
  return LL_OK;
}

static ll_status read_npy(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  filling f = {.ctx = ctx, .path = source->path, .b = builder};
  const ll_layout *l = &f.layout;
  const unsigned char *at = source->bytes;
  char *beside = NULL;
  size_t room;
  LL_TRY(parse(ctx, source, &at, &f.layout));
  if (l->rows == 0 || l->cols == 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: features %zux%zu are empty", source->path, l->rows, l->cols);
  const ll_compact like = {.rows = l->rows, .cols = l->cols, .size = l->size, .by_columns = l->by_columns, .swapped = l->swapped};
  LL_TRY(ll_compact_begin(ctx, options, l->kind, &like, builder, &f.kept));
  if (!f.kept.elements) LL_TRY(ll_matrix_new(ctx, l->rows, l->cols, &builder->x));
  LL_TRY(ll_elements_take(ctx, source, at, l->size, l->rows * l->cols, take_features, &f, &room));
  LL_TRY(ll_layout_check(ctx, l, source->path, room));
  LL_TRY(ll_compact_finite(ctx, builder, source->path));
  LL_TRY(ll_builder_columns(ctx, &builder->columns, l->cols));
  const char *labels = options->labels;
  if (!labels) {
    LL_TRY(labels_beside(ctx, source->path, &beside));
    labels = beside;
  }
  ll_status status = read_labels(ctx, labels, source, l->rows, builder);
  ll_free(ctx, beside);
  return status;
}

const ll_reader_desc ll_reader_npy = {
    .format.name = "npy",
    .format.summary = "NumPy's array of features, with NAME_labels.npy beside",
    .format.suffixes = {".npy"},
    .format.options = LL_READ_LABELS | LL_READ_POSITIVE | LL_READ_TYPE,
    .read = read_npy,
};
