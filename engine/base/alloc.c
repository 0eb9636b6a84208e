/* The one allocator. It counts what is held, refuses what would go beyond the context's limit, and can be told to fail at the n-th
 * call, which is how the tests walk through every failure. A 64-byte header before each block keeps its size and its alignment. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/ctx.h"

enum { HEADER = 64 };

/* Blocks of this many bytes and more ask for huge pages: a radix sort writes to 2048 places at once, more than the
 * processor can translate with small ones, and each small page costs a fault. Waste is at most a quarter. */
static const size_t huge_page = (size_t)2 << 20, least_huge = (size_t)8 << 20;

/* The bytes of a block for n, header and rounding included; 0: too many to be counted. */
static size_t whole(size_t n) {
  size_t unit = n + HEADER < least_huge ? HEADER : huge_page, total = (n + HEADER + unit - 1) / unit * unit;
  return n <= SIZE_MAX - HEADER - unit ? total : 0;
}

static unsigned char *take(size_t total) {
  if (total < least_huge) return aligned_alloc(HEADER, total);
  unsigned char *block = aligned_alloc(huge_page, total);
#ifdef MADV_HUGEPAGE
  if (block) (void)madvise(block, total, MADV_HUGEPAGE); /* a wish: without them all works as before */
#endif
  return block;
}

/* What lies in the pool of buffers is given back before anything is refused. */
static bool has_room(ll_ctx *ctx, size_t total) {
  if (ll_memory_fits(ctx, total)) return true;
  if (ctx->rooms[0].trim) ctx->rooms[0].trim(ctx);
  return ll_memory_fits(ctx, total);
}

ll_status ll_alloc(ll_ctx *ctx, void **out, size_t n) {
  *out = NULL;
  ctx->calls++;
  size_t total = whole(n);
  unsigned char *block = NULL;
  bool fails = ctx->fail_at && ctx->calls == ctx->fail_at;
  if (!fails && total && !has_room(ctx, total))
    return ll_fail(ctx, LL_ERR_MEMORY,
                   "out of memory: %zu bytes asked for, %zu held, %zu are the most (--memory SIZE, LOSSLAB_MEMORY or "
                   "ll.core.memory_limit sets that)",
                   n, ctx->used + (ctx->others ? *ctx->others : 0), ctx->limit);
  if (!fails && total) block = take(total);
  if (!block) return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: %zu bytes asked for, %zu held", n, ctx->used);
  memcpy(block, &total, sizeof total);
  ctx->used += total;
  *out = block + HEADER;
  return LL_OK;
}

ll_status ll_calloc(ll_ctx *ctx, void **out, size_t count, size_t size) {
  size_t n;
  *out = NULL;
  if (__builtin_mul_overflow(count, size, &n))
    return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: %zu elements of %zu bytes asked for", count, size);
  LL_TRY(ll_alloc(ctx, out, n));
  memset(*out, 0, n);
  return LL_OK;
}

ll_status ll_realloc(ll_ctx *ctx, void **block, size_t old_n, size_t n) {
  void *grown;
  LL_TRY(ll_alloc(ctx, &grown, n));
  if (*block) memcpy(grown, *block, old_n < n ? old_n : n);
  ll_free(ctx, *block);
  *block = grown;
  return LL_OK;
}

void ll_free(ll_ctx *ctx, void *block) {
  if (!block) return;
  unsigned char *start = (unsigned char *)block - HEADER;
  size_t total;
  memcpy(&total, start, sizeof total);
  ctx->used -= total;
  free(start);
}

size_t ll_alloc_grown(ll_ctx *ctx, size_t least, size_t wanted) {
  if (least >= wanted || has_room(ctx, whole(wanted))) return wanted;
  size_t held = ctx->used + (ctx->others ? *ctx->others : 0), room = held < ctx->limit ? ctx->limit - held : 0;
  size_t spare = HEADER + huge_page; /* what rounding may add */
  return room > spare && room - spare > least ? room - spare : least;
}

size_t ll_memory_limit(ll_ctx *ctx, size_t bytes) {
  size_t before = ctx->limit;
  if (bytes) ctx->limit = bytes;
  return before;
}

size_t ll_memory_used(const ll_ctx *ctx) { return ctx->used; }
uint64_t ll_memory_calls(const ll_ctx *ctx) { return ctx->calls; }
void ll_memory_fail_at(ll_ctx *ctx, uint64_t nth) { ctx->fail_at = nth ? ctx->calls + nth : 0; }
