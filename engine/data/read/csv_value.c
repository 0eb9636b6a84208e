/* What a cell means by the role of its column: a number, a label, a word that is numbered, a level of a category; and the error
 * where it is none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/printable.h"
#include "engine/data/read/csv.h"
#include "engine/data/read/number.h"

static ll_status bad_cell(ll_csv *c, ll_status status, const unsigned char *at, size_t row, size_t col, const char *what) {
  char name[LL_PRINTABLE];
  const char *column = ll_words_at(&c->header, col);
  return ll_fail(c->ctx, status, "%s: row %zu (line %zu), column %zu (\"%s\"): %s", c->source->path, row + 1,
                 ll_source_line(c->source, at), col + 1, ll_printable(name, column), what);
}

static bool is_word(const ll_csv_cell *cell, const char *const *words, bool maybe_signed) {
  const unsigned char *text = cell->text;
  size_t n = cell->size;
  if (maybe_signed && n && (*text == '-' || *text == '+')) text++, n--;
  for (; *words; words++) {
    size_t i = 0;
    while (i < n && (*words)[i] && ((text[i] | 0x20) == ((*words)[i] | 0x20))) i++;
    if (i == n && !(*words)[i]) return true;
  }
  return false;
}

static const char *const absent[] = {"", "na", "n/a", "null", "none", "?", NULL}, *const no_number[] = {"nan", NULL},
                         *const none[] = {"none", NULL};

static bool is_missing(const ll_csv_cell *cell) { return is_word(cell, absent, false) || is_word(cell, no_number, true); }

/* Whether a cell is missing and may be; *value is then what stands for it. */
static bool take_missing(ll_csv *c, const ll_csv_cell *cell, bool category, double *value) {
  ll_missing policy = c->options->missing;
  if (policy == LL_MISSING_ERROR || cell->torn || !is_missing(cell)) return false;
  *value = policy == LL_MISSING_CONSTANT ? category ? -1 : c->options->constant : NAN;
  if (policy == LL_MISSING_DROP) c->drop = true;
  if (policy == LL_MISSING_MEAN) c->b->missing = true;
  return true;
}

static ll_status not_number(ll_csv *c, const ll_csv_cell *cell, const unsigned char *at, size_t row, size_t col) {
  static const char *const infinite[] = {"inf", "infinity", NULL};
  static const char may_miss[] = "; missing = \"mean\", \"drop\" or a number says what then";
  char shown[LL_PRINTABLE], name[LL_PRINTABLE], what[3 * LL_PRINTABLE + 160];
  ll_printable_bytes(shown, cell->text, cell->size);
  ll_status status = LL_ERR_NUMBER;
  bool feature = c->roles[col] == LL_CSV_FEATURE, may_lack = feature && c->options->missing == LL_MISSING_ERROR;
  if (cell->size == 0) snprintf(what, sizeof what, "the cell is empty: a number is missing%s", may_lack ? may_miss : "");
  else if (is_word(cell, absent, false))
    snprintf(what, sizeof what, "\"%s\": a number is missing%s", shown, may_lack ? may_miss : "");
  else if (is_word(cell, no_number, true)) snprintf(what, sizeof what, "\"%s\" is no finite number", shown);
  else if (is_word(cell, infinite, true)) snprintf(what, sizeof what, "\"%s\" is infinite", shown);
  else {
    status = LL_ERR_FORMAT;
    size_t size = (size_t)snprintf(what, sizeof what, "\"%s\" is not a number", shown);
    if (feature && !c->dialect->tail && !cell->torn) {
      ll_printable(name, ll_words_at(&c->header, col));
      snprintf(what + size, sizeof what - size, "; categorical = { \"%s\" } takes words, ignore = { \"%s\" } leaves them out", name,
               name);
    }
  }
  return bad_cell(c, status, at, row, col, what);
}

ll_status ll_csv_value_number(ll_csv *c, const unsigned char **at, size_t row, size_t col, double *value, ll_real *rounded) {
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  ll_real to = 0;
  /* What follows the cell (quotes, a blank, a separator, the end) belongs to no number: ll_number_decimal stops there. */
  const unsigned char *text = cell.text, *stop = text + cell.size;
  while (text < stop && *text == ' ') text++; /* blanks within the quotes */
  while (text < stop && stop[-1] == ' ') stop--;
  if (!cell.torn && text < stop && ll_number_decimal(text, value) == stop) {
    to = ll_number_round(text, *value);
  } else {
    if (c->roles[col] != LL_CSV_FEATURE || !take_missing(c, &cell, false, value)) return not_number(c, &cell, *at, row, col);
    to = (ll_real)*value;
  }
  if (rounded) *rounded = to;
  *at = cell.end;
  return LL_OK;
}

ll_status ll_csv_value_too_large(ll_csv *c, const unsigned char *at, size_t row, size_t col) {
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 120];
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, at, &cell));
  snprintf(what, sizeof what, "\"%s\" is beyond the range of %s numbers", ll_printable_bytes(shown, cell.text, cell.size),
           LL_PRECISION);
  return bad_cell(c, LL_ERR_NUMBER, at, row, col, what);
}

static ll_status label_cell(ll_csv *c, const unsigned char **at, size_t row, size_t col) {
  const unsigned char *start = *at, *end;
  double value = 0;
  bool number = (end = ll_number_decimal(start, &value)) != NULL && ll_csv_is_end(c, end);
  if (number) *at = end;
  else {
    ll_status status = ll_csv_value_number(c, at, row, col, &value, NULL);
    if (status == LL_ERR_MEMORY) return status;
    number = status == LL_OK;
  }
  if (number && ll_builder_label(value, &c->labels_seen, &c->b->y.data[row])) return LL_OK;
  ll_csv_cell cell;
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 180];
  LL_TRY(ll_csv_cell_at(c, start, &cell));
  ll_printable_bytes(shown, cell.text, cell.size);
  if (number && (value == 0 || value == -1))
    snprintf(what, sizeof what, "label %s, but there were labels %d before; they are 0 and 1, or -1 and 1", shown,
             value == 0 ? -1 : 0);
  else if (cell.size == 0) snprintf(what, sizeof what, "the label is missing");
  else
    snprintf(
        what, sizeof what,
        "\"%s\" is no label; labels are 0 and 1, or -1 and 1; other classes stand in a column \"class\", or positive = … names one",
        shown);
  return bad_cell(c, LL_ERR_LABEL, start, row, col, what);
}

/* A real value, or a weight. */
static ll_status number_cell(ll_csv *c, const unsigned char **at, size_t row, size_t col, bool weight, ll_real *out) {
  const unsigned char *start = *at;
  double value = 0;
  LL_TRY(ll_csv_value_number(c, at, row, col, &value, out));
  if (!isfinite(*out)) return ll_csv_value_too_large(c, start, row, col);
  return weight && value < 0 ? bad_cell(c, LL_ERR_RANGE, start, row, col, "a weight is a number >= 0") : LL_OK;
}

static ll_status word_cell(ll_csv *c, const unsigned char **at, size_t row, size_t col, ll_words *words, uint32_t *number) {
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  const char *what = cell.torn                         ? "quotes that do not close, or text after them"
                     : cell.size == 0                  ? "the cell is empty"
                     : memchr(cell.text, 0, cell.size) ? "a zero byte"
                                                       : NULL;
  bool is_none = c->roles[col] != LL_CSV_CATEGORY && is_word(&cell, none, false); /* a class, group or domain may be called so */
  if (!what && is_missing(&cell) && !is_none) what = "a value is missing";
  if (what) return bad_cell(c, c->roles[col] == LL_CSV_CLASS ? LL_ERR_LABEL : LL_ERR_FORMAT, *at, row, col, what);
  *at = cell.end;
  return ll_words_add(c->ctx, words, cell.text, cell.size, number, NULL);
}

static ll_status empty_cell(ll_csv *c, const unsigned char **at, size_t row, size_t col) {
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 120];
  ll_csv_cell cell;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  snprintf(what, sizeof what, "the header gives this column no name, but the cell holds \"%s\"",
           ll_printable_bytes(shown, cell.text, cell.size));
  if (cell.size > 0) return bad_cell(c, LL_ERR_FORMAT, *at, row, col, what);
  *at = cell.end;
  return LL_OK;
}

ll_status ll_csv_value(ll_csv *c, const unsigned char **at, size_t row, size_t col) {
  uint32_t number;
  switch (c->roles[col]) {
  case LL_CSV_LABEL: return label_cell(c, at, row, col);
  case LL_CSV_CLASS:
    LL_TRY(word_cell(c, at, row, col, &c->b->classes, &number));
    c->b->y.data[row] = (ll_real)number;
    return LL_OK;
  case LL_CSV_VALUE: return number_cell(c, at, row, col, false, &c->b->y.data[row]);
  case LL_CSV_WEIGHT: return number_cell(c, at, row, col, true, &c->b->weights.data[row]);
  case LL_CSV_SKIP:
    if (c->dialect->tail && col + 1 == c->cols) {
      while (*at < c->limit && **at != '\n') ++*at;
      return LL_OK;
    }
    ll_csv_cell cell;
    LL_TRY(ll_csv_cell_at(c, *at, &cell));
    *at = cell.end;
    return LL_OK;
  case LL_CSV_EMPTY: return empty_cell(c, at, row, col);
  case LL_CSV_GROUP: return word_cell(c, at, row, col, &c->b->group_words, &c->b->groups[row]);
  default: return word_cell(c, at, row, col, &c->b->domain_words, &c->b->domains[row]);
  }
}

ll_status ll_csv_value_level(ll_csv *c, const unsigned char **at, size_t row, size_t col, size_t category, ll_real *to) {
  ll_csv_cell cell;
  double value;
  uint32_t number;
  LL_TRY(ll_csv_cell_at(c, *at, &cell));
  if (take_missing(c, &cell, true, &value)) {
    *at = cell.end, *to = (ll_real)value;
    return LL_OK;
  }
  LL_TRY(word_cell(c, at, row, col, &c->levels[category], &number));
  *to = (ll_real)number;
  return LL_OK;
}
