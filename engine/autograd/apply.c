/* Applying an op: a new node, its inputs, its value; the past is kept only where a gradient may be asked for. */
#include "engine/autograd/tape.h"
#include "engine/matrix/buffer.h"

static ll_status begin(ll_ctx *ctx, const ll_op *op, ll_node *const *inputs, size_t n, ll_matrix *value, ll_node **out) {
  LL_TRY(ll_node_new(ctx, value, false, out));
  (*out)->op = op;
  for (size_t i = 0; i < n; i++) (*out)->inputs[i] = ll_node_retain(inputs[i]);
  (*out)->n_inputs = (uint32_t)n;
  return LL_OK;
}

static uint64_t version(const ll_node *node) { return node->value.buffer ? node->value.buffer->version : 0; }

ll_status ll_node_check_versions(ll_ctx *ctx, const ll_node *node) {
  if (node->op->linear) return LL_OK;
  for (uint32_t i = 0; i <= node->n_inputs; i++) {
    const ll_node *read = i < node->n_inputs ? node->inputs[i] : node;
    if (version(read) == node->versions[i]) continue;
    return ll_fail(ctx, LL_ERR_ARGUMENT,
                   "backward of %s: %s %zux%zu was changed in place after it was used; change a copy, or call backward before",
                   ll_node_title(node), i < node->n_inputs ? "its input" : "its result", read->value.rows, read->value.cols);
  }
  return LL_OK;
}

void ll_node_note_versions(ll_node *node) {
  for (uint32_t i = 0; i < node->n_inputs; i++) node->versions[i] = version(node->inputs[i]);
  node->versions[node->n_inputs] = version(node);
}

ll_status ll_node_recorded(ll_ctx *ctx, ll_node *node) {
  ll_node_note_versions(node);
  ll_tape *tape = ll_autograd_of(ctx)->tape;
  return tape ? ll_tape_result(ctx, tape, node) : LL_OK;
}

/* Keeps the past if it is wanted, else makes the node a constant. */
static ll_status settle(ll_ctx *ctx, ll_node *node) {
  const ll_autograd *own = ll_autograd_of(ctx);
  if (own->watching) LL_TRY(ll_watch_result(ctx, node));
  for (uint32_t i = 0; !own->forgetful && i < node->n_inputs; i++) node->requires_grad |= node->inputs[i]->requires_grad;
  if (!node->requires_grad) {
    ll_node_forget(ctx, node);
    return LL_OK;
  }
  return ll_node_recorded(ctx, node);
}

ll_status ll_apply(ll_ctx *ctx, const ll_op *op, ll_node *const *inputs, const ll_op_args *args, ll_node **out) {
  *out = NULL;
  ll_node *node;
  ll_matrix none = {0};
  LL_TRY(begin(ctx, op, inputs, (size_t)op->arity, &none, &node));
  if (args) node->args = *args;
  ll_status status = op->forward(ctx, node);
  if (status == LL_OK) status = settle(ctx, node);
  if (status != LL_OK) {
    ll_node_release(ctx, node);
    return status;
  }
  *out = node;
  return LL_OK;
}

ll_status ll_node_of_chain(ll_ctx *ctx, const ll_op *op, size_t n, ll_matrix *value, ll_wide *wide, void *payload,
                           void (*free_payload)(ll_ctx *ctx, void *payload), ll_node **out) {
  *out = NULL;
  ll_node *node;
  ll_status status = ll_node_new(ctx, value, false, &node);
  if (status != LL_OK) {
    for (size_t i = 0; i < n; i++) ll_node_release(ctx, wide->inputs[i]);
    free_payload(ctx, payload);
    return status;
  }
  node->op = op;
  node->inputs = wide->inputs, node->n_inputs = (uint32_t)n;
  node->versions = wide->versions;
  node->payload = payload;
  node->free_payload = free_payload;
  node->requires_grad = true;
  status = ll_node_recorded(ctx, node);
  if (status == LL_OK) *out = node;
  else ll_node_release(ctx, node);
  return status;
}

ll_status ll_node_of_op(ll_ctx *ctx, const ll_op *op, ll_node *const *inputs, size_t n, ll_matrix *value, void *payload,
                        void (*free_payload)(ll_ctx *ctx, void *payload), ll_node **out) {
  *out = NULL;
  ll_node *node;
  ll_status status = begin(ctx, op, inputs, n, value, &node);
  if (status != LL_OK) {
    if (payload && free_payload) free_payload(ctx, payload);
    return status;
  }
  node->payload = payload;
  node->free_payload = free_payload;
  status = settle(ctx, node);
  if (status != LL_OK) {
    ll_node_release(ctx, node);
    return status;
  }
  *out = node;
  return LL_OK;
}
