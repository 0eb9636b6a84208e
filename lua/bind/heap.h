/* The Lua heap of the program, counted under the same limit as the engine's memory; the module in a plain lua5.4 leaves its host's
 * heap alone. */
#ifndef LOSSLAB_BIND_HEAP_H
#define LOSSLAB_BIND_HEAP_H

#include "lua/bind/bind.h"

typedef struct bind_heap {
  size_t used;
  ll_ctx *ctx; /* whose limit it is; NULL once that is closed */
} bind_heap;

/* From now on the state's memory counts for the context, until that is closed. Both outlive the state. */
void bind_heap_count(lua_State *L, bind_heap *heap);
/* The state's heap where it is counted, or NULL. */
bind_heap *bind_heap_of(lua_State *L);

#endif
