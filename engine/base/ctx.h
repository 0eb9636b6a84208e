/* What a context holds; for the engine's own files. */
#ifndef LOSSLAB_ENGINE_CTX_H
#define LOSSLAB_ENGINE_CTX_H

#include "losslab/graph.h"

enum { LL_POOL_CLASSES = 256 };

struct ll_ctx {
  char message[1024];
  /* allocation */
  size_t used;      /* bytes held */
  uint64_t calls;   /* allocations asked for */
  uint64_t fail_at; /* the value of calls at which one fails; 0: none */
  /* matrices: free buffers by size class (engine/matrix/buffer.c) */
  ll_buffer *pool[LL_POOL_CLASSES];
  size_t pooled;
  /* graph: free nodes, recording, the number of the last walk (engine/autograd) */
  ll_node *free_nodes;
  bool recording;
  uint64_t walks;
  bool watching, reporting;
  ll_watch_hook *watch_hook;
  void *watch_data;
  ll_node **order; /* scratch of a walk, kept from step to step */
  size_t order_capacity;
};

void ll_node_trim(ll_ctx *ctx); /* engine/autograd/node.c: frees the free nodes and the scratch */

#endif
