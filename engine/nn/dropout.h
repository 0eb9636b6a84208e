/* The loop that makes dropout's mask. */
#ifndef LOSSLAB_ENGINE_DROPOUT_H
#define LOSSLAB_ENGINE_DROPOUT_H

#include "engine/base/isa.h"

typedef struct ll_dropout_loops {
  /* For i from `from`, a multiple of 64, to `to` - 1: mask[i] = 0 if the i-th number of (key, step) is below the threshold, else
   * keep. */
  void (*mask)(ll_real *mask, size_t from, size_t to, uint64_t key, uint64_t step, uint32_t threshold, ll_real keep);
} ll_dropout_loops;

#endif
