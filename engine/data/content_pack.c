/* A data set as bytes: what training needs of it and what it is known by, so that a database can hold it. */
#define ZSTD_STATIC_LINKING_ONLY /* for memory of our own: the shared library exports it, too */
#include <stdio.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "engine/base/ctx.h"
#include "engine/data/content.h"

typedef struct sink {
  ZSTD_CCtx *zstd;
  unsigned char *bytes; /* what was packed */
  size_t size, capacity;
} sink;

static ll_status reserve(ll_ctx *ctx, sink *to, size_t more) {
  if (to->capacity - to->size >= more) return LL_OK;
  void *block = to->bytes;
  size_t wanted = ll_alloc_grown(ctx, to->size + more, 2 * to->capacity + more);
  LL_TRY(ll_realloc(ctx, &block, to->size, wanted));
  to->bytes = block, to->capacity = wanted;
  return LL_OK;
}

static ll_status put(ll_ctx *ctx, sink *to, const void *bytes, size_t n, bool last) {
  ZSTD_inBuffer in = {bytes, n, 0};
  for (size_t left = 1; last ? left != 0 : in.pos < in.size;) {
    LL_TRY(reserve(ctx, to, 1 << 16));
    ZSTD_outBuffer out = {to->bytes, to->capacity, to->size};
    left = ZSTD_compressStream2(to->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    to->size = out.pos;
    if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) return LL_ERR_MEMORY; /* ll_alloc has left the message */
    if (ZSTD_isError(left)) return ll_fail(ctx, LL_ERR_FORMAT, "packing a data set: zstd: %s", ZSTD_getErrorName(left));
  }
  return LL_OK;
}

/* n numbers of `size` bytes, stride bytes apart, byte by byte. */
static ll_status put_numbers(ll_ctx *ctx, sink *to, const void *numbers, size_t stride, size_t n, size_t size) {
  unsigned char block[LL_CONTENT_BLOCK * sizeof(double)];
  const unsigned char *from = numbers;
  for (size_t b = 0; b < size; b++)
    for (size_t i = 0; i < n; i++) block[b * n + i] = from[i * stride + b];
  return put(ctx, to, block, n * size, false);
}

static ll_status put_features(ll_ctx *ctx, sink *to, const ll_data *d) {
  ll_matrix x;
  for (size_t i = 0; i < d->x.rows; i += LL_CONTENT_BLOCK) {
    size_t n = d->x.rows - i < LL_CONTENT_BLOCK ? d->x.rows - i : LL_CONTENT_BLOCK;
    LL_TRY(ll_data_features(ctx, d, i, n, &x));
    ll_status status = LL_OK;
    for (size_t j = 0; j < x.cols && status == LL_OK; j++)
      status = put_numbers(ctx, to, x.data + j, x.stride * sizeof(ll_real), n, sizeof(ll_real));
    ll_matrix_release(ctx, &x);
    LL_TRY(status);
  }
  return LL_OK;
}

/* A column of whole numbers, of an array or else of a matrix. */
static ll_status put_whole(ll_ctx *ctx, sink *to, const uint32_t *whole, const ll_matrix *reals, size_t rows) {
  uint32_t block[LL_CONTENT_BLOCK] = {0};
  for (size_t i = 0; i < rows; i += LL_CONTENT_BLOCK) {
    size_t n = rows - i < LL_CONTENT_BLOCK ? rows - i : LL_CONTENT_BLOCK;
    for (size_t k = 0; k < n; k++) block[k] = whole ? whole[i + k] : (uint32_t)*ll_matrix_row(reals, i + k);
    LL_TRY(put_numbers(ctx, to, block, sizeof *block, n, sizeof *block));
  }
  return LL_OK;
}

/* A column of reals, as doubles. */
static ll_status put_reals(ll_ctx *ctx, sink *to, const ll_matrix *reals) {
  double block[LL_CONTENT_BLOCK];
  for (size_t i = 0; i < reals->rows; i += LL_CONTENT_BLOCK) {
    size_t n = reals->rows - i < LL_CONTENT_BLOCK ? reals->rows - i : LL_CONTENT_BLOCK;
    for (size_t k = 0; k < n; k++) block[k] = (double)*ll_matrix_row(reals, i + k);
    LL_TRY(put_numbers(ctx, to, block, sizeof *block, n, sizeof *block));
  }
  return LL_OK;
}

static ll_content_head head_of(const ll_data *d) {
  const ll_data_info *info = d->info;
  ll_content_head head = {.n_classes = info->n_classes,
                          .n_groups = info->n_groups,
                          .n_domains = info->n_domains,
                          .n_notes = info->n_notes,
                          .optimal_auc = info->optimal_auc,
                          .text = strlen(info->name) + 1};
  head.flags = (info->multiclass ? LL_CONTENT_MULTICLASS : 0u) | (d->missing ? LL_CONTENT_MISSING : 0u) |
               (d->truth.rows ? LL_CONTENT_TRUTH : 0u) | (d->groups ? LL_CONTENT_GROUPS : 0u) |
               (d->domains ? LL_CONTENT_DOMAINS : 0u) | (d->index ? LL_CONTENT_INDEX : 0u) |
               (info->values ? LL_CONTENT_VALUES : 0u) | (d->weights.rows ? LL_CONTENT_WEIGHTS : 0u);
  for (size_t k = 0; k < info->n_columns; k++) head.text += strlen(info->columns[k]) + 1;
  for (size_t k = 0; k < info->n_classes; k++) head.text += strlen(info->classes[k]) + 1;
  for (size_t k = 0; k < info->n_notes; k++) head.text += strlen(info->notes[k]) + 1;
  memcpy(head.hash, info->hash, sizeof head.hash);
  return head;
}

static ll_status put_texts(ll_ctx *ctx, sink *to, const char *const *texts, size_t n) {
  for (size_t k = 0; k < n; k++) LL_TRY(put(ctx, to, texts[k], strlen(texts[k]) + 1, false));
  return LL_OK;
}

static ll_status put_all(ll_ctx *ctx, sink *to, const ll_data *d) {
  const ll_data_info *info = d->info;
  ll_content_head head = head_of(d);
  LL_TRY(put(ctx, to, &head, sizeof head, false));
  LL_TRY(put_texts(ctx, to, &info->name, 1));
  LL_TRY(put_texts(ctx, to, info->columns, info->n_columns));
  LL_TRY(put_texts(ctx, to, info->classes, info->n_classes));
  LL_TRY(put_texts(ctx, to, info->notes, info->n_notes));
  LL_TRY(put_features(ctx, to, d));
  if (info->values) LL_TRY(put_reals(ctx, to, &d->y));
  else LL_TRY(put_whole(ctx, to, NULL, &d->y, d->y.rows));
  if (d->truth.rows) LL_TRY(put_whole(ctx, to, NULL, &d->truth, d->truth.rows));
  if (d->groups) LL_TRY(put_whole(ctx, to, d->groups, NULL, d->x.rows));
  if (d->domains) LL_TRY(put_whole(ctx, to, d->domains, NULL, d->x.rows));
  if (d->index) LL_TRY(put_whole(ctx, to, d->index, NULL, d->x.rows));
  if (d->weights.rows) LL_TRY(put_reals(ctx, to, &d->weights));
  return put(ctx, to, NULL, 0, true);
}

ll_status ll_data_pack(ll_ctx *ctx, const ll_data *data, void **bytes, size_t *n) {
  sink to = {0};
  ll_status status;
  *bytes = NULL, *n = 0;
  LL_GOTO(done, reserve(ctx, &to, LL_CONTENT_LINE));
  to.size = (size_t)snprintf((char *)to.bytes, LL_CONTENT_LINE, LL_CONTENT_MAGIC "%d " LL_PRECISION " %zux%zu\n",
                             LL_CONTENT_VERSION, data->x.rows, data->x.cols);
  to.zstd = ZSTD_createCCtx_advanced((ZSTD_customMem){ll_content_alloc, ll_content_free, ctx});
  if (!to.zstd) {
    status = LL_ERR_MEMORY; /* ll_alloc has left the message */
    goto done;
  }
  ZSTD_CCtx_setParameter(to.zstd, ZSTD_c_checksumFlag, 1);
  LL_GOTO(done, put_all(ctx, &to, data));
  void *block = to.bytes;
  LL_GOTO(done, ll_realloc(ctx, &block, to.size, to.size));
  *bytes = block, *n = to.size;
  to.bytes = NULL;
done:
  ZSTD_freeCCtx(to.zstd);
  ll_free(ctx, to.bytes);
  return status;
}
