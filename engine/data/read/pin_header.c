/* What the columns of Percolator's input are: by their names, in any case, else by Percolator's places (the first is the id, the
 * second the label); the peptide ends the features, and the proteins take what a line has left. A column of words is no feature.
 * (Percolator's wiki, "Interface", and its SetHandler.cpp: RT and dM are features unless it is asked for -D.) */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr */
#endif
#include <stdio.h>
#include <strings.h>

#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

enum { SEARCHED = 64, LOOKED_AT = 32 }; /* columns that a message looks through; rows that tell words from numbers */

typedef struct header {
  ll_pin_file *f;
  ll_ctx *ctx;
  const char *path;
  size_t first, second;     /* columns that have a name */
  size_t peptide, proteins; /* f->cols: none */
} header;

static const char *name_of(const header *h, size_t col) { return ll_words_at(&h->f->names, col); }

static ll_status note(header *h, size_t col, const char *what) {
  char shown[LL_PRINTABLE];
  return ll_builder_note(h->ctx, h->f->pin->b, "column %zu (\"%s\") %s", col + 1, ll_printable(shown, name_of(h, col)), what);
}

static const struct {
  const char *name;
  ll_pin_role role;
} known[] = {{"specid", LL_PIN_ID},     {"psmid", LL_PIN_ID},         {"spec_id", LL_PIN_ID},     {"psm_id", LL_PIN_ID},
             {"label", LL_PIN_LABEL},   {"scannr", LL_PIN_SCAN},      {"expmass", LL_PIN_MASS},   {"calcmass", LL_PIN_CALCULATED},
             {"filename", LL_PIN_FILE}, {"spectrafile", LL_PIN_FILE}, {"peptide", LL_PIN_PEPTIDE}},
  /* taken where no column has the name itself, and said */
    other[] = {
        {"scan", LL_PIN_SCAN},        {"scannum", LL_PIN_SCAN},  {"scannumber", LL_PIN_SCAN},      {"scan_nr", LL_PIN_SCAN},
        {"scan_number", LL_PIN_SCAN}, {"exp_mass", LL_PIN_MASS}, {"calc_mass", LL_PIN_CALCULATED}, {"sequence", LL_PIN_PEPTIDE}};
static const char *const role_names[LL_PIN_ROLES] = {
    [LL_PIN_ID] = "SpecId",           [LL_PIN_LABEL] = "Label",   [LL_PIN_SCAN] = "ScanNr",     [LL_PIN_MASS] = "ExpMass",
    [LL_PIN_CALCULATED] = "CalcMass", [LL_PIN_FILE] = "filename", [LL_PIN_PEPTIDE] = "Peptide", [LL_PIN_PROTEINS] = "Proteins"};

static ll_status twice(header *h, size_t before, size_t col, const char *name) {
  char shown[LL_PRINTABLE];
  return ll_fail(h->ctx, LL_ERR_FORMAT, "%s: header: column %zu is called \"%s\", and so is column %zu: which one is it?", h->path,
                 col + 1, ll_printable(shown, name), before + 1);
}

/* Adds a name that another column has, with the first number behind it that makes it one of its own. */
static ll_status add_again(header *h, const char *text, size_t size, uint32_t *number) {
  char again[600], shown[2][LL_PRINTABLE];
  bool is_new = false;
  for (size_t k = 0; k < sizeof known / sizeof *known; k++)
    if (strlen(known[k].name) == size && strncasecmp(text, known[k].name, size) == 0)
      return twice(h, *number, h->f->cols, name_of(h, *number));
  for (size_t k = 2; !is_new; k++) {
    int n = snprintf(again, sizeof again, "%.*s_%zu", (int)(size < 500 ? size : 500), text, k);
    LL_TRY(ll_words_add(h->ctx, &h->f->names, again, (size_t)n, number, &is_new));
  }
  return ll_builder_note(h->ctx, h->f->pin->b, "column %u has the name of another one, \"%s\": it is called \"%s\"", *number + 1,
                         ll_printable_bytes(shown[0], text, size), ll_printable(shown[1], again));
}

static bool is_nameless(const unsigned char *p, size_t n, size_t col) {
  return n == 0 || (col == 0 && n > 8 && strncasecmp((const char *)p, "Unnamed:", 8) == 0);
}

/* [out] the name at p, without blanks around it and quotes; returns where the next one begins, past end + 1 after the last. */
static const unsigned char *name_at(header *h, const unsigned char *p, const unsigned char *end, const unsigned char **text,
                                    size_t *size) {
  const unsigned char *stop = memchr(p, '\t', (size_t)(end - p)), *next;
  if (!stop) stop = end;
  next = stop + 1;
  while (p < stop && *p == ' ') p++;
  while (p < stop && stop[-1] == ' ') stop--;
  bool quoted = stop - p >= 2 && *p == '"' && stop[-1] == '"';
  h->f->quoted = h->f->quoted || quoted;
  *text = p + quoted, *size = (size_t)(stop - p) - 2 * quoted;
  return next;
}

static ll_status read_names(header *h, const unsigned char *p, const unsigned char *end) {
  ll_pin_file *f = h->f;
  for (const unsigned char *next; p <= end; p = next, f->cols++) {
    char shown[LL_PRINTABLE], made[40];
    const unsigned char *name;
    uint32_t number;
    bool is_new;
    size_t n;
    next = name_at(h, p, end, &name, &n);
    const char *odd = memchr(name, 0, n) ? "a zero byte in the name" : NULL;
    if (memchr(name, '\r', n)) odd = "a carriage return in the name; lines end in LF or CRLF, not in CR alone";
    if (odd)
      return ll_fail(h->ctx, LL_ERR_FORMAT, "%s: header, column %zu: %s: %s", h->path, f->cols + 1, odd,
                     ll_printable_bytes(shown, name, n));
    if (is_nameless(name, n, f->cols)) {
      n = (size_t)snprintf(made, sizeof made, "column %zu", f->cols + 1);
      LL_TRY(ll_words_add(h->ctx, &f->names, made, n, &number, &is_new));
      if (!is_new) LL_TRY(add_again(h, made, n, &number));
    } else {
      LL_TRY(ll_words_add(h->ctx, &f->names, name, n, &number, &is_new));
      if (!is_new) LL_TRY(add_again(h, (const char *)name, n, &number));
    }
  }
  return LL_OK;
}

/* Columns without a name are none; those at the end are tabs that stand behind the names. */
static ll_status leave_nameless(header *h, const unsigned char *p, const unsigned char *end) {
  ll_pin_file *f = h->f;
  size_t last = 0;
  for (size_t j = 0; j < f->cols; j++) {
    const unsigned char *name;
    size_t n;
    p = name_at(h, p, end, &name, &n);
    if (is_nameless(name, n, j)) f->roles[j] = LL_PIN_SKIP;
    else last = j + 1;
  }
  f->cols = h->first = h->second = last;
  for (size_t j = last; j-- > 0;) {
    if (f->roles[j] == LL_PIN_SKIP) continue;
    h->second = h->first, h->first = j;
  }
  for (size_t j = 0; j < f->cols; j++)
    if (f->roles[j] == LL_PIN_SKIP) LL_TRY(ll_builder_note(h->ctx, f->pin->b, "column %zu has no name and is left out", j + 1));
  return LL_OK;
}

static size_t column_of(const header *h, ll_pin_role role) {
  size_t j = 0;
  while (j < h->f->cols && h->f->roles[j] != role) j++;
  return j;
}

/* By name; where two columns have one that is no matter, the first counts. */
static ll_status by_name(header *h) {
  ll_pin_file *f = h->f;
  for (size_t j = 0; j < f->cols; j++)
    for (size_t k = 0; k < sizeof known / sizeof *known && f->roles[j] == LL_PIN_FEATURE; k++) {
      if (strcasecmp(name_of(h, j), known[k].name) != 0) continue;
      size_t before = column_of(h, known[k].role);
      bool matters = known[k].role != LL_PIN_ID && known[k].role != LL_PIN_FILE;
      if (before < f->cols && matters) return twice(h, before, j, name_of(h, j));
      f->roles[j] = (unsigned char)(before < f->cols ? LL_PIN_SKIP : known[k].role);
    }
  for (size_t k = 0; k < sizeof other / sizeof *other; k++)
    for (size_t j = 0; j < f->cols; j++) {
      if (f->roles[j] != LL_PIN_FEATURE || strcasecmp(name_of(h, j), other[k].name) != 0) continue;
      if (column_of(h, other[k].role) < f->cols) continue;
      char what[60];
      snprintf(what, sizeof what, "is taken for %s", role_names[other[k].role]);
      LL_TRY(note(h, j, what));
      f->roles[j] = (unsigned char)other[k].role;
    }
  return LL_OK;
}

static ll_status no_label(header *h) {
  const char *names[SEARCHED] = {""};
  char list[480] = "", shown[LL_PRINTABLE];
  size_t n = h->f->cols < SEARCHED ? h->f->cols : SEARCHED, at = 0;
  for (size_t j = 0; j < n; j++) {
    names[j] = name_of(h, j);
    if (at < sizeof list - LL_PRINTABLE - 8)
      at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", j ? ", " : "", ll_printable(shown, names[j]));
    else if (j + 1 == n) snprintf(list + at, sizeof list - at, ", …");
  }
  const char *near = ll_names_nearest("Label", names, n), *hint;
  char meant[LL_PRINTABLE + 30];
  if (n == 1 && strpbrk(names[0], ",;|")) hint = "; cells are separated by tabs";
  else if (near) {
    snprintf(meant, sizeof meant, "; did you mean \"%s\"?", ll_printable(shown, near));
    hint = meant;
  } else
    hint =
        "; add one that is 1 for targets and -1 for decoys (labels are not made of the proteins' names, but a decoy's often begins "
        "with \"decoy_\" or \"rev_\")";
  return ll_fail(h->ctx, LL_ERR_FORMAT, "%s: no column \"Label\" among the %zu column%s: %s%s", h->path, h->f->cols,
                 h->f->cols == 1 ? "" : "s", list, hint);
}

/* Id and label: where no name says them, the first two columns. */
static ll_status by_place(header *h) {
  ll_pin_file *f = h->f;
  size_t label = column_of(h, LL_PIN_LABEL), id = column_of(h, LL_PIN_ID);
  if (label == f->cols) {
    label = h->second;
    if (label == f->cols || f->roles[label] != LL_PIN_FEATURE) return no_label(h);
    double value;
    if (ll_number_decimal((const unsigned char *)name_of(h, label), &value))
      return ll_fail(h->ctx, LL_ERR_FORMAT,
                     "%s: the first line is taken for the names of the columns, but holds numbers: no column is called Label",
                     h->path);
    if (strcasestr(name_of(h, label), "decoy"))
      return ll_fail(h->ctx, LL_ERR_FORMAT,
                     "%s: header: no column is called Label, and the second, \"%s\", seems to say which are decoys: a column Label "
                     "is 1 for targets and -1 (or 0) for decoys",
                     h->path, name_of(h, label));
    f->roles[label] = LL_PIN_LABEL;
  }
  for (size_t j = 0; j < f->cols && id == f->cols; j++)
    if (f->roles[j] == LL_PIN_FEATURE && (j == h->first || strcasecmp(name_of(h, j), "id") == 0)) id = j;
  if (id == f->cols)
    return ll_fail(h->ctx, LL_ERR_FORMAT, "%s: header: no column is called SpecId, and the first is not one of ids", h->path);
  f->roles[id] = LL_PIN_ID;
  return LL_OK;
}

static bool is_protein(const char *name) { return strncasecmp(name, "protein", 7) == 0; }
static bool is_proteins(const char *name) {
  static const char *const names[] = {"protein", "proteins", "proteinid", "proteinids", "protein_id", "protein_ids"};
  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    if (strcasecmp(name, names[k]) == 0) return true;
  return false;
}

static bool is_feature_before(const header *h, size_t end) {
  for (size_t j = 0; j < end; j++)
    if (h->f->roles[j] == LL_PIN_FEATURE) return true;
  return false;
}

/* Where the proteins are: in the last columns that are called so; in one that is, further in front; or all that is behind the
 * peptide, unless a column there is known by its name or all features are there. */
static void find_proteins(header *h) {
  ll_pin_file *f = h->f;
  size_t first = f->cols, from = h->peptide < f->cols ? h->peptide + 1 : 2;
  h->proteins = f->cols;
  while (first > from && is_protein(name_of(h, first - 1)) && f->roles[first - 1] == LL_PIN_FEATURE) first--;
  if (first < f->cols) {
    h->proteins = first, f->cols = first + 1, f->tail = true;
    return;
  }
  for (size_t j = f->cols; j-- > 0;)
    if (f->roles[j] == LL_PIN_FEATURE && is_proteins(name_of(h, j))) {
      h->proteins = j, f->tail = true, f->after = f->cols - 1 - j;
      return;
    }
  if (h->peptide == f->cols || (h->peptide + 1 < f->cols && !is_feature_before(h, h->peptide))) return;
  for (size_t j = h->peptide + 1; j < f->cols; j++)
    if (f->roles[j] != LL_PIN_FEATURE) return;
  h->proteins = h->peptide + 1, f->cols = h->proteins + 1, f->tail = true;
}

/* What stands behind the peptide and has a name of its own is no feature, unless all features do. */
static ll_status behind_peptide(header *h, size_t cols) {
  ll_pin_file *f = h->f;
  bool before = is_feature_before(h, h->peptide);
  for (size_t j = h->peptide + 1; j < cols; j++) {
    if (f->roles[j] != LL_PIN_FEATURE || (f->tail && j >= h->proteins && is_protein(name_of(h, j)))) continue;
    bool own = !f->tail || j < h->proteins || f->after; /* else it is within the proteins */
    bool taken = !before && own;
    LL_TRY(note(h, j,
                taken ? "stands behind the peptide and is taken for a feature, as none stands before it"
                      : "stands behind the peptide, where the proteins are: it is no feature"));
    if (!taken) f->roles[j] = LL_PIN_SKIP;
  }
  return LL_OK;
}

/* Of each column of features, whether its cells in the first rows are all words. */
static ll_status leave_words(header *h, const unsigned char *p, const unsigned char *limit) {
  enum { NUMBERS = 1, WORDS = 2 };
  ll_pin_file *f = h->f;
  size_t cols = f->tail && h->proteins < f->cols ? h->proteins : f->cols;
  void *block;
  LL_TRY(ll_calloc(h->ctx, &block, f->cols + 1, 1));
  unsigned char *seen = block;
  const unsigned char *next;
  for (size_t i = 0; i < LOOKED_AT && p < limit; i++, p = next) {
    const unsigned char *end = ll_pin_line_end(p, limit, &next);
    for (size_t j = 0; j < cols && p <= end; j++) {
      const unsigned char *stop = memchr(p, '\t', (size_t)(end - p));
      double value;
      ll_real rounded;
      if (!stop) stop = end;
      ll_pin_value kind = f->roles[j] == LL_PIN_FEATURE ? ll_pin_number(p, stop, &value, &rounded) : LL_PIN_MISSING;
      if (kind != LL_PIN_MISSING) seen[j] |= kind == LL_PIN_WORD ? WORDS : NUMBERS;
      p = stop + 1;
    }
  }
  ll_status status = LL_OK;
  for (size_t j = 0; j < cols && status == LL_OK; j++) {
    if (seen[j] != WORDS) continue;
    f->roles[j] = LL_PIN_SKIP;
    status = note(h, j, "holds words: it is no feature");
  }
  ll_free(h->ctx, block);
  return status;
}

/* Whether a name, in any case, is what a pattern says, in which * is any text. */
static bool matches(const char *pattern, const char *name) {
  const char *star = NULL, *mark = NULL;
  while (*name) {
    if (*pattern == '*') star = pattern++, mark = name;
    else if (strncasecmp(pattern, name, 1) == 0) pattern++, name++;
    else if (star) pattern = star + 1, name = ++mark;
    else return false;
  }
  while (*pattern == '*') pattern++;
  return !*pattern;
}

static ll_status leave_excluded(header *h, size_t cols) {
  ll_pin_file *f = h->f;
  const ll_pin_options *o = &f->pin->options;
  for (size_t k = 0; k < o->n_exclude; k++) {
    bool found = false;
    for (size_t j = 0; j < cols; j++) {
      if (!matches(o->exclude[k], name_of(h, j))) continue;
      found = true;
      if (j < f->cols && f->roles[j] == LL_PIN_FEATURE) f->roles[j] = LL_PIN_SKIP;
    }
    if (found) continue;
    char said[600], meant[LL_PRINTABLE], shown[SEARCHED][LL_PRINTABLE];
    const char *names[SEARCHED];
    size_t n = cols < SEARCHED ? cols : SEARCHED;
    for (size_t j = 0; j < n; j++) names[j] = ll_printable(shown[j], name_of(h, j));
    snprintf(said, sizeof said, "%.500s: %s: there is no column", h->path, o->exclude_word);
    return ll_names_unknown(h->ctx, said, ll_printable(meant, o->exclude[k]), names, n);
  }
  return LL_OK;
}

ll_status ll_pin_header(ll_pin_file *f, const unsigned char *from, const unsigned char *to, const unsigned char *rows,
                        const unsigned char *limit) {
  header h = {.f = f, .ctx = f->pin->ctx, .path = f->source->path};
  void *block;
  LL_TRY(read_names(&h, from, to));
  LL_TRY(ll_alloc(h.ctx, &block, f->cols + 1));
  f->roles = block;
  memset(block, LL_PIN_FEATURE, f->cols + 1);
  LL_TRY(leave_nameless(&h, from, to));
  size_t cols = f->cols;
  LL_TRY(by_name(&h));
  LL_TRY(by_place(&h));
  h.peptide = column_of(&h, LL_PIN_PEPTIDE);
  find_proteins(&h);
  if (h.peptide < cols) LL_TRY(behind_peptide(&h, cols));
  if (f->tail) f->roles[h.proteins] = LL_PIN_PROTEINS;
  LL_TRY(leave_words(&h, rows, limit));
  LL_TRY(leave_excluded(&h, cols));
  for (size_t j = 0; j < f->cols; j++) f->has[f->roles[j]] = true;
  size_t label = column_of(&h, LL_PIN_LABEL);
  if (!f->has[LL_PIN_FEATURE] && strcasecmp(name_of(&h, label), "label") != 0) {
    f->cols = cols; /* those that have names */
    return no_label(&h);
  }
  if (!f->has[LL_PIN_FEATURE])
    return ll_fail(h.ctx, LL_ERR_FORMAT, "%s: no columns of features among the %zu columns%s", h.path, cols,
                   f->pin->options.n_exclude ? " (some are excluded)" : "");
  return LL_OK;
}
