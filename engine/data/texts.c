/* Texts of rows: blocks that never move, found by bisection. */
#include "engine/data/texts.h"

ll_status ll_texts_add(ll_ctx *ctx, ll_texts *t, size_t rows, size_t bytes, ll_texts_block **out) {
  void *starts = NULL, *text = NULL;
  if (t->count == t->capacity) {
    size_t capacity = 2 * t->capacity + 16;
    void *block = t->blocks;
    LL_TRY(ll_realloc(ctx, &block, t->count * sizeof *t->blocks, capacity * sizeof *t->blocks));
    t->blocks = block, t->capacity = capacity;
  }
  LL_TRY(ll_alloc(ctx, &starts, (t->fields * rows + 1) * sizeof(uint32_t)));
  ll_status status = ll_alloc(ctx, &text, bytes);
  if (status != LL_OK) {
    ll_free(ctx, starts);
    return status;
  }
  *out = &t->blocks[t->count++];
  **out = (ll_texts_block){.first = t->rows, .rows = rows, .starts = starts, .text = text};
  t->rows += rows;
  return LL_OK;
}

void ll_texts_free(ll_ctx *ctx, ll_texts *t) {
  for (size_t k = 0; k < t->count; k++) {
    ll_free(ctx, t->blocks[k].starts);
    ll_free(ctx, t->blocks[k].text);
  }
  ll_free(ctx, t->blocks);
  *t = (ll_texts){.fields = t->fields};
}

const ll_texts_block *ll_texts_block_of(const ll_texts *t, size_t row) {
  size_t low = 0, high = t->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (t->blocks[middle].first <= row) low = middle;
    else high = middle;
  }
  return &t->blocks[low];
}
