/* Radix sorts of ll_real, least significant digit first. A float's bits, with the sign bit turned (positive) or all bits
 * turned (negative), sort as unsigned integers; digits that all keys share are skipped. argsort carries the row number in
 * the low half of a 64-bit record for float, beside the key for double. */
#include <string.h>

#include "losslab/base.h"

#ifdef LL_DOUBLE
typedef uint64_t key_bits;
typedef struct record {
  uint64_t key;
  uint64_t row;
} record;
static inline uint64_t record_key(const record *r) { return r->key; }
static inline uint32_t record_row(const record *r) { return (uint32_t)r->row; }
static inline record record_make(uint64_t key, size_t row) { return (record){key, row}; }
#else
typedef uint32_t key_bits;
typedef uint64_t record;
static inline uint32_t record_key(const record *r) { return (uint32_t)(*r >> 32); }
static inline uint32_t record_row(const record *r) { return (uint32_t)*r; }
static inline record record_make(uint32_t key, size_t row) { return (uint64_t)key << 32 | row; }
#endif

enum { KEY_BITS = 8 * sizeof(key_bits), WIDE = 11, NARROW = 8, SMALL = 48 };
#define SIGN ((key_bits)1 << (KEY_BITS - 1))

static inline key_bits key_of(ll_real x) {
  x += 0; /* -0 becomes +0: equal values are ties */
  key_bits bits;
  memcpy(&bits, &x, sizeof bits);
  return bits ^ (bits & SIGN ? ~(key_bits)0 : SIGN);
}

static inline ll_real value_of(key_bits key) {
  key_bits bits = key ^ (key & SIGN ? SIGN : ~(key_bits)0);
  ll_real x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* The two radix loops differ in what they move (records or bare keys): one body, instantiated twice. Returns the array
 * that holds the result. count has (KEY_BITS / NARROW) × 2^WIDE entries of room. */
#define RADIX(name, type, KEY)                                                                                                     \
  static type *name(type *from, type *to, size_t n, uint32_t *count) {                                                             \
    const unsigned bits = n < 4096 ? NARROW : WIDE, passes = (KEY_BITS + bits - 1) / bits;                                         \
    const key_bits mask = ((key_bits)1 << bits) - 1;                                                                               \
    memset(count, 0, sizeof *count *passes << bits);                                                                               \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      key_bits key = KEY(&from[i]);                                                                                                \
      for (unsigned p = 0; p < passes; p++) count[(p << bits) + (uint32_t)(key >> (p * bits) & mask)]++;                           \
    }                                                                                                                              \
    for (unsigned p = 0; p < passes; p++) {                                                                                        \
      uint32_t *c = count + ((size_t)p << bits), sum = 0;                                                                          \
      unsigned shift = p * bits;                                                                                                   \
      if (c[KEY(&from[0]) >> shift & mask] == n) continue;                                                                         \
      for (key_bits d = 0; d <= mask; d++) {                                                                                       \
        uint32_t here = c[d];                                                                                                      \
        c[d] = sum, sum += here;                                                                                                   \
      }                                                                                                                            \
      for (size_t i = 0; i < n; i++) to[c[KEY(&from[i]) >> shift & mask]++] = from[i];                                             \
      type *swap = from;                                                                                                           \
      from = to, to = swap;                                                                                                        \
    }                                                                                                                              \
    return from;                                                                                                                   \
  }
static inline key_bits bare_key(const key_bits *k) { return *k; }
RADIX(radix_records, record, record_key)
RADIX(radix_keys, key_bits, bare_key)

enum { COUNTS = (KEY_BITS / NARROW) << NARROW, WIDE_COUNTS = ((KEY_BITS + WIDE - 1) / WIDE) << WIDE };
enum { ROOM = COUNTS > WIDE_COUNTS ? COUNTS : WIDE_COUNTS };

ll_status ll_argsort(ll_ctx *ctx, const ll_real *values, size_t n, uint32_t *order) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "cannot sort %zu rows: at most 2^32 - 1", n);
  if (n <= SMALL) { /* insertion: no memory, and stable */
    key_bits keys[SMALL];
    for (size_t i = 0; i < n; i++) {
      key_bits key = key_of(values[i]);
      size_t j = i;
      for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1], order[j] = order[j - 1];
      keys[j] = key, order[j] = (uint32_t)i;
    }
    return LL_OK;
  }
  void *block;
  LL_TRY(ll_alloc(ctx, &block, 2 * n * sizeof(record) + ROOM * sizeof(uint32_t)));
  record *a = block, *b = a + n;
  for (size_t i = 0; i < n; i++) a[i] = record_make(key_of(values[i]), i);
  record *sorted = radix_records(a, b, n, (uint32_t *)(b + n));
  for (size_t i = 0; i < n; i++) order[i] = record_row(&sorted[i]);
  ll_free(ctx, block);
  return LL_OK;
}

ll_status ll_sort(ll_ctx *ctx, ll_real *values, size_t n) {
  if (n > UINT32_MAX) return ll_fail(ctx, LL_ERR_RANGE, "cannot sort %zu values: at most 2^32 - 1", n);
  if (n < 2) return LL_OK;
  void *block;
  LL_TRY(ll_alloc(ctx, &block, 2 * n * sizeof(key_bits) + ROOM * sizeof(uint32_t)));
  key_bits *a = block, *b = a + n;
  for (size_t i = 0; i < n; i++) a[i] = key_of(values[i]);
  const key_bits *sorted = radix_keys(a, b, n, (uint32_t *)(b + n));
  for (size_t i = 0; i < n; i++) values[i] = value_of(sorted[i]);
  ll_free(ctx, block);
  return LL_OK;
}
