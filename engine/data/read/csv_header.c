/* The header of delimited text, which decides what each column is. */
#include <stdio.h>
#include <string.h>

#include "engine/data/printable.h"
#include "engine/data/read/csv.h"
#include "engine/data/read/number.h"

enum { SEARCHED = 64 }; /* columns that are looked through for what was meant */

ll_status ll_csv_no_column(ll_csv *c, const char *which, const char *word, const ll_words *columns) {
  char said[600], meant[LL_PRINTABLE], shown[SEARCHED][LL_PRINTABLE];
  const char *names[SEARCHED];
  size_t n = columns->count < SEARCHED ? columns->count : SEARCHED;
  for (size_t j = 0; j < n; j++) names[j] = ll_printable(shown[j], ll_words_at(columns, j));
  snprintf(said, sizeof said, "%.500s: there is no column%s", c->source->path, which);
  return ll_names_unknown(c->ctx, said, ll_printable(meant, word), names, n);
}

ll_status ll_csv_no_label(ll_csv *c, const char *label, const char *class) {
  const char *const wanted[] = {label, class}, *names[SEARCHED];
  char list[480] = "", shown[LL_PRINTABLE], which[40] = "", columns[80], hint[80] = "";
  size_t at = 0, n = c->cols < SEARCHED ? c->cols : SEARCHED;
  bool number = false;
  double value;
  for (size_t j = 0; j < n; j++) {
    names[j] = ll_words_at(&c->header, j);
    number = number || ll_number_decimal((const unsigned char *)names[j], &value);
    if (at < sizeof list - LL_PRINTABLE)
      at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", j ? ", " : "", ll_printable(shown, names[j]));
    else if (j + 1 == n) snprintf(list + at, sizeof list - at, ", …");
  }
  snprintf(columns, sizeof columns, class ? "\"%s\" or \"%s\"" : "\"%s\"", label, class);
  const char *first = n > 0 ? names[0] : "";
  if (c->cols == 1 && !*first) snprintf(hint, sizeof hint, "; the line of the names is blank");
  else if (strpbrk(first, c->cols == 1 ? ",;\t|" : ";\t|"))
    snprintf(hint, sizeof hint, "; cells are separated by %s", c->dialect->separator == ',' ? "commas" : "tabs");
  for (size_t k = 0; k < 2 && wanted[k] && !*hint; k++) {
    if (!ll_names_nearest(wanted[k], names, n)) continue;
    if (class) snprintf(which, sizeof which, " \"%s\" or", wanted[!k]);
    ll_csv_no_column(c, which, wanted[k], &c->header);
    return LL_ERR_FORMAT;
  }
  if (!*hint && number) snprintf(hint, sizeof hint, "; the first line is taken for the names, but holds numbers");
  if (!*hint && class) snprintf(hint, sizeof hint, "; label = \"NAME\" takes another column");
  return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: no column %s among the %zu column%s: %s%s", c->source->path, columns, c->cols,
                 c->cols == 1 ? "" : "s", list, hint);
}

static ll_status read_names(ll_csv *c, const unsigned char **at) {
  const unsigned char *next = *at;
  bool last = false;
  while (!last) {
    const unsigned char *p = next;
    ll_csv_cell cell;
    uint32_t number;
    bool is_new;
    char shown[LL_PRINTABLE];
    LL_TRY(ll_csv_next(c, &next, &cell, &last));
    ll_printable_bytes(shown, cell.text, cell.size);
    if (cell.torn)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header, column %zu: quotes that do not close, or text after them: %s",
                     c->source->path, c->cols + 1, shown);
    if (memchr(cell.text, '\r', cell.size) && !memchr(p, '"', (size_t)(cell.end - p)))
      return ll_fail(c->ctx, LL_ERR_FORMAT,
                     "%s: header, column %zu: a carriage return in the name: %s; lines end in LF or CRLF, not in CR alone",
                     c->source->path, c->cols + 1, shown);
    if (memchr(cell.text, 0, cell.size))
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header, column %zu: a zero byte in the name: %s", c->source->path, c->cols + 1,
                     shown);
    if (ll_csv_nameless(&cell)) {
      LL_TRY(ll_csv_nameless_add(c));
      continue;
    }
    LL_TRY(ll_words_add(c->ctx, &c->header, cell.text, cell.size, &number, &is_new));
    if (!is_new)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: columns %zu and %zu have the same name, \"%s\"", c->source->path,
                     (size_t)number + 1, c->cols + 1, shown);
    c->cols++;
  }
  *at = next;
  return LL_OK;
}

/* The place of a column that an option names. */
static ll_status place_of(ll_csv *c, const char *which, const char *name, size_t *place) {
  for (*place = 0; *place < c->cols; ++*place)
    if (*name && strcmp(ll_words_at(&c->header, *place), name) == 0) return LL_OK;
  return ll_csv_no_column(c, which, name, &c->header);
}

/* The column of labels, or of real values, that the options name; c->cols where they name none. */
static ll_status chosen_label(ll_csv *c, size_t *label) {
  const ll_read_options *o = c->options;
  *label = c->cols;
  if (o->values) return place_of(c, " of values", o->values, label);
  if (o->label_column > c->cols)
    return ll_fail(c->ctx, LL_ERR_RANGE, "%s: label: there is no column %zu; there %s %zu", c->source->path, o->label_column,
                   c->cols == 1 ? "is" : "are", c->cols);
  if (o->label_column) *label = o->label_column - 1;
  return o->label ? place_of(c, " of labels", o->label, label) : LL_OK;
}

ll_status ll_csv_roles(ll_csv *c) {
  static const char *const label_names[] = {"label", "class"};
  size_t label;
  ll_csv_role role = LL_CSV_LABEL;
  LL_TRY(chosen_label(c, &label));
  if (label < c->cols)
    role = c->options->values ? LL_CSV_VALUE
                              : LL_CSV_CLASS; /* any words; ll_builder_positive_plain looks whether they are binary labels */
  /* the first column if it is called so, else label before class: a feature may be called class */
  for (size_t k = 0; k < 2 && label == c->cols; k++)
    if (strcmp(ll_words_at(&c->header, 0), label_names[k]) == 0) label = 0, role = k ? LL_CSV_CLASS : LL_CSV_LABEL;
  for (size_t k = 0; k < 2; k++)
    for (size_t j = 1; j < c->cols && label == c->cols; j++)
      if (strcmp(ll_words_at(&c->header, j), label_names[k]) == 0) label = j, role = k ? LL_CSV_CLASS : LL_CSV_LABEL;
  if (label == c->cols) return ll_csv_no_label(c, "label", "class");
  for (size_t j = 0; j < c->cols; j++) {
    const char *name = ll_words_at(&c->header, j);
    c->roles[j] = strcmp(name, "group") == 0 ? LL_CSV_GROUP : strcmp(name, "domain") == 0 ? LL_CSV_DOMAIN : LL_CSV_FEATURE;
  }
  c->roles[label] = (unsigned char)role;
  if (!c->options->weight) return LL_OK;
  size_t weight;
  LL_TRY(place_of(c, " of weights", c->options->weight, &weight));
  if (weight == label)
    return ll_fail(c->ctx, LL_ERR_ARGUMENT, "%s: column %zu cannot hold both the %s and the weights", c->source->path, label + 1,
                   c->options->values ? "values" : "labels");
  c->roles[weight] = LL_CSV_WEIGHT;
  return LL_OK;
}

/* Leaves out the columns that the options name. */
static ll_status ignored(ll_csv *c) {
  const ll_read_options *o = c->options;
  for (size_t k = 0; k < o->n_ignore; k++) {
    size_t col = 0;
    while (col < c->cols && strcmp(ll_words_at(&c->header, col), o->ignore[k]) != 0) col++;
    if (col == c->cols) return ll_csv_no_column(c, " to ignore", o->ignore[k], &c->header);
    unsigned char role = c->roles[col];
    if (role == LL_CSV_LABEL || role == LL_CSV_CLASS || role == LL_CSV_VALUE || role == LL_CSV_WEIGHT) {
      char shown[LL_PRINTABLE];
      return ll_fail(c->ctx, LL_ERR_ARGUMENT, "%s: column %zu (\"%s\") holds the %s and cannot be ignored", c->source->path,
                     col + 1, ll_printable(shown, o->ignore[k]),
                     role == LL_CSV_WEIGHT  ? "weights"
                     : role == LL_CSV_VALUE ? "values"
                                            : "labels");
    }
    c->roles[col] = LL_CSV_SKIP;
  }
  return LL_OK;
}

ll_status ll_csv_header(ll_csv *c, const unsigned char **at) {
  void *block;
  uint32_t number;
  for (;;) {
    ll_status status = read_names(c, at);
    if (!c->starved || status == LL_ERR_MEMORY) {
      LL_TRY(status);
      break;
    }
    LL_TRY(ll_csv_more(c, at));
    ll_words_free(c->ctx, &c->header);
    c->header = (ll_words){0}, c->cols = 0;
  }
  LL_TRY(ll_calloc(c->ctx, &block, c->cols, 1));
  c->roles = block;
  LL_TRY(c->dialect->roles(c));
  LL_TRY(ll_csv_nameless_roles(c));
  LL_TRY(ignored(c));
  unsigned char *label = memchr(c->roles, LL_CSV_LABEL, c->cols);
  if (label && c->b->positive) *label = LL_CSV_CLASS; /* any words */
  for (size_t j = 0; j < c->cols; j++) {
    const char *name = ll_words_at(&c->header, j);
    if (c->roles[j] == LL_CSV_FEATURE) LL_TRY(ll_words_add(c->ctx, &c->b->columns, name, strlen(name), &number, NULL));
  }
  LL_TRY(ll_csv_categories(c));
  LL_TRY(ll_alloc(c->ctx, &block, c->cols * sizeof *c->runs));
  c->runs = block;
  for (size_t j = c->cols; j-- > 0;) c->runs[j] = c->roles[j] != LL_CSV_FEATURE ? 0 : j + 1 < c->cols ? c->runs[j + 1] + 1 : 1;
  c->features = c->b->columns.count;
  if (c->features == 0)
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: no columns of features: there %s only %zu column%s", c->source->path,
                   c->cols == 1 ? "is" : "are", c->cols, c->cols == 1 ? "" : "s");
  LL_TRY(ll_calloc(c->ctx, &block, c->features, sizeof *c->exact));
  c->exact = block;
  c->b->multiclass = memchr(c->roles, LL_CSV_CLASS, c->cols) != NULL;
  c->b->values = memchr(c->roles, LL_CSV_VALUE, c->cols) != NULL;
  return LL_OK;
}
