/* CSV in one pass: the header decides what each column is, the matrix is made once from a bound on the rows (a cell takes
 * a separator, a feature a digit more), and each number is parsed where it stands. Anything but a plain number that ends at
 * its comma leaves the fast path for cell_value, which unquotes, trims, accepts or explains. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/data/csv.h"
#include "engine/data/number.h"
#include "engine/data/readers.h"

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

static const char *const absent[] = {"", "na", "n/a", "null", "none", "?", NULL}, *const no_number[] = {"nan", NULL};

/* Whether a cell is missing and that is no error: then *value is what stands for it. */
static bool take_missing(csv *c, const csv_cell *cell, bool category, double *value) {
  ll_missing policy = c->source->options->missing;
  if (policy == LL_MISSING_ERROR || cell->torn || !(is_word(cell, absent) || is_word(cell, no_number))) return false;
  *value = policy == LL_MISSING_CONSTANT ? category ? -1 : c->source->options->constant : NAN;
  if (policy == LL_MISSING_DROP) c->drop = true;
  if (policy == LL_MISSING_MEAN) c->b->missing = true;
  return true;
}

static ll_status not_number(csv *c, const csv_cell *cell, const unsigned char *at, size_t row, size_t col) {
  static const char *const infinite[] = {"inf", "infinity", NULL};
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  ll_show(shown, cell->text, cell->size);
  ll_status status = LL_ERR_NUMBER;
  if (cell->size == 0) snprintf(what, sizeof what, "the cell is empty: a number is missing");
  else if (is_word(cell, absent)) snprintf(what, sizeof what, "\"%s\": a number is missing", shown);
  else if (is_word(cell, no_number)) snprintf(what, sizeof what, "\"%s\" is no finite number", shown);
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
  LL_TRY(csv_cell_at(c, *at, &cell));
  char text[128]; /* a copy that ends in 0: a quoted cell ends in a byte that ll_decimal need not stop at */
  const unsigned char *end = NULL;
  if (!cell.torn && cell.size < sizeof text) {
    memcpy(text, cell.text, cell.size);
    text[cell.size] = 0;
    end = ll_decimal((const unsigned char *)text, value);
    if (end != (const unsigned char *)text + cell.size) end = NULL;
  }
  if (!end && !(c->roles[col] == FEATURE && take_missing(c, &cell, false, value))) return not_number(c, &cell, *at, row, col);
  *at = cell.end;
  return LL_OK;
}

static ll_status label_cell(csv *c, const unsigned char **at, size_t row, size_t col) {
  const unsigned char *start = *at, *limit = c->source->bytes + c->source->size, *end;
  double value = 0;
  bool number = (end = ll_decimal(start, &value)) != NULL && csv_is_end(c, end, limit);
  if (number) *at = end;
  else {
    ll_status status = cell_value(c, at, row, col, &value);
    if (status == LL_ERR_MEMORY) return status;
    number = status == LL_OK;
  }
  if (number && ll_label_ok(value, &c->labels_seen, &c->b->y.data[row])) return LL_OK;
  csv_cell cell;
  char shown[LL_SHOWN], what[LL_SHOWN + 120];
  LL_TRY(csv_cell_at(c, start, &cell));
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
  LL_TRY(csv_cell_at(c, *at, &cell));
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
  case SKIP:
    if (c->dialect->tail && col + 1 == c->cols) {
      const unsigned char *limit = c->source->bytes + c->source->size;
      while (*at < limit && **at != '\n') ++*at;
      return LL_OK;
    }
    csv_cell cell;
    LL_TRY(csv_cell_at(c, *at, &cell));
    *at = cell.end;
    return LL_OK;
  case GROUP: return word_cell(c, at, row, col, &c->b->group_words, &c->b->groups[row]);
  default: return word_cell(c, at, row, col, &c->b->domain_words, &c->b->domains[row]);
  }
}

/* A level's number among those of its column, the category-th of its kind. */
static ll_status category_cell(csv *c, const unsigned char **at, size_t row, size_t col, size_t category, ll_real *to) {
  csv_cell cell;
  double value;
  uint32_t number;
  LL_TRY(csv_cell_at(c, *at, &cell));
  if (take_missing(c, &cell, true, &value)) {
    *at = cell.end, *to = (ll_real)value;
    return LL_OK;
  }
  LL_TRY(word_cell(c, at, row, col, &c->levels[category], &number));
  *to = (ll_real)number;
  return LL_OK;
}

static const unsigned char *skip_comments(const csv *c, const unsigned char *p, const unsigned char *limit) {
  unsigned char comment = (unsigned char)c->source->options->comment;
  while (comment && p < limit && *p == comment) {
    const unsigned char *end = memchr(p, '\n', (size_t)(limit - p));
    p = end ? end + 1 : limit;
  }
  return p;
}

static ll_status ragged(csv *c, const unsigned char *start, size_t row) {
  const unsigned char *p = start;
  size_t got = 1;
  csv_cell cell;
  for (;; p++, got++) {
    LL_TRY(csv_cell_at(c, p, &cell));
    p = cell.end;
    if (*p != c->dialect->separator) break;
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
static bool ends_here(const csv *c, const unsigned char *p, const unsigned char *limit, bool last) {
  return !last && *p != c->dialect->separator && csv_is_end(c, p, limit);
}

static ll_status read_rows(csv *c, const unsigned char *p, size_t most, size_t *rows) {
  const unsigned char *limit = c->source->bytes + c->source->size;
  const unsigned char separator = c->dialect->separator;
  size_t row = 0;
  for (; p = skip_comments(c, p, limit), p < limit; row++) {
    if ((*p == '\n' || *p == '\r') && only_blank(p, limit)) break;
    const unsigned char *start = p;
    if (row == most) return ll_fail(c->ctx, LL_ERR_RANGE, "%s: more than %zu rows", c->source->path, most);
    ll_real *to = c->b->x.data + row * c->features;
    size_t category = 0;
    for (size_t col = 0; col < c->cols; col++) {
      bool last = col + 1 == c->cols;
      if (c->roles[col] == FEATURE) {
        double value = 0;
        const unsigned char *end = ll_decimal_with(p, &value, true);
        if (__builtin_expect(end && (*end == separator || *end == '\n' || *end == '\r'), 1) && csv_is_end(c, end, limit)) p = end;
        else if (ends_here(c, p, limit, last)) return ragged(c, start, row);
        else LL_TRY(cell_value(c, &p, row, col, &value));
        *to = (ll_real)value;
        if (__builtin_expect(!isfinite(*to), 0) && !isnan(value)) { /* NaN: a missing cell, accepted */
          char shown[LL_SHOWN], what[LL_SHOWN + 120];
          csv_cell cell;
          while (p > start && p[-1] != separator) p--;
          LL_TRY(csv_cell_at(c, p, &cell));
          snprintf(what, sizeof what, "\"%s\" is beyond the range of %s numbers", ll_show(shown, cell.text, cell.size),
                   LL_PRECISION);
          return bad_cell(c, LL_ERR_NUMBER, p, row, col, what);
        }
        to++;
      } else if (ends_here(c, p, limit, last)) {
        return ragged(c, start, row);
      } else if (c->roles[col] == CATEGORY) {
        LL_TRY(category_cell(c, &p, row, col, category++, to++));
      } else {
        LL_TRY(special_cell(c, &p, row, col));
      }
      if ((*p == separator && p < limit) == last) return ragged(c, start, row);
      if (!last) p++;
    }
    p += *p == '\r';
    p += *p == '\n' && p < limit;
    if (__builtin_expect(c->drop, 0)) c->drop = false, row--;
  }
  if (row == 0 && c->source->options->missing == LL_MISSING_DROP)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: every row has a missing cell and was dropped", c->source->path);
  *rows = row;
  return LL_OK;
}

static ll_status read_all(csv *c) {
  const unsigned char *p = c->source->bytes, *limit = p + c->source->size;
  if (c->source->size >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: UTF-16 text; UTF-8 is needed", c->source->path);
  if (c->source->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
  if (only_blank(p, limit)) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: the file is empty", c->source->path);
  p = skip_comments(c, p, limit);
  if (only_blank(p, limit)) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only comments", c->source->path);
  LL_TRY(csv_header(c, &p));
  p = skip_comments(c, p, limit);
  const char *skip = c->dialect->skip_line;
  while (skip && (size_t)(limit - p) >= strlen(skip) && strncasecmp((const char *)p, skip, strlen(skip)) == 0) {
    const unsigned char *end = memchr(p, '\n', (size_t)(limit - p));
    p = end ? end + 1 : limit;
  }
  if (p == limit || only_blank(p, limit)) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: only a header, no rows", c->source->path);
  size_t digits = c->source->options->missing == LL_MISSING_ERROR ? c->features : 0; /* a cell may be empty if it may be missing */
  size_t most = (size_t)(limit - p) / (c->cols + digits) + 1, rows = 0;
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
  return c->categories ? csv_expand(c) : LL_OK;
}

ll_status csv_read(ll_ctx *ctx, const ll_source *source, ll_builder *builder, const csv_dialect *dialect) {
  csv c = {.ctx = ctx, .dialect = dialect, .source = source, .b = builder};
  ll_status status = read_all(&c);
  ll_words_free(ctx, &c.header);
  for (size_t k = 0; k < c.categories; k++) ll_words_free(ctx, &c.levels[k]);
  ll_free(ctx, c.levels);
  ll_free(ctx, c.roles);
  ll_free(ctx, c.scratch);
  return status;
}

ll_status ll_read_csv(ll_ctx *ctx, const ll_source *source, ll_builder *builder) {
  static const csv_dialect dialect = {.separator = ',', .quotes = true, .roles = csv_roles};
  return csv_read(ctx, source, builder, &dialect);
}

ll_status ll_read_tsv(ll_ctx *ctx, const ll_source *source, ll_builder *builder) {
  static const csv_dialect dialect = {.separator = '\t', .quotes = true, .roles = csv_roles};
  return csv_read(ctx, source, builder, &dialect);
}
