/* Matrices as lines of decimal numbers, to the bit: written by the shortest digits that read back, read by the reader of data. */
#include "engine/data/matrix_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/ctx.h"
#include "engine/data/read/number.h"
#include "engine/data/read/shortest.h"
#include "engine/data/read/source.h"
#include "engine/matrix/npy.h"
#include "losslab/file.h"

static size_t without(const char *path, size_t n, const char *ending) {
  size_t m = strlen(ending);
  return n > m && strncasecmp(path + n - m, ending, m) == 0 ? n - m : n;
}

static char separator_of(const char *path) {
  size_t n = strlen(path);
  n = without(path, without(path, n, ".gz"), ".zst");
  return without(path, n, ".csv") < n ? ',' : without(path, n, ".tsv") < n ? '\t' : 0;
}

bool ll_data_is_matrix_text(const char *path) { return separator_of(path) != 0; }

static size_t put_number(ll_real x, char to[LL_SHORTEST]) {
  const char *word = isnan(x) ? "nan" : isinf(x) ? (x > 0 ? "inf" : "-inf") : x == 0 && signbit(x) ? "-0.0" : NULL;
  if (word) return memcpy(to, word, strlen(word) + 1), strlen(word);
#ifdef LL_DOUBLE
  return ll_shortest_double(x, to);
#else
  return ll_shortest_float(x, to);
#endif
}

static ll_status put_lines(ll_ctx *ctx, const ll_matrix *m, char separator, ll_file *file) {
  char number[LL_SHORTEST + 1];
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      size_t n = put_number(ll_matrix_row(m, i)[j], number);
      number[n] = j + 1 < m->cols ? separator : '\n';
      LL_TRY(ll_file_put(ctx, file, number, n + 1));
    }
  return LL_OK;
}

ll_status ll_data_write_matrix(ll_ctx *ctx, const ll_matrix *m, const char *path) {
  ll_file *file;
  size_t n = strlen(path);
  if (without(path, without(path, n, ".gz"), ".zst") < n)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: matrices are written unpacked, as .csv, .tsv or .npy", path);
  if (ll_matrix_count(m) == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: a matrix %zux%zu has no numbers to write as text; .npy keeps its shape", path, m->rows,
                   m->cols);
  LL_TRY(ll_file_begin(ctx, path, true, &file));
  ll_status status = put_lines(ctx, m, separator_of(path), file);
  if (status == LL_OK) return ll_file_end(ctx, file);
  ll_file_drop(ctx, file);
  return status;
}

/* The number of a cell from p to its end, spaces around it and quotation marks left out. */
static bool cell_number(const char *p, const char *end, double *out) {
  while (p < end && *p == ' ') p++;
  while (end > p && (end[-1] == ' ' || end[-1] == '\r')) end--;
  if (end - p >= 2 && *p == '"' && end[-1] == '"') p++, end--;
  if (p == end || *p == ' ') return false;
  const unsigned char *last = ll_number_decimal_with((const unsigned char *)p, out, false);
  if (last) return (const char *)last == end;
  bool negative = *p == '-';
  p += negative || *p == '+';
  size_t n = (size_t)(end - p);
  bool is_nan = n == 3 && strncasecmp(p, "nan", 3) == 0;
  if (!is_nan && !(n == 3 && strncasecmp(p, "inf", 3) == 0) && !(n == 8 && strncasecmp(p, "infinity", 8) == 0)) return false;
  *out = is_nan ? NAN : negative ? -HUGE_VAL : HUGE_VAL;
  return true;
}

static const char *cell_end(const char *p, const char *end, char separator) {
  const char *to = memchr(p, separator, (size_t)(end - p));
  return to ? to : end;
}

static bool is_header(const char *p, const char *end, char separator) {
  double ignored;
  for (;; p++) {
    const char *to = cell_end(p, end, separator);
    if (cell_number(p, to, &ignored)) return false;
    if ((p = to) == end) return true;
  }
}

static bool is_blank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\r')) p++;
  return p == end;
}

/* The cells of one line into row i: out->cols of them. */
static ll_status read_line(ll_ctx *ctx, const char *path, size_t line, const char *p, const char *end, char separator, size_t i,
                           ll_matrix *out) {
  for (size_t j = 0;; j++, p++) {
    const char *to = cell_end(p, end, separator);
    double value = 0;
    int shown = (int)(to - p < 40 ? to - p : 40);
    if (j == out->cols) return ll_fail(ctx, LL_ERR_FORMAT, "%s: line %zu has more than %zu cells", path, line, out->cols);
    if (!cell_number(p, to, &value))
      return ll_fail(ctx, LL_ERR_FORMAT, "%s: line %zu, column %zu: \"%.*s\" is no number; ll.data.load reads columns of words",
                     path, line, j + 1, shown, p);
    if (isfinite(value) && isinf((ll_real)value))
      return ll_fail(ctx, LL_ERR_NUMBER, "%s: line %zu, column %zu: %.*s is beyond the numbers of " LL_PRECISION " precision", path,
                     line, j + 1, shown, p);
    ll_matrix_row(out, i)[j] = (ll_real)value;
    if ((p = to) == end)
      return j + 1 == out->cols ? LL_OK
                                : ll_fail(ctx, LL_ERR_FORMAT, "%s: line %zu has %zu cells, not %zu", path, line, j + 1, out->cols);
  }
}

/* Over the lines: counts rows and columns, or, where out has rows, fills it. */
static ll_status each_line(ll_ctx *ctx, const ll_source *source, char separator, size_t *rows, size_t *cols, ll_matrix *out) {
  const char *p = (const char *)source->bytes, *last = p + source->size;
  size_t line = 0, row = 0;
  if (source->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  for (const char *end; p < last; p = end + 1) {
    end = memchr(p, '\n', (size_t)(last - p));
    if (!end) end = last;
    line++;
    if (is_blank(p, end) || (row == 0 && line == 1 && is_header(p, end, separator))) continue;
    if (out) LL_TRY(read_line(ctx, source->path, line, p, end, separator, row, out));
    else if (row == 0)
      for (const char *c = p; (*cols)++, (c = cell_end(c, end, separator)) < end;) c++;
    row++;
  }
  *rows = row;
  return LL_OK;
}

ll_status ll_data_read_matrix(ll_ctx *ctx, const char *path, ll_matrix *out) {
  static const char own[] = LL_LAYOUT_MAGIC;
  char separator = separator_of(path);
  ll_source source;
  size_t rows = 0, cols = 0;
  *out = (ll_matrix){0};
  LL_TRY(ll_source_open(ctx, path, &source));
  if (source.size >= sizeof own - 1 && memcmp(source.bytes, own, sizeof own - 1) == 0 && !source.packed) {
    ll_source_close(ctx, &source);
    return ll_matrix_read(ctx, path, out);
  }
  ll_status status = ll_source_whole(ctx, &source);
  if (status == LL_OK) status = each_line(ctx, &source, separator, &rows, &cols, NULL);
  if (status == LL_OK && rows == 0) status = ll_fail(ctx, LL_ERR_FORMAT, "%s: holds no line of numbers", path);
  if (status == LL_OK) status = ll_matrix_new(ctx, rows, cols, out);
  if (status == LL_OK) status = each_line(ctx, &source, separator, &rows, &cols, out);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  status = ll_source_told(ctx, &source, status);
  ll_source_close(ctx, &source);
  return status;
}
