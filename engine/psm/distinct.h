/* Texts as numbers, without a copy of them: each different text gets the next number, and its place is kept. */
#ifndef LOSSLAB_ENGINE_DISTINCT_H
#define LOSSLAB_ENGINE_DISTINCT_H

#include "losslab/base.h"

typedef struct ll_distinct {
  uint64_t *slots; /* part of the hash, and the number + 1; or 0 */
  size_t size, count, capacity;
  const char **texts; /* of each number */
  uint32_t *sizes;
} ll_distinct;

/* The number of a text of less than 4 GB, which stays where it is. LL_ERR_MEMORY. */
ll_status ll_distinct_add(ll_ctx *ctx, ll_distinct *d, const char *text, size_t size, uint32_t *number);
void ll_distinct_free(ll_ctx *ctx, ll_distinct *d);

#endif
