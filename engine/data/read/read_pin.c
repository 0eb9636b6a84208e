/* Percolator's tab-separated input (.pin, "tab"). The first column is an id and the second the label, 1 (target) or -1 (decoy),
 * whatever they are called; rows of one spectrum (ScanNr) are a group; file and masses are no features; the peptide ends the
 * features, and what follows it, to the end of the line, are its proteins; a line DefaultDirection after the header is no row.
 * (Percolator's wiki, "Interface", and its SetHandler.cpp: names in any case, RT and dM are features unless it is asked for -D.) */
#include <string.h>
#include <strings.h>

#include "engine/data/printable.h"
#include "engine/data/read/csv.h"
#include "engine/data/read/reader.h"

static const struct {
  const char *name;
  ll_csv_role role;
} known[] = {{"scannr", LL_CSV_GROUP},  {"expmass", LL_CSV_SKIP},     {"calcmass", LL_CSV_SKIP},
             {"filename", LL_CSV_SKIP}, {"spectrafile", LL_CSV_SKIP}, {"specid", LL_CSV_SKIP},
             {"psmid", LL_CSV_SKIP},    {"proteins", LL_CSV_SKIP},    {"protein", LL_CSV_SKIP}};
enum { ID, LABEL, FIRST };

static bool is_protein(const char *name) { return strncasecmp(name, "protein", 7) == 0; }

/* The first column that is no feature because of where it stands, and takes the rest of the line: the one after the peptide or, in
 * a file without peptides, the first of the last ones that are called protein…; past the end if there is neither. */
static ll_status find_tail(ll_csv *c, size_t *tail) {
  size_t peptide = FIRST;
  *tail = c->cols;
  while (peptide < c->cols && strcasecmp(ll_words_at(&c->header, peptide), "peptide") != 0) peptide++;
  for (size_t j = c->cols; j-- > (peptide < c->cols ? peptide + 1 : FIRST);) {
    char shown[LL_PRINTABLE];
    const char *name = ll_words_at(&c->header, j);
    if (is_protein(name)) *tail = j;
    if (!*name || is_protein(name)) continue;
    if (peptide == c->cols) break;
    LL_TRY(ll_builder_note(c->ctx, c->b, "column %zu (\"%s\") stands behind the peptide, where the proteins are: it is no feature",
                           j + 1, ll_printable(shown, name)));
  }
  if (peptide < c->cols) c->roles[peptide] = LL_CSV_SKIP, *tail = peptide + 1 < c->cols ? peptide + 1 : peptide;
  return LL_OK;
}

static ll_status pin_roles(ll_csv *c) {
  size_t tail = 0, scans = 0;
  if (c->cols <= LABEL) return ll_csv_no_label(c, "Label", NULL);
  LL_TRY(find_tail(c, &tail));
  for (size_t j = FIRST; j < c->cols; j++) {
    const char *name = ll_words_at(&c->header, j);
    for (size_t k = 0; k < sizeof known / sizeof *known && j < tail; k++)
      if (strcasecmp(name, known[k].name) == 0) c->roles[j] = (unsigned char)known[k].role;
    if (strcasecmp(name, "label") == 0)
      return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: column %zu is called \"%s\"; Percolator's label is the second column",
                     c->source->path, j + 1, name);
    scans += c->roles[j] == LL_CSV_GROUP;
  }
  if (scans > 1) return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: %zu columns \"ScanNr\"", c->source->path, scans);
  if (scans == 0) LL_TRY(ll_builder_note(c->ctx, c->b, "no column is called ScanNr: each row is taken for a spectrum of its own"));
  c->roles[ID] = LL_CSV_SKIP, c->roles[LABEL] = LL_CSV_LABEL;
  if (tail < c->cols) c->roles[tail] = LL_CSV_SKIP, c->cols = tail + 1;
  return LL_OK;
}

static ll_status read_pin(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder) {
  static const ll_csv_dialect dialect = {.separator = '\t', .tail = true, .skip_line = "DefaultDirection", .roles = pin_roles};
  return ll_csv_read(ctx, options, source, builder, &dialect);
}

const ll_reader_desc ll_reader_pin = {
    .format.name = "pin",
    .format.summary = "Percolator's input: Label 1 or -1, groups by ScanNr",
    .format.suffixes = {".pin"},
    .format.options = LL_READ_MISSING,
    .read = read_pin,
};
