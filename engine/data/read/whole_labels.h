/* Labels that stand as whole numbers in a file of their own, as IDX and NumPy have them: to their last digit. */
#ifndef LOSSLAB_ENGINE_WHOLE_LABELS_H
#define LOSSLAB_ENGINE_WHOLE_LABELS_H

#include "engine/data/builder.h"

enum { LL_WHOLE_LABELS_SMALL = 256 };
typedef struct ll_whole_labels {
  ll_builder *builder; /* y has room for all of them */
  unsigned seen;
  bool not_binary;
  uint32_t small[LL_WHOLE_LABELS_SMALL]; /* the class of 0, 1, … and one more; 0: not seen */
} ll_whole_labels;

/* The label of a row is ±size. */
ll_status ll_whole_labels_add(ll_ctx *ctx, ll_whole_labels *labels, size_t row, bool negative, uint64_t size);
/* The label of a row is a finite whole number. */
ll_status ll_whole_labels_add_real(ll_ctx *ctx, ll_whole_labels *labels, size_t row, double value);
/* After the last of n rows: where binary is true and the labels are 0 and 1, or -1 and 1, they are labels, not classes. */
void ll_whole_labels_finish(ll_ctx *ctx, ll_whole_labels *labels, size_t n, bool binary);

#endif
