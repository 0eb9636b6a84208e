/* Dropout's mask: Philox 4x32-10 (Salmon et al. 2011) with the step in the upper half of the counter, so that no two steps
 * share a number; sixteen blocks at a time, the same numbers on every instruction set. */
#include "engine/nn/dropout.h"
#include "engine/base/simd_math.h"

enum { LANES = 16, WORDS = 4, TILE = LANES * WORDS, ROUNDS = 10 };

/* word[j * LANES + l]: word j of block first + l. */
static void blocks(uint64_t first, uint64_t key, uint64_t step, uint32_t *restrict word) {
  uint32_t a[LANES], b[LANES], c[LANES], d[LANES], k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (size_t l = 0; l < LANES; l++) {
    a[l] = (uint32_t)(first + l), b[l] = (uint32_t)((first + l) >> 32);
    c[l] = (uint32_t)step, d[l] = (uint32_t)(step >> 32);
  }
  for (int round = 0; round < ROUNDS; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
    for (size_t l = 0; l < LANES; l++) {
      uint64_t p = (uint64_t)a[l] * 0xD2511F53u, q = (uint64_t)c[l] * 0xCD9E8D57u;
      a[l] = (uint32_t)(q >> 32) ^ b[l] ^ k0, b[l] = (uint32_t)q;
      c[l] = (uint32_t)(p >> 32) ^ d[l] ^ k1, d[l] = (uint32_t)p;
    }
  for (size_t l = 0; l < LANES; l++) word[l] = a[l], word[LANES + l] = b[l], word[2 * LANES + l] = c[l], word[3 * LANES + l] = d[l];
}

static void mask(ll_real *out, size_t from, size_t to, uint64_t key, uint64_t step, uint32_t threshold, ll_real keep) {
  uint32_t word[TILE];
  for (size_t at = from; at < to; at += TILE) {
    size_t count = to - at < TILE ? to - at : TILE;
    blocks(at / WORDS, key, step, word);
    for (size_t i = 0; i < count; i++) out[at + i] = word[i] < threshold ? R(0) : keep;
  }
}

extern const ll_dropout_loops LL_ISA_NAME(ll_dropout_loops);
const ll_dropout_loops LL_ISA_NAME(ll_dropout_loops) = {mask};
