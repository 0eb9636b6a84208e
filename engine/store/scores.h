/* What packing and unpacking scores share: the layout is that of losslab/scores.h. */
#ifndef LOSSLAB_ENGINE_SCORES_H
#define LOSSLAB_ENGINE_SCORES_H

#define ZSTD_STATIC_LINKING_ONLY /* for memory of our own: the shared library exports it, too */
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "losslab/scores.h"

enum {
  LL_SCORES_HEAD = 20, /* bytes before the slopes */
  LL_SCORES_SUM = 8,   /* where the sum stands; what it is of begins after it */
  LL_SCORES_PLANES = 4,
  LL_SCORES_WINDOW = 17, /* log2 of the most that zstd looks back, in bytes */
};

/* zstd's memory, from the context. */
ZSTD_customMem ll_scores_memory(ll_ctx *ctx);

static inline uint32_t ll_scores_get(const unsigned char *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
static inline void ll_scores_put(unsigned char *at, uint32_t value) {
  for (int k = 0; k < 4; k++) at[k] = (unsigned char)(value >> 8 * k);
}

/* Between a float's bits and an integer of the same order. */
static inline uint32_t ll_scores_ordered(uint32_t bits) { return bits >> 31 ? ~bits : bits | 0x80000000u; }
static inline uint32_t ll_scores_bits(uint32_t ordered) { return ordered >> 31 ? ordered & 0x7fffffffu : ~ordered; }

/* Between a remainder, seen as signed, and an integer that is small where its size is. */
static inline uint32_t ll_scores_folded(uint32_t rest) { return rest << 1 ^ (rest >> 31 ? UINT32_MAX : 0); }
static inline uint32_t ll_scores_unfolded(uint32_t folded) { return folded >> 1 ^ (folded & 1 ? UINT32_MAX : 0); }

static inline uint32_t ll_scores_predicted(uint32_t last, uint32_t before, int slope) {
  int64_t step = (int64_t)(int32_t)(last - before) * slope;
  return last + (uint32_t)(uint64_t)(step >> 2);
}

#endif
