/* Matrices as bytes: a format of our own, whose first line a person can read with `head -1`, and NumPy's .npy. Reading trusts
 * nothing: each word and the length are checked before a matrix is made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/ctx.h"
#include "engine/matrix/npy.h"
#include "losslab/file.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "matrices are written as they stand in memory: little-endian"
#endif

/* The line before the numbers; its length. */
static size_t head_of(const ll_matrix *m, bool npy, char head[LL_NPY_HEAD]) {
  if (npy) return ll_npy_head(m, head);
  return (size_t)snprintf(head, LL_NPY_HEAD, LL_LAYOUT_MAGIC " " LL_PRECISION " %zux%zu\n", m->rows, m->cols);
}

ll_status ll_matrix_pack(ll_ctx *ctx, const ll_matrix *m, bool npy, void **bytes, size_t *n) {
  char head[LL_NPY_HEAD];
  *bytes = NULL, *n = 0;
  size_t at = head_of(m, npy, head);
  size_t row = m->cols * sizeof(ll_real), total = at + m->rows * row;
  LL_TRY(ll_alloc(ctx, bytes, total));
  unsigned char *to = *bytes;
  memcpy(to, head, at);
  for (size_t i = 0; i < m->rows && row; i++) memcpy(to + at + i * row, ll_matrix_row(m, i), row);
  *n = total;
  return LL_OK;
}

ll_status ll_matrix_unpack(ll_ctx *ctx, const void *bytes, size_t n, const char *name, ll_matrix *out) {
  ll_layout layout;
  *out = (ll_matrix){0};
  LL_TRY(ll_layout_parse(ctx, bytes, n, name, &layout));
  LL_TRY(ll_layout_check(ctx, &layout, name, n - layout.start));
  LL_TRY(ll_matrix_new(ctx, layout.rows, layout.cols, out));
  ll_status status =
      ll_layout_numbers(ctx, &layout, name, (const unsigned char *)bytes + layout.start, 0, layout.rows * layout.cols, out);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static bool ends_in(const char *path, const char *ending) {
  size_t n = strlen(path), m = strlen(ending);
  return n >= m && strcmp(path + n - m, ending) == 0;
}

ll_status ll_matrix_write(ll_ctx *ctx, const ll_matrix *m, const char *path) {
  char head[LL_NPY_HEAD];
  size_t n = head_of(m, ends_in(path, ".npy"), head), row = m->cols * sizeof(ll_real);
  ll_file *file;
  LL_TRY(ll_file_begin(ctx, path, true, &file));
  ll_status status = ll_file_put(ctx, file, head, n);
  for (size_t i = 0; i < m->rows && row && status == LL_OK; i++) status = ll_file_put(ctx, file, ll_matrix_row(m, i), row);
  if (status == LL_OK) return ll_file_end(ctx, file);
  ll_file_drop(ctx, file);
  return status;
}

static ll_status read_bytes(ll_ctx *ctx, FILE *file, const char *path, unsigned char *to, size_t n, size_t *got) {
  *got = fread(to, 1, n, file);
  return ferror(file) ? ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", path, strerror(errno)) : LL_OK;
}

/* Makes room for so many bytes in a block of n, and fills it as far as the file goes. */
static ll_status grow(ll_ctx *ctx, FILE *file, const char *path, size_t wanted, void **block, size_t *n) {
  size_t got;
  wanted = ll_alloc_grown(ctx, *n + 1, wanted);
  LL_TRY(ll_realloc(ctx, block, *n, wanted));
  LL_TRY(read_bytes(ctx, file, path, (unsigned char *)*block + *n, wanted - *n, &got));
  *n += got;
  return LL_OK;
}

/* A header may claim any length, so the block grows only with what the file has. */
static ll_status read_head(ll_ctx *ctx, FILE *file, const char *path, void **block, size_t *n) {
  size_t wanted;
  while ((wanted = ll_layout_head(*block, *n)) > *n && !feof(file))
    LL_TRY(grow(ctx, file, path, wanted < 2 * *n + 4096 ? wanted : 2 * *n + 4096, block, n));
  return LL_OK;
}

/* The numbers behind the header, of which n bytes have been read, in pieces. */
static ll_status read_numbers(ll_ctx *ctx, FILE *file, const char *path, const ll_layout *layout, const unsigned char *bytes,
                              size_t n, ll_matrix *out) {
  enum { PIECE = 1 << 18 };
  size_t held = n - layout->start, first = held / layout->size, count = layout->rows * layout->cols, room = held, got;
  void *block;
  if (first > count) first = count; /* the file has grown since */
  LL_TRY(ll_matrix_new(ctx, layout->rows, layout->cols, out));
  LL_TRY(ll_layout_numbers(ctx, layout, path, bytes + layout->start, 0, first, out));
  LL_TRY(ll_alloc(ctx, &block, PIECE));
  unsigned char *piece = block;
  ll_status status = LL_OK;
  held = first < count ? held % layout->size : 0; /* bytes of a number that has begun */
  memcpy(piece, bytes + n - held, held);
  do {
    LL_GOTO(done, read_bytes(ctx, file, path, piece + held, PIECE - held, &got));
    held += got, room += got;
    size_t whole = held / layout->size < count - first ? held / layout->size : count - first;
    LL_GOTO(done, ll_layout_numbers(ctx, layout, path, piece, first, whole, out));
    first += whole;
    memmove(piece, piece + whole * layout->size, held % layout->size);
    held %= layout->size;
  } while (got);
  status = ll_layout_check(ctx, layout, path, room);
done:
  ll_free(ctx, block);
  return status;
}

ll_status ll_matrix_read(ll_ctx *ctx, const char *path, ll_matrix *out) {
  void *block = NULL;
  size_t n = 0;
  ll_layout layout;
  struct stat about;
  ll_status status = LL_OK;
  *out = (ll_matrix){0};
  FILE *file = fopen(path, "rb");
  if (!file) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  LL_GOTO(done, read_head(ctx, file, path, &block, &n));
  if (fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && (size_t)about.st_size >= n && n > 0) {
    LL_GOTO(done, ll_layout_parse(ctx, block, n, path, &layout));
    LL_GOTO(done, ll_layout_check(ctx, &layout, path, (size_t)about.st_size - layout.start));
    LL_GOTO(done, read_numbers(ctx, file, path, &layout, block, n, out));
  } else { /* of a pipe the header's claims are believed only once all of it is there; but it must be one */
    LL_GOTO(done, ll_layout_parse(ctx, block, n, path, &layout));
    while (!feof(file)) LL_GOTO(done, grow(ctx, file, path, 2 * n + 4096, &block, &n));
    LL_GOTO(done, ll_matrix_unpack(ctx, block, n, path, out));
  }
done:
  if (status == LL_ERR_MEMORY) (void)ll_fail(ctx, status, "%s: %s", path, ll_message(ctx));
  fclose(file);
  ll_free(ctx, block);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  return ll_ctx_memory_for(ctx, status, path);
}
