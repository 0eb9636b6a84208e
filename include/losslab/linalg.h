/* losslab/linalg.h: factorisations and solutions of linear systems by LAPACK, orders and places of elements.
 *
 * Outputs are new matrices, the caller's to release; 0×0 after a failure. Inputs are never changed. "Symmetric" functions take
 * the symmetric part (A + A')/2 of what they are given. NaN and infinities in a matrix to be factored are LL_ERR_NUMBER;
 * a matrix without an inverse, and an iteration that does not converge, LL_ERR_SINGULAR. */
#ifndef LOSSLAB_LINALG_H
#define LOSSLAB_LINALG_H

#include "losslab/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- linear systems ----------------------------------------------------------------------------------------------- */

/* [out] L (n,n), lower triangular with a positive diagonal: L L' = A, A (n,n) symmetric. LL_ERR_SHAPE; LL_ERR_SINGULAR names
 * the first leading minor that is not positive. */
ll_status ll_matrix_cholesky(ll_ctx *ctx, const ll_matrix *a, ll_matrix *out);
/* [out] X (n,m): A X = B, or A' X = B; of A (n,n) the upper or the lower triangle is read, the rest taken as 0. B (n,m).
 * LL_ERR_SHAPE; LL_ERR_SINGULAR names a zero on the diagonal. */
ll_status ll_matrix_solve_triangular(ll_ctx *ctx, const ll_matrix *a, bool upper, bool transposed, const ll_matrix *b,
                                     ll_matrix *out);
/* [out] X (n,m): A X = B, or A' X = B, by LU with row exchanges. LL_ERR_SHAPE, LL_ERR_SINGULAR. */
ll_status ll_matrix_solve(ll_ctx *ctx, const ll_matrix *a, bool transposed, const ll_matrix *b, ll_matrix *out);
/* [out] *log_abs = ln |det A|, *sign = -1 or 1; -infinity and 0 where A is singular. LL_ERR_SHAPE. */
ll_status ll_matrix_log_det(ll_ctx *ctx, const ll_matrix *a, double *log_abs, int *sign);
/* [out] X (n,k): the X of least norm among those for which |A X - B| is least, A (m,n), B (m,k). [out, opt] *rank: A's, where
 * singular values below max(m, n) LL_EPS times the largest count as 0. LL_ERR_SHAPE, LL_ERR_SINGULAR (no convergence). */
ll_status ll_matrix_least_squares(ll_ctx *ctx, const ll_matrix *a, const ll_matrix *b, ll_matrix *out, size_t *rank);

/* ---- values and vectors --------------------------------------------------------------------------------------------- */

/* [out] values (n,1) ascending and [opt] vectors (n,n), one per column, of norm 1, its largest element positive: A v = λ v, A (n,n)
 * symmetric. */
ll_status ll_matrix_eigen(ll_ctx *ctx, const ll_matrix *a, ll_matrix *values, ll_matrix *vectors);
/* [out] A = U diag(S) V' with U (n,k), S (k,1) descending, V (m,k), k = min(n, m); in each column of U the largest element is
 * positive. u and v are both NULL or both not. */
ll_status ll_matrix_singular(ll_ctx *ctx, const ll_matrix *a, ll_matrix *u, ll_matrix *s, ll_matrix *v);

/* ---- order ------------------------------------------------------------------------------------------------------------ */

/* order[i * cols + k]: the column of the k-th element of row i in ascending (or descending) order; equal ones keep their
 * order. LL_ERR_NUMBER names a NaN's place, LL_ERR_MEMORY. */
ll_status ll_matrix_argsort(ll_ctx *ctx, const ll_matrix *m, bool descending, uint32_t *order);
/* Where the largest (or smallest) element stands, the first of several; a NaN is the extreme. LL_ERR_SHAPE if m is empty. */
ll_status ll_matrix_extreme(ll_ctx *ctx, const ll_matrix *m, bool largest, size_t *row, size_t *col);
/* places[i]: the same for each row of m, its column. LL_ERR_SHAPE if rows are empty. */
ll_status ll_matrix_row_extremes(ll_ctx *ctx, const ll_matrix *m, bool largest, uint32_t *places);
/* [out] n × classes: 1 in the column of each label 1..classes, 0 elsewhere; labels (n,1). LL_ERR_LABEL names the row. */
ll_status ll_matrix_one_hot(ll_ctx *ctx, const ll_matrix *labels, size_t classes, ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
