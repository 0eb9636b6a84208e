/* An allocator for Lua that asks the context whether there is room. Where there is none Lua collects its garbage, asks once more,
 * and raises "not enough memory". */
#include "lua/bind/heap.h"

#include <stdlib.h>

#include "engine/base/ctx.h"

static void *allocate(void *to, void *block, size_t old, size_t n) {
  bind_heap *heap = to;
  if (!block) old = 0; /* it is then the kind of object */
  if (n == 0) {
    free(block);
    heap->used -= old;
    return NULL;
  }
  if (n > old && heap->ctx && !ll_memory_fits(heap->ctx, n - old)) return NULL;
  void *moved = realloc(block, n);
  if (moved) heap->used += n - old;
  return moved;
}

void bind_heap_count(lua_State *L, bind_heap *heap) {
  heap->used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
  heap->ctx->others = &heap->used;
  lua_setallocf(L, allocate, heap); /* what was there came from realloc, too */
}

bind_heap *bind_heap_of(lua_State *L) {
  void *heap;
  return lua_getallocf(L, &heap) == allocate ? heap : NULL;
}
