/* Factors of symmetric matrices in double, in the float build too. s: n×n, by rows; its lower triangle is read and written. */
#ifndef LOSSLAB_ENGINE_LAPACK_H
#define LOSSLAB_ENGINE_LAPACK_H

#include "losslab/base.h"

/* Loads LAPACK where nothing has yet (engine/base/blas.h, with its errors): before the functions below. */
ll_status ll_lapack_open(ll_ctx *ctx);
/* s = L L' in place. Returns n, or, where a leading minor is not positive, the number of columns of L before it. */
size_t ll_lapack_factor(ll_ctx *ctx, double *s, size_t n);
/* From L the inverse of L L', in place. */
void ll_lapack_inverse(ll_ctx *ctx, double *s, size_t n);

#endif
