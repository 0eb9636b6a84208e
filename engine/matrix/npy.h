/* The header of NumPy's .npy files (numpy.lib.format). */
#ifndef LOSSLAB_ENGINE_NPY_H
#define LOSSLAB_ENGINE_NPY_H

#include "engine/matrix/layout.h"

enum { LL_NPY_HEAD = 192 };
/* Writes the header of m into head. Returns its length, a multiple of 64. */
size_t ll_npy_head(const ll_matrix *m, char head[LL_NPY_HEAD]);
/* [out] what the header says; bytes begin with \x93NUMPY. LL_ERR_FORMAT with name and byte. */
ll_status ll_npy_parse(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout);

#endif
