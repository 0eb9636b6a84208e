/* How the numbers of a matrix lie in a file, NumPy's or losslab's own, and how they come into memory, piece by piece. */
#ifndef LOSSLAB_ENGINE_LAYOUT_H
#define LOSSLAB_ENGINE_LAYOUT_H

#include "losslab/matrix.h"

#define LL_LAYOUT_MAGIC "losslab matrix 1"

typedef struct ll_layout {
  char kind;       /* f: floating, i: signed, u: unsigned or boolean */
  size_t size;     /* bytes a number */
  bool by_columns; /* Fortran's order */
  bool swapped;    /* big-endian: the bytes of a number are in the other order */
  size_t rows, cols;
  size_t start; /* where the numbers begin */
} ll_layout;

/* How many bytes the header has, or more, as far as the first n bytes tell; at most n: all of it is there. */
size_t ll_layout_head(const unsigned char *bytes, size_t n);
/* [out] what the header says; n bytes, which hold all of it if the file does. LL_ERR_FORMAT with name and byte. */
ll_status ll_layout_parse(ll_ctx *ctx, const unsigned char *bytes, size_t n, const char *name, ll_layout *layout);
/* LL_ERR_FORMAT unless the numbers fill the `room` bytes behind the header; SIZE_MAX: not known, only that they can be counted.
 * LL_ERR_RANGE: ll_matrix_sides. */
ll_status ll_layout_check(ll_ctx *ctx, const ll_layout *layout, const char *name, size_t room);
/* The n numbers at from, of which the first is number `first` in the file's order, into their places in m, which has the layout's
 * shape. LL_ERR_NUMBER with name, row and column: a finite number is beyond the range of ll_real. */
ll_status ll_layout_numbers(ll_ctx *ctx, const ll_layout *layout, const char *name, const unsigned char *from, size_t first,
                            size_t n, ll_matrix *m);
/* A number, rounded to double where it is an integer beyond 2^53; and an integer's 64 bits, the sign extended. */
double ll_layout_number(const ll_layout *layout, const unsigned char *at);
uint64_t ll_layout_integer(const ll_layout *layout, const unsigned char *at);

#endif
