/* Which matches are of one peptide, and which proteins they may come from. */
#include <stdlib.h>

#include "engine/psm/distinct.h"
#include "engine/psm/psm.h"

const char *ll_psms_bare_peptide(const char *peptide, size_t *size) {
  size_t n = *size;
  if (n < 5 || peptide[1] != '.' || peptide[n - 2] != '.') return peptide;
  *size = n - 4;
  return peptide + 2;
}

static ll_status check_row(ll_ctx *ctx, const ll_psms *psms, size_t row) {
  return row < psms->rows ? LL_OK : ll_fail(ctx, LL_ERR_RANGE, "row %zu asked for, but there are %zu matches", row + 1, psms->rows);
}

ll_status ll_psms_peptide_groups(ll_ctx *ctx, const ll_psms *psms, const uint32_t *rows, size_t n, uint32_t *groups,
                                 size_t *count) {
  ll_distinct distinct = {.size = 0};
  ll_status status = LL_OK;
  *count = 0;
  if (!psms->has_peptides) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s has no column Peptide", psms->files[0]);
  if (!rows) n = psms->rows;
  for (size_t i = 0; i < n; i++) {
    size_t size, row = rows ? rows[i] : i;
    LL_GOTO(cleanup, check_row(ctx, psms, row));
    const char *text = ll_psms_peptide(psms, row, &size);
    text = ll_psms_bare_peptide(text, &size);
    LL_GOTO(cleanup, ll_distinct_add(ctx, &distinct, text, size, &groups[i]));
  }
  *count = distinct.count;
cleanup:
  ll_distinct_free(ctx, &distinct);
  return status;
}

static int ascending(const void *a, const void *b) {
  uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
  return (p > q) - (p < q);
}

/* Sorts n items and leaves each once; returns how many are left. */
static size_t make_list(uint32_t *items, size_t n) {
  size_t kept = 0;
  bool sorted = true;
  for (size_t i = 1; i < n; i++) sorted = sorted && items[i - 1] < items[i];
  if (sorted) return n;
  qsort(items, n, sizeof *items, ascending);
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || items[kept - 1] != items[i]) items[kept++] = items[i];
  return kept;
}

/* As many entries as there can be: each text has one more than tabs. */
static size_t most_entries(const ll_psms *psms) {
  size_t most = 0, size;
  for (size_t i = 0; i < psms->rows; i++) {
    const char *text = ll_psms_proteins(psms, i, &size), *end = text + size;
    for (most += size > 0; (text = memchr(text, '\t', (size_t)(end - text))) != NULL; text++) most++;
  }
  return most;
}

ll_status ll_psms_proteins_of(ll_ctx *ctx, const ll_psms *psms, ll_psms_protein_lists *out) {
  ll_distinct distinct = {.size = 0};
  ll_status status = LL_OK;
  void *block;
  *out = (ll_psms_protein_lists){.lists.rows = psms->rows};
  if (!psms->has_proteins) return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s has no column of proteins", psms->files[0]);
  size_t most = most_entries(psms), at = 0;
  if (most > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "%zu proteins in all rows", most);
  LL_GOTO(cleanup, ll_alloc(ctx, &block, (psms->rows + 1) * sizeof *out->lists.starts));
  out->lists.starts = block;
  LL_GOTO(cleanup, ll_alloc(ctx, &block, most * sizeof *out->lists.items));
  out->lists.items = block;
  for (size_t i = 0; i < psms->rows; i++) {
    size_t size, n = 0;
    const char *text = ll_psms_proteins(psms, i, &size), *end = text + size, *stop;
    out->lists.starts[i] = at;
    for (; text < end; text = stop + 1) {
      stop = memchr(text, '\t', (size_t)(end - text));
      if (!stop) stop = end;
      if (stop == text) continue;
      LL_GOTO(cleanup, ll_distinct_add(ctx, &distinct, text, (size_t)(stop - text), &out->lists.items[at + n]));
      n++;
    }
    at += make_list(out->lists.items + at, n);
  }
  out->lists.starts[psms->rows] = at;
  out->lists.cols = distinct.count;
  out->names = distinct.texts, distinct.texts = NULL;
  out->sizes = distinct.sizes, distinct.sizes = NULL;
cleanup:
  ll_distinct_free(ctx, &distinct);
  if (status != LL_OK) ll_psms_protein_lists_free(ctx, out);
  return status;
}

void ll_psms_protein_lists_free(ll_ctx *ctx, ll_psms_protein_lists *proteins) {
  ll_free(ctx, proteins->lists.starts);
  ll_free(ctx, proteins->lists.items);
  ll_free(ctx, proteins->names);
  ll_free(ctx, proteins->sizes);
  *proteins = (ll_psms_protein_lists){.lists.rows = 0};
}
