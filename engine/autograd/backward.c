/* Reverse mode. One walk orders the nodes below y, inputs before results; then each node, from y down, hands its gradient
 * to its inputs through its op's vector-Jacobian product. The products are ops themselves: with recording on, the
 * gradients can be differentiated again; with it off, they are numbers, added in place where nobody else looks. */
#include "engine/autograd/node.h"
#include "engine/base/ctx.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/kernels.h"

typedef struct walk {
  size_t count;
  bool keep_graph;
} walk;

static ll_status push(ll_ctx *ctx, walk *w, ll_node *node) {
  if (w->count == ctx->order_capacity) {
    size_t capacity = ctx->order_capacity ? 2 * ctx->order_capacity : 256;
    void *block = ctx->order;
    LL_TRY(ll_realloc(ctx, &block, ctx->order_capacity * sizeof(ll_node *), capacity * sizeof(ll_node *)));
    ctx->order = block, ctx->order_capacity = capacity;
  }
  ctx->order[w->count++] = ll_node_retain(node);
  return LL_OK;
}

static void visit(ll_ctx *ctx, ll_node *node, ll_node *parent) {
  node->mark.walk = ctx->walks;
  node->mark.gradient = NULL, node->mark.parent = parent;
  node->mark.next = 0;
  node->mark.wanted = node->mark.kept = false;
}

static bool reached(const ll_ctx *ctx, const ll_node *node) { return node->mark.walk == ctx->walks; }

/* Depth first, the way back kept in the nodes: any depth, no recursion. */
static ll_status order_below(ll_ctx *ctx, walk *w, ll_node *y) {
  ctx->walks++;
  visit(ctx, y, NULL);
  for (ll_node *node = y; node;) {
    if (node->freed)
      return ll_fail(ctx, LL_ERR_ARGUMENT,
                     "the graph of a value %zux%zu was given back by an earlier backward: pass {retain_graph = true} to it",
                     node->value.rows, node->value.cols);
    ll_node *below = NULL;
    while (!below && node->mark.next < node->n_inputs) {
      ll_node *input = node->inputs[node->mark.next++];
      if (input->requires_grad && !reached(ctx, input)) below = input;
    }
    if (below) {
      visit(ctx, below, node);
      node = below;
    } else {
      LL_TRY(push(ctx, w, node));
      node = node->mark.parent;
    }
  }
  return LL_OK;
}

static bool alone(const ll_node *node) {
  return node->refs == 1 && ll_matrix_contiguous(&node->value) && node->value.buffer && node->value.buffer->refs == 1;
}

/* *slot += g; takes g's reference over, also on failure. */
static ll_status accumulate(ll_ctx *ctx, ll_node **slot, ll_node *g) {
  if (!*slot) {
    *slot = g;
    return LL_OK;
  }
  ll_status status = LL_OK;
  if (!ctx->recording && alone(*slot) && ll_matrix_contiguous(&g->value)) {
    ll_kernels_get()->vv[LL_BINARY_add]((*slot)->value.data, g->value.data, (*slot)->value.data, ll_matrix_count(&g->value));
  } else {
    ll_node *sum = NULL;
    status = ll_apply2(ctx, &ll_op_add, *slot, g, &sum);
    if (status == LL_OK) {
      ll_node_release(ctx, *slot);
      *slot = sum;
    }
  }
  ll_node_release(ctx, g);
  return status;
}

/* Hands node's gradient on to its inputs. */
static ll_status hand_on(ll_ctx *ctx, ll_node *node) {
  bool need[LL_MAX_INPUTS] = {false};
  ll_node *grads[LL_MAX_INPUTS] = {NULL};
  for (uint32_t i = 0; i < node->n_inputs; i++) need[i] = node->inputs[i]->requires_grad && node->inputs[i]->mark.wanted;
  LL_TRY(ll_node_check_versions(ctx, node));
  bool watching = ctx->watching;
  ctx->watching = false; /* what the derivative's own ops make is told as this node's gradient */
  ll_status status = node->op->vjp(ctx, node, node->mark.gradient, need, grads);
  ctx->watching = watching;
  for (uint32_t i = 0; i < node->n_inputs && status == LL_OK && ctx->watching; i++)
    if (grads[i]) status = ll_watch_gradient(ctx, node, node->mark.gradient, i, grads[i]);
  for (uint32_t i = 0; i < node->n_inputs; i++) {
    if (!grads[i]) continue;
    if (status == LL_OK) status = accumulate(ctx, &node->inputs[i]->mark.gradient, grads[i]);
    else ll_node_release(ctx, grads[i]);
  }
  return status;
}

/* From y down. Leaves add what reaches them to their grad, if `leaves`. */
static ll_status sweep(ll_ctx *ctx, const walk *w, bool leaves) {
  for (size_t i = w->count; i-- > 0;) {
    ll_node *node = ctx->order[i];
    if (!node->mark.gradient || !node->mark.wanted) continue;
    if (node->op) LL_TRY(hand_on(ctx, node));
    if (node->op && !w->keep_graph) {
      ll_node_forget(ctx, node);
      node->freed = true;
    }
    if (node->mark.kept) continue;
    ll_node *g = node->mark.gradient;
    node->mark.gradient = NULL;
    if (leaves && node->n_inputs == 0 && !node->freed) LL_TRY(accumulate(ctx, &node->grad, g));
    else ll_node_release(ctx, g);
  }
  return LL_OK;
}

/* What is wanted: the leaves, or xs; and everything above. */
static void want(ll_ctx *ctx, const walk *w, ll_node *const *xs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (reached(ctx, xs[i])) xs[i]->mark.wanted = xs[i]->mark.kept = true;
  for (size_t i = 0; i < w->count; i++) {
    ll_node *node = ctx->order[i];
    if (!xs && node->n_inputs == 0) node->mark.wanted = true;
    for (uint32_t k = 0; k < node->n_inputs; k++)
      if (node->inputs[k]->requires_grad && node->inputs[k]->mark.wanted) node->mark.wanted = true;
  }
}

static ll_status start(ll_ctx *ctx, walk *w, ll_node *y, ll_node *seed) {
  if (ctx->reporting) return ll_fail(ctx, LL_ERR_ARGUMENT, "a gradient was asked for from within a watch's hook");
  if (!y->requires_grad)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "nothing below this value %zux%zu requires a gradient", y->value.rows, y->value.cols);
  LL_TRY(order_below(ctx, w, y));
  if (seed) {
    if (seed->value.rows != y->value.rows || seed->value.cols != y->value.cols)
      return ll_fail(ctx, LL_ERR_SHAPE, "the gradient given is %zux%zu, the value %zux%zu", seed->value.rows, seed->value.cols,
                     y->value.rows, y->value.cols);
    y->mark.gradient = ll_node_retain(seed);
    return LL_OK;
  }
  if (y->value.rows != 1 || y->value.cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "a gradient of a value %zux%zu needs the gradient of that value: only a 1x1 can do without",
                   y->value.rows, y->value.cols);
  return ll_node_number(ctx, 1, &y->mark.gradient);
}

static void end(ll_ctx *ctx, walk *w) {
  for (size_t i = 0; i < w->count; i++) {
    ll_node *node = ctx->order[i], *g = node->mark.gradient;
    node->mark.gradient = NULL;
    ll_node_release(ctx, g);
  }
  for (size_t i = 0; i < w->count; i++) ll_node_release(ctx, ctx->order[i]);
}

ll_status ll_backward(ll_ctx *ctx, ll_node *y, ll_node *seed, bool retain) {
  walk w = {.keep_graph = retain};
  bool recording = ll_recording(ctx, false);
  ll_status status = start(ctx, &w, y, seed);
  if (status == LL_OK) {
    want(ctx, &w, NULL, 0);
    status = sweep(ctx, &w, true);
  }
  end(ctx, &w);
  ll_recording(ctx, recording);
  return status;
}

ll_status ll_grad(ll_ctx *ctx, ll_node *y, ll_node *seed, ll_node *const *xs, size_t n, bool create_graph, bool retain,
                  ll_node **out) {
  for (size_t i = 0; i < n; i++) out[i] = NULL;
  walk w = {.keep_graph = retain || create_graph};
  bool recording = ll_recording(ctx, create_graph);
  ll_status status = start(ctx, &w, y, seed);
  if (status == LL_OK) {
    want(ctx, &w, xs, n);
    status = sweep(ctx, &w, false);
  }
  for (size_t i = 0; i < n && status == LL_OK; i++) {
    ll_matrix zeros;
    if (reached(ctx, xs[i]) && xs[i]->mark.gradient) {
      out[i] = ll_node_retain(xs[i]->mark.gradient);
    } else {
      status = ll_matrix_zeros(ctx, xs[i]->value.rows, xs[i]->value.cols, &zeros);
      if (status == LL_OK) status = ll_node_new(ctx, &zeros, false, &out[i]);
    }
  }
  end(ctx, &w);
  ll_recording(ctx, recording);
  for (size_t i = 0; i < n && status != LL_OK; i++) {
    ll_node_release(ctx, out[i]);
    out[i] = NULL;
  }
  return status;
}
