/* The pool of buffers. Sizes are rounded up to four classes per power of two, so a training step finds in the pool what
 * the step before gave back, and at most a quarter of a buffer is wasted. */
#include "engine/matrix/buffer.h"

#include "engine/base/ctx.h"

enum { ROOM = 0, CLASSES = 256 };
static const size_t least_bytes = 256, most_pooled = (size_t)1 << 29;

/* What a context keeps for matrices. */
typedef struct pool {
  ll_buffer *free[CLASSES]; /* by size class, chained */
  size_t bytes;             /* in all of them */
} pool;
_Static_assert(sizeof(pool) <= LL_CTX_ROOM, "it has room");

static pool *pool_of(ll_ctx *ctx) { return (pool *)(void *)ctx->rooms[ROOM].bytes; }

/* Class c holds (4 + c % 4) × 64 × 2^(c / 4) bytes. */
static size_t class_bytes(uint32_t c) { return (size_t)(4 + c % 4) * 64 << c / 4; }

static uint32_t class_of(size_t bytes) {
  if (bytes <= least_bytes) return 0;
  uint32_t top = 63u - (uint32_t)__builtin_clzll(bytes - 1); /* 2^top < bytes <= 2^(top+1) */
  uint32_t c = 4 * (top - 8) + (uint32_t)((bytes - 1) >> (top - 2) & 3) + 1;
  return c;
}

ll_status ll_buffer_get(ll_ctx *ctx, size_t count, ll_buffer **out) {
  *out = NULL;
  if (count > (SIZE_MAX / 4) / sizeof(ll_real)) return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: %zu elements asked for", count);
  uint32_t class = class_of(count * sizeof(ll_real));
  pool *p = pool_of(ctx);
  ll_buffer *buffer = p->free[class];
  if (buffer) {
    p->free[class] = buffer->next;
    __builtin_prefetch(buffer->next, 1); /* it may have lain there for long */
    p->bytes -= class_bytes(class);
  } else {
    void *block;
    size_t bytes = sizeof *buffer + class_bytes(class);
    ll_ctx_trim_by(ctx, ROOM, ll_matrix_trim);
    ll_status status = ll_alloc(ctx, &block, bytes);
    if (status != LL_OK && p->bytes) { /* buffers of other sizes lie in the pool: give them back and ask again */
      ll_matrix_trim(ctx);
      status = ll_alloc(ctx, &block, bytes);
    }
    if (status != LL_OK) return status;
    buffer = block;
    buffer->class = class;
    buffer->version = 0;
  }
  buffer->refs = 1;
  *out = buffer;
  return LL_OK;
}

ll_status ll_buffer_scratch(ll_ctx *ctx, size_t n, ll_buffer **buffer, double **out) {
  LL_TRY(ll_buffer_get(ctx, n * (sizeof(double) / sizeof(ll_real)), buffer));
  *out = (double *)(void *)(*buffer)->data;
  return LL_OK;
}

void ll_buffer_put(ll_ctx *ctx, ll_buffer *buffer) {
  if (!buffer || --buffer->refs) return;
  pool *p = pool_of(ctx);
  size_t bytes = class_bytes(buffer->class);
  if (p->bytes + bytes > most_pooled) {
    ll_free(ctx, buffer);
    return;
  }
  buffer->next = p->free[buffer->class];
  p->free[buffer->class] = buffer;
  p->bytes += bytes;
}

void ll_matrix_trim(ll_ctx *ctx) {
  pool *p = pool_of(ctx);
  for (size_t c = 0; c < CLASSES; c++)
    while (p->free[c]) {
      ll_buffer *buffer = p->free[c];
      p->free[c] = buffer->next;
      ll_free(ctx, buffer);
    }
  p->bytes = 0;
}
