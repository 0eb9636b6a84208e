/* Products of the shapes that networks train with, batch × inputs × outputs: forward (NT), the gradient to the inputs (NN) and to
 * the weights (TN). Beside each its rate over that of OpenBLAS, in turns within one run, and as a bound the rate of fused
 * multiply-adds that never leave the registers. The least of many short blocks of process time counts, as the machine may be
 * shared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/blas.h"
#include "engine/base/isa.h"
#include "engine/matrix/gemm.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the bound ---- */

enum { CHAINS = 12, STEPS = 20000 };
static volatile float kept;
#define REGISTERS(name, isa, V, LANES, SPLAT, FUSED)                                                                               \
  __attribute__((target(isa))) static double name(void) {                                                                          \
    V s[CHAINS], x = SPLAT(0.999f), y = SPLAT(0.001f);                                                                             \
    for (int i = 0; i < CHAINS; i++) s[i] = SPLAT((float)i);                                                                       \
    double start = now();                                                                                                          \
    for (int p = 0; p < STEPS; p++) _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) s[i] = FUSED(s[i], x, y);            \
    double took = now() - start;                                                                                                   \
    for (int i = 0; i < CHAINS; i++) kept += s[i][0];                                                                              \
    return 2.0 * LANES * CHAINS * STEPS / took;                                                                                    \
  }
#ifdef __x86_64__
REGISTERS(registers_v3, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps)
REGISTERS(registers_v4, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps)
static double (*const registers[])(void) = {NULL, registers_v3, registers_v4};
#else
static double (*const registers[])(void) = {NULL};
#endif

/* ---- a product ---- */

static ll_matrix drawn(size_t rows, size_t cols) {
  ll_random r = ll_random_stream(1, rows, "bench");
  ll_matrix m = ll_matrix_wrap(aligned_alloc(64, (rows * cols * sizeof(ll_real) + 127) / 64 * 64), rows, cols);
  ll_matrix_normal(&m, &r, 0, 1);
  return m;
}

/* OpenBLAS's, by what cblas.h says of them. */
enum { ROWS = 101, AS_IT_IS = 111, TURNED };
static void (*gemm)(int order, int ta, int tb, int m, int n, int k, ll_real alpha, const ll_real *a, int lda, const ll_real *b,
                    int ldb, ll_real beta, ll_real *c, int ldc);
static void (*gemv)(int order, int t, int m, int n, ll_real alpha, const ll_real *a, int lda, const ll_real *x, int x_step,
                    ll_real beta, ll_real *y, int y_step);

static bool find_blas(ll_ctx *ctx) {
  void *found[2];
  if (ll_blas_open(ctx) != LL_OK) return false;
  found[0] = ll_blas_function(sizeof(ll_real) == 4 ? "cblas_sgemm" : "cblas_dgemm");
  found[1] = ll_blas_function(sizeof(ll_real) == 4 ? "cblas_sgemv" : "cblas_dgemv");
  memcpy(&gemm, &found[0], sizeof gemm), memcpy(&gemv, &found[1], sizeof gemv);
  return gemm && gemv;
}

static void by_blas(bool ta, bool tb, const ll_matrix *a, const ll_matrix *b, ll_matrix *c) {
  int m = (int)c->rows, n = (int)c->cols, k = (int)(ta ? a->rows : a->cols), lda = (int)a->cols, ldb = (int)b->cols;
  if (n == 1) gemv(ROWS, ta ? TURNED : AS_IT_IS, (int)a->rows, lda, 1, a->data, lda, b->data, 1, 0, c->data, 1);
  else if (m == 1) gemv(ROWS, tb ? AS_IT_IS : TURNED, (int)b->rows, ldb, 1, b->data, ldb, a->data, 1, 0, c->data, 1);
  else gemm(ROWS, ta ? TURNED : AS_IT_IS, tb ? TURNED : AS_IT_IS, m, n, k, 1, a->data, lda, b->data, ldb, 0, c->data, n);
}

static void product(size_t m, size_t k, size_t n, bool ta, bool tb) {
  ll_matrix a = drawn(ta ? k : m, ta ? m : k), b = drawn(tb ? n : k, tb ? k : n), c = drawn(m, n);
  double work = 2.0 * (double)m * (double)k * (double)n, own = 0, blas = 0;
  int times = 1 + (int)(1e7 / work), blocks = work > 1e9 ? 12 : 60;
  for (int t = 0; t < blocks; t++) {
    double start = now();
    for (int i = 0; i < times; i++) ll_matrix_gemm(ta, tb, 1, &a, &b, 0, &c);
    double middle = now();
    for (int i = 0; i < times && gemm; i++) by_blas(ta, tb, &a, &b, &c);
    double end = now();
    own = fmax(own, work * times / (middle - start)), blas = fmax(blas, work * times / (end - middle));
  }
  const char *form = ta ? "TN" : tb ? "NT" : "NN";
  printf("product %zux%zux%zu %s\t%.4g\tGFLOP/s\n", m, k, n, form, own / 1e9);
  if (gemm) printf("its rate over OpenBLAS's, %zux%zux%zu %s\t%.3g\ttimes\n", m, k, n, form, own / blas);
  free(a.data), free(b.data), free(c.data);
}

int main(void) {
  static const size_t layers[][3] = {{256, 18, 64}, {64, 18, 64},     {32, 18, 64},      {256, 64, 32},  {64, 64, 32},
                                     {64, 30, 32},  {64, 32, 16},     {256, 32, 1},      {64, 16, 1},    {256, 128, 128},
                                     {256, 128, 1}, {512, 784, 1024}, {512, 1024, 1024}, {512, 1024, 1}, {1024, 1024, 1024}};
  double most = 0;
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_threads(1);
  if (!find_blas(ctx)) gemm = NULL;
  for (int t = 0; t < 200 && registers[ll_isa()]; t++) most = fmax(most, registers[ll_isa()]());
  if (most > 0) printf("fused multiply-adds of registers\t%.4g\tGFLOP/s\n", most / 1e9);
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    size_t batch = layers[i][0], in = layers[i][1], out = layers[i][2];
    product(batch, in, out, false, true);
    product(batch, out, in, false, false);
    product(out, batch, in, true, false);
  }
  ll_ctx_close(ctx);
  return 0;
}
