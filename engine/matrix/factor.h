/* Factors and triangular systems by losslab's own arithmetic, of either element type in both builds. What an element is made of is
 * a chain of fused multiply-adds, subtracted in the order of elimination, then a division or a root: the same bits on every machine
 * and for any number of threads. Blocks of LL_FACTOR_BLOCK columns leave most of the work to products (engine/matrix/gemm.h). */
#ifndef LOSSLAB_ENGINE_FACTOR_H
#define LOSSLAB_ENGINE_FACTOR_H

#include "losslab/matrix.h"

enum { LL_FACTOR_BLOCK = 32 };

/* Of a matrix that is stored by rows, `from` elements from one to the next. */
typedef struct ll_factor_triangle {
  bool upper, transposed, unit; /* which triangle counts; whether its transpose is meant; whether the diagonal is 1 and not read */
  size_t n, from;
} ll_factor_triangle;

/* a = L L' in place, a (n,n) by rows: its lower triangle is read and written, what is above it becomes scratch. Gives n, or, where
 * a leading minor is not positive, the number of columns of L before it. */
size_t ll_factor_choleskyf(float *a, size_t n);
size_t ll_factor_choleskyd(double *a, size_t n);
/* P a = L U in place, with the largest element of the column, first of equals, as pivot: row i was exchanged with row pivots[i] >=
 * i. Gives 0, or the first place on the diagonal of U that is 0, from 1. */
size_t ll_factor_luf(float *a, size_t n, uint32_t *pivots);
size_t ll_factor_lud(double *a, size_t n, uint32_t *pivots);
/* b = op(A)⁻¹ b, b (n,m) by rows without gaps. */
void ll_factor_solvef(const ll_factor_triangle *t, const float *a, float *b, size_t m);
void ll_factor_solved(const ll_factor_triangle *t, const double *a, double *b, size_t m);

#ifdef LL_DOUBLE
#define ll_factor_cholesky ll_factor_choleskyd
#define ll_factor_lu ll_factor_lud
#define ll_factor_solve ll_factor_solved
#else
#define ll_factor_cholesky ll_factor_choleskyf
#define ll_factor_lu ll_factor_luf
#define ll_factor_solve ll_factor_solvef
#endif

/* y_j = fma(-a, x_j, y_j), one for each instruction set. */
typedef struct ll_factor_kernels {
  void (*take)(float a, const float *x, float *y, size_t n);
  void (*take_double)(double a, const double *x, double *y, size_t n);
} ll_factor_kernels;

#endif
