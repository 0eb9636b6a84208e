/* Gathering rows that stand anywhere: the rows to come are asked for some steps ahead, since which they are is known, and the
 * conversion of a row costs less than the wait for it. All conversions are exact. */
#include "engine/data/view_kernels.h"

#include <math.h>
#include <string.h>

#ifdef __F16C__
#include <immintrin.h>
#endif

enum { AHEAD = 12, LINE = 64 };

static inline void ask(const unsigned char *row, size_t bytes) {
  for (size_t at = 0; at < bytes; at += LINE) __builtin_prefetch(row + at);
  __builtin_prefetch(row + bytes - 1); /* a row seldom begins where a line does */
}

/* An exponent of 5 bits becomes one of 8 by a product with a power of two, which makes subnormal numbers normal, too. */
static inline float half(uint16_t h) {
  uint32_t bits = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
  float size;
  memcpy(&size, &bits, sizeof size);
  size *= 0x1p112f;
  memcpy(&bits, &size, sizeof bits);
  bits |= sign | ((h & 0x7c00) == 0x7c00 ? 0x7f800000u : 0u); /* infinite, or NaN */
  memcpy(&size, &bits, sizeof size);
  return size;
}

static inline void halves(const unsigned char *from, size_t cols, ll_real *to) {
  size_t j = 0;
#ifdef __F16C__
  for (; j + 8 <= cols; j += 8) {
    __m256 x = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(from + 2 * j)));
#ifdef LL_DOUBLE
    _mm256_storeu_pd(to + j, _mm256_cvtps_pd(_mm256_castps256_ps128(x)));
    _mm256_storeu_pd(to + j + 4, _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
#else
    _mm256_storeu_ps(to + j, x);
#endif
  }
#endif
  for (; j < cols; j++) {
    uint16_t h;
    memcpy(&h, from + 2 * j, sizeof h);
    to[j] = (ll_real)half(h);
  }
}

static inline void reals(const unsigned char *from, size_t cols, ll_real *to) { memcpy(to, from, cols * sizeof *to); }

#define CONVERT(name, type)                                                                                                        \
  static inline void name(const unsigned char *from, size_t cols, ll_real *restrict to) {                                          \
    const type *x = (const type *)(const void *)from;                                                                              \
    for (size_t j = 0; j < cols; j++) to[j] = (ll_real)x[j];                                                                       \
  }
CONVERT(floats, float)
CONVERT(uint8s, uint8_t)
CONVERT(int8s, int8_t)
CONVERT(uint16s, uint16_t)
CONVERT(int16s, int16_t)

/* Without a list the rows stand one behind another, and so do their elements. */
#define GATHER(name)                                                                                                               \
  static void gather_##name(const unsigned char *elements, size_t row_bytes, const uint32_t *rows, size_t n, size_t cols,          \
                            ll_real *out) {                                                                                        \
    if (!rows) {                                                                                                                   \
      name(elements, n *cols, out);                                                                                                \
      return;                                                                                                                      \
    }                                                                                                                              \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      if (i + AHEAD < n) ask(elements + rows[i + AHEAD] * row_bytes, row_bytes);                                                   \
      name(elements + rows[i] * row_bytes, cols, out + i * cols);                                                                  \
    }                                                                                                                              \
  }
GATHER(reals)
GATHER(floats)
GATHER(halves)
GATHER(uint8s)
GATHER(int8s)
GATHER(uint16s)
GATHER(int16s)

static void scale_rows(ll_real *x, size_t n, size_t cols, const double *mean, const double *scale) {
  for (size_t i = 0; i < n; i++, x += cols)
    for (size_t j = 0; j < cols; j++) x[j] = (ll_real)(((double)x[j] - mean[j]) * scale[j]);
}

static void largest_rows(const ll_real *x, size_t n, size_t cols, double *restrict largest) {
  for (size_t i = 0; i < n; i++, x += cols)
    for (size_t j = 0; j < cols; j++) {
      double size = fabs((double)x[j]);
      largest[j] = size > largest[j] ? size : largest[j];
    }
}

const ll_view_kernels LL_ISA_NAME(ll_view_kernels) = {
    .gather = {[LL_VIEW_REAL] = gather_reals,
               [LL_VIEW_FLOAT] = gather_floats,
               [LL_VIEW_HALF] = gather_halves,
               [LL_VIEW_UINT8] = gather_uint8s,
               [LL_VIEW_INT8] = gather_int8s,
               [LL_VIEW_UINT16] = gather_uint16s,
               [LL_VIEW_INT16] = gather_int16s},
    .scale = scale_rows,
    .largest = largest_rows,
};
