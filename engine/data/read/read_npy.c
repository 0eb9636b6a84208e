/* NumPy's .npy: features (n,d) in one file, labels (n,) in another, both read as matrices are. */
#include <stdio.h>
#include <string.h>

#include "engine/data/read/reader.h"

/* [out] NAME_labels.npy beside NAME.npy, with the same .gz or .zst behind; freed with ll_free. */
static ll_status labels_beside(ll_ctx *ctx, const char *path, char **out) {
  const char *slash = strrchr(path, '/'), *suffix = NULL;
  for (const char *p = strstr(slash ? slash : path, ".npy"); p; p = strstr(p + 1, ".npy")) suffix = p;
  size_t before = suffix ? (size_t)(suffix - path) : strlen(path);
  void *block;
  size_t size = strlen(path) + sizeof "_labels";
  LL_TRY(ll_alloc(ctx, &block, size));
  *out = block;
  snprintf(*out, size, "%.*s_labels%s", (int)before, path, suffix ? suffix : "");
  return LL_OK;
}

/* The labels' bytes go into the features' hash, after the features'. */
static ll_status take_labels(ll_ctx *ctx, const char *path, ll_source *features, size_t n, ll_builder *b) {
  ll_source source;
  ll_matrix y = {0};
  ll_status status = LL_OK;
  unsigned seen = 0;
  bool binary = true;
  LL_TRY(ll_source_open(ctx, path, &source));
  LL_GOTO(cleanup, ll_source_whole(ctx, &source));
  ll_hasher_wait(&features->hasher);
  ll_hash_add(&features->hasher.hash, source.bytes, source.size);
  LL_GOTO(cleanup, ll_matrix_unpack(ctx, source.bytes, source.size, path, &y));
  if (ll_matrix_count(&y) != n || (y.rows != n && y.rows != 1)) {
    status = ll_fail(ctx, LL_ERR_SHAPE, "%s: labels %zux%zu for the %zu rows of %s", path, y.rows, y.cols, n, features->path);
    goto cleanup;
  }
  LL_GOTO(cleanup, ll_matrix_new(ctx, n, 1, &b->y));
  for (size_t i = 0; i < n && binary; i++) binary = ll_builder_label((double)y.data[i], &seen, &b->y.data[i]);
  b->multiclass = !binary;
  for (size_t i = 0; i < n && !binary; i++) {
    double value = (double)y.data[i];
    uint32_t number;
    if (!(value > -1e15 && value < 1e15 && value == (double)(int64_t)value)) {
      status = ll_fail(ctx, LL_ERR_LABEL, "%s: the label of row %zu is %g; whole numbers are needed", path, i + 1, value);
      goto cleanup;
    }
    LL_GOTO(cleanup, ll_builder_class(ctx, &b->classes, value, &number));
    b->y.data[i] = (ll_real)number;
  }
cleanup:
  ll_matrix_release(ctx, &y);
  ll_source_close(ctx, &source);
  return status;
}

static ll_status read_npy(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  char *beside = NULL;
  size_t row, col;
  LL_TRY(ll_source_whole(ctx, source));
  LL_TRY(ll_matrix_unpack(ctx, source->bytes, source->size, source->path, &builder->x));
  const ll_matrix *x = &builder->x;
  if (ll_matrix_count(x) == 0) return ll_fail(ctx, LL_ERR_FORMAT, "%s: features %zux%zu are empty", source->path, x->rows, x->cols);
  if (x->rows > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%s: %zu rows; at most %u", source->path, x->rows, UINT32_MAX);
  if (ll_matrix_find_bad(x, &row, &col))
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu is no finite %s number", source->path, row + 1, col + 1,
                   LL_PRECISION);
  LL_TRY(ll_builder_columns(ctx, &builder->columns, x->cols));
  const char *labels = options->labels;
  if (!labels) {
    LL_TRY(labels_beside(ctx, source->path, &beside));
    labels = beside;
  }
  ll_status status = take_labels(ctx, labels, source, x->rows, builder);
  ll_free(ctx, beside);
  return status;
}

const ll_reader_desc ll_reader_npy = {
    .format.name = "npy",
    .format.summary = "NumPy's array of features, with NAME_labels.npy beside",
    .format.suffixes = {".npy"},
    .format.options = LL_READ_LABELS,
    .read = read_npy,
};
