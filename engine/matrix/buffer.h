/* Reference-counted storage from a pool by size class. */
#ifndef LOSSLAB_ENGINE_BUFFER_H
#define LOSSLAB_ENGINE_BUFFER_H

#include "losslab/matrix.h"

struct ll_buffer {
  uint32_t refs, class;
  ll_buffer *next;  /* in the pool */
  uint64_t version; /* grows with every ll_matrix_touch */
  unsigned char pad[64 - 2 * sizeof(uint32_t) - sizeof(void *) - sizeof(uint64_t)];
  ll_real data[]; /* aligned to 64 */
};

/* [out] a buffer for count elements, with one reference. LL_ERR_MEMORY. */
ll_status ll_buffer_get(ll_ctx *ctx, size_t count, ll_buffer **out);
/* Gives one reference back; NULL is allowed. */
void ll_buffer_put(ll_ctx *ctx, ll_buffer *buffer);
/* [out] room for n doubles, which is *buffer's data; a step that asks for the same again allocates nothing. LL_ERR_MEMORY. */
ll_status ll_buffer_scratch(ll_ctx *ctx, size_t n, ll_buffer **buffer, double **out);

#endif
