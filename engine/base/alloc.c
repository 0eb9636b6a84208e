/* The one allocator. It counts what is held and can be told to fail at the n-th call, which is how the tests walk
 * through every failure. A 64-byte header before each block keeps its size and its alignment. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/ctx.h"

enum { HEADER = 64 };

/* Blocks of this many bytes and more ask for huge pages: a radix sort writes to 2048 places at once, more than the
 * processor can translate with small ones, and each small page costs a fault. Waste is at most a quarter. */
static const size_t huge_page = (size_t)2 << 20, least_huge = (size_t)8 << 20;

static unsigned char *take(size_t *total) {
  if (*total < least_huge) return aligned_alloc(HEADER, *total);
  size_t n = (*total + huge_page - 1) / huge_page * huge_page;
  if (n < *total) return NULL;
  unsigned char *block = aligned_alloc(huge_page, n);
#ifdef MADV_HUGEPAGE
  if (block) (void)madvise(block, n, MADV_HUGEPAGE); /* a wish: without them all works as before */
#endif
  *total = n;
  return block;
}

ll_status ll_alloc(ll_ctx *ctx, void **out, size_t n) {
  *out = NULL;
  ctx->calls++;
  size_t total = (n + 2 * HEADER - 1) / HEADER * HEADER;
  unsigned char *block = NULL;
  if (total > n && !(ctx->fail_at && ctx->calls == ctx->fail_at)) block = take(&total);
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

size_t ll_memory_used(const ll_ctx *ctx) { return ctx->used; }
uint64_t ll_memory_calls(const ll_ctx *ctx) { return ctx->calls; }
void ll_memory_fail_at(ll_ctx *ctx, uint64_t nth) { ctx->fail_at = nth ? ctx->calls + nth : 0; }
