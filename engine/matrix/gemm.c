/* Products by BLAS. */
#include <assert.h>
#include <cblas.h>

#include "engine/matrix/gemm.h"

#ifdef LL_DOUBLE
#define GEMM cblas_dgemm
#define GEMV cblas_dgemv
#else
#define GEMM cblas_sgemm
#define GEMV cblas_sgemv
#endif

static blasint leading(const ll_matrix *m) {
  size_t ld = m->stride > m->cols ? m->stride : m->cols;
  return (blasint)(ld ? ld : 1);
}

void ll_matrix_gemm(bool transpose_a, bool transpose_b, double alpha, const ll_matrix *a, const ll_matrix *b, double beta,
                    ll_matrix *c) {
  size_t m = transpose_a ? a->cols : a->rows, k = transpose_a ? a->rows : a->cols;
  size_t n = transpose_b ? b->rows : b->cols;
  assert((transpose_b ? b->cols : b->rows) == k && c->rows == m && c->cols == n);
  if (m == 0 || n == 0) return;
  if (k == 0) { /* an empty sum */
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) ll_matrix_row(c, i)[j] = beta == 0 ? 0 : (ll_real)beta * ll_matrix_row(c, i)[j];
    return;
  }
  if (n == 1) { /* a vector result: gemv reads A once */
    GEMV(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, (blasint)a->rows, (blasint)a->cols, (ll_real)alpha, a->data,
         leading(a), b->data, transpose_b ? 1 : leading(b), (ll_real)beta, c->data, leading(c));
    return;
  }
  if (m == 1) { /* the same for a row: c' = op(B)' a' */
    GEMV(CblasRowMajor, transpose_b ? CblasNoTrans : CblasTrans, (blasint)b->rows, (blasint)b->cols, (ll_real)alpha, b->data,
         leading(b), a->data, transpose_a ? leading(a) : 1, (ll_real)beta, c->data, 1);
    return;
  }
  GEMM(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
       (blasint)k, (ll_real)alpha, a->data, leading(a), b->data, leading(b), (ll_real)beta, c->data, leading(c));
}

void ll_gemmf(const ll_gemm_shape *s, const float *a, const float *b, const float *bias, float *c) {
  assert(!bias);
  cblas_sgemm(CblasRowMajor, s->ta ? CblasTrans : CblasNoTrans, s->tb ? CblasTrans : CblasNoTrans, (blasint)s->m, (blasint)s->n,
              (blasint)s->k, (float)s->alpha, a, (blasint)s->lda, b, (blasint)s->ldb, (float)s->beta, c, (blasint)s->ldc);
}

void ll_gemmd(const ll_gemm_shape *s, const double *a, const double *b, const double *bias, double *c) {
  assert(!bias);
  cblas_dgemm(CblasRowMajor, s->ta ? CblasTrans : CblasNoTrans, s->tb ? CblasTrans : CblasNoTrans, (blasint)s->m, (blasint)s->n,
              (blasint)s->k, s->alpha, a, (blasint)s->lda, b, (blasint)s->ldb, s->beta, c, (blasint)s->ldc);
}
