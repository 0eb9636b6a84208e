/* NumPy's header: a magic word, two version bytes, a length, and a dictionary as Python would print it:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. No other Python is understood. */
#include "engine/matrix/npy.h"

#include <stdio.h>
#include <string.h>

static const unsigned char version_1[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

size_t ll_npy_head(const ll_matrix *m, char head[LL_NPY_HEAD]) {
  char shape[64];
  if (m->cols == 1) snprintf(shape, sizeof shape, "(%zu,)", m->rows);
  else snprintf(shape, sizeof shape, "(%zu, %zu)", m->rows, m->cols);
  int length =
      snprintf(head + 10, LL_NPY_HEAD - 10, "{'descr': '<f%zu', 'fortran_order': False, 'shape': %s, }", sizeof(ll_real), shape);
  size_t end = 10 + (size_t)length, total = (end + 1 + 63) / 64 * 64;
  memcpy(head, version_1, sizeof version_1);
  head[8] = (char)((total - 10) & 255), head[9] = (char)((total - 10) >> 8);
  memset(head + end, ' ', total - end);
  head[total - 1] = '\n';
  return total;
}

typedef struct reader {
  ll_ctx *ctx;
  const char *name;
  const unsigned char *bytes;
  size_t at, end;
} reader;

static ll_status refuse(const reader *r, const char *expected) {
  char seen[24];
  size_t n = r->end - r->at < sizeof seen - 1 ? r->end - r->at : sizeof seen - 1;
  for (size_t i = 0; i < n; i++) seen[i] = r->bytes[r->at + i] >= 32 && r->bytes[r->at + i] < 127 ? (char)r->bytes[r->at + i] : '?';
  seen[n] = '\0';
  return ll_fail(r->ctx, LL_ERR_FORMAT, "%s: byte %zu: %s expected, not \"%s\"", r->name, r->at, expected, seen);
}

static void skip(reader *r) {
  while (r->at < r->end && (r->bytes[r->at] == ' ' || r->bytes[r->at] == '\n')) r->at++;
}

static bool take(reader *r, const char *text) {
  skip(r);
  size_t n = strlen(text);
  if (r->end - r->at < n || memcmp(r->bytes + r->at, text, n) != 0) return false;
  r->at += n;
  return true;
}

static ll_status read_size(reader *r, size_t *out) {
  skip(r);
  size_t from = r->at;
  *out = 0;
  for (; r->at < r->end && r->bytes[r->at] >= '0' && r->bytes[r->at] <= '9'; r->at++)
    if (__builtin_mul_overflow(*out, (size_t)10, out) || __builtin_add_overflow(*out, (size_t)(r->bytes[r->at] - '0'), out))
      return refuse(r, "a size that fits");
  return r->at > from ? LL_OK : refuse(r, "a size");
}

static ll_status read_shape(reader *r, ll_layout *layout) {
  layout->rows = layout->cols = 1; /* of (): a number */
  if (!take(r, "(")) return refuse(r, "a shape");
  for (int axis = 0; !take(r, ")"); axis++) {
    if (axis == 2) return refuse(r, "a shape of at most two numbers: a vector or a matrix");
    LL_TRY(read_size(r, axis == 0 ? &layout->rows : &layout->cols));
    if (!take(r, ",")) {
      if (!take(r, ")")) return refuse(r, "a comma or the end of the shape");
      break;
    }
  }
  return LL_OK;
}

static ll_status read_type(reader *r, ll_layout *layout) {
  static const struct {
    const char *word;
    char kind;
    size_t size;
  } types[] = {{"f2'", 'f', 2}, {"f4'", 'f', 4}, {"f8'", 'f', 8}, {"i8'", 'i', 8}, {"i4'", 'i', 4}, {"i2'", 'i', 2},
               {"i1'", 'i', 1}, {"u8'", 'u', 8}, {"u4'", 'u', 4}, {"u2'", 'u', 2}, {"u1'", 'u', 1}, {"b1'", 'u', 1}};
  const size_t from = r->at;
  bool little = take(r, "'<"), big = !little && take(r, "'>"), none = !little && !big && take(r, "'|");
  for (size_t i = 0; i < sizeof types / sizeof *types && (little || big || none); i++)
    if ((!none || types[i].size == 1) && take(r, types[i].word)) {
      layout->kind = types[i].kind, layout->size = types[i].size, layout->swapped = big;
      return LL_OK;
    }
  r->at = from;
  skip(r);
  return refuse(r, "a type of real numbers ('<f4', '<f8', '>f8', '<i8', '|b1', …)");
}

ll_status ll_npy_parse(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout) {
  reader r = {ctx, name, bytes, 6, n < 8 ? n : 8}; /* the version alone: what follows may not be in memory yet */
  *layout = (ll_layout){0};
  if (n < 12 || bytes[6] < 1 || bytes[6] > 3) return refuse(&r, "version 1, 2 or 3 of the format");
  size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8, start = 10;
  if (bytes[6] > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24, start = 12;
  if (length > n - start)
    return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte 8: a header of %zu bytes should follow; %zu bytes do", name, length, n - start);
  r.at = start, r.end = start + length;
  layout->start = r.end;
  unsigned seen = 0;
  if (!take(&r, "{")) return refuse(&r, "a dictionary");
  while (!take(&r, "}")) {
    if (take(&r, "'descr':")) {
      LL_TRY(read_type(&r, layout));
      seen |= 1;
    } else if (take(&r, "'fortran_order':")) {
      layout->by_columns = take(&r, "True");
      if (!layout->by_columns && !take(&r, "False")) return refuse(&r, "True or False");
      seen |= 2;
    } else if (take(&r, "'shape':")) {
      LL_TRY(read_shape(&r, layout));
      seen |= 4;
    } else {
      return refuse(&r, "'descr', 'fortran_order' or 'shape'");
    }
    if (take(&r, ",")) continue;
    if (!take(&r, "}")) return refuse(&r, "a comma or the end of the dictionary");
    break;
  }
  if (seen == 7) return LL_OK;
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: byte %zu: the header ends without %s", name, r.at,
                 !(seen & 1)   ? "'descr'"
                 : !(seen & 2) ? "'fortran_order'"
                               : "'shape'");
}
