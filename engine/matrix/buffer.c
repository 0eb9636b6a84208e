/* The pool of buffers. Sizes are rounded up to four classes per power of two, so a training step finds in the pool what
 * the step before gave back, and at most a quarter of a buffer is wasted. */
#include "engine/matrix/buffer.h"

#include "engine/base/ctx.h"

static const size_t least_bytes = 256, most_pooled = (size_t)1 << 29;

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
  ll_buffer *buffer = ctx->pool[class];
  if (buffer) {
    ctx->pool[class] = buffer->next;
    ctx->pooled -= class_bytes(class);
  } else {
    void *block;
    size_t bytes = sizeof *buffer + class_bytes(class);
    ll_status status = ll_alloc(ctx, &block, bytes);
    if (status != LL_OK && ctx->pooled) { /* what others could use is lying in the pool */
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
  size_t bytes = class_bytes(buffer->class);
  if (ctx->pooled + bytes > most_pooled) {
    ll_free(ctx, buffer);
    return;
  }
  buffer->next = ctx->pool[buffer->class];
  ctx->pool[buffer->class] = buffer;
  ctx->pooled += bytes;
}

void ll_matrix_trim(ll_ctx *ctx) {
  for (size_t c = 0; c < LL_POOL_CLASSES; c++)
    while (ctx->pool[c]) {
      ll_buffer *buffer = ctx->pool[c];
      ctx->pool[c] = buffer->next;
      ll_free(ctx, buffer);
    }
  ctx->pooled = 0;
}
