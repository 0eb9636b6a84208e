/* The header of NumPy's .npy files (numpy.lib.format), and how the elements lie behind it. */
#ifndef LOSSLAB_ENGINE_NPY_H
#define LOSSLAB_ENGINE_NPY_H

#include "losslab/matrix.h"

typedef struct ll_layout {
  char kind;       /* f: floating, i: signed, u: unsigned or boolean */
  size_t size;     /* bytes a number */
  bool by_columns; /* Fortran's order */
  bool swapped;    /* big-endian: the bytes of a number are in the other order */
  size_t rows, cols;
  size_t start; /* where the numbers begin */
} ll_layout;

enum { LL_NPY_HEAD = 192 };
/* Writes the header of m into head. Returns its length, a multiple of 64. */
size_t ll_npy_head(const ll_matrix *m, char head[LL_NPY_HEAD]);
/* [out] what the header says; bytes begin with \x93NUMPY. LL_ERR_FORMAT with name and byte. */
ll_status ll_npy_parse(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout);

#endif
