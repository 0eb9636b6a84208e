/* Vectors of one instruction set, for the tiles of products; read once with GEMM_DOUBLE 0 and once with 1. T is the element, V a
 * vector of W of them, M a mask of its first lanes; NAME(x) gives each reading its own names. */
#undef T
#undef NAME
#undef V
#undef W
#undef M
#undef LOAD
#undef STORE
#undef SPLAT
#undef FUSED
#undef TIMES
#undef FIRST
#undef LOAD_FIRST
#undef STORE_FIRST

#if GEMM_DOUBLE
#define T double
#define NAME(x) x##_d
#else
#define T float
#define NAME(x) x##_f
#endif
#define CALL NAME(call)
#define VIEW NAME(view)
#define TILE_FUNCTION NAME(tile)
#define VECTORS NAME(VECTORS_)
#define PANEL NAME(PANEL_)
#define DEPTH NAME(DEPTH_)
#define STRIP NAME(STRIP_)
#define TALL NAME(TALL_)

#if defined(__AVX512F__)

#if GEMM_DOUBLE
#define V __m512d
#define W 8
#define M __mmask8
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define SPLAT(x) _mm512_set1_pd(x)
#define FUSED(x, y, z) _mm512_fmadd_pd(x, y, z)
#define TIMES(x, y) _mm512_mul_pd(x, y)
#define FIRST(n) ((__mmask8)(0xffu >> (8 - (n))))
#define LOAD_FIRST(m, p) _mm512_maskz_loadu_pd(m, p)
#define STORE_FIRST(p, m, v) _mm512_mask_storeu_pd(p, m, v)
#else
#define V __m512
#define W 16
#define M __mmask16
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SPLAT(x) _mm512_set1_ps(x)
#define FUSED(x, y, z) _mm512_fmadd_ps(x, y, z)
#define TIMES(x, y) _mm512_mul_ps(x, y)
#define FIRST(n) ((__mmask16)(0xffffu >> (16 - (n))))
#define LOAD_FIRST(m, p) _mm512_maskz_loadu_ps(m, p)
#define STORE_FIRST(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#endif

#elif defined(__AVX2__)

#define M __m256i
#if GEMM_DOUBLE
#define V __m256d
#define W 4
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, v) _mm256_storeu_pd(p, v)
#define SPLAT(x) _mm256_set1_pd(x)
#define FUSED(x, y, z) _mm256_fmadd_pd(x, y, z)
#define TIMES(x, y) _mm256_mul_pd(x, y)
#define FIRST(n) _mm256_loadu_si256((const __m256i *)(const void *)(first_lanes_d + 4 - (n)))
#define LOAD_FIRST(m, p) _mm256_maskload_pd(p, m)
#define STORE_FIRST(p, m, v) _mm256_maskstore_pd(p, m, v)
static const int64_t first_lanes_d[8] = {-1, -1, -1, -1};
#else
#define V __m256
#define W 8
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SPLAT(x) _mm256_set1_ps(x)
#define FUSED(x, y, z) _mm256_fmadd_ps(x, y, z)
#define TIMES(x, y) _mm256_mul_ps(x, y)
#define FIRST(n) _mm256_loadu_si256((const __m256i *)(const void *)(first_lanes_f + 8 - (n)))
#define LOAD_FIRST(m, p) _mm256_maskload_ps(p, m)
#define STORE_FIRST(p, m, v) _mm256_maskstore_ps(p, m, v)
static const int32_t first_lanes_f[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#endif

#else /* any machine: GCC's vectors of 16 bytes */

#define W ((size_t)(16 / sizeof(T)))
#define V NAME(lanes)
#define M size_t
#define LOAD(p) NAME(load)(p)
#define STORE(p, v) NAME(store)(p, v)
#define SPLAT(x) NAME(splat)(x)
#define FUSED(x, y, z) NAME(fused)(x, y, z)
#define TIMES(x, y) ((x) * (y))
#define FIRST(n) (n)
#define LOAD_FIRST(m, p) NAME(load_first)(m, p)
#define STORE_FIRST(p, m, v) NAME(store_first)(p, m, v)

typedef T NAME(lanes) __attribute__((vector_size(16)));
static inline V NAME(load)(const T *p) {
  V v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void NAME(store)(T *p, V v) { memcpy(p, &v, sizeof v); }
static inline V NAME(splat)(T x) { return x - (V){0}; } /* - 0 keeps -0 */
static inline V NAME(fused)(V x, V y, V z) {
#if defined(__aarch64__) && GEMM_DOUBLE
  return vfmaq_f64(z, x, y);
#elif defined(__aarch64__)
  return vfmaq_f32(z, x, y);
#else
  for (size_t l = 0; l < W; l++)
#if GEMM_DOUBLE
    z[l] = FMAD(x[l], y[l], z[l]);
#else
    z[l] = FMAF(x[l], y[l], z[l]);
#endif
  return z;
#endif
}
static inline V NAME(load_first)(size_t n, const T *p) {
  T some[16 / sizeof(T)] = {0};
  for (size_t l = 0; l < n; l++) some[l] = p[l];
  return NAME(load)(some);
}
static inline void NAME(store_first)(T *p, size_t n, V v) {
  T all[16 / sizeof(T)];
  NAME(store)(all, v);
  for (size_t l = 0; l < n; l++) p[l] = all[l];
}

#endif
