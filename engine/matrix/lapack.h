/* The inverse of a symmetric matrix in double, in the float build too, from its factor (engine/matrix/factor.h). */
#ifndef LOSSLAB_ENGINE_LAPACK_H
#define LOSSLAB_ENGINE_LAPACK_H

#include "losslab/base.h"

/* s (n,n) by rows: from L, in its lower triangle, the inverse of L L', in all of it. LL_ERR_MEMORY. */
ll_status ll_lapack_inverse(ll_ctx *ctx, double *s, size_t n);

#endif
