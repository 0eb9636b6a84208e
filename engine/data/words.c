/* Numbers for words: an open-addressing table over one growing text. */
#include "engine/data/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/data/read/number.h"

static uint64_t hash_of(const unsigned char *text, size_t size) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; i++) h = (h ^ text[i]) * 0x100000001b3u;
  return h ^ h >> 29;
}

static ll_status grow_table(ll_ctx *ctx, ll_words *w) {
  size_t size = w->table_size ? 2 * w->table_size : 64;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, size, sizeof *w->table));
  uint32_t *table = block;
  for (size_t k = 0; k < w->count; k++) {
    const char *word = ll_words_at(w, k);
    size_t end = k + 1 < w->count ? w->starts[k + 1] : w->used;
    size_t slot = hash_of((const unsigned char *)word, end - w->starts[k] - 1) & (size - 1);
    while (table[slot]) slot = (slot + 1) & (size - 1);
    table[slot] = (uint32_t)(k + 1);
  }
  ll_free(ctx, w->table);
  w->table = table, w->table_size = size;
  return LL_OK;
}

ll_status ll_words_add(ll_ctx *ctx, ll_words *w, const void *text, size_t size, uint32_t *number, bool *is_new) {
  if (w->count * 2 >= w->table_size) LL_TRY(grow_table(ctx, w));
  size_t slot = hash_of(text, size) & (w->table_size - 1);
  for (; w->table[slot]; slot = (slot + 1) & (w->table_size - 1)) {
    uint32_t k = w->table[slot] - 1;
    size_t end = k + 1 < w->count ? w->starts[k + 1] : w->used;
    if (end - w->starts[k] - 1 == size && memcmp(ll_words_at(w, k), text, size) == 0) {
      *number = k;
      if (is_new) *is_new = false;
      return LL_OK;
    }
  }
  if (w->used + size + 1 > w->capacity) {
    size_t capacity = 2 * (w->used + size + 1) + 256;
    void *block = w->text;
    LL_TRY(ll_realloc(ctx, &block, w->used, capacity));
    w->text = block, w->capacity = capacity;
  }
  if (w->count == w->starts_capacity) {
    size_t capacity = 2 * w->count + 32;
    void *block = w->starts;
    LL_TRY(ll_realloc(ctx, &block, w->count * sizeof *w->starts, capacity * sizeof *w->starts));
    w->starts = block, w->starts_capacity = capacity;
  }
  w->starts[w->count] = w->used;
  memcpy(w->text + w->used, text, size);
  w->text[w->used + size] = 0;
  w->used += size + 1;
  *number = (uint32_t)w->count++;
  w->table[slot] = *number + 1;
  if (is_new) *is_new = true;
  return LL_OK;
}

typedef struct entry {
  const char *text;
  double value;
  uint32_t number;
} entry;

static int by_value_then_text(const void *a, const void *b) {
  const entry *p = a, *q = b;
  return p->value < q->value ? -1 : p->value > q->value ? 1 : strcmp(p->text, q->text);
}
static int by_text(const void *a, const void *b) { return strcmp(((const entry *)a)->text, ((const entry *)b)->text); }

ll_status ll_words_order(ll_ctx *ctx, const ll_words *w, bool by_value, const char **names, uint32_t *place) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, w->count * sizeof(entry)));
  entry *entries = block;
  for (uint32_t k = 0; k < w->count; k++) {
    entries[k] = (entry){ll_words_at(w, k), 0, k};
    if (!by_value) continue;
    const unsigned char *end = ll_number_decimal((const unsigned char *)entries[k].text, &entries[k].value);
    by_value = end && *end == 0 && isfinite(entries[k].value);
  }
  qsort(entries, w->count, sizeof *entries, by_value ? by_value_then_text : by_text);
  for (uint32_t k = 0; k < w->count; k++) names[k] = entries[k].text, place[entries[k].number] = k;
  ll_free(ctx, block);
  return LL_OK;
}

void ll_words_free(ll_ctx *ctx, ll_words *w) {
  ll_free(ctx, w->text);
  ll_free(ctx, w->starts);
  ll_free(ctx, w->table);
  *w = (ll_words){0};
}
