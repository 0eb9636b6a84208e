/* The row kernels of this machine, norms of any size, and where extremes stand. */
#include "engine/matrix/rowwise.h"

#include <math.h>

#include "engine/matrix/kernels.h"

LL_ISA_DECLARE(ll_rowwise_kernels, ll_rowwise_kernels);

const ll_rowwise_kernels *ll_rowwise_kernels_get(void) { return LL_ISA_PICK(ll_rowwise_kernels); }

static double relative_norm(const ll_real *x, const ll_real *y, size_t n) {
  double most = 0, sum = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)x[i] - (y ? (double)y[i] : 0)));
  if (most == 0 || isinf(most)) return most;
  for (size_t i = 0; i < n; i++) {
    double share = ((double)x[i] - (y ? (double)y[i] : 0)) / most;
    sum += share * share;
  }
  return most * sqrt(sum);
}

double ll_rowwise_norm(const ll_real *x, size_t n) {
  double squares = ll_kernels_get()->dot(x, x, n);
  return ll_rowwise_lost(squares) ? relative_norm(x, NULL, n) : sqrt(squares);
}

double ll_rowwise_distance(const ll_real *x, const ll_real *y, size_t n) {
  double squares = ll_rowwise_kernels_get()->distance(x, y, n);
  return ll_rowwise_lost(squares) ? relative_norm(x, y, n) : sqrt(squares);
}

size_t ll_rowwise_extreme(const ll_real *x, size_t n, bool largest) {
  const ll_rowwise_kernels *k = ll_rowwise_kernels_get();
  ll_real value = largest ? k->largest(x, n) : k->smallest(x, n);
  size_t i = 0;
  if (isnan(value)) {
    while (i + 1 < n && !isnan(x[i])) i++;
  } else {
    while (i + 1 < n && x[i] != value) i++;
  }
  return i;
}

void ll_rowwise_extreme_of(const ll_matrix *m, bool largest, size_t *row, size_t *col) {
  if (ll_matrix_contiguous(m)) {
    size_t at = ll_rowwise_extreme(m->data, ll_matrix_count(m), largest);
    *row = at / m->cols, *col = at % m->cols;
    return;
  }
  ll_real best = 0;
  for (size_t i = 0; i < m->rows; i++) {
    const ll_real *x = ll_matrix_row(m, i);
    size_t j = ll_rowwise_extreme(x, m->cols, largest);
    if (i == 0 || (largest ? x[j] > best : x[j] < best) || (isnan(x[j]) && !isnan(best))) best = x[j], *row = i, *col = j;
  }
}
