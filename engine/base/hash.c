/* SHA-256, whole or piece by piece. Blocks are hashed by the processor's own instructions where it has them, else by libmd, which
 * would take most of the time of reading a large file. */
#include "engine/base/hash.h"

#include <sha2.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/isa.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

static bool has_instructions(void) {
  static int has = -1; /* every thread finds the same value; kept, since in a virtual machine asking takes longer than a block */
  unsigned a, b, c, d;
  if (has < 0) has = ll_isa() != LL_ISA_base && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
  return has;
}

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* Four rounds a step. The instructions keep the state as (a, b, e, f) and (c, d, g, h); w holds the last 16 words of the
 * message schedule, w[i % 4] the four that are 16 rounds old when step i begins. */
__attribute__((target("sha,sse4.1,ssse3"))) static void by_instructions(uint32_t state[8], const unsigned char *p, size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
  for (; blocks; blocks--, p += 64) {
    __m128i w[4], abef_before = abef, cdgh_before = cdgh;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      if (i < 4) {
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p + 16 * i)), big_endian);
      } else {
        __m128i sum = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
        sum = _mm_add_epi32(sum, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
        w[i % 4] = _mm_sha256msg2_epu32(sum, w[(i + 3) % 4]);
      }
      __m128i words = _mm_add_epi32(w[i % 4], _mm_loadu_si128((const __m128i *)(round_constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  low = _mm_shuffle_epi32(abef, 0x1b), high = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#else
static bool has_instructions(void) { return false; }
static void by_instructions(uint32_t state[8], const unsigned char *p, size_t blocks) { (void)state, (void)p, (void)blocks; }
#endif

static void compress(uint32_t state[8], const unsigned char *p, size_t blocks) {
  if (has_instructions()) by_instructions(state, p, blocks);
  else
    for (; blocks; blocks--, p += 64) SHA256Transform(state, p);
}

void ll_hash_start(ll_hash *h) {
  *h = (ll_hash){{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, {0}, 0};
}

void ll_hash_add(ll_hash *h, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  size_t held = h->size % 64;
  h->size += n;
  if (held) {
    size_t take = n < 64 - held ? n : 64 - held;
    memcpy(h->held + held, p, take);
    if (held + take < 64) return;
    compress(h->state, h->held, 1);
    p += take, n -= take;
  }
  compress(h->state, p, n / 64);
  if (n % 64) memcpy(h->held, p + n / 64 * 64, n % 64);
}

void ll_hash_end(const ll_hash *h, char out[65]) {
  uint32_t state[8];
  unsigned char last[128] = {0}; /* the rest, one bit, zeros, the length in bits */
  size_t held = h->size % 64, blocks = held < 56 ? 1 : 2;
  memcpy(state, h->state, sizeof state);
  memcpy(last, h->held, held);
  last[held] = 0x80;
  for (size_t k = 0; k < 8; k++) last[64 * blocks - 1 - k] = (unsigned char)(h->size * 8 >> 8 * k);
  compress(state, last, blocks);
  for (size_t k = 0; k < 64; k++) out[k] = "0123456789abcdef"[state[k / 8] >> (28 - 4 * (k % 8)) & 15];
  out[64] = 0;
}

void ll_sha256(const void *bytes, size_t n, char out[65]) {
  ll_hash h;
  ll_hash_start(&h);
  ll_hash_add(&h, bytes, n);
  ll_hash_end(&h, out);
}
