/* Percolator's tab-separated input (.pin, "tab"): Label 1 (target) or -1 (decoy); rows of one spectrum (ScanNr) are a group;
 * identifiers, masses and sequences are no features; Proteins is the last column and takes the rest of its line; a line
 * DefaultDirection after the header is no row. (Percolator's wiki, "Interface"; names in any case, as it reads them.) */
#include <string.h>
#include <strings.h>

#include "engine/data/read/csv.h"
#include "engine/data/read/reader.h"

static const struct {
  const char *name;
  ll_csv_role role;
} known[] = {{"label", LL_CSV_LABEL},   {"scannr", LL_CSV_GROUP}, {"specid", LL_CSV_SKIP},   {"psmid", LL_CSV_SKIP},
             {"filename", LL_CSV_SKIP}, {"expmass", LL_CSV_SKIP}, {"calcmass", LL_CSV_SKIP}, {"peptide", LL_CSV_SKIP},
             {"proteins", LL_CSV_SKIP}, {"protein", LL_CSV_SKIP}};

static ll_status pin_roles(ll_csv *c) {
  for (size_t j = 0; j < c->cols; j++)
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
      if (strcasecmp(ll_words_at(&c->header, j), known[k].name) == 0) c->roles[j] = (unsigned char)known[k].role;
  const unsigned char *label = memchr(c->roles, LL_CSV_LABEL, c->cols), *rest = label ? label + 1 : NULL;
  if (!label) return ll_csv_no_label(c, "Label", NULL);
  if (memchr(rest, LL_CSV_LABEL, (size_t)(c->roles + c->cols - rest)))
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: header: two columns \"Label\"", c->source->path);
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
