/* SHA-256 of bytes that come in pieces, in a thread of its own beside who reads them: each piece is handed over and must stand
 * until the next is, or the digest is asked for. */
#ifndef LOSSLAB_ENGINE_HASHER_H
#define LOSSLAB_ENGINE_HASHER_H

#include "engine/base/hash.h"

typedef struct ll_hasher {
  ll_hash hash;
  struct ll_hasher_thread *thread; /* NULL: pieces are hashed where they are handed over */
} ll_hasher;

/* threaded: whether a thread is worth its while. Where none can be had, it goes without. */
void ll_hasher_start(ll_hasher *h, bool threaded);
/* Waits until no piece is being read any more: its bytes may change now. */
void ll_hasher_wait(ll_hasher *h);
/* Waits, and hands over the next piece. */
void ll_hasher_add(ll_hasher *h, const void *bytes, size_t n);
/* Waits, and ends the thread; h->hash is that of all pieces. Again: nothing. */
void ll_hasher_end(ll_hasher *h);

#endif
