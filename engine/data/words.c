/* Numbers for words: an open-addressing table over one growing text. */
#include "engine/data/words.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ctx.h"
#include "engine/data/decimal.h"
#include "engine/data/read/number.h"

static size_t size_of(const ll_words *w, size_t number) {
  assert(w->starts);
  return (number + 1 < w->count ? w->starts[number + 1] : w->used) - w->starts[number] - 1;
}

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
    size_t slot = hash_of((const unsigned char *)ll_words_at(w, k), size_of(w, k)) & (size - 1);
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
    if (size_of(w, k) == size && memcmp(ll_words_at(w, k), text, size) == 0) {
      *number = k;
      if (is_new) *is_new = false;
      return LL_OK;
    }
  }
  if (w->used + size + 1 > w->capacity) {
    size_t needed = w->used + size + 1, capacity = ll_alloc_grown(ctx, needed, 2 * needed + 256);
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
  double value; /* of the decimal, rounded */
  ll_decimal decimal;
  uint32_t number;
} entry;

static int by_text(const void *a, const void *b) { return strcmp(((const entry *)a)->text, ((const entry *)b)->text); }
static int by_value_then_text(const void *a, const void *b) {
  const entry *p = a, *q = b;
  if (p->value != q->value) return p->value < q->value ? -1 : 1;
  int exact = ll_decimal_compare(&p->decimal, &q->decimal);
  return exact ? exact : strcmp(p->text, q->text);
}

ll_status ll_words_order(ll_ctx *ctx, const ll_words *w, bool by_value, const char **names, uint32_t *place) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, w->count * sizeof(entry)));
  entry *entries = block;
  for (uint32_t k = 0; k < w->count; k++) {
    entries[k] = (entry){.text = ll_words_at(w, k), .number = k};
    by_value = by_value && ll_decimal_parse(entries[k].text, size_of(w, k), &entries[k].decimal);
    if (by_value) ll_number_decimal((const unsigned char *)entries[k].text + strspn(entries[k].text, " "), &entries[k].value);
  }
  qsort(entries, w->count, sizeof *entries, by_value ? by_value_then_text : by_text);
  for (uint32_t k = 0; k < w->count; k++) names[k] = entries[k].text, place[entries[k].number] = k;
  ll_free(ctx, block);
  return LL_OK;
}

/* Whether all words are numbers and not all of them plain, so that two may be equal; [out] the bytes of the longest. */
static bool may_merge(const ll_words *w, size_t *longest) {
  bool plain = true;
  ll_decimal number;
  *longest = 0;
  for (size_t k = 0; k < w->count; k++) {
    size_t size = size_of(w, k);
    if (size > *longest) *longest = size;
    if (ll_decimal_is_plain(ll_words_at(w, k), size)) continue;
    if (!ll_decimal_parse(ll_words_at(w, k), size, &number)) return false;
    plain = false;
  }
  return !plain;
}

/* Whether word a is to be shown rather than word b. */
static bool is_better(const ll_words *w, uint32_t a, uint32_t b) {
  size_t m = size_of(w, a), n = size_of(w, b);
  bool minus[2] = {*ll_words_at(w, a) == '-', *ll_words_at(w, b) == '-'};
  if (minus[0] != minus[1]) return minus[1]; /* 0 rather than -0 */
  return m < n || (m == n && memcmp(ll_words_at(w, a), ll_words_at(w, b), m) < 0);
}

static void renumber(ll_words_rows at, const uint32_t *place) {
  for (size_t i = 0; i < at.rows; i++) {
    if (at.whole) at.whole[i] = place[at.whole[i]];
    else if (at.reals[i * at.stride] >= 0) at.reals[i * at.stride] = (ll_real)place[(uint32_t)at.reals[i * at.stride]];
  }
}

ll_status ll_words_merge(ll_ctx *ctx, ll_words *w, ll_words_rows at) {
  ll_status status = LL_OK;
  ll_words keys = {0}, kept = {0};
  void *places = NULL, *bests = NULL, *text = NULL;
  size_t longest;
  if (!may_merge(w, &longest)) return LL_OK;
  LL_GOTO(cleanup, ll_alloc(ctx, &places, w->count * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(ctx, &bests, w->count * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(ctx, &text, longest + LL_DECIMAL_KEY));
  uint32_t *place = places, *best = bests; /* of each word among the kept ones, and of each of these the word that is shown */
  for (uint32_t k = 0; k < w->count; k++) {
    ll_decimal number;
    bool is_new;
    ll_decimal_parse(ll_words_at(w, k), size_of(w, k), &number);
    LL_GOTO(cleanup, ll_words_add(ctx, &keys, text, ll_decimal_key(&number, text), &place[k], &is_new));
    if (is_new || is_better(w, k, best[place[k]])) best[place[k]] = k;
  }
  if (keys.count == w->count) goto cleanup;
  for (size_t n = 0; n < keys.count; n++) {
    uint32_t number;
    LL_GOTO(cleanup, ll_words_add(ctx, &kept, ll_words_at(w, best[n]), size_of(w, best[n]), &number, NULL));
  }
  renumber(at, place);
  ll_words_free(ctx, w);
  *w = kept, kept = (ll_words){0};
cleanup:
  ll_words_free(ctx, &keys);
  ll_words_free(ctx, &kept);
  ll_free(ctx, places);
  ll_free(ctx, bests);
  ll_free(ctx, text);
  return status;
}

void ll_words_free(ll_ctx *ctx, ll_words *w) {
  ll_free(ctx, w->text);
  ll_free(ctx, w->starts);
  ll_free(ctx, w->table);
  *w = (ll_words){0};
}
