/* Products of losslab's own, of either element type in both builds. An element of C is one chain of fused multiply-adds in the
 * order of k, whatever the instruction set, tile, block or number of threads, and so has the same bits everywhere:
 *
 *   without C (beta 0)  s = 0 or the bias;    s = fma(op(A)_ik, op(B)_kj, s) for k = 0, 1, …;          C_ij = alpha s
 *   with C              s = beta C_ij;        s = fma(alpha op(A)_ik, op(B)_kj, s) for k = 0, 1, …;    C_ij = s
 *
 * where alpha s, beta C_ij and alpha op(A)_ik are rounded (for 1 they are what they multiply). What is NaN is NaN everywhere; its
 * sign and payload are no part of this. */
#ifndef LOSSLAB_ENGINE_GEMM_H
#define LOSSLAB_ENGINE_GEMM_H

#include "losslab/matrix.h"

typedef struct ll_gemm_shape {
  bool ta, tb;          /* op is the transpose: A is stored (k,m), B (n,k) */
  size_t m, n, k;       /* op(A) (m,k), op(B) (k,n), C (m,n) */
  size_t lda, ldb, ldc; /* elements from one stored row to the next */
  double alpha, beta;   /* rounded to the element type */
} ll_gemm_shape;

/* bias [opt]: a row of n elements at which the chains begin, for beta 0. C overlaps nothing that is read. Nothing can fail, and no
 * memory is asked for: where the room for packed operands is taken by other threads, they are read where they stand. */
void ll_gemmf(const ll_gemm_shape *s, const float *a, const float *b, const float *bias, float *c);
void ll_gemmd(const ll_gemm_shape *s, const double *a, const double *b, const double *bias, double *c);
#ifdef LL_DOUBLE
#define ll_gemm_real ll_gemmd
#else
#define ll_gemm_real ll_gemmf
#endif

/* C = op(A) op(B) + beta C, or + the bias (1 × n) in each row [opt], as ll_matrix_gemm; a long one may be ended between blocks of
 * rows (LL_ERR_INTERRUPTED), a large one is shared out to threads. LL_ERR_INTERRUPTED only. */
ll_status ll_gemm_product(ll_ctx *ctx, bool ta, bool tb, const ll_matrix *a, const ll_matrix *b, double beta, const ll_matrix *bias,
                          ll_matrix *c);

#endif
