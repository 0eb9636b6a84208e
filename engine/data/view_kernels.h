/* Rows of a table gathered and converted, one table of functions for each instruction set. */
#ifndef LOSSLAB_ENGINE_VIEW_KERNELS_H
#define LOSSLAB_ENGINE_VIEW_KERNELS_H

#include "engine/base/isa.h"
#include "engine/data/view.h"

typedef struct ll_view_kernels {
  /* out, n × cols: row i is row rows[i] (NULL: i) of elements, converted */
  void (*gather[LL_VIEW_TYPES])(const unsigned char *elements, size_t row_bytes, const uint32_t *rows, size_t n, size_t cols,
                                ll_real *out);
  /* x = (x - mean) scale by column, in double, n × cols */
  void (*scale)(ll_real *x, size_t n, size_t cols, const double *mean, const double *scale);
  /* largest[j] = max(largest[j], |x|) over the rows; NaN does not count */
  void (*largest)(const ll_real *x, size_t n, size_t cols, double *largest);
} ll_view_kernels;

LL_ISA_DECLARE(ll_view_kernels, ll_view_kernels);

#endif
