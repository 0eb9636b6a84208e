/* The lists of indices that ops keep with a node, in pooled buffers: a step that asks for the same again allocates nothing. */
#include <string.h>

#include "engine/autograd/node.h"
#include "engine/matrix/buffer.h"

static void free_list(ll_ctx *ctx, void *payload) { ll_buffer_put(ctx, payload); }

ll_status ll_op_list_make(ll_ctx *ctx, ll_node *node, size_t n, uint32_t **list) {
  ll_buffer *buffer;
  LL_TRY(ll_buffer_get(ctx, (n * sizeof **list + sizeof(ll_real) - 1) / sizeof(ll_real), &buffer));
  node->payload = buffer;
  node->free_payload = free_list;
  node->args.list = *list = (uint32_t *)(void *)buffer->data;
  node->args.listed = n;
  return LL_OK;
}

ll_status ll_op_list_keep(ll_ctx *ctx, ll_node *node) {
  const uint32_t *from = node->args.list;
  size_t n = node->args.listed;
  uint32_t *list;
  if (!from && n) return ll_fail(ctx, LL_ERR_ARGUMENT, "%s: a list of %zu indices is missing", node->op->name, n);
  LL_TRY(ll_op_list_make(ctx, node, n, &list));
  if (n) memcpy(list, from, n * sizeof *list);
  return LL_OK;
}
