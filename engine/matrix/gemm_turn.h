/* Packing: rows of steps become steps of rows. Read as gemm_lanes.h is. */
#include "engine/matrix/gemm_tile.h"

/* What 16 bytes hold; a block of W rows by so many steps is turned within registers. */
#define EACH ((size_t)(16 / sizeof(T)))

/* Out of v[q], which holds in its l-th 16 bytes steps of row l * EACH + q, all rows of each step. */
#if GEMM_DOUBLE
static inline void NAME(turn)(V v[2]) {
#if defined(__AVX512F__)
  V low = _mm512_unpacklo_pd(v[0], v[1]), high = _mm512_unpackhi_pd(v[0], v[1]);
#elif defined(__AVX2__)
  V low = _mm256_unpacklo_pd(v[0], v[1]), high = _mm256_unpackhi_pd(v[0], v[1]);
#else
  V low = {v[0][0], v[1][0]}, high = {v[0][1], v[1][1]};
#endif
  v[0] = low, v[1] = high;
}
#else
static inline void NAME(turn)(V v[4]) {
#if defined(__AVX512F__)
#define LOW(x, y) _mm512_castps_pd(_mm512_unpacklo_ps(x, y))
#define HIGH(x, y) _mm512_castps_pd(_mm512_unpackhi_ps(x, y))
#define LOWER(x, y) _mm512_castpd_ps(_mm512_unpacklo_pd(x, y))
#define HIGHER(x, y) _mm512_castpd_ps(_mm512_unpackhi_pd(x, y))
  __m512d a = LOW(v[0], v[1]), b = LOW(v[2], v[3]), c = HIGH(v[0], v[1]), d = HIGH(v[2], v[3]);
#elif defined(__AVX2__)
#define LOW(x, y) _mm256_castps_pd(_mm256_unpacklo_ps(x, y))
#define HIGH(x, y) _mm256_castps_pd(_mm256_unpackhi_ps(x, y))
#define LOWER(x, y) _mm256_castpd_ps(_mm256_unpacklo_pd(x, y))
#define HIGHER(x, y) _mm256_castpd_ps(_mm256_unpackhi_pd(x, y))
  __m256d a = LOW(v[0], v[1]), b = LOW(v[2], v[3]), c = HIGH(v[0], v[1]), d = HIGH(v[2], v[3]);
#else
#define LOWER(x, y) ((V){x[0], x[1], y[0], y[1]})
#define HIGHER(x, y) ((V){x[2], x[3], y[2], y[3]})
  V a = {v[0][0], v[1][0], v[0][1], v[1][1]}, b = {v[2][0], v[3][0], v[2][1], v[3][1]};
  V c = {v[0][2], v[1][2], v[0][3], v[1][3]}, d = {v[2][2], v[3][2], v[2][3], v[3][3]};
#endif
  v[0] = LOWER(a, b), v[1] = HIGHER(a, b), v[2] = LOWER(c, d), v[3] = HIGHER(c, d);
}
#endif

/* 16 bytes of each of W / EACH rows, `apart` elements from one to the next. */
static inline V NAME(quarters)(const T *p, size_t apart) {
#if defined(__AVX512F__) && GEMM_DOUBLE
  V v = _mm512_castpd128_pd512(_mm_loadu_pd(p));
  v = _mm512_insertf64x2(v, _mm_loadu_pd(p + apart), 1);
  v = _mm512_insertf64x2(v, _mm_loadu_pd(p + 2 * apart), 2);
  return _mm512_insertf64x2(v, _mm_loadu_pd(p + 3 * apart), 3);
#elif defined(__AVX512F__)
  V v = _mm512_castps128_ps512(_mm_loadu_ps(p));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(p + apart), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 2 * apart), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(p + 3 * apart), 3);
#elif defined(__AVX2__) && GEMM_DOUBLE
  return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p)), _mm_loadu_pd(p + apart), 1);
#elif defined(__AVX2__)
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + apart), 1);
#else
  (void)apart;
  return LOAD(p);
#endif
}

/* The same of 16 bytes. */
typedef T NAME(quad) __attribute__((vector_size(16)));
#define QUAD NAME(quad)
static inline void NAME(turn_quad)(QUAD v[16 / sizeof(T)]) {
#if GEMM_DOUBLE
  QUAD low = {v[0][0], v[1][0]}, high = {v[0][1], v[1][1]};
  v[0] = low, v[1] = high;
#else
  QUAD a = {v[0][0], v[1][0], v[0][1], v[1][1]}, b = {v[2][0], v[3][0], v[2][1], v[3][1]};
  QUAD c = {v[0][2], v[1][2], v[0][3], v[1][3]}, d = {v[2][2], v[3][2], v[2][3], v[3][3]};
  v[0] = (QUAD){a[0], a[1], b[0], b[1]}, v[1] = (QUAD){a[2], a[3], b[2], b[3]};
  v[2] = (QUAD){c[0], c[1], d[0], d[1]}, v[3] = (QUAD){c[2], c[3], d[2], d[3]};
#endif
}

/* to[p * apart + j] = scale * from[j * stride + p] for j < rows and p < steps. */
static void NAME(turn_some)(const T *from, size_t stride, size_t rows, size_t steps, T scale, T *to, size_t apart) {
  size_t j = 0;
  for (; j + EACH <= rows && steps >= EACH; j += EACH)
    for (size_t p = 0; p < steps; p += EACH) {
      if (p + EACH > steps) p = steps - EACH; /* some once more */
      QUAD v[16 / sizeof(T)];
      for (size_t q = 0; q < EACH; q++) memcpy(&v[q], from + (j + q) * stride + p, sizeof v[q]);
      NAME(turn_quad)(v);
      for (size_t q = 0; q < EACH; q++) {
        v[q] *= scale;
        memcpy(to + (p + q) * apart + j, &v[q], sizeof v[q]);
      }
    }
  for (; j < rows; j++)
    for (size_t p = 0; p < steps; p++) to[p * apart + j] = scale * from[j * stride + p];
}

/* The next step of W rows, turned in registers. */
static inline void NAME(load_turned)(const T *from, size_t stride, V v[16 / sizeof(T)]) {
  for (size_t q = 0; q < EACH; q++) v[q] = NAME(quarters)(from + q * stride, EACH * stride);
  NAME(turn)(v);
}

/* The next AHEAD steps, by as few loads as pay. */
#undef AHEAD
#if defined(__AVX512F__) && !GEMM_DOUBLE
#define AHEAD 8
static inline void NAME(load_ahead)(const T *from, size_t stride, V v[AHEAD]) {
  V low[4], high[4]; /* of rows 0 to 7 and 8 to 15: row q steps 0 to 7, row q + 4 the same */
  for (size_t q = 0; q < 4; q++) {
    const T *x = from + q * stride, *z = x + 8 * stride;
    low[q] = _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(_mm256_loadu_ps(x))),
                                                 _mm256_castps_pd(_mm256_loadu_ps(x + 4 * stride)), 1));
    high[q] = _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(_mm256_loadu_ps(z))),
                                                  _mm256_castps_pd(_mm256_loadu_ps(z + 4 * stride)), 1));
  }
  NAME(turn)(low), NAME(turn)(high);
  for (size_t q = 0; q < 4; q++) {
    v[q] = _mm512_shuffle_f32x4(low[q], high[q], 0x88);
    v[q + 4] = _mm512_shuffle_f32x4(low[q], high[q], 0xdd);
  }
}
#else
#define AHEAD (16 / sizeof(T))
static inline void NAME(load_ahead)(const T *from, size_t stride, V v[AHEAD]) { NAME(load_turned)(from, stride, v); }
#endif

/* to[p * width + j] = scale * from[j * stride + p] for j < rows and p < steps, and something for rows <= j < width. */
static void NAME(pack_turned)(const T *from, size_t stride, size_t rows, size_t steps, T scale, T *to, size_t width) {
  size_t j = 0;
  for (; j + W <= rows && steps >= EACH; j += W) {
    V v[AHEAD];
    size_t p = 0;
    for (; p + AHEAD <= steps; p += AHEAD) {
      NAME(load_ahead)(from + j * stride + p, stride, v);
      for (size_t q = 0; q < AHEAD; q++) STORE(to + (p + q) * width + j, TIMES(v[q], SPLAT(scale)));
    }
    for (; p < steps; p += EACH) {
      if (p + EACH > steps) p = steps - EACH; /* some once more */
      NAME(load_turned)(from + j * stride + p, stride, v);
      for (size_t q = 0; q < EACH; q++) STORE(to + (p + q) * width + j, TIMES(v[q], SPLAT(scale)));
    }
  }
  NAME(turn_some)(from + j * stride, stride, rows - j, steps, scale, to + j, width);
  for (size_t p = 0; p < steps && rows < width; p++)
    for (size_t l = rows; l < width; l++) to[p * width + l] = 0;
}

/* to[p * width + j] = scale * from[p * stride + j], likewise. */
static void NAME(pack_straight)(const T *from, size_t stride, size_t rows, size_t steps, T scale, T *to, size_t width) {
  for (size_t p = 0; p < steps; p++, from += stride, to += width) {
    size_t j = 0;
    for (; j + W <= rows; j += W) STORE(to + j, TIMES(LOAD(from + j), SPLAT(scale)));
    for (; j < rows; j++) to[j] = scale * from[j];
    for (; j < width; j++) to[j] = 0;
  }
}
