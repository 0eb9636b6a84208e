/* CSV in one pass: the header decides what each column is, the matrix is made once from a bound on the rows (a row of c
 * cells takes at least 2c bytes), and each number is parsed where it stands. Anything but a plain number that ends at
 * its comma leaves the fast path for cell_value, which unquotes, trims, accepts or explains. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/number.h"
#include "engine/data/readers.h"

typedef enum csv_role { FEATURE, LABEL, CLASS, GROUP, DOMAIN } csv_role;

typedef struct csv {
  ll_ctx *ctx;
  const ll_source *source;
  ll_builder *b;
  ll_words header; /* all columns */
  unsigned char *roles;
  size_t cols, features;
  char *scratch; /* a cell without its quotes; as long as the longest such cell can be */
  size_t scratch_size;
  unsigned labels_seen;
} csv;

typedef struct csv_cell {
  const unsigned char *text; /* trimmed and unquoted */
  size_t size;
  const unsigned char *end; /* of the cell in the file: a comma, a line end, the end */
  bool torn;                /* quotes that do not close, or text after them */
} csv_cell;

static bool is_end(const unsigned char *p, const unsigned char *limit) {
  return *p == ',' || *p == '\n' || p == limit || (*p == '\r' && (p[1] == '\n' || p + 1 == limit));
}

static ll_status cell_at(csv *c, const unsigned char *p, csv_cell *cell) {
  const unsigned char *limit = c->source->bytes + c->source->size, *start = p;
  *cell = (csv_cell){0};
  while (*p == ' ' || *p == '\t') p++;
  if (*p != '"') {
    const unsigned char *from = p;
    while (!is_end(p, limit)) p++;
    cell->end = p;
    while (p > from && (p[-1] == ' ' || p[-1] == '\t')) p--;
    cell->text = from, cell->size = (size_t)(p - from);
    return LL_OK;
  }
  const unsigned char *from = ++p;
  size_t doubled = 0;
  while (p < limit && !(*p == '"' && p[1] != '"')) {
    if (*p == '"') doubled++, p++;
    p++;
  }
  cell->text = from, cell->size = (size_t)(p - from);
  cell->torn = p >= limit;
  if (!cell->torn) p++;
  while (*p == ' ' || *p == '\t') p++;
  if (!is_end(p, limit)) cell->torn = true;
  while (!is_end(p, limit)) p++;
  cell->end = p;
  if (cell->torn) {
    cell->text = start, cell->size = (size_t)(p - start);
  } else if (doubled) {
    if (cell->size > c->scratch_size) {
      void *block = c->scratch;
      LL_TRY(ll_realloc(c->ctx, &block, 0, 2 * cell->size));
      c->scratch = block, c->scratch_size = 2 * cell->size;
    }
    size_t n = 0;
    for (size_t i = 0; i < cell->size; i++) {
      c->scratch[n++] = (char)from[i];
      if (from[i] == '"') i++;
    }
    cell->text = (const unsigned char *)c->scratch, cell->size = n;
  }
  return LL_OK;
}

/* ---- the header ---------------------------------------------------------------------------------------------------- */

static ll_status no_label(csv *c) {
  const char *names[64];
  char list[480] = "", shown[LL_SHOWN], hint[300] = "";
  size_t at = 0, n = c->cols < 64 ? c->cols : 64;
  bool number = false;
  double value;
  for (size_t j = 0; j < n; j++) {
    names[j] = ll_words_at(&c->header, j);
    number = number || ll_decimal((const unsigned char *)names[j], &value);
    if (at < sizeof list - LL_SHOWN)
      at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", j ? ", " : "", ll_show(shown, names[j], strlen(names[j])));
    else if (names[j] && j + 1 == n) snprintf(list + at, sizeof list - at, ", …");
  }
  static const char *const wanted[] = {"label", "class", "Label", "Class", "LABEL", "CLASS", "labels", "classes"};
  for (size_t k = 0; k < sizeof wanted / sizeof *wanted && !*hint; k++) {
    const char *near = ll_nearest(wanted[k], names, n);
    if (near) snprintf(hint, sizeof hint, "; did you mean \"%s\" to be it?", ll_show(shown, near, strlen(near)));
  }
  if (!*hint && c->cols == 1 && strpbrk(names[0], ";\t|")) snprintf(hint, sizeof hint, "; cells are separated by commas");
  else if (!*hint && number) snprintf(hint, sizeof hint, "; the first line seems to be data, but names the columns");
  return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: no column \"label\" or \"class\" among the %zu column%s: %s%s", c->source->path,
                 c->cols, c->cols == 1 ? "" : "s", list, hint);
}

static ll_status read_names(csv *c, const unsigned char **at) {
  const unsigned char *p = *at, *limit = c->source->bytes + c->source->size;
  for (;; p++) {
    csv_cell cell;
    uint32_t number;
    bool is_new;
    char shown[LL_SHOWN];
    LL_TRY(cell_at(c, p, &cell));
    ll_show(shown, cell.text, cell.size);
    if (cell.torn)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header, column %zu: quotes that do not close, or text after them: %s",
                     c->source->path, c->cols + 1, shown);
    if (memchr(cell.text, 0, cell.size))
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header, column %zu: a zero byte in the name: %s", c->source->path, c->cols + 1,
                     shown);
    LL_TRY(ll_words_add(c->ctx, &c->header, cell.text, cell.size, &number, &is_new));
    if (!is_new)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: columns %zu and %zu have the same name, \"%s\"", c->source->path,
                     (size_t)number + 1, c->cols + 1, shown);
    c->cols++;
    p = cell.end;
    if (*p != ',' || p == limit) break;
  }
  p += *p == '\r';
  p += *p == '\n' && p < limit;
  *at = p;
  return LL_OK;
}

static ll_status read_header(csv *c, const unsigned char **at) {
  LL_TRY(read_names(c, at));
  size_t label = c->cols;
  csv_role role = LABEL;
  static const char *const label_names[] = {"label", "class"};
  /* the first column if it is called so, else label before class: a feature may be called class */
  for (size_t k = 0; k < 2 && label == c->cols; k++)
    if (strcmp(ll_words_at(&c->header, 0), label_names[k]) == 0) label = 0, role = k ? CLASS : LABEL;
  for (size_t k = 0; k < 2; k++)
    for (size_t j = 1; j < c->cols && label == c->cols; j++)
      if (strcmp(ll_words_at(&c->header, j), label_names[k]) == 0) label = j, role = k ? CLASS : LABEL;
  if (label == c->cols) return no_label(c);
  void *block;
  LL_TRY(ll_calloc(c->ctx, &block, c->cols, 1));
  c->roles = block;
  for (size_t j = 0; j < c->cols; j++) {
    const char *name = ll_words_at(&c->header, j);
    csv_role r = j == label ? role : strcmp(name, "group") == 0 ? GROUP : strcmp(name, "domain") == 0 ? DOMAIN : FEATURE;
    c->roles[j] = (unsigned char)r;
    uint32_t number;
    if (r == FEATURE) LL_TRY(ll_words_add(c->ctx, &c->b->columns, name, strlen(name), &number, NULL));
  }
  c->features = c->b->columns.count;
  c->b->multiclass = role == CLASS;
  if (c->features == 0)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: no columns of features: there %s only %zu column%s", c->source->path,
                   c->cols == 1 ? "is" : "are", c->cols, c->cols == 1 ? "" : "s");
  uint32_t number;
  for (int k = 0; k < 2 && role == LABEL; k++) LL_TRY(ll_words_add(c->ctx, &c->b->classes, k ? "1" : "0", 1, &number, NULL));
  return LL_OK;
}

/* ---- rows -------------------------------------------------------------------------------------------------------------- */

static ll_status bad_cell(csv *c, ll_status status, const unsigned char *at, size_t row, size_t col, const char *what) {
  char name[LL_SHOWN];
  const char *column = ll_words_at(&c->header, col);
  return ll_fail(c->ctx, status, "%s: row %zu (line %zu), column %zu (\"%s\"): %s", c->source->path, row + 1,
                 ll_source_line(c->source, at), col + 1, ll_show(name, column, strlen(column)), what);
}

static bool is_word(const csv_cell *cell, const char *const *words) {
  const unsigned char *text = cell->text;
  size_t n = cell->size;
  if (n && (*text == '-' || *text == '+')) text++, n--;
  for (; *words; words++) {
    size_t i = 0;
    while (i < n && (*words)[i] && ((text[i] | 0x20) == ((*words)[i] | 0x20))) i++;
    if (i == n && !(*words)[i]) return true;
  }
  return false;
}

static ll_status not_number(csv *c, const csv_cell *cell, const unsigned char *at, size_t row, size_t col) {
  static const char *const missing[] = {"", "na", "n/a", "null", "none", "?", NULL}, *const nan[] = {"nan", NULL};
  static const char *const infinite[] = {"inf", "infinity", NULL};
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  ll_show(shown, cell->text, cell->size);
  ll_status status = LL_ERR_NUMBER;
  if (cell->size == 0) snprintf(what, sizeof what, "the cell is empty: a number is missing");
  else if (is_word(cell, missing)) snprintf(what, sizeof what, "\"%s\": a number is missing", shown);
  else if (is_word(cell, nan)) snprintf(what, sizeof what, "\"%s\" is no finite number", shown);
  else if (is_word(cell, infinite)) snprintf(what, sizeof what, "\"%s\" is infinite", shown);
  else {
    status = LL_ERR_FORMAT;
    snprintf(what, sizeof what, "\"%s\" is not a number", shown);
  }
  return bad_cell(c, status, at, row, col, what);
}

/* The number of a cell that is not plain: quoted, with blanks around it, or none. */
static ll_status cell_value(csv *c, const unsigned char **at, size_t row, size_t col, double *value) {
  csv_cell cell;
  LL_TRY(cell_at(c, *at, &cell));
  char text[128]; /* a copy that ends in 0: a quoted cell ends in a byte that ll_decimal need not stop at */
  const unsigned char *end = NULL;
  if (!cell.torn && cell.size < sizeof text) {
    memcpy(text, cell.text, cell.size);
    text[cell.size] = 0;
    end = ll_decimal((const unsigned char *)text, value);
    if (end != (const unsigned char *)text + cell.size) end = NULL;
  }
  if (!end) return not_number(c, &cell, *at, row, col);
  *at = cell.end;
  return LL_OK;
}

static ll_status label_cell(csv *c, const unsigned char **at, size_t row, size_t col) {
  const unsigned char *start = *at, *limit = c->source->bytes + c->source->size, *end;
  double value = 0;
  bool number = (end = ll_decimal(start, &value)) != NULL && is_end(end, limit);
  if (number) *at = end;
  else {
    ll_status status = cell_value(c, at, row, col, &value);
    if (status == LL_ERR_MEMORY) return status;
    number = status == LL_OK;
  }
  if (number && ll_label_ok(value, &c->labels_seen, &c->b->y.data[row])) return LL_OK;
  csv_cell cell;
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  LL_TRY(cell_at(c, start, &cell));
  ll_show(shown, cell.text, cell.size);
  if (number && (value == 0 || value == -1))
    snprintf(what, sizeof what, "label %s, but there were labels %d before; they are 0 and 1, or -1 and 1", shown,
             value == 0 ? -1 : 0);
  else if (cell.size == 0) snprintf(what, sizeof what, "the label is missing");
  else
    snprintf(what, sizeof what, "\"%s\" is no label; labels are 0 and 1, or -1 and 1 (classes stand in a column \"class\")", shown);
  return bad_cell(c, LL_ERR_LABEL, start, row, col, what);
}

static ll_status word_cell(csv *c, const unsigned char **at, size_t row, size_t col, ll_words *words, uint32_t *number) {
  csv_cell cell;
  LL_TRY(cell_at(c, *at, &cell));
  const char *what = cell.torn                         ? "quotes that do not close, or text after them"
                     : cell.size == 0                  ? "the cell is empty"
                     : memchr(cell.text, 0, cell.size) ? "a zero byte"
                                                       : NULL;
  static const char *const missing[] = {"nan", "na", "n/a", "null", "?", NULL};
  if (!what && is_word(&cell, missing)) what = "a value is missing";
  if (what) return bad_cell(c, c->roles[col] == CLASS ? LL_ERR_LABEL : LL_ERR_FORMAT, *at, row, col, what);
  *at = cell.end;
  return ll_words_add(c->ctx, words, cell.text, cell.size, number, NULL);
}

static ll_status special_cell(csv *c, const unsigned char **at, size_t row, size_t col) {
  uint32_t number;
  switch (c->roles[col]) {
  case LABEL: return label_cell(c, at, row, col);
  case CLASS:
    LL_TRY(word_cell(c, at, row, col, &c->b->classes, &number));
    c->b->y.data[row] = (ll_real)number;
    return LL_OK;
  case GROUP: return word_cell(c, at, row, col, &c->b->group_words, &c->b->groups[row]);
  default: return word_cell(c, at, row, col, &c->b->domain_words, &c->b->domains[row]);
  }
}

static ll_status ragged(csv *c, const unsigned char *start, size_t row) {
  const unsigned char *p = start;
  size_t got = 1;
  csv_cell cell;
  for (;; p++, got++) {
    LL_TRY(cell_at(c, p, &cell));
    p = cell.end;
    if (*p != ',') break;
  }
  if (p == start) got = 0;
  return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): expected %zu cells, got %zu%s", c->source->path, row + 1,
                 ll_source_line(c->source, start), c->cols, got, got == 0 ? " (a blank line)" : "");
}

static bool only_blank(const unsigned char *p, const unsigned char *limit) {
  while (p < limit && (*p == '\n' || *p == '\r')) p++;
  return p == limit;
}

/* The line ends where a cell should begin that is not the last. */
static bool ends_here(const unsigned char *p, const unsigned char *limit, bool last) {
  return !last && *p != ',' && is_end(p, limit);
}

static ll_status read_rows(csv *c, const unsigned char *p, size_t most, size_t *rows) {
  const unsigned char *limit = c->source->bytes + c->source->size;
  size_t row = 0;
  for (; p < limit; row++) {
    if ((*p == '\n' || *p == '\r') && only_blank(p, limit)) break;
    const unsigned char *start = p;
    if (row == most) return ll_fail(c->ctx, LL_ERR_RANGE, "%s: more than %zu rows", c->source->path, most);
    ll_real *to = c->b->x.data + row * c->features;
    for (size_t col = 0; col < c->cols; col++) {
      bool last = col + 1 == c->cols;
      if (c->roles[col] == FEATURE) {
        double value;
        const unsigned char *end = ll_decimal(p, &value);
        if (__builtin_expect(end && (*end == ',' || *end == '\n' || *end == '\r'), 1) && is_end(end, limit)) p = end;
        else if (ends_here(p, limit, last)) return ragged(c, start, row);
        else LL_TRY(cell_value(c, &p, row, col, &value));
        *to = (ll_real)value;
        if (__builtin_expect(!isfinite(*to), 0)) {
          char shown[LL_SHOWN], what[LL_SHOWN + 120];
          csv_cell cell;
          while (p > start && p[-1] != ',') p--;
          LL_TRY(cell_at(c, p, &cell));
          snprintf(what, sizeof what, "\"%s\" is beyond the range of %s numbers", ll_show(shown, cell.text, cell.size),
                   LL_PRECISION);
          return bad_cell(c, LL_ERR_NUMBER, p, row, col, what);
        }
        to++;
      } else if (ends_here(p, limit, last)) {
        return ragged(c, start, row);
      } else {
        LL_TRY(special_cell(c, &p, row, col));
      }
      if ((*p == ',' && p < limit) == last) return ragged(c, start, row);
      if (!last) p++;
    }
    p += *p == '\r';
    p += *p == '\n' && p < limit;
  }
  *rows = row;
  return LL_OK;
}

static ll_status read_all(csv *c) {
  const unsigned char *p = c->source->bytes, *limit = p + c->source->size;
  if (c->source->size >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: UTF-16 text; UTF-8 is needed", c->source->path);
  if (c->source->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  if (only_blank(p, limit)) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: the file is empty", c->source->path);
  LL_TRY(read_header(c, &p));
  if (p == limit || only_blank(p, limit)) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only a header, no rows", c->source->path);
  size_t most = (size_t)(limit - p) / (2 * c->cols) + 1, rows = 0;
  if (most > UINT32_MAX) most = UINT32_MAX;
  size_t lines = 1;
  for (const unsigned char *q = p; lines < most && (q = memchr(q, '\n', (size_t)(limit - q))) != NULL; q++) lines++;
  if (lines < most) most = lines;
  void *block;
  LL_TRY(ll_matrix_new(c->ctx, most, c->features, &c->b->x));
  LL_TRY(ll_matrix_new(c->ctx, most, 1, &c->b->y));
  if (memchr(c->roles, GROUP, c->cols)) {
    LL_TRY(ll_alloc(c->ctx, &block, most * sizeof *c->b->groups));
    c->b->groups = block;
  }
  if (memchr(c->roles, DOMAIN, c->cols)) {
    LL_TRY(ll_alloc(c->ctx, &block, most * sizeof *c->b->domains));
    c->b->domains = block;
  }
  LL_TRY(read_rows(c, p, most, &rows));
  c->b->x.rows = c->b->y.rows = rows;
  return LL_OK;
}

ll_status ll_read_csv(ll_ctx *ctx, const ll_source *source, ll_builder *builder) {
  csv c = {.ctx = ctx, .source = source, .b = builder};
  ll_status status = read_all(&c);
  ll_words_free(ctx, &c.header);
  ll_free(ctx, c.roles);
  ll_free(ctx, c.scratch);
  return status;
}
