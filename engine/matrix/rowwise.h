/* Loops over one contiguous row (or a few) that give fewer numbers than they read, or read a row twice; a table for each
 * instruction set. */
#ifndef LOSSLAB_ENGINE_ROWWISE_H
#define LOSSLAB_ENGINE_ROWWISE_H

#include "engine/base/isa.h"
#include "losslab/matrix.h"

typedef struct ll_rowwise_kernels {
  ll_real (*largest)(const ll_real *x, size_t n); /* NaN if there is one; n >= 1 */
  ll_real (*smallest)(const ll_real *x, size_t n);
  void (*softmax)(const ll_real *x, ll_real *out, size_t n); /* n >= 1; out is not x */
  void (*log_softmax)(const ll_real *x, ll_real *out, size_t n);
  double (*logsumexp)(const ll_real *x, ll_real *scratch, size_t n);
  double (*deviations)(const ll_real *x, double centre, size_t n); /* the sum of (x - centre)^2, in double */
  /* sums[j] += (x[i][j] - centre[j])^2 */
  void (*col_deviations)(const ll_real *x, size_t rows, size_t cols, size_t stride, const double *centre, double *sums);
  double (*distance)(const ll_real *x, const ll_real *y, size_t n); /* the sum of (x - y)^2, in double */
  void (*add_difference)(double a, const ll_real *x, const ll_real *y, size_t n, double *sums); /* sums += a (x - y) */
  void (*where)(const ll_real *mask, const ll_real *x, const ll_real *y, ll_real *out, size_t n);
} ll_rowwise_kernels;

const ll_rowwise_kernels *ll_rowwise_kernels_get(void);

/* Whether a sum of squares has left the range where a double keeps its digits; false for NaN. */
static inline bool ll_rowwise_lost(double squares) { return squares < 1e-280 || squares > 1e280; }
/* The Euclidean norm of x, and of x - y. Where squares are lost, they are taken relative to the largest element. */
double ll_rowwise_norm(const ll_real *x, size_t n);
double ll_rowwise_distance(const ll_real *x, const ll_real *y, size_t n);

/* The place of the first extreme element, or of the first NaN; n >= 1. */
size_t ll_rowwise_extreme(const ll_real *x, size_t n, bool largest);
/* The same of all of m, which is not empty. */
void ll_rowwise_extreme_of(const ll_matrix *m, bool largest, size_t *row, size_t *col);

#endif
