/* losslab/tuple.h: pairs, triplets and quadruplets of the rows of a batch, for losses that compare embeddings. */
#ifndef LOSSLAB_TUPLE_H
#define LOSSLAB_TUPLE_H

#include "losslab/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ll_tuple_kind {
  LL_TUPLE_PAIR,       /* row, partner, 1 if of one class, else 0: each with probability 1/2 */
  LL_TUPLE_TRIPLET,    /* anchor, positive (another row of its class), negative (of another class) */
  LL_TUPLE_QUADRUPLET, /* the same, and a second negative of a third class */
  LL_TUPLE_MATCH,      /* two rows of one class, once for each class that has two */
  LL_TUPLE_KINDS
} ll_tuple_kind;

/* Numbers of a tuple: 3, 3, 4, 2. */
size_t ll_tuple_columns(ll_tuple_kind kind);

/* [out] *count tuples of ll_tuple_columns numbers, row numbers from 0. Each row of labels (n,1), in their order, begins one tuple,
 * if the batch holds any; its other rows are drawn uniformly from the stream. (LL_TUPLE_MATCH: one tuple for each class, in the
 * order of their first rows.) *out is to be given to ll_free.
 * LL_ERR_SHAPE, LL_ERR_LABEL (a label that is no identity, losslab/inputs.h: its row), LL_ERR_MEMORY. */
ll_status ll_tuples(ll_ctx *ctx, ll_tuple_kind kind, const ll_matrix *labels, ll_random *stream, uint32_t **out, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
