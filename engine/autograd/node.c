/* Nodes: counted, taken from and given back to a free list, so that a training step allocates none after the first. */
#include "engine/autograd/autograd.h"

ll_status ll_node_new(ll_ctx *ctx, ll_matrix *m, bool requires_grad, ll_node **out) {
  ll_autograd *own = ll_autograd_of(ctx);
  ll_node *node = own->spare;
  *out = NULL;
  if (node) {
    own->spare = node->few[0];
    /* What a collector of garbage gave back long after its use has left the cache: the next one is fetched ahead. */
    for (size_t at = 0; own->spare && at < sizeof(ll_marked); at += 64) __builtin_prefetch((const char *)own->spare + at, 1);
  } else {
    void *block;
    ll_ctx_trim_by(ctx, LL_AUTOGRAD_ROOM, ll_node_trim);
    ll_status status = ll_alloc(ctx, &block, sizeof(ll_marked));
    if (status != LL_OK) {
      ll_matrix_release(ctx, m);
      return status;
    }
    node = block;
  }
  /* Field by field: what a walk marks, and few and few_versions, are written before they are read. */
  ll_mark(node)->walk = ll_mark(node)->run = 0;
  node->value = *m;
  node->op = NULL;
  node->inputs = node->few, node->n_inputs = 0;
  node->versions = node->few_versions;
  node->args = (ll_op_args){0};
  node->grad = node->past = NULL;
  node->payload = NULL;
  node->refs = 1;
  node->requires_grad = requires_grad;
  node->freed = node->cleared = node->frozen = false;
  *m = (ll_matrix){0};
  *out = node;
  return LL_OK;
}

ll_status ll_node_number(ll_ctx *ctx, double value, ll_node **out) {
  ll_matrix m;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, 1, 1, &m));
  m.data[0] = (ll_real)value;
  return ll_node_new(ctx, &m, false, out);
}

ll_node *ll_node_retain(ll_node *node) {
  if (node) node->refs++;
  return node;
}

/* Drops a reference; a node that had no other is put on the list, which is chained through the gradients, so that a long graph is
 * freed without recursion. */
static void drop(ll_node *node, ll_node **list) {
  if (node && --node->refs == 0) {
    ll_mark(node)->gradient = *list;
    *list = node;
  }
}

static void drop_past(ll_ctx *ctx, ll_node *node, ll_node **list) {
  for (uint32_t i = 0; i < node->n_inputs; i++) drop(node->inputs[i], list);
  node->inputs = node->few, node->n_inputs = 0;
  node->versions = node->few_versions;
  drop(node->past, list);
  node->past = NULL;
  if (node->payload && node->free_payload) node->free_payload(ctx, node->payload);
  node->payload = NULL;
  node->args.list = NULL; /* it stood in the payload */
  node->op = NULL;
}

static void free_list(ll_ctx *ctx, ll_node *list) {
  while (list) {
    ll_node *node = list;
    list = ll_mark(node)->gradient;
    drop_past(ctx, node, &list);
    drop(node->grad, &list);
    ll_matrix_release(ctx, &node->value);
    node->few[0] = ll_autograd_of(ctx)->spare;
    ll_autograd_of(ctx)->spare = node;
  }
}

void ll_node_release(ll_ctx *ctx, ll_node *node) {
  ll_node *list = NULL;
  drop(node, &list);
  free_list(ctx, list);
}

void ll_node_forget(ll_ctx *ctx, ll_node *node) {
  ll_node *list = NULL;
  drop_past(ctx, node, &list);
  free_list(ctx, list);
}

void ll_node_trim(ll_ctx *ctx) {
  ll_autograd *own = ll_autograd_of(ctx);
  while (own->spare) {
    ll_node *node = own->spare;
    own->spare = node->few[0];
    ll_free(ctx, node);
  }
  ll_free(ctx, own->order);
  own->order = NULL, own->order_capacity = 0;
}

ll_status ll_node_detach(ll_ctx *ctx, ll_node *node, ll_node **out) {
  ll_matrix m = ll_matrix_share(&node->value);
  return ll_node_new(ctx, &m, false, out);
}

ll_status ll_node_item(ll_ctx *ctx, const ll_node *node, double *out) {
  const ll_matrix *m = &node->value;
  if (m->rows != 1 || m->cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "a single number was asked for, but the matrix is %zux%zu", m->rows, m->cols);
  *out = (double)m->data[0];
  return LL_OK;
}

void ll_node_clear_grad(ll_ctx *ctx, ll_node *node) {
  ll_node *grad = node->grad;
  node->grad = NULL;
  if (grad) node->cleared = true;
  ll_node_release(ctx, grad);
}

ll_status ll_node_freeze(ll_ctx *ctx, ll_node *node, bool frozen) {
  if (node->n_inputs || node->freed || !(node->requires_grad || node->frozen))
    return ll_fail(ctx, LL_ERR_ARGUMENT,
                   "only a leaf that requires a gradient can be frozen; this matrix %zux%zu is no leaf or requires none",
                   node->value.rows, node->value.cols);
  ll_node_clear_grad(ctx, node);
  node->frozen = frozen;
  node->requires_grad = !frozen;
  return LL_OK;
}
