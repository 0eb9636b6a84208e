/* What a context holds; for the engine's own files. */
#ifndef LOSSLAB_ENGINE_CTX_H
#define LOSSLAB_ENGINE_CTX_H

#include <assert.h>

#include "losslab/base.h"

enum { LL_CTX_ROOMS = 2, LL_CTX_ROOM = 2112 };

/* Room for what a module keeps on a context (zero at first), and the function that gives all of it back. Each module has
 * a number of its own; those with higher ones are trimmed first. */
typedef struct ll_ctx_room {
  void (*trim)(ll_ctx *ctx);
  _Alignas(16) unsigned char bytes[LL_CTX_ROOM];
} ll_ctx_room;

struct ll_ctx {
  char message[1024];
  /* allocation */
  size_t used;                 /* bytes held */
  size_t limit;                /* most bytes that may be held, by this context and by others */
  size_t *others;              /* [opt] bytes that are held elsewhere and count too: the Lua heap of the program */
  uint64_t calls;              /* allocations asked for */
  uint64_t fail_at;            /* the value of calls at which one fails; 0: none */
  bool (*asked_to_stop)(void); /* [opt] */
  unsigned tied;               /* what since it was last set to 0 has given bits that other machines may not give: LL_TIED_… */
  ll_ctx_room rooms[LL_CTX_ROOMS];
};

/* What ties numbers to machines like this one: everything else is losslab's own arithmetic (losslab/base.h: LL_ARITHMETIC). */
enum { LL_TIED_LAPACK = 1 };

/* Whether all is to end, and the status with which a long loop does: asked once a block of work, of microseconds and more. */
static inline bool ll_ctx_must_stop(const ll_ctx *ctx) { return ctx->asked_to_stop && ctx->asked_to_stop(); }
static inline ll_status ll_ctx_go_on(ll_ctx *ctx) {
  return ll_ctx_must_stop(ctx) ? ll_fail(ctx, LL_ERR_INTERRUPTED, "interrupted") : LL_OK;
}

/* Whether n bytes more may be held. */
static inline bool ll_memory_fits(const ll_ctx *ctx, size_t n) {
  size_t held = ctx->used + (ctx->others ? *ctx->others : 0);
  return held <= ctx->limit && n <= ctx->limit - held;
}
/* How many bytes to ask for where `wanted` would save later growing, but `least` are needed: fewer than wanted only if the limit
 * does not leave so many. Not less than least, which may then be refused. */
size_t ll_alloc_grown(ll_ctx *ctx, size_t least, size_t wanted);
/* status; the message of an allocation that failed, which names bytes alone, gets what they were for before it: a file's path.
 * Asked again on the way out it changes nothing. */
ll_status ll_ctx_memory_for(ll_ctx *ctx, ll_status status, const char *what);

/* Registers the function that gives back what the room holds. To be called before the room holds anything; again is harmless. */
static inline void ll_ctx_trim_by(ll_ctx *ctx, size_t room, void (*trim)(ll_ctx *ctx)) {
  assert(!ctx->rooms[room].trim || ctx->rooms[room].trim == trim); /* else two modules use the same number */
  ctx->rooms[room].trim = trim;
}

#endif
