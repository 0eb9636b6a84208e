/* A file of comma-separated cells as it stands: every cell a text, the header the first row. */
#ifndef LOSSLAB_ENGINE_CSV_TABLE_H
#define LOSSLAB_ENGINE_CSV_TABLE_H

#include "engine/data/words.h"

typedef struct ll_csv_table {
  size_t rows, cols;
  uint32_t *cells; /* rows × cols numbers of words */
  size_t room;
  ll_words words;
} ll_csv_table;

/* [out] the table of a file, gzip and zstd too; blank lines at its end are no rows. LL_ERR_IO; LL_ERR_FORMAT: empty, ragged, quotes
 * that do not close. To be given to ll_csv_table_free; empty after a failure. */
ll_status ll_csv_table_read(ll_ctx *ctx, const char *path, ll_csv_table *out);
void ll_csv_table_free(ll_ctx *ctx, ll_csv_table *table);
static inline const char *ll_csv_table_at(const ll_csv_table *table, size_t row, size_t col) {
  return ll_words_at(&table->words, table->cells[row * table->cols + col]);
}

#endif
