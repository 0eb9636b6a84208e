/* Features that stay in the file's type of element, where that is smaller than ll_real, which holds each exactly. */
#ifndef LOSSLAB_ENGINE_COMPACT_H
#define LOSSLAB_ENGINE_COMPACT_H

#include "engine/data/builder.h"
#include "engine/data/view.h"

typedef struct ll_compact {
  unsigned char *elements; /* NULL: they do not stay */
  size_t rows, cols, size;
  bool by_columns, swapped; /* in the file; in memory they stand row by row, lowest byte first */
} ll_compact;

/* Where features of so many rows and columns and of such elements ('f', 'i' or 'u') are to stay, the builder gets a view of them,
 * to be filled; else out->elements is NULL and nothing is done. LL_ERR_MEMORY. */
ll_status ll_compact_begin(ll_ctx *ctx, const ll_read_options *options, char kind, const ll_compact *like, ll_builder *builder,
                           ll_compact *out);
/* The n elements at from, of which the first is number `first` in the file's order. */
void ll_compact_take(const ll_compact *compact, const unsigned char *from, size_t first, size_t n);
/* LL_ERR_NUMBER with path, row and column if a feature of the builder's matrix or view is not finite. */
ll_status ll_compact_finite(ll_ctx *ctx, const ll_builder *builder, const char *path);

#endif
