/* Texts as numbers: an open table of hashes, eight bytes of a text at a time. */
#include "engine/psm/distinct.h"

#include <string.h>

static uint64_t mix(uint64_t h) {
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  return h ^ h >> 32;
}

static uint64_t hash_of(const char *text, size_t size) {
  uint64_t h = size * 0x9e3779b97f4a7c15u, part;
  for (; size >= 8; text += 8, size -= 8) {
    memcpy(&part, text, 8);
    h = mix(h ^ part);
  }
  part = 0;
  if (size) memcpy(&part, text, size);
  return mix(h ^ part);
}

static ll_status grow(ll_ctx *ctx, ll_distinct *d) {
  size_t size = d->size ? 2 * d->size : 1024;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, size, sizeof *d->slots));
  uint64_t *slots = block;
  for (size_t k = 0; k < d->size; k++) {
    if (!d->slots[k]) continue;
    uint32_t number = (uint32_t)d->slots[k] - 1;
    size_t slot = hash_of(d->texts[number], d->sizes[number]) & (size - 1);
    while (slots[slot]) slot = (slot + 1) & (size - 1);
    slots[slot] = d->slots[k];
  }
  ll_free(ctx, d->slots);
  d->slots = slots, d->size = size;
  return LL_OK;
}

static ll_status make_room(ll_ctx *ctx, ll_distinct *d) {
  size_t capacity = d->capacity + d->capacity / 2 + 256;
  void *block = d->texts;
  LL_TRY(ll_realloc(ctx, &block, d->count * sizeof *d->texts, capacity * sizeof *d->texts));
  d->texts = block;
  block = d->sizes;
  LL_TRY(ll_realloc(ctx, &block, d->count * sizeof *d->sizes, capacity * sizeof *d->sizes));
  d->sizes = block, d->capacity = capacity;
  return LL_OK;
}

ll_status ll_distinct_add(ll_ctx *ctx, ll_distinct *d, const char *text, size_t size, uint32_t *number) {
  if (d->count * 4 >= d->size * 3) LL_TRY(grow(ctx, d));
  if (d->count == d->capacity) LL_TRY(make_room(ctx, d));
  uint64_t hash = hash_of(text, size);
  size_t slot = hash & (d->size - 1);
  for (; d->slots[slot]; slot = (slot + 1) & (d->size - 1)) {
    uint32_t k = (uint32_t)d->slots[slot] - 1;
    if ((d->slots[slot] ^ hash) >> 32 == 0 && d->sizes[k] == size && memcmp(d->texts[k], text, size) == 0) {
      *number = k;
      return LL_OK;
    }
  }
  *number = (uint32_t)d->count++;
  d->texts[*number] = text, d->sizes[*number] = (uint32_t)size;
  d->slots[slot] = (hash >> 32) << 32 | (*number + (uint64_t)1);
  return LL_OK;
}

void ll_distinct_free(ll_ctx *ctx, ll_distinct *d) {
  ll_free(ctx, d->slots);
  ll_free(ctx, d->texts);
  ll_free(ctx, d->sizes);
  *d = (ll_distinct){0};
}
