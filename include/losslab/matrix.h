/* losslab/matrix.h: row-major matrices and views of them, over reference-counted, pooled, 64-byte aligned buffers.
 *
 * Everything is a matrix: rows × cols, a vector is n×1, a number 1×1. Element (i, j) stands at data[i * stride + j];
 * stride >= cols, so a view of rows or columns of another matrix copies nothing. */
#ifndef LOSSLAB_MATRIX_H
#define LOSSLAB_MATRIX_H

#include "losslab/base.h"
#include "losslab/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most rows, and the most columns, of any matrix: LAPACK counts them in 32 bits. */
enum { LL_MATRIX_SIDE = INT32_MAX };

typedef struct ll_buffer ll_buffer; /* storage that several matrices may share */

typedef struct ll_matrix {
  ll_real *data;
  size_t rows, cols;
  size_t stride;     /* elements from one row to the next */
  ll_buffer *buffer; /* what keeps data alive; NULL if the caller owns it (ll_matrix_wrap) or the matrix is released */
} ll_matrix;

static inline size_t ll_matrix_count(const ll_matrix *m) { return m->rows * m->cols; }
static inline bool ll_matrix_contiguous(const ll_matrix *m) { return m->stride == m->cols || m->rows <= 1; }
static inline ll_real *ll_matrix_row(const ll_matrix *m, size_t i) { return m->data + i * m->stride; }

/* [out] *out: rows × cols, uninitialised (_new) or zero (_zeros); released by ll_matrix_release. Buffers come back
 * from a pool, so asking again for a shape just released costs no system call. LL_ERR_MEMORY, LL_ERR_RANGE (ll_matrix_sides). */
ll_status ll_matrix_new(ll_ctx *ctx, size_t rows, size_t cols, ll_matrix *out);
ll_status ll_matrix_zeros(ll_ctx *ctx, size_t rows, size_t cols, ll_matrix *out);
/* LL_ERR_RANGE, with `who` in front, if one of the sides is above LL_MATRIX_SIDE. Asked of every matrix that is made; readers ask
 * it of what a header claims. */
ll_status ll_matrix_sides(ll_ctx *ctx, const char *who, size_t rows, size_t cols);
/* [out] a contiguous copy. LL_ERR_MEMORY. */
ll_status ll_matrix_copy(ll_ctx *ctx, const ll_matrix *m, ll_matrix *out);
/* A matrix over memory the caller owns and keeps alive. */
ll_matrix ll_matrix_wrap(ll_real *data, size_t rows, size_t cols);
/* [out] rows [row, row+rows) and columns [col, col+cols) of m, sharing its buffer (one more reference). LL_ERR_SHAPE. */
ll_status ll_matrix_view(ll_ctx *ctx, const ll_matrix *m, size_t row, size_t col, size_t rows, size_t cols, ll_matrix *out);
/* One more reference to the same elements. */
ll_matrix ll_matrix_share(const ll_matrix *m);
/* Gives the reference back; *m becomes 0×0. Releasing a 0×0 matrix does nothing. */
void ll_matrix_release(ll_ctx *ctx, ll_matrix *m);
/* Gives all pooled buffers that are not in use back to the system. */
void ll_matrix_trim(ll_ctx *ctx);

/* To be called after elements of a matrix that may be in a recorded graph were changed in place: a backward that needs
 * the old values is then refused, where it would otherwise be silently wrong. All views of the buffer count as changed. */
void ll_matrix_touch(const ll_matrix *m);

void ll_matrix_fill(ll_matrix *m, double value);
/* to[i][j] = from[i][j]; the shapes must be equal (asserted). */
void ll_matrix_assign(ll_matrix *to, const ll_matrix *from);
/* [out] row rows[i] of m as row i: n × cols. LL_ERR_RANGE names the first bad index, LL_ERR_MEMORY. */
ll_status ll_matrix_gather(ll_ctx *ctx, const ll_matrix *m, const uint32_t *rows, size_t n, ll_matrix *out);
/* The first element that is NaN or infinite: true and its place, or false. */
bool ll_matrix_find_bad(const ll_matrix *m, size_t *row, size_t *col);

/* C = alpha op(A) op(B) + beta C; op is the transpose where asked. Shapes must fit (asserted); C may not overlap A or B.
 * An element is one chain of fused multiply-adds in the order of the inner index k, from 0, and then times alpha; unless beta is 0
 * it begins at beta C_ij, and each factor is alpha op(A)_ik. So it has the same bits on every machine, for any view, block of rows
 * or number of threads; only NaN's sign and payload may differ. */
void ll_matrix_gemm(bool transpose_a, bool transpose_b, double alpha, const ll_matrix *a, const ll_matrix *b, double beta,
                    ll_matrix *c);

double ll_matrix_sum(const ll_matrix *m); /* accumulated in double */

/* Uniform on [low, high) / normal with mean and deviation, element by element in row order from the stream. */
void ll_matrix_uniform(ll_matrix *m, ll_random *r, double low, double high);
void ll_matrix_normal(ll_matrix *m, ll_random *r, double mean, double deviation);
/* Whole numbers, uniform on low..high; low <= high. */
void ll_matrix_integers(ll_matrix *m, ll_random *r, int64_t low, int64_t high);
/* 1 with probability p, else 0. */
void ll_matrix_bernoulli(ll_matrix *m, ll_random *r, double p);
/* Each row a point uniform on the sphere of that radius about 0. */
void ll_matrix_sphere(ll_matrix *m, ll_random *r, double radius);

/* ---- bytes and files --------------------------------------------------------------------------------------------------- */

/* [out] *bytes (the caller's, ll_free) and their number: losslab's own format (a line "losslab matrix 1 float 3x4", then the
 * elements, row by row, little-endian) or NumPy's .npy (a column as a vector). LL_ERR_MEMORY. */
ll_status ll_matrix_pack(ll_ctx *ctx, const ll_matrix *m, bool npy, void **bytes, size_t *n);
/* [out] the matrix in bytes of either format, told by its first bytes. .npy: vectors and matrices of floats, integers or
 * booleans, of either byte order, in C's or Fortran's order. Precision is converted. LL_ERR_FORMAT names `name` and the byte,
 * LL_ERR_NUMBER `name`, row and column of a number beyond the range of ll_real; what is infinite in the file stays so. */
ll_status ll_matrix_unpack(ll_ctx *ctx, const void *bytes, size_t n, const char *name, ll_matrix *out);
/* The same with a file; what is written is NumPy's format if path ends in .npy. It is written as losslab/file.h says, row by row; a
 * device, pipe or open descriptor is written into. LL_ERR_IO with the system's reason. */
ll_status ll_matrix_write(ll_ctx *ctx, const ll_matrix *m, const char *path);
ll_status ll_matrix_read(ll_ctx *ctx, const char *path, ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
