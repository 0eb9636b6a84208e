/* The records that the sorts move, for engine code that wants sorted values together with their rows and brings its own memory. */
#ifndef LOSSLAB_ENGINE_SORT_H
#define LOSSLAB_ENGINE_SORT_H

#include <string.h>

#include "losslab/base.h"

/* A float's bits, with the sign bit turned (positive) or all bits turned (negative), sort as unsigned integers. */
#ifdef LL_DOUBLE
typedef uint64_t ll_key;
typedef struct ll_record {
  uint64_t key;
  uint64_t row;
} ll_record;
static inline uint64_t ll_record_key(const ll_record *r) { return r->key; }
static inline uint32_t ll_record_row(const ll_record *r) { return (uint32_t)r->row; }
static inline ll_record ll_record_of_key(ll_key key, size_t row) { return (ll_record){key, row}; }
#else
typedef uint32_t ll_key;
typedef uint64_t ll_record; /* the key in the high half, the row in the low one */
static inline uint32_t ll_record_key(const ll_record *r) { return (uint32_t)(*r >> 32); }
static inline uint32_t ll_record_row(const ll_record *r) { return (uint32_t)*r; }
static inline ll_record ll_record_of_key(ll_key key, size_t row) { return (uint64_t)key << 32 | row; }
#endif

enum { LL_KEY_BITS = 8 * sizeof(ll_key), LL_SORT_WIDE = 11, LL_SORT_NARROW = 8 };
#define LL_KEY_SIGN ((ll_key)1 << (LL_KEY_BITS - 1))

static inline ll_key ll_key_of(ll_real x) {
  x += 0; /* -0 becomes +0: equal values are ties */
  ll_key bits;
  memcpy(&bits, &x, sizeof bits);
  return bits ^ (bits & LL_KEY_SIGN ? ~(ll_key)0 : LL_KEY_SIGN);
}
static inline ll_real ll_value_of(ll_key key) {
  ll_key bits = key ^ (key & LL_KEY_SIGN ? LL_KEY_SIGN : ~(ll_key)0);
  ll_real x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline ll_record ll_record_make(ll_real value, size_t row) { return ll_record_of_key(ll_key_of(value), row); }
static inline ll_real ll_record_value(const ll_record *r) { return ll_value_of(ll_record_key(r)); }

/* How many counters a radix sort needs. */
enum {
  LL_SORT_COUNTS_NARROW = (LL_KEY_BITS / LL_SORT_NARROW) << LL_SORT_NARROW,
  LL_SORT_COUNTS_WIDE = ((LL_KEY_BITS + LL_SORT_WIDE - 1) / LL_SORT_WIDE) << LL_SORT_WIDE,
  LL_SORT_COUNTS = LL_SORT_COUNTS_NARROW > LL_SORT_COUNTS_WIDE ? LL_SORT_COUNTS_NARROW : LL_SORT_COUNTS_WIDE
};

/* Sorts records by value, equal values by their present order; spare has room for n more. Returns whichever of the two holds
 * the result. counts has room for LL_SORT_COUNTS. n <= 2^32 - 1. */
ll_record *ll_sort_records(ll_record *records, ll_record *spare, size_t n, uint32_t *counts);
/* The same for bare keys. */
ll_key *ll_sort_keys(ll_key *keys, ll_key *spare, size_t n, uint32_t *counts);

#endif
