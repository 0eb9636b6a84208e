/* Counter-based random numbers: Philox 4x32-10 of (key, counter). */
#include "losslab/random.h"

#include <Random123/philox.h>
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/base/snapshot.h"

/* SplitMix64's finaliser: spreads seed, trial and purpose over the key. */
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

ll_random ll_random_stream(uint64_t seed, uint64_t trial, const char *purpose) {
  uint64_t word = 0xcbf29ce484222325u; /* FNV-1a of the purpose */
  for (const char *c = purpose; *c; c++) word = (word ^ (unsigned char)*c) * 0x100000001b3u;
  return (ll_random){.key = mix(mix(mix(seed) ^ trial) ^ word)};
}

static void next_block(ll_random *r) {
  philox4x32_ctr_t counter = {{(uint32_t)r->counter, (uint32_t)(r->counter >> 32), 0, 0}};
  philox4x32_key_t key = {{(uint32_t)r->key, (uint32_t)(r->key >> 32)}};
  philox4x32_ctr_t block = philox4x32(counter, key);
  for (int i = 0; i < 4; i++) r->block[i] = block.v[i];
  r->counter++;
}

uint32_t ll_random_bits(ll_random *r) {
  if (r->left == 0) {
    next_block(r);
    r->left = 4;
  }
  return r->block[4 - r->left--];
}

static uint64_t bits64(ll_random *r) {
  uint64_t high = ll_random_bits(r);
  return high << 32 | ll_random_bits(r);
}

double ll_random_uniform(ll_random *r) { return (double)(bits64(r) >> 11) * 0x1p-53; }

double ll_random_normal(ll_random *r) {
  /* u in (0, 1], so that log(u) is finite. The sine half is not kept: a value is always two draws. */
  double u = 1.0 - ll_random_uniform(r), v = ll_random_uniform(r);
  return sqrt(-2.0 * ll_log(u)) * ll_cos(6.283185307179586477 * v);
}

uint64_t ll_random_below(ll_random *r, uint64_t n) {
  /* Lemire 2019: the high half of a 128-bit product, rejecting the few low halves that would bias it. */
  unsigned __int128 product = (unsigned __int128)bits64(r) * n;
  if ((uint64_t)product < n) {
    uint64_t reject = (0 - n) % n;
    while ((uint64_t)product < reject) product = (unsigned __int128)bits64(r) * n;
  }
  return (uint64_t)(product >> 64);
}

void ll_random_permutation(ll_random *r, uint32_t *order, size_t n) {
  for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)ll_random_below(r, i);
    uint32_t swap = order[i - 1];
    order[i - 1] = order[j], order[j] = swap;
  }
}

/* ---- states: the block follows from key and counter, and is not written ------------------------------------------------------ */

#define KIND "stream"
#define NAME "philox4x32"

ll_status ll_random_save(ll_ctx *ctx, const ll_random *r, void **bytes, size_t *n) {
  const uint64_t fields[] = {r->key, r->counter, r->left};
  ll_snapshot to;
  ll_status status = ll_snapshot_begin(ctx, &to, KIND, NAME);
  if (status == LL_OK) status = ll_snapshot_put(ctx, &to, fields, sizeof fields);
  return ll_snapshot_end(ctx, &to, status, bytes, n);
}

ll_status ll_random_restore(ll_ctx *ctx, ll_random *r, const void *bytes, size_t n) {
  uint64_t fields[3];
  ll_snapshot_reader from;
  LL_TRY(ll_snapshot_open(ctx, bytes, n, KIND, NAME, &from));
  LL_TRY(ll_snapshot_take(ctx, &from, fields, sizeof fields));
  LL_TRY(ll_snapshot_close(ctx, &from));
  ll_random read = {.key = fields[0], .counter = fields[1]};
  if (fields[2] > 4 || fields[2] > 4 * fields[1])
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the stream has %llu words left of %llu blocks", (unsigned long long)fields[2],
                   (unsigned long long)fields[1]);
  if (fields[2]) {
    read.counter--;
    next_block(&read);
    read.left = (uint32_t)fields[2];
  }
  *r = read;
  return LL_OK;
}
