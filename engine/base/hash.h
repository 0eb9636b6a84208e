/* SHA-256 of bytes that come in pieces. */
#ifndef LOSSLAB_ENGINE_HASH_H
#define LOSSLAB_ENGINE_HASH_H

#include "losslab/base.h"

typedef struct ll_hash {
  uint32_t state[8];
  unsigned char held[64]; /* the last size % 64 bytes: a block that is not full yet */
  uint64_t size;
} ll_hash;

void ll_hash_start(ll_hash *h);
void ll_hash_add(ll_hash *h, const void *bytes, size_t n);
/* The digest of what was added so far. */
void ll_hash_end(const ll_hash *h, char out[65]);

#endif
