/* Matrices as bytes: a format of our own, whose first line a person can read with `head -1`, and NumPy's .npy. Reading trusts
 * nothing: each word and the length are checked before a matrix is made. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/matrix/npy.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "matrices are written as they stand in memory: little-endian"
#endif

#define MAGIC "losslab matrix 1"

ll_status ll_matrix_pack(ll_ctx *ctx, const ll_matrix *m, bool npy, void **bytes, size_t *n) {
  char head[LL_NPY_HEAD];
  *bytes = NULL, *n = 0;
  size_t at =
      npy ? ll_npy_head(m, head) : (size_t)snprintf(head, sizeof head, MAGIC " " LL_PRECISION " %zux%zu\n", m->rows, m->cols);
  size_t row = m->cols * sizeof(ll_real), total = at + m->rows * row;
  LL_TRY(ll_alloc(ctx, bytes, total));
  unsigned char *to = *bytes;
  memcpy(to, head, at);
  for (size_t i = 0; i < m->rows && row; i++) memcpy(to + at + i * row, ll_matrix_row(m, i), row);
  *n = total;
  return LL_OK;
}

static ll_status parse_own(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout) {
  char line[128], precision[8], end;
  const unsigned char *newline = memchr(bytes, '\n', n < sizeof line ? n : sizeof line);
  if (!newline) return ll_fail(ctx, LL_ERR_FORMAT, "%s: the first line does not end within its first %zu bytes", name, sizeof line);
  size_t length = (size_t)(newline - bytes);
  memcpy(line, bytes, length);
  line[length] = '\0';
  unsigned long long rows, cols;
  if (sscanf(line, MAGIC " %7s %llux%llu%c", precision, &rows, &cols, &end) != 3 || strchr(line, '-'))
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: the first line is not understood: \"%.60s\"", name, sizeof MAGIC, line);
  bool wide = strcmp(precision, "double") == 0;
  if (!wide && strcmp(precision, "float") != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: precision \"%s\": float or double expected", name, sizeof MAGIC, precision);
  *layout = (ll_layout){.kind = 'f', .size = wide ? 8 : 4, .rows = (size_t)rows, .cols = (size_t)cols, .start = length + 1};
  return LL_OK;
}

/* IEEE's 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent     ? ldexp(fraction + 1024, exponent - 25)
                               : ldexp(fraction, -24);
  return bits >> 15 ? -size : size;
}

static double number(const unsigned char *at, const ll_layout *layout) {
  union {
    float f;
    double d;
    int8_t i1;
    int16_t i2;
    uint16_t u2;
    int32_t i4;
    int64_t i8;
    uint64_t u;
  } as = {.u = 0};
  if (layout->swapped)
    for (size_t k = 0; k < layout->size; k++) ((unsigned char *)&as)[k] = at[layout->size - 1 - k];
  else memcpy(&as, at, layout->size);
  switch (layout->kind == 'f' ? layout->size * 16 : layout->kind == 'i' ? layout->size : 0) {
  case 32: return half(as.u2);
  case 64: return (double)as.f;
  case 128: return as.d;
  case 1: return as.i1;
  case 2: return as.i2;
  case 4: return as.i4;
  case 8: return (double)as.i8;
  default: return (double)as.u; /* unsigned, and booleans */
  }
}

ll_status ll_matrix_unpack(ll_ctx *ctx, const void *bytes, size_t n, const char *name, ll_matrix *out) {
  const unsigned char *from = bytes;
  ll_layout layout;
  size_t count, size;
  *out = (ll_matrix){0};
  if (n >= sizeof MAGIC && memcmp(from, MAGIC " ", sizeof MAGIC) == 0) LL_TRY(parse_own(ctx, from, n, name, &layout));
  else if (n >= 6 && memcmp(from, "\x93NUMPY", 6) == 0) LL_TRY(ll_npy_parse(ctx, from, n, name, &layout));
  else
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte 0: not a matrix: it begins neither with \"" MAGIC "\" nor with NumPy's \\x93NUMPY",
                   name);
  if (__builtin_mul_overflow(layout.rows, layout.cols, &count) || __builtin_mul_overflow(count, layout.size, &size) ||
      size != n - layout.start)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: a matrix %zux%zu of %zu-byte numbers should follow; %zu bytes do", name,
                   layout.start, layout.rows, layout.cols, layout.size, n - layout.start);
  LL_TRY(ll_matrix_new(ctx, layout.rows, layout.cols, out));
  from += layout.start;
  if (layout.kind == 'f' && layout.size == sizeof(ll_real) && !layout.by_columns && !layout.swapped) {
    if (size) memcpy(out->data, from, size);
    return LL_OK;
  }
  for (size_t i = 0; i < layout.rows; i++)
    for (size_t j = 0; j < layout.cols; j++) {
      size_t at = layout.by_columns ? j * layout.rows + i : i * layout.cols + j;
      out->data[i * layout.cols + j] = (ll_real)number(from + at * layout.size, &layout);
    }
  return LL_OK;
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static bool ends_in(const char *path, const char *ending) {
  size_t n = strlen(path), m = strlen(ending);
  return n >= m && strcmp(path + n - m, ending) == 0;
}

ll_status ll_matrix_write(ll_ctx *ctx, const ll_matrix *m, const char *path) {
  void *bytes;
  size_t n;
  LL_TRY(ll_matrix_pack(ctx, m, ends_in(path, ".npy"), &bytes, &n));
  FILE *file = fopen(path, "wb");
  bool fine = file && fwrite(bytes, 1, n, file) == n;
  int why = errno;
  if (file && fclose(file) != 0 && fine) fine = false, why = errno;
  ll_free(ctx, bytes);
  return fine ? LL_OK : ll_fail(ctx, LL_ERR_IO, "%s: cannot be written: %s", path, strerror(why));
}

ll_status ll_matrix_read(ll_ctx *ctx, const char *path, ll_matrix *out) {
  void *block = NULL;
  size_t n = 0, capacity = 0;
  ll_status status = LL_OK;
  *out = (ll_matrix){0};
  FILE *file = fopen(path, "rb");
  if (!file) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  do {
    if (n == capacity) {
      size_t larger = capacity ? 2 * capacity : (size_t)1 << 16;
      LL_GOTO(done, ll_realloc(ctx, &block, capacity, larger));
      capacity = larger;
    }
    n += fread((char *)block + n, 1, capacity - n, file);
  } while (n == capacity);
  if (ferror(file)) LL_GOTO(done, ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", path, strerror(errno)));
  LL_GOTO(done, ll_matrix_unpack(ctx, block, n, path, out));
done:
  fclose(file);
  ll_free(ctx, block);
  return status;
}
