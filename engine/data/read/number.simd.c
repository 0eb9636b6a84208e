/* A run of plain numbers at a time. Their ends are found first, 64 bytes at once, so that no number waits for the one before it.
 * One of at most 15 bytes is then read without a branch on its length or sign: the digits are shuffled together over the point
 * and to the right, and multiplied up by pairs, fours and eights; its value w / 10^k has w < 2^53 and k < 16, so that the
 * quotient is rounded once (Clinger 1990). Whatever else comes is left to the caller. */
#include "engine/data/read/number.h"

#include <math.h>

#ifdef __AVX2__
#include <immintrin.h>

/* Which of 64 bytes are the one or the other: the lowest bit is the first byte. */
static inline uint64_t either(const unsigned char *p, unsigned char a, unsigned char b) {
#ifdef __AVX512BW__
  __m512i text = _mm512_loadu_si512(p);
  return _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8((char)a)) | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8((char)b));
#else
  const __m256i as = _mm256_set1_epi8((char)a), bs = _mm256_set1_epi8((char)b);
  uint64_t found = 0;
  for (int half = 0; half < 2; half++) {
    __m256i text = _mm256_loadu_si256((const __m256i *)(p + 32 * half));
    __m256i equal = _mm256_or_si256(_mm256_cmpeq_epi8(text, as), _mm256_cmpeq_epi8(text, bs));
    found |= (uint64_t)(uint32_t)_mm256_movemask_epi8(equal) << 32 * half;
  }
  return found;
#endif
}

__attribute__((always_inline)) static inline size_t read_run(const unsigned char **at, unsigned char separator, unsigned char after,
                                                             size_t n, ll_real *to, double *exact, uint64_t *digits, bool keep) {
  const __m128i zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8(9), dot = _mm_set1_epi8('.');
  const __m128i places = _mm_setr_epi8(-17, -16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2);
  const __m128i tens = _mm_set1_epi16(0x010a), hundreds = _mm_set1_epi32(0x00010064), myriads = _mm_set1_epi32(0x00012710);
  const unsigned char *p = *at, *block = p;
  uint64_t ends = either(block, separator, after);
  uint64_t all = *digits;
  size_t i = 0;
  for (; i < n; i++) {
    if (ends == 0) ends = either(block += 64, separator, after);
    if (ends == 0) break; /* a very long cell */
    const unsigned char *end = block + __builtin_ctzll(ends);
    ends &= ends - 1;
    unsigned char sign = *p;
    const unsigned char *q = p + (sign == '-' || sign == '+');
    size_t size = (size_t)(end - q); /* huge if the sign is past the end: there is no number */
    __m128i text = _mm_loadu_si128((const __m128i *)q), values = _mm_sub_epi8(text, zero);
    unsigned is_digit = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values, nine), values));
    unsigned inside = _bzhi_u32(0xffff, (unsigned)size);
    unsigned point = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, dot)) & inside;
    size_t whole = 31 - (size_t)_lzcnt_u32(point); /* digits before the point; -1: there is none */
    size_t places_after = point ? size - 1 - whole : 0;
    bool plain = size <= 15 && size != (point != 0) && (point & (point - 1)) == 0 && ((is_digit | point) & inside) == inside;
    if (!plain || *end != (i + 1 < n ? separator : after)) break;
    /* byte j of the digits put right is byte s = j - 16 + size of the text, or s - 1 up to the point; none below 0 */
    __m128i from = _mm_add_epi8(places, _mm_set1_epi8((char)size)); /* s - 1 */
    from = _mm_sub_epi8(from, _mm_cmpgt_epi8(from, _mm_set1_epi8((char)(whole - 1))));
    __m128i twos = _mm_maddubs_epi16(_mm_shuffle_epi8(values, from), tens), fours = _mm_madd_epi16(twos, hundreds);
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), myriads);
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights), w = (both & 0xffffffff) * 100000000 + (both >> 32);
    static const double signs[2] = {1, -1};
    double value = (double)(int64_t)w / ll_number_powers[places_after] * signs[sign == '-'];
    if (ll_number_halfway(value)) break;
    to[i] = (ll_real)value;
    all |= w;
    if (keep) exact[i] = value;
    p = end + 1;
  }
  *at = p, *digits = all;
  return i;
}
#else
__attribute__((always_inline)) static inline size_t read_run(const unsigned char **at, unsigned char separator, unsigned char after,
                                                             size_t n, ll_real *to, double *exact, uint64_t *digits, bool keep) {
  const unsigned char *p = *at;
  size_t i = 0;
  for (; i < n; i++) {
    double value;
    const unsigned char *end = ll_number_decimal_with(p, &value, true);
    if (!end || *end != (i + 1 < n ? separator : after) || ll_number_halfway(value) || !isfinite((ll_real)value)) break;
    to[i] = (ll_real)value;
    if (keep) exact[i] = value;
    p = end + 1;
  }
  *at = p, *digits = UINT64_MAX;
  return i;
}
#endif

static size_t run(const unsigned char **at, unsigned char separator, unsigned char after, size_t n, ll_real *to, double *exact,
                  uint64_t *digits) {
  return exact ? read_run(at, separator, after, n, to, exact, digits, true)
               : read_run(at, separator, after, n, to, exact, digits, false);
}

static bool far(const ll_real *numbers, size_t n, ll_real size) {
  int found = 0;
  for (size_t i = 0; i < n; i++) found |= (numbers[i] >= size) | (numbers[i] <= -size);
  return found;
}

/* Counters are bytes too, so that many fit one vector; after 255 blocks they are full and are added up. */
static size_t lines(const unsigned char *p, size_t n) {
  size_t count = 0;
  while (n) {
    enum { LANES = 64 };
    unsigned char part[LANES] = {0};
    size_t blocks = n / LANES < 255 ? n / LANES : 255;
    for (size_t b = 0; b < blocks; b++, p += LANES)
      for (size_t l = 0; l < LANES; l++) part[l] = (unsigned char)(part[l] + (p[l] == '\n'));
    for (size_t l = 0; l < LANES; l++) count += part[l];
    n -= blocks * LANES;
    for (; blocks < 255 && n; n--) count += *p++ == '\n';
  }
  return count;
}

extern const ll_number_kernels LL_ISA_NAME(ll_number_kernels);
const ll_number_kernels LL_ISA_NAME(ll_number_kernels) = {.run = run, .far = far, .lines = lines};
