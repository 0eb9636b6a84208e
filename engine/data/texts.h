/* Texts of rows, a few of each row, in blocks of many rows: each block is one piece of text, each text ends in 0, and its place is
 * a number of 32 bits. A row costs what its texts and 4 bytes for each of them take. */
#ifndef LOSSLAB_ENGINE_TEXTS_H
#define LOSSLAB_ENGINE_TEXTS_H

#include "losslab/base.h"

typedef struct ll_texts_block {
  size_t first, rows; /* its rows: first .. first + rows - 1 */
  uint32_t *starts;   /* of the texts in text, row by row, and its end: fields × rows + 1 of them */
  char *text;
} ll_texts_block;

typedef struct ll_texts {
  size_t fields, rows; /* texts of a row; rows in all */
  ll_texts_block *blocks;
  size_t count, capacity;
} ll_texts;

/* [out] a block for so many rows more and so many bytes of text, the zeros behind them counted, at most UINT32_MAX: the caller
 * fills starts and text. It stays where it is until the next one is added. LL_ERR_MEMORY. */
ll_status ll_texts_add(ll_ctx *ctx, ll_texts *texts, size_t rows, size_t bytes, ll_texts_block **out);
void ll_texts_free(ll_ctx *ctx, ll_texts *texts);

/* The block of a row. */
const ll_texts_block *ll_texts_block_of(const ll_texts *texts, size_t row);
/* A text of one of a block's rows, and how long it is. */
static inline const char *ll_texts_in(const ll_texts *texts, const ll_texts_block *block, size_t row, size_t field, size_t *size) {
  const uint32_t *start = block->starts + (row - block->first) * texts->fields + field;
  *size = start[1] - start[0] - 1;
  return block->text + start[0];
}
/* A text of any row. */
static inline const char *ll_texts_at(const ll_texts *texts, size_t row, size_t field, size_t *size) {
  return ll_texts_in(texts, ll_texts_block_of(texts, row), row, field, size);
}

#endif
