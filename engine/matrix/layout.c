/* Reading trusts nothing: each word and the length are checked before a matrix is made. */
#include "engine/matrix/layout.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/matrix/npy.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are copied as they stand in the file: little-endian"
#endif

static bool is_npy(const unsigned char *bytes, size_t n) { return n >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0; }

static ll_status parse_own(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout) {
  char line[128], precision[8], end;
  const unsigned char *newline = memchr(bytes, '\n', n < sizeof line ? n : sizeof line);
  if (!newline) return ll_fail(ctx, LL_ERR_FORMAT, "%s: the first line does not end within its first %zu bytes", name, sizeof line);
  size_t length = (size_t)(newline - bytes);
  memcpy(line, bytes, length);
  line[length] = '\0';
  unsigned long long rows, cols;
  if (sscanf(line, LL_LAYOUT_MAGIC " %7s %llux%llu%c", precision, &rows, &cols, &end) != 3 || strchr(line, '-'))
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: the first line is not understood: \"%.60s\"", name, sizeof LL_LAYOUT_MAGIC,
                   line);
  bool wide = strcmp(precision, "double") == 0;
  if (!wide && strcmp(precision, "float") != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: precision \"%s\": float or double expected", name, sizeof LL_LAYOUT_MAGIC,
                   precision);
  *layout = (ll_layout){.kind = 'f', .size = wide ? 8 : 4, .rows = (size_t)rows, .cols = (size_t)cols, .start = length + 1};
  return LL_OK;
}

size_t ll_layout_head(const unsigned char *bytes, size_t n) {
  enum { NUMPY = 12, LINE = 128 };
  if (n < NUMPY) return NUMPY;
  if (!is_npy(bytes, n)) return memchr(bytes, '\n', n) ? n : LINE;
  return bytes[6] == 1 ? 10 + ((size_t)bytes[8] | (size_t)bytes[9] << 8)
                       : 12 + ((size_t)bytes[8] | (size_t)bytes[9] << 8 | (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24);
}

ll_status ll_layout_parse(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout) {
  if (n >= sizeof LL_LAYOUT_MAGIC && memcmp(bytes, LL_LAYOUT_MAGIC " ", sizeof LL_LAYOUT_MAGIC) == 0)
    return parse_own(ctx, bytes, n, name, layout);
  if (is_npy(bytes, n)) return ll_npy_parse(ctx, bytes, n, name, layout);
  return ll_fail(ctx, LL_ERR_FORMAT,
                 "%s: byte 0: not a matrix: it begins neither with \"" LL_LAYOUT_MAGIC "\" nor with NumPy's \\x93NUMPY", name);
}

ll_status ll_layout_check(ll_ctx *ctx, const ll_layout *layout, const char *name, size_t room) {
  size_t count, size;
  if (!__builtin_mul_overflow(layout->rows, layout->cols, &count) && !__builtin_mul_overflow(count, layout->size, &size) &&
      (room == SIZE_MAX || room == size))
    return ll_matrix_sides(ctx, name, layout->rows, layout->cols);
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: a matrix %zux%zu of %zu-byte numbers should follow; %zu bytes do", name,
                 layout->start, layout->rows, layout->cols, layout->size, room);
}

/* IEEE's 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent     ? ldexp(fraction + 1024, exponent - 25)
                               : ldexp(fraction, -24);
  return bits >> 15 ? -size : size;
}

typedef union bits {
  unsigned char bytes[8];
  float f;
  double d;
  uint16_t u2;
  uint64_t u;
} bits;

static inline bits load(const ll_layout *layout, const unsigned char *at) {
  bits as = {.u = 0};
  if (layout->swapped)
    for (size_t k = 0; k < layout->size; k++) as.bytes[k] = at[layout->size - 1 - k];
  else memcpy(as.bytes, at, layout->size);
  return as;
}

uint64_t ll_layout_integer(const ll_layout *layout, const unsigned char *at) {
  assert(layout->size >= 1 && layout->size <= 8);
  uint64_t value = load(layout, at).u, sign = layout->kind == 'i' ? (uint64_t)1 << (8 * layout->size - 1) : 0;
  return value & sign ? value | -sign : value;
}

double ll_layout_number(const ll_layout *layout, const unsigned char *at) {
  if (layout->kind == 'i') return (double)(int64_t)ll_layout_integer(layout, at);
  bits as = load(layout, at);
  if (layout->kind == 'u') return (double)as.u; /* also booleans */
  return layout->size == 2 ? half(as.u2) : layout->size == 4 ? (double)as.f : as.d;
}

ll_status ll_layout_numbers(ll_ctx *ctx, const ll_layout *layout, const char *name, const unsigned char *from, size_t first,
                            size_t n, ll_matrix *m) {
  const ll_layout l = *layout;
  if (n == 0) return LL_OK;
  if (l.kind == 'f' && l.size == sizeof(ll_real) && !l.by_columns && !l.swapped) {
    memcpy(m->data + first, from, n * l.size);
    return LL_OK;
  }
  size_t inner = l.by_columns ? l.rows : l.cols, at = first % inner, outer = first / inner;
  for (size_t k = 0; k < n; k++) {
    size_t row = l.by_columns ? at : outer, col = l.by_columns ? outer : at;
    double value = ll_layout_number(&l, from + k * l.size);
    ll_real rounded = (ll_real)value;
    if (isinf(rounded) && isfinite(value))
      return ll_fail(ctx, LL_ERR_NUMBER, "%s: row %zu, column %zu: %g is beyond the range of %s numbers", name, row + 1, col + 1,
                     value, LL_PRECISION);
    m->data[row * l.cols + col] = rounded;
    if (++at == inner) at = 0, outer++;
  }
  return LL_OK;
}
