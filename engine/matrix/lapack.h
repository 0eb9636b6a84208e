/* Factors of symmetric matrices in double, in both precisions. s: n×n, by rows; its lower triangle is read and written. */
#ifndef LOSSLAB_ENGINE_LAPACK_H
#define LOSSLAB_ENGINE_LAPACK_H

#include <stddef.h>

/* s = L L' in place; gives n, or how many columns of L there are where the next minor is not positive. */
size_t ll_lapack_factor(double *s, size_t n);
/* From L the inverse of L L', in place. */
void ll_lapack_inverse(double *s, size_t n);

#endif
