/* A data set out of bytes that anybody may have written: each number is checked before it is used, and what is held is the set, a
 * window of zstd and a block of rows. */
#define ZSTD_STATIC_LINKING_ONLY /* for memory of our own: the shared library exports it, too */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "engine/data/content.h"
#include "engine/data/data.h"

typedef struct content {
  const char *name; /* for messages */
  ZSTD_DCtx *zstd;
  ZSTD_inBuffer in;
  size_t rows, cols, size; /* size of a feature's number: 4 or 8 */
  size_t left;             /* what zstd said last: 0 at the end of the frame */
} content;

static ll_status damaged(ll_ctx *ctx, const content *c, const char *what) {
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: a damaged data set at byte %zu of %zu: %s", c->name, c->in.pos, c->in.size, what);
}

/* ---- the line ---------------------------------------------------------------------------------------------------------- */

/* A whole number at *at, which moves behind it; false if there is none, or one beyond 2^48. */
static bool take_number(const char *text, size_t n, size_t *at, size_t *out) {
  size_t start = *at;
  for (*out = 0; *at < n && text[*at] >= '0' && text[*at] <= '9'; ++*at) {
    *out = 10 * *out + (size_t)(text[*at] - '0');
    if (*out > (size_t)1 << 48) return false;
  }
  return *at > start;
}

static bool take_word(const char *text, size_t n, size_t *at, const char *word) {
  size_t size = strlen(word);
  if (n - *at < size || memcmp(text + *at, word, size) != 0) return false;
  *at += size;
  return true;
}

static ll_status take_line(ll_ctx *ctx, content *c) {
  const char *text = c->in.src;
  size_t n = c->in.size < LL_CONTENT_LINE ? c->in.size : LL_CONTENT_LINE, at = 0, version;
  if (!take_word(text, n, &at, LL_CONTENT_MAGIC) || !take_number(text, n, &at, &version) || !take_word(text, n, &at, " "))
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: no packed data set: it does not begin with \"" LL_CONTENT_MAGIC "%d\"", c->name,
                   LL_CONTENT_VERSION);
  if (version != LL_CONTENT_VERSION)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: a data set packed in version %zu of the format; this losslab reads version %d", c->name,
                   version, LL_CONTENT_VERSION);
  if (take_word(text, n, &at, "float ")) c->size = sizeof(float);
  else if (take_word(text, n, &at, "double ")) c->size = sizeof(double);
  if (!c->size || !take_number(text, n, &at, &c->rows) || !take_word(text, n, &at, "x") || !take_number(text, n, &at, &c->cols) ||
      !take_word(text, n, &at, "\n"))
    return damaged(ctx, c, "its first line was not understood");
  if (c->rows == 0 || c->cols == 0 || c->rows > UINT32_MAX || c->cols > SIZE_MAX / sizeof(double) / c->rows)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: a damaged data set: %zux%zu features", c->name, c->rows, c->cols);
  if (c->size < sizeof(ll_real))
    return ll_fail(ctx, LL_ERR_FORMAT,
                   "%s: a data set packed in float precision, which has not the digits of double; losslab reads it, "
                   "losslab-double does not",
                   c->name);
  c->in.pos = at;
  return LL_OK;
}

/* ---- the frame --------------------------------------------------------------------------------------------------------- */

static ll_status get_some(ll_ctx *ctx, content *c, ZSTD_outBuffer *out) {
  size_t at = c->in.pos, had = out->pos;
  c->left = ZSTD_decompressStream(c->zstd, out, &c->in);
  if (ZSTD_getErrorCode(c->left) == ZSTD_error_memory_allocation) return LL_ERR_MEMORY; /* ll_alloc has left the message */
  if (ZSTD_isError(c->left)) return damaged(ctx, c, ZSTD_getErrorName(c->left));
  if (c->in.pos == at && out->pos == had) return damaged(ctx, c, "it ends too early");
  return LL_OK;
}

static ll_status get(ll_ctx *ctx, content *c, void *to, size_t n) {
  for (ZSTD_outBuffer out = {to, n, 0}; out.pos < n;) {
    if (c->left == 0) return damaged(ctx, c, "it ends too early");
    LL_TRY(get_some(ctx, c, &out));
  }
  return LL_OK;
}

/* What was read is all there is, and its checksum is right. */
static ll_status get_end(ll_ctx *ctx, content *c) {
  unsigned char more;
  for (ZSTD_outBuffer out = {&more, 1, 0}; c->left;) {
    LL_TRY(get_some(ctx, c, &out));
    if (out.pos) return damaged(ctx, c, "it is longer than its first line says");
  }
  return c->in.pos == c->in.size ? LL_OK : damaged(ctx, c, "something follows it");
}

/* n numbers of `size` bytes, at most a block, to places `stride` bytes apart. */
static ll_status get_numbers(ll_ctx *ctx, content *c, void *numbers, size_t stride, size_t n, size_t size) {
  unsigned char block[LL_CONTENT_BLOCK * sizeof(double)] = {0}, *to = numbers;
  LL_TRY(get(ctx, c, block, n * size));
  for (size_t b = 0; b < size; b++)
    for (size_t i = 0; i < n; i++) to[i * stride + b] = block[b * n + i];
  return LL_OK;
}

/* ---- the set ----------------------------------------------------------------------------------------------------------- */

static ll_status take_features(ll_ctx *ctx, content *c, ll_data *d, bool missing) {
  size_t row, col;
  LL_TRY(ll_matrix_new(ctx, c->rows, c->cols, &d->x));
  for (size_t i = 0; i < c->rows; i += LL_CONTENT_BLOCK) {
    size_t n = c->rows - i < LL_CONTENT_BLOCK ? c->rows - i : LL_CONTENT_BLOCK;
    for (size_t j = 0; j < c->cols; j++) {
      if (c->size == sizeof(ll_real)) {
        LL_TRY(get_numbers(ctx, c, ll_matrix_row(&d->x, i) + j, d->x.stride * sizeof(ll_real), n, sizeof(ll_real)));
        continue;
      }
      double wide[LL_CONTENT_BLOCK];
      LL_TRY(get_numbers(ctx, c, wide, sizeof *wide, n, sizeof *wide));
      for (size_t k = 0; k < n; k++) {
        ll_real x = fabs(wide[k]) <= (double)FLT_MAX || isnan(wide[k]) ? (ll_real)wide[k] : 0;
        if (!isnan(wide[k]) && (double)x != wide[k])
          return ll_fail(ctx, LL_ERR_FORMAT,
                         "%s: a data set packed in double precision, whose digits float has not: row %zu, column %zu is %.17g; "
                         "losslab-double reads it",
                         c->name, i + k + 1, j + 1, wide[k]);
        ll_matrix_row(&d->x, i + k)[j] = x;
      }
    }
  }
  for (size_t i = 0; i < c->rows; i++)
    for (size_t j = 0; j < c->cols; j++) {
      double x = (double)ll_matrix_row(&d->x, i)[j];
      if (isnan(x) && missing) d->missing = true;
      else if (!isfinite(x)) {
        row = i, col = j;
        return ll_fail(ctx, LL_ERR_FORMAT, "%s: a damaged data set: row %zu, column %zu is %g", c->name, row + 1, col + 1, x);
      }
    }
  return LL_OK;
}

/* A column of whole numbers low..high-1, into an array of their own or a new matrix. */
static ll_status take_whole(ll_ctx *ctx, content *c, const char *what, uint64_t low, uint64_t high, uint32_t **whole,
                            ll_matrix *reals) {
  uint32_t block[LL_CONTENT_BLOCK];
  if (reals) LL_TRY(ll_matrix_new(ctx, c->rows, 1, reals));
  else {
    void *memory;
    LL_TRY(ll_alloc(ctx, &memory, c->rows * sizeof **whole));
    *whole = memory;
  }
  for (size_t i = 0; i < c->rows; i += LL_CONTENT_BLOCK) {
    size_t n = c->rows - i < LL_CONTENT_BLOCK ? c->rows - i : LL_CONTENT_BLOCK;
    LL_TRY(get_numbers(ctx, c, block, sizeof *block, n, sizeof *block));
    for (size_t k = 0; k < n; k++) {
      if (block[k] < low || block[k] >= high)
        return ll_fail(ctx, LL_ERR_FORMAT, "%s: a damaged data set: %s of row %zu is %u", c->name, what, i + k + 1, block[k]);
      if (reals) *ll_matrix_row(reals, i + k) = (ll_real)block[k];
      else (*whole)[i + k] = block[k];
    }
  }
  return LL_OK;
}

/* A column of doubles into a new matrix; least: what each is at least. */
static ll_status take_reals(ll_ctx *ctx, content *c, const char *what, double least, ll_matrix *reals) {
  double block[LL_CONTENT_BLOCK];
  LL_TRY(ll_matrix_new(ctx, c->rows, 1, reals));
  for (size_t i = 0; i < c->rows; i += LL_CONTENT_BLOCK) {
    size_t n = c->rows - i < LL_CONTENT_BLOCK ? c->rows - i : LL_CONTENT_BLOCK;
    LL_TRY(get_numbers(ctx, c, block, sizeof *block, n, sizeof *block));
    for (size_t k = 0; k < n; k++) {
      ll_real value = (ll_real)block[k];
      if (!isfinite(block[k]) || !(block[k] >= least))
        return ll_fail(ctx, LL_ERR_FORMAT, "%s: a damaged data set: %s of row %zu is %g", c->name, what, i + k + 1, block[k]);
      if (!((double)value >= block[k] && (double)value <= block[k]))
        return ll_fail(ctx, LL_ERR_FORMAT,
                       "%s: a data set packed in double precision, whose digits float has not: %s of row %zu is %.17g; "
                       "losslab-double reads it",
                       c->name, what, i + k + 1, block[k]);
      *ll_matrix_row(reals, i + k) = value;
    }
  }
  return LL_OK;
}

/* [out] n texts from *at on; false if they do not end in time. */
static ll_status list_texts(ll_ctx *ctx, const content *c, const char **at, const char *end, size_t n, const char ***list) {
  void *block = NULL;
  if (n) LL_TRY(ll_alloc(ctx, &block, n * sizeof **list));
  *list = block;
  for (size_t k = 0; k < n; k++) {
    const char *stop = memchr(*at, 0, (size_t)(end - *at));
    if (!stop) return damaged(ctx, c, "its texts are fewer than it says");
    (*list)[k] = *at, *at = stop + 1;
  }
  return LL_OK;
}

static ll_status take_info(ll_ctx *ctx, content *c, const ll_content_head *head, ll_data *d) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_data_shared)));
  ll_data_shared *shared = block;
  ll_data_info *info = &shared->info;
  d->info = info;
  shared->refs = 1;
  info->optimal_auc = head->optimal_auc;
  info->multiclass = head->flags & LL_CONTENT_MULTICLASS, info->values = head->flags & LL_CONTENT_VALUES;
  info->n_groups = head->n_groups, info->n_domains = head->n_domains;
  memcpy(info->hash, head->hash, sizeof head->hash);
  LL_TRY(ll_alloc(ctx, &shared->text[0], head->text));
  LL_TRY(get(ctx, c, shared->text[0], head->text));
  const char *at = shared->text[0], *end = at + head->text, *stop = memchr(at, 0, head->text);
  if (!stop) return damaged(ctx, c, "it has no name");
  info->name = at, info->path = "", at = stop + 1;
  LL_TRY(list_texts(ctx, c, &at, end, c->cols, &info->columns));
  info->n_columns = c->cols;
  LL_TRY(list_texts(ctx, c, &at, end, head->n_classes, &info->classes));
  info->n_classes = head->n_classes;
  LL_TRY(list_texts(ctx, c, &at, end, head->n_notes, &info->notes));
  info->n_notes = head->n_notes;
  return at == end ? LL_OK : damaged(ctx, c, "its texts are more than it says");
}

static ll_status check_head(ll_ctx *ctx, const content *c, const ll_content_head *h) {
  static const char digits[] = "0123456789abcdef";
  uint64_t texts = 1 + (uint64_t)c->cols + h->n_classes + h->n_notes; /* each has a byte at least */
  if (h->flags > LL_CONTENT_FLAGS) return damaged(ctx, c, "it has a part that this losslab does not know");
  if (h->n_classes > 1 << 24 || h->n_notes > UINT32_MAX || h->text > (uint64_t)1 << 48 || h->text < texts)
    return damaged(ctx, c, "its texts are fewer than it says");
  bool values = h->flags & LL_CONTENT_VALUES;
  if (values && (h->n_classes || h->flags & LL_CONTENT_MULTICLASS)) return damaged(ctx, c, "classes of real values");
  if (!values && (h->n_classes < 2 || (!(h->flags & LL_CONTENT_MULTICLASS) && h->n_classes != 2)))
    return damaged(ctx, c, "its classes");
  if (h->n_groups > UINT32_MAX || h->n_domains > UINT32_MAX) return damaged(ctx, c, "its groups");
  if (!isnan(h->optimal_auc) && !(h->optimal_auc >= 0 && h->optimal_auc <= 1)) return damaged(ctx, c, "its optimal AUC");
  for (size_t k = 0; k < sizeof h->hash; k++)
    if (!h->hash[k] || !strchr(digits, h->hash[k])) return damaged(ctx, c, "its hash");
  return LL_OK;
}

static ll_status take_set(ll_ctx *ctx, content *c, ll_data *d) {
  ll_content_head head;
  LL_TRY(get(ctx, c, &head, sizeof head));
  LL_TRY(check_head(ctx, c, &head));
  LL_TRY(take_info(ctx, c, &head, d));
  uint64_t first = head.flags & LL_CONTENT_MULTICLASS ? 1 : 0;
  LL_TRY(take_features(ctx, c, d, head.flags & LL_CONTENT_MISSING));
  if (head.flags & LL_CONTENT_VALUES) LL_TRY(take_reals(ctx, c, "the value", -INFINITY, &d->y));
  else LL_TRY(take_whole(ctx, c, "the label", first, first + head.n_classes, NULL, &d->y));
  if (head.flags & LL_CONTENT_TRUTH) LL_TRY(take_whole(ctx, c, "the truth", 0, 2, NULL, &d->truth));
  if (head.flags & LL_CONTENT_GROUPS) LL_TRY(take_whole(ctx, c, "the group", 0, head.n_groups, &d->groups, NULL));
  if (head.flags & LL_CONTENT_DOMAINS) LL_TRY(take_whole(ctx, c, "the domain", 0, head.n_domains, &d->domains, NULL));
  if (head.flags & LL_CONTENT_INDEX) LL_TRY(take_whole(ctx, c, "the number", 0, UINT32_MAX, &d->index, NULL));
  if (head.flags & LL_CONTENT_WEIGHTS) LL_TRY(take_reals(ctx, c, "the weight", 0, &d->weights));
  return get_end(ctx, c);
}

ll_status ll_data_unpack(ll_ctx *ctx, const void *bytes, size_t n, const char *name, ll_data **out) {
  content c = {.name = name, .in = {bytes, n, 0}, .left = 1};
  ll_data *d = NULL;
  ll_status status;
  void *block;
  *out = NULL;
  LL_TRY(take_line(ctx, &c));
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof *d));
  d = block;
  c.zstd = ZSTD_createDCtx_advanced((ZSTD_customMem){ll_content_alloc, ll_content_free, ctx});
  if (!c.zstd) {
    status = LL_ERR_MEMORY; /* ll_alloc has left the message */
    goto done;
  }
  ZSTD_DCtx_setParameter(c.zstd, ZSTD_d_windowLogMax, LL_CONTENT_WINDOW);
  LL_GOTO(done, take_set(ctx, &c, d));
  *out = d, d = NULL;
done:
  ZSTD_freeDCtx(c.zstd);
  ll_data_free(ctx, d);
  return status;
}
