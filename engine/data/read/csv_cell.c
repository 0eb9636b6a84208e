/* Cells as RFC 4180 has them: quotes, doubled quotes within them, blanks around them. */
#include "engine/data/read/csv.h"

static bool is_blank(const ll_csv *c, const unsigned char *p) { return *p == ' ' || (*p == '\t' && c->dialect->separator != '\t'); }

ll_status ll_csv_cell_at(ll_csv *c, const unsigned char *p, ll_csv_cell *cell) {
  const unsigned char *limit = c->limit, *start = p;
  *cell = (ll_csv_cell){0};
  while (is_blank(c, p)) p++;
  if (*p != '"' || !c->dialect->quotes) {
    const unsigned char *from = p;
    while (!ll_csv_is_end(c, p)) p++;
    cell->end = p;
    while (p > from && is_blank(c, p - 1)) p--;
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
  if (cell->torn && !(c->source->ended && limit == c->source->bytes + c->source->size)) {
    c->starved = true;
    cell->end = limit;
    return LL_OK;
  }
  if (!cell->torn) p++;
  while (is_blank(c, p)) p++;
  if (!ll_csv_is_end(c, p)) cell->torn = true;
  while (!ll_csv_is_end(c, p)) p++;
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

ll_status ll_csv_next(ll_csv *c, const unsigned char **at, ll_csv_cell *cell, bool *last) {
  LL_TRY(ll_csv_cell_at(c, *at, cell));
  const unsigned char *p = cell->end;
  *last = *p != c->dialect->separator || p == c->limit;
  p += !*last || *p == '\r';
  p += *last && *p == '\n' && p < c->limit;
  *at = p;
  return LL_OK;
}

ll_status ll_csv_ragged(ll_csv *c, const unsigned char *start, size_t row) {
  const unsigned char *p = start;
  size_t got = 0;
  bool last = false;
  ll_csv_cell cell = {0};
  for (; !last && !c->starved; got++) LL_TRY(ll_csv_next(c, &p, &cell, &last));
  if (ll_csv_is_end(c, start) && *start != c->dialect->separator) got = 0;
  const char *why = "";
  if (got == 0) why = " (a blank line)";
  else if (got + 1 == c->cols && c->header.count == c->cols && !*ll_words_at(&c->header, got))
    why = "; the line of the names ends in a separator";
  else if (got == c->cols + 1 && cell.size == 0) why = "; the line ends in a separator";
  return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: row %zu (line %zu): expected %zu cells, got %zu%s", c->source->path, row + 1,
                 ll_source_line(c->source, start), c->cols, got, why);
}
