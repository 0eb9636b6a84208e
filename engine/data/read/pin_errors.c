/* What is said of a row of Percolator's input that is not what it should be: file, row, line, column, what was found and expected.
 */
#include <stdio.h>

#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

static ll_status say(ll_pin_file *f, const ll_pin_bad *bad, ll_status status, const char *what) {
  char name[LL_PRINTABLE];
  const char *column = bad->col < f->names.count ? ll_words_at(&f->names, bad->col) : "Proteins";
  return ll_fail(f->pin->ctx, status, "%s: row %zu (line %zu), column %zu (\"%s\"): %s", f->source->path, bad->row + 1,
                 f->line + bad->row, bad->col + 1, ll_printable(name, column), what);
}

static ll_status ragged(ll_pin_file *f, const ll_pin_bad *bad) {
  size_t cells = 1, least = f->cols - (f->tail && !f->after);
  bool blanks = false;
  for (const unsigned char *p = bad->line; p < bad->end; p++) cells += *p == '\t', blanks = blanks || *p == ' ';
  const char *hint = f->spaces              ? "; cells are separated by blanks"
                     : cells == 1 && blanks ? "; cells are separated by tabs, as those of the header are"
                     : f->after && f->tail  ? "; only the proteins may be several"
                                            : "";
  return ll_fail(f->pin->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): expected %zu cells%s, got %zu%s", f->source->path,
                 bad->row + 1, f->line + bad->row, least, f->tail ? " or more" : "", cells, hint);
}

static ll_status not_number(ll_pin_file *f, const ll_pin_bad *bad) {
  static const char may_miss[] = "; missing = \"mean\", \"drop\" or a number says what then";
  char shown[LL_PRINTABLE], name[LL_PRINTABLE], what[3 * LL_PRINTABLE + 160];
  double value;
  ll_real rounded;
  ll_pin_value kind = ll_pin_number(bad->cell, bad->cell + bad->size, &value, &rounded);
  bool feature = f->roles[bad->col] == LL_PIN_FEATURE;
  const char *hint = feature && f->pin->options.missing == LL_MISSING_ERROR ? may_miss : "";
  ll_printable_bytes(shown, bad->cell, bad->size);
  if (kind == LL_PIN_INFINITE) snprintf(what, sizeof what, "\"%s\" is infinite%s", shown, hint);
  else if (kind == LL_PIN_MISSING && bad->size == 0) snprintf(what, sizeof what, "the cell is empty: a number is missing%s", hint);
  else if (kind == LL_PIN_MISSING && (bad->cell[bad->size - 1] | 0x20) == 'n')
    snprintf(what, sizeof what, "\"%s\" is no finite number%s", shown, hint);
  else if (kind == LL_PIN_MISSING) snprintf(what, sizeof what, "\"%s\": a number is missing%s", shown, hint);
  else if (feature)
    snprintf(what, sizeof what, "\"%s\" is not a number; %s = { \"%s\" } leaves the column out", shown,
             f->pin->options.exclude_word, ll_printable(name, ll_words_at(&f->names, bad->col)));
  else snprintf(what, sizeof what, "\"%s\" is not a number", shown);
  return say(f, bad, kind == LL_PIN_WORD ? LL_ERR_FORMAT : LL_ERR_NUMBER, what);
}

static ll_status no_label(ll_pin_file *f, const ll_pin_bad *bad) {
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 240];
  if (bad->size == 0) return say(f, bad, LL_ERR_LABEL, "the label is missing");
  bool named =
      ll_pin_is((const unsigned char *)ll_words_at(&f->names, bad->col), strlen(ll_words_at(&f->names, bad->col)), "label");
  snprintf(what, sizeof what, "\"%s\" is no label; labels are 1 and -1, 1 and 0, True and False, or target and decoy%s",
           ll_printable_bytes(shown, bad->cell, bad->size),
           named ? "" : "; no column is called Label, so that they are looked for in the second");
  return say(f, bad, LL_ERR_LABEL, what);
}

static ll_status mixed(ll_pin_file *f, ll_pin_bad *bad) {
  static const char *const ways[] = {"1", "0", "-1", "True or False", "target or decoy"};
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 240];
  const unsigned char *p = bad->line;
  for (bad->col = 0; bad->col < f->cols && f->roles[bad->col] != LL_PIN_LABEL; bad->col++) {
    while (*p != '\t' && *p != '\n') p++;
    p++;
  }
  const unsigned char *end = p;
  while (*end != '\t' && *end != '\n' && *end != '\r' && end < f->source->bytes + f->source->size) end++;
  snprintf(what, sizeof what, "label %s, but row %zu has %s: labels are 1 and -1, 1 and 0, True and False, or target and decoy",
           ll_printable_bytes(shown, p, (size_t)(end - p)), bad->before + 1, ways[bad->other]);
  return say(f, bad, LL_ERR_LABEL, what);
}

ll_status ll_pin_wrong_row(ll_pin_file *f, const ll_pin_bad *bad) {
  char shown[LL_PRINTABLE], what[LL_PRINTABLE + 160];
  ll_pin_bad copy = *bad;
  switch (bad->wrong) {
  case LL_PIN_RAGGED: return ragged(f, bad);
  case LL_PIN_NOT_NUMBER: return not_number(f, bad);
  case LL_PIN_NO_LABEL: return no_label(f, bad);
  case LL_PIN_MIXED_LABELS: return mixed(f, &copy);
  case LL_PIN_TOO_LARGE:
    snprintf(what, sizeof what, "\"%s\" is beyond the range of %s numbers", ll_printable_bytes(shown, bad->cell, bad->size),
             f->roles[bad->col] == LL_PIN_FEATURE ? LL_PRECISION : "double");
    return say(f, bad, LL_ERR_NUMBER, what);
  case LL_PIN_EMPTY: return say(f, bad, LL_ERR_FORMAT, bad->size ? "a value is missing" : "the cell is empty");
  case LL_PIN_TORN_PEPTIDE:
    snprintf(what, sizeof what, "\"%s\": a bracket does not close; where cells are separated by blanks none may stand within one",
             ll_printable_bytes(shown, bad->cell, bad->size));
    return say(f, bad, LL_ERR_FORMAT, what);
  case LL_PIN_BLANK_LINE:
    return ll_fail(f->pin->ctx, LL_ERR_FORMAT, "%s: line %zu is blank, but rows follow", f->source->path, f->blank_line);
  default:
    return ll_fail(f->pin->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): a zero byte", f->source->path, bad->row + 1,
                   f->line + bad->row);
  }
}
