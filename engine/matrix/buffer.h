/* Reference-counted storage from a pool by size class. */
#ifndef LOSSLAB_ENGINE_BUFFER_H
#define LOSSLAB_ENGINE_BUFFER_H

#include "losslab/matrix.h"

struct ll_buffer {
  uint32_t refs, class;
  ll_buffer *next;  /* in the pool */
  uint64_t version; /* grows with every change in place that was told (ll_matrix_touch) */
  unsigned char pad[64 - 2 * sizeof(uint32_t) - sizeof(void *) - sizeof(uint64_t)];
  ll_real data[]; /* aligned to 64 */
};

ll_status ll_buffer_get(ll_ctx *ctx, size_t count, ll_buffer **out);
void ll_buffer_put(ll_ctx *ctx, ll_buffer *buffer); /* NULL: nothing */
/* n doubles to work in, as data of *buffer: a step that asks for the same again allocates nothing. */
ll_status ll_buffer_scratch(ll_ctx *ctx, size_t n, ll_buffer **buffer, double **out);

#endif
