/* SHA-256 of bytes that come in pieces, in a thread beside the one that reads them. The bytes of a piece must not change until the
 * next one is handed over, or until ll_hasher_wait or ll_hasher_end returns. */
#ifndef LOSSLAB_ENGINE_HASHER_H
#define LOSSLAB_ENGINE_HASHER_H

#include "engine/base/hash.h"

typedef struct ll_hasher {
  ll_hash hash;
  struct ll_hasher_thread *thread; /* NULL: pieces are hashed where they are handed over */
} ll_hasher;

/* threaded: whether to use a thread. If none can be started, pieces are hashed where they are handed over. */
void ll_hasher_start(ll_hasher *h, bool threaded);
/* Waits until no piece is being read any more: its bytes may change now. */
void ll_hasher_wait(ll_hasher *h);
/* Waits, and hands over the next piece. */
void ll_hasher_add(ll_hasher *h, const void *bytes, size_t n);
/* Waits, and ends the thread; h->hash then covers all pieces. Calling it again does nothing. */
void ll_hasher_end(ll_hasher *h);

#endif
