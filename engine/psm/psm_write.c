/* Tables of matches as text. Rows are made by pieces, several at once by a crew of threads, each in a part of one buffer that has
 * room for all that it can become; then they are put into the file in their order. */
#include <stdio.h>

#include "engine/base/crew.h"
#include "engine/data/printable.h"
#include "engine/data/read/shortest.h"
#include "engine/psm/psm.h"
#include "losslab/file.h"

const char *const ll_psms_field_names[LL_PSMS_FIELDS] = {
    [LL_PSMS_VALUES] = "values", [LL_PSMS_ID] = "id",     [LL_PSMS_PEPTIDE] = "peptide", [LL_PSMS_PROTEINS] = "proteins",
    [LL_PSMS_FILE] = "file",     [LL_PSMS_SCAN] = "scan", [LL_PSMS_MASS] = "mass",       [LL_PSMS_CALCULATED] = "calculated"};

enum { PIECE = 256, PIECES = 32, NUMBER = 48, FORMAT = 16 };

/* How a column's numbers are written. */
typedef struct written {
  char format[FORMAT]; /* "": the fewest digits */
  size_t most;         /* bytes */
} written;

typedef struct table {
  const ll_psms *psms;
  const uint32_t *rows;
  size_t n, first; /* rows in all; the first of this round */
  const ll_psms_column *columns;
  written *written;
  size_t n_columns;
  size_t bound[PIECES], start[PIECES], used[PIECES];
  char *buffer;
  size_t capacity;
} table;

/* [out] printf's format for a double, and how long a number can become. */
static bool read_format(const char *text, written *out) {
  size_t n = 0, width = 0, precision = 6;
  *out = (written){.most = NUMBER};
  if (!text) return true;
  if (text[n] != '%') return false;
  for (n++; text[n] && strchr("-+ #0", text[n]);) n++;
  for (; text[n] >= '0' && text[n] <= '9' && width < 100; n++) width = 10 * width + (size_t)(text[n] - '0');
  size_t before = n;
  if (text[n] == '.')
    for (precision = 0, n++; text[n] >= '0' && text[n] <= '9' && precision < 100; n++)
      precision = 10 * precision + (size_t)(text[n] - '0');
  char kind = text[n];
  if (!kind || !strchr("eEfFgGdi", kind) || text[n + 1] || width > 99 || precision > 99 || n + 4 > FORMAT) return false;
  bool whole = kind == 'd' || kind == 'i';
  if (whole && before != n) return false;
  memcpy(out->format, text, n);
  memcpy(out->format + n, whole ? ".0f" : (char[]){kind, 0}, whole ? 4 : 2);
  out->most = width + precision + (whole || kind == 'f' || kind == 'F' ? 330 : 40);
  return true;
}

/* The text of a row that a field means, or NULL: it is a number. */
static const char *text_of(const ll_psms *psms, ll_psms_field field, size_t row, size_t *size) {
  const char *text = NULL;
  switch (field) {
  case LL_PSMS_ID: return ll_psms_id(psms, row, size);
  case LL_PSMS_PEPTIDE: return ll_psms_peptide(psms, row, size);
  case LL_PSMS_PROTEINS: return ll_psms_proteins(psms, row, size);
  case LL_PSMS_FILE: text = psms->files[psms->file[row]]; break;
  case LL_PSMS_SCAN: ll_psms_scan(psms, row, &text); break;
  default: break;
  }
  *size = text ? strlen(text) : 0;
  return text;
}

static size_t row_at(const table *t, size_t place) { return t->rows ? t->rows[place] : place; }
static size_t end_of(const table *t, size_t piece) {
  size_t end = t->first + (piece + 1) * PIECE;
  return end < t->n ? end : t->n;
}

static void measure(void *user, size_t piece) {
  table *t = user;
  size_t bytes = 0, size;
  for (size_t i = t->first + piece * PIECE; i < end_of(t, piece); i++)
    for (size_t j = 0; j < t->n_columns; j++) {
      const char *text = text_of(t->psms, t->columns[j].field, row_at(t, i), &size);
      bytes += 1 + (text ? size : t->written[j].most);
    }
  t->bound[piece] = bytes;
}

static size_t put_number(char *to, double value, bool is_single, const written *w) {
  if (value - value != 0) {
    const char *word = value != value ? "nan" : value < 0 ? "-inf" : "inf";
    return strlen(memcpy(to, word, strlen(word) + 1));
  }
  char text[LL_SHORTEST];
  if (!*w->format) {
    size_t n = is_single ? ll_shortest_float((float)value, text) : ll_shortest_double(value, text);
    memcpy(to, text, n);
    return n;
  }
  /* the format was checked: one number, and no more bytes than `most` */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  int n = snprintf(to, w->most, w->format, value);
#pragma GCC diagnostic pop
  for (int k = 0; k < n; k++)
    if (to[k] == ',') to[k] = '.'; /* the decimal comma of some locales */
  return n > 0 ? (size_t)n : 0;
}

static size_t put_cell(const table *t, size_t place, size_t j, char *to) {
  const ll_psms_column *c = &t->columns[j];
  size_t row = row_at(t, place), size;
  const char *text = text_of(t->psms, c->field, row, &size);
  if (text) {
    memcpy(to, text, size);
    return size;
  }
  if (c->field == LL_PSMS_VALUES) {
    size_t at = (c->by_place ? place : row) * c->stride;
    double value = c->values ? (double)c->values[at] : c->doubles[at];
    return put_number(to, value, c->values && sizeof(ll_real) < sizeof(double), &t->written[j]);
  }
  double value = c->field == LL_PSMS_SCAN   ? ll_psms_scan(t->psms, row, &text)
                 : c->field == LL_PSMS_MASS ? t->psms->mass[row]
                                            : t->psms->calculated[row];
  return value != value ? 0 : put_number(to, value, false, &t->written[j]);
}

static void put_piece(void *user, size_t piece) {
  table *t = user;
  char *begin = t->buffer + t->start[piece], *to = begin;
  for (size_t i = t->first + piece * PIECE; i < end_of(t, piece); i++)
    for (size_t j = 0; j < t->n_columns; j++) {
      to += put_cell(t, i, j, to);
      *to++ = j + 1 < t->n_columns ? '\t' : '\n';
    }
  t->used[piece] = (size_t)(to - begin);
}

static ll_status put_round(ll_ctx *ctx, table *t, ll_file *file) {
  size_t left = t->n - t->first, pieces = left < PIECE * PIECES ? (left + PIECE - 1) / PIECE : PIECES, bytes = 0;
  LL_TRY(ll_crew_run(ctx, pieces, measure, t));
  for (size_t k = 0; k < pieces; k++) t->start[k] = bytes, bytes += t->bound[k];
  if (bytes > t->capacity) {
    void *block;
    ll_free(ctx, t->buffer);
    t->buffer = NULL, t->capacity = 0;
    LL_TRY(ll_alloc(ctx, &block, bytes + bytes / 4));
    t->buffer = block, t->capacity = bytes + bytes / 4;
  }
  LL_TRY(ll_crew_run(ctx, pieces, put_piece, t));
  for (size_t k = 0; k < pieces; k++) LL_TRY(ll_file_put(ctx, file, t->buffer + t->start[k], t->used[k]));
  t->first += PIECE * PIECES;
  return LL_OK;
}

static ll_status check(ll_ctx *ctx, table *t, const char *path) {
  if (t->n_columns == 0) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: no columns to write", path);
  for (size_t j = 0; j < t->n_columns; j++) {
    char shown[LL_PRINTABLE];
    if (strpbrk(t->columns[j].name, "\t\r\n"))
      return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: column %zu: a tab or the end of a line in its name, \"%s\"", path, j + 1,
                     ll_printable(shown, t->columns[j].name));
    if (!read_format(t->columns[j].format, &t->written[j]))
      return ll_fail(ctx, LL_ERR_ARGUMENT,
                     "%s: column \"%s\": the format \"%s\" is none for one number, such as \"%%.4f\", \"%%g\", \"%%d\"", path,
                     t->columns[j].name, ll_printable(shown, t->columns[j].format));
  }
  for (size_t i = 0; i < t->n && t->rows; i++)
    if (t->rows[i] >= t->psms->rows)
      return ll_fail(ctx, LL_ERR_RANGE, "%s: row %zu asked for, but there are %zu matches", path, (size_t)t->rows[i] + 1,
                     t->psms->rows);
  return LL_OK;
}

ll_status ll_psms_write(ll_ctx *ctx, const ll_psms *psms, const char *path, const uint32_t *rows, size_t n,
                        const ll_psms_column *columns, size_t n_columns) {
  table t = {.psms = psms, .rows = rows, .n = rows ? n : psms->rows, .columns = columns, .n_columns = n_columns};
  ll_status status = LL_OK;
  ll_file *file = NULL;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, n_columns + 1, sizeof *t.written));
  t.written = block;
  LL_GOTO(cleanup, check(ctx, &t, path));
  LL_GOTO(cleanup, ll_file_begin(ctx, path, true, &file));
  for (size_t j = 0; j < n_columns; j++) {
    LL_GOTO(cleanup, ll_file_put(ctx, file, columns[j].name, strlen(columns[j].name)));
    LL_GOTO(cleanup, ll_file_put(ctx, file, j + 1 < n_columns ? "\t" : "\n", 1));
  }
  while (t.first < t.n) LL_GOTO(cleanup, put_round(ctx, &t, file));
  status = ll_file_end(ctx, file);
  file = NULL;
cleanup:
  ll_file_drop(ctx, file);
  ll_free(ctx, t.written);
  ll_free(ctx, t.buffer);
  return status;
}
