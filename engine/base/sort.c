/* Radix sorts of ll_real, least significant digit first; digits that all keys share are skipped. argsort carries the row
 * beside the key (engine/base/sort.h). */
#include "engine/base/sort.h"

enum { SMALL = 48 };

/* The two radix loops differ in what they move (records or bare keys): one body, instantiated twice. Returns the array
 * that holds the result. count has LL_SORT_COUNTS entries of room. */
#define RADIX(name, type, KEY)                                                                                                     \
  static type *name(type *from, type *to, size_t n, uint32_t *count) {                                                             \
    const unsigned bits = n < 4096 ? LL_SORT_NARROW : LL_SORT_WIDE, passes = (LL_KEY_BITS + bits - 1) / bits;                      \
    const ll_key mask = ((ll_key)1 << bits) - 1;                                                                                   \
    memset(count, 0, sizeof *count *passes << bits);                                                                               \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      ll_key key = KEY(&from[i]);                                                                                                  \
      for (unsigned p = 0; p < passes; p++) count[(p << bits) + (uint32_t)(key >> (p * bits) & mask)]++;                           \
    }                                                                                                                              \
    for (unsigned p = 0; p < passes; p++) {                                                                                        \
      uint32_t *c = count + ((size_t)p << bits), sum = 0;                                                                          \
      unsigned shift = p * bits;                                                                                                   \
      if (c[KEY(&from[0]) >> shift & mask] == n) continue;                                                                         \
      for (ll_key d = 0; d <= mask; d++) {                                                                                         \
        uint32_t here = c[d];                                                                                                      \
        c[d] = sum, sum += here;                                                                                                   \
      }                                                                                                                            \
      for (size_t i = 0; i < n; i++) to[c[KEY(&from[i]) >> shift & mask]++] = from[i];                                             \
      type *swap = from;                                                                                                           \
      from = to, to = swap;                                                                                                        \
    }                                                                                                                              \
    return from;                                                                                                                   \
  }
static inline ll_key bare_key(const ll_key *k) { return *k; }
RADIX(radix_records, ll_record, ll_record_key)
RADIX(radix_keys, ll_key, bare_key)

ll_record *ll_sort_records(ll_record *records, ll_record *spare, size_t n, uint32_t *counts) {
  if (n > SMALL) return radix_records(records, spare, n, counts);
  for (size_t i = 1; i < n; i++) { /* insertion: stable */
    ll_record r = records[i];
    size_t j = i;
    for (; j > 0 && ll_record_key(&records[j - 1]) > ll_record_key(&r); j--) records[j] = records[j - 1];
    records[j] = r;
  }
  return records;
}

ll_key *ll_sort_keys(ll_key *keys, ll_key *spare, size_t n, uint32_t *counts) {
  return n < 2 ? keys : radix_keys(keys, spare, n, counts);
}

ll_status ll_argsort(ll_ctx *ctx, const ll_real *values, size_t n, uint32_t *order) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "cannot sort %zu rows: at most 2^32 - 1", n);
  ll_record few[SMALL], *records = few;
  void *block = NULL;
  if (n > SMALL) {
    LL_TRY(ll_alloc(ctx, &block, 2 * n * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t)));
    records = block;
  }
  ll_record *spare = records + n;
  for (size_t i = 0; i < n; i++) records[i] = ll_record_make(values[i], i);
  const ll_record *sorted = ll_sort_records(records, spare, n, (uint32_t *)(spare + n));
  for (size_t i = 0; i < n; i++) order[i] = ll_record_row(&sorted[i]);
  ll_free(ctx, block);
  return LL_OK;
}

ll_status ll_sort(ll_ctx *ctx, ll_real *values, size_t n) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "cannot sort %zu values: at most 2^32 - 1", n);
  if (n < 2) return LL_OK;
  void *block;
  LL_TRY(ll_alloc(ctx, &block, 2 * n * sizeof(ll_key) + LL_SORT_COUNTS * sizeof(uint32_t)));
  ll_key *a = block, *b = a + n;
  for (size_t i = 0; i < n; i++) a[i] = ll_key_of(values[i]);
  const ll_key *sorted = ll_sort_keys(a, b, n, (uint32_t *)(b + n));
  for (size_t i = 0; i < n; i++) values[i] = ll_value_of(sorted[i]);
  ll_free(ctx, block);
  return LL_OK;
}
