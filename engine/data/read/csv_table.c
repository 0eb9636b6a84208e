/* Cells as words: what is written twice is kept once. */
#include "engine/data/read/csv_table.h"

#include <string.h>

#include "engine/data/read/csv.h"

/* start: of the cell in the file. */
static ll_status add(ll_csv *c, const unsigned char *start, const ll_csv_cell *cell, size_t count, ll_csv_table *t) {
  if (cell->torn || memchr(cell->text, 0, cell->size))
    return ll_fail(c->ctx, LL_ERR_FORMAT, "%s: line %zu: %s", c->source->path, ll_source_line(c->source, start),
                   cell->torn ? "quotes that do not close, or text after them" : "a zero byte");
  if (count == t->room) {
    size_t room = 2 * t->room + 64;
    void *block = t->cells;
    LL_TRY(ll_realloc(c->ctx, &block, count * sizeof *t->cells, room * sizeof *t->cells));
    t->cells = block, t->room = room;
  }
  return ll_words_add(c->ctx, &t->words, cell->text, cell->size, &t->cells[count], NULL);
}

static ll_status read_line(ll_csv *c, const unsigned char **at, ll_csv_table *t) {
  const unsigned char *start = *at;
  size_t col = 0;
  ll_csv_cell cell;
  for (bool last = false; !last; col++) {
    const unsigned char *from = *at;
    LL_TRY(ll_csv_next(c, at, &cell, &last));
    LL_TRY(add(c, from, &cell, t->rows * t->cols + col, t));
  }
  if (t->rows == 0) t->cols = c->cols = col;
  if (col != t->cols) return ll_csv_ragged(c, start, t->rows - 1);
  t->rows++;
  return LL_OK;
}

ll_status ll_csv_table_read(ll_ctx *ctx, const char *path, ll_csv_table *out) {
  ll_status status = LL_OK;
  ll_source source;
  ll_csv c;
  const unsigned char *p;
  bool blank = false;
  *out = (ll_csv_table){0};
  LL_TRY(ll_csv_open(ctx, path, &source, &c, &p));
  do {
    LL_GOTO(cleanup, read_line(&c, &p, out));
    LL_GOTO(cleanup, ll_csv_only_blank(&c, &p, &blank));
  } while (!blank);
cleanup:
  ll_csv_close(&c);
  if (status != LL_OK) ll_csv_table_free(ctx, out);
  return ll_source_told(ctx, &source, status);
}

void ll_csv_table_free(ll_ctx *ctx, ll_csv_table *table) {
  ll_free(ctx, table->cells);
  ll_words_free(ctx, &table->words);
  *table = (ll_csv_table){0};
}
