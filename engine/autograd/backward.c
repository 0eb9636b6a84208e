/* Reverse mode. One walk orders the nodes below y, inputs before results; then each node, from y down, hands its gradient
 * to its inputs through its op's vector-Jacobian product. The products are ops themselves: with recording on, the
 * gradients can be differentiated again; with it off, they are numbers, added in place where nothing else refers to them. */
#include "engine/autograd/tape.h"
#include "engine/base/ctx.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/kernels.h"

typedef struct walk {
  ll_autograd *own;
  size_t count;
  bool keep_graph;
} walk;

/* Room for so many nodes. */
static ll_status reserve(ll_ctx *ctx, ll_autograd *own, size_t count) {
  size_t capacity = own->order_capacity ? own->order_capacity : 128;
  if (count <= own->order_capacity) return LL_OK;
  while (capacity < count) capacity *= 2;
  void *block = own->order;
  LL_TRY(ll_realloc(ctx, &block, own->order_capacity * sizeof *own->order, capacity * sizeof *own->order));
  own->order = block, own->order_capacity = capacity;
  return LL_OK;
}

static ll_status push(ll_ctx *ctx, walk *w, ll_node *node) {
  LL_TRY(reserve(ctx, w->own, w->count + 1));
  w->own->order[w->count++].node = ll_node_retain(node);
  return LL_OK;
}

static ll_marked *visit(const walk *w, ll_node *node, ll_marked *parent) {
  ll_marked *mark = ll_mark(node);
  mark->walk = w->own->walks;
  mark->gradient = NULL, mark->parent = parent;
  mark->next = 0;
  mark->wanted = mark->kept = false;
  return mark;
}

static bool reached(const walk *w, ll_node *node) { return ll_mark(node)->walk == w->own->walks; }

/* A node that stands for several is made those where what it hands on is recorded in its turn. */
static ll_status unfold(ll_ctx *ctx, const walk *w, ll_node *node) {
  if (w->own->forgetful || !node->op || !node->op->unfold) return LL_OK;
  if (w->own->tape) LL_TRY(ll_tape_unfolded(ctx, w->own->tape, node));
  return node->op->unfold(ctx, node);
}

/* Depth first. The way back is kept in the nodes, so that no depth of a graph exhausts the stack. */
static ll_status order_below(ll_ctx *ctx, walk *w, ll_node *y) {
  w->own->walks++;
  for (ll_marked *mark = visit(w, y, NULL); mark;) {
    ll_node *node = &mark->node, *below = NULL;
    if (node->freed)
      return ll_fail(ctx, LL_ERR_ARGUMENT,
                     "the graph of this value %zux%zu was freed by an earlier backward; pass {retain_graph = true} to that one",
                     node->value.rows, node->value.cols);
    if (mark->next == 0) LL_TRY(unfold(ctx, w, node));
    while (!below && mark->next < node->n_inputs) {
      ll_node *input = node->inputs[mark->next++];
      if (input->requires_grad && !reached(w, input)) below = input;
    }
    if (below) {
      mark = visit(w, below, mark);
    } else {
      LL_TRY(push(ctx, w, node));
      mark = mark->parent;
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
  if (ll_autograd_of(ctx)->forgetful && alone(*slot) && ll_matrix_contiguous(&g->value)) {
    ll_kernels_run_vv(LL_BINARY_add, (*slot)->value.data, g->value.data, (*slot)->value.data, ll_matrix_count(&g->value));
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

/* Hands node's gradient on to its inputs that need one. */
static ll_status hand_on(ll_ctx *ctx, ll_node *node, uint64_t needed) {
  bool need[LL_MOST_INPUTS];
  ll_node *grads[LL_MOST_INPUTS];
  for (uint32_t i = 0; i < node->n_inputs; i++) need[i] = needed >> i & 1, grads[i] = NULL;
  LL_TRY(ll_node_check_versions(ctx, node));
  ll_autograd *own = ll_autograd_of(ctx);
  bool watching = own->watching;
  own->watching = false; /* what the derivative's own ops make is reported as this node's gradient */
  ll_status status = node->op->vjp(ctx, node, ll_mark(node)->gradient, need, grads);
  own->watching = watching;
  for (uint32_t i = 0; i < node->n_inputs && status == LL_OK && own->watching; i++)
    if (grads[i]) status = ll_watch_gradient(ctx, node, ll_mark(node)->gradient, i, grads[i]);
  for (uint32_t i = 0; i < node->n_inputs; i++) {
    if (!grads[i]) continue;
    if (status == LL_OK) status = accumulate(ctx, &ll_mark(node->inputs[i])->gradient, grads[i]);
    else ll_node_release(ctx, grads[i]);
  }
  return status;
}

/* From y down. Leaves add what reaches them to their grad, if `leaves`: once all is there, so that one that is interrupted adds
 * nothing to any. */
static ll_status sweep(ll_ctx *ctx, const walk *w, bool leaves) {
  for (size_t i = w->count; i-- > 0;) {
    const ll_walked at = w->own->order[i];
    ll_node *node = at.node;
    if (!ll_mark(node)->gradient || !at.wanted) continue;
    if (node->op) {
      LL_TRY(ll_ctx_go_on(ctx));
      LL_TRY(hand_on(ctx, node, at.need));
      if (!w->keep_graph) {
        ll_node_forget(ctx, node);
        node->freed = true;
      }
    }
    if (at.kept || (leaves && at.leaf)) continue;
    ll_node *g = ll_mark(node)->gradient;
    ll_mark(node)->gradient = NULL;
    ll_node_release(ctx, g);
  }
  for (size_t i = w->count; leaves && i-- > 0;) {
    const ll_walked at = w->own->order[i];
    ll_node *node = at.node, *g = ll_mark(node)->gradient;
    if (!g || !at.wanted || at.kept) continue;
    ll_mark(node)->gradient = NULL;
    LL_TRY(accumulate(ctx, &node->grad, g));
  }
  return LL_OK;
}

/* Marks as wanted the leaves, or xs, and every node between them and y; and which inputs of a node that is. */
static void want(const walk *w, ll_node *const *xs, size_t n) {
  for (size_t i = 0; xs && i < n; i++)
    if (reached(w, xs[i])) ll_mark(xs[i])->wanted = ll_mark(xs[i])->kept = true;
  for (size_t i = 0; i < w->count; i++) {
    ll_walked *at = &w->own->order[i];
    ll_node *node = at->node;
    ll_marked *mark = ll_mark(node);
    at->need = 0;
    at->leaf = node->n_inputs == 0 && !node->freed;
    if (!xs && at->leaf) mark->wanted = true;
    for (uint32_t k = 0; k < node->n_inputs; k++)
      if (node->inputs[k]->requires_grad && ll_mark(node->inputs[k])->wanted) at->need |= (uint64_t)1 << k;
    mark->wanted = mark->wanted || at->need;
    at->wanted = mark->wanted, at->kept = mark->kept;
  }
}

/* The order that a run before this found, with this run's nodes. [out] false: it does not hold, since one was frozen or freed. */
static ll_status follow(ll_ctx *ctx, walk *w, const ll_plan *plan, bool *holds) {
  ll_autograd *own = w->own;
  *holds = false;
  for (size_t i = 0; i < plan->n_unfolded; i++) {
    ll_node *const *nodes = ll_tape_nodes(own->tape);
    ll_node *node = nodes ? nodes[plan->unfolded[i]] : NULL;
    if (!node || !node->op || !node->op->unfold) return LL_OK;
    LL_TRY(node->op->unfold(ctx, node));
  }
  ll_node *const *nodes = ll_tape_nodes(own->tape);
  if (!nodes) return LL_OK;
  LL_TRY(reserve(ctx, own, plan->n));
  own->walks++;
  for (size_t i = 0; i < plan->n; i++) {
    const ll_planned *step = &plan->steps[i];
    ll_node *node = nodes[step->place];
    if (node->freed || !node->requires_grad || ll_tape_wanting(node) != step->wanting) {
      while (w->count) ll_node_release(ctx, own->order[--w->count].node);
      return LL_OK;
    }
    ll_mark(node)->walk = own->walks;
    ll_mark(node)->gradient = NULL;
    own->order[i] = step->walked;
    own->order[i].node = node;
    node->refs++;
    w->count = i + 1;
  }
  *holds = true;
  return LL_OK;
}

/* The nodes below y in order, by a walk or as a tape knows it. */
static ll_status find_order(ll_ctx *ctx, walk *w, const ll_asked *asked) {
  ll_tape *tape = w->own->tape;
  const ll_plan *plan = NULL;
  bool holds = false;
  if (tape) LL_TRY(ll_tape_asked(ctx, tape, asked, &plan));
  if (plan) LL_TRY(follow(ctx, w, plan, &holds));
  if (holds) return LL_OK;
  if (plan) ll_tape_leave(tape, "a matrix was frozen, or asked for a gradient, after it was used");
  LL_TRY(order_below(ctx, w, asked->y));
  want(w, asked->leaves ? NULL : asked->xs, asked->n);
  return tape ? ll_tape_keep(ctx, tape, w->own->order, w->count) : LL_OK;
}

static ll_status start(ll_ctx *ctx, walk *w, const ll_asked *asked, ll_node *seed) {
  ll_node *y = asked->y;
  if (w->own->reporting) return ll_fail(ctx, LL_ERR_ARGUMENT, "a gradient was asked for from within a watch's hook");
  if (!y->requires_grad)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "this value %zux%zu depends on nothing that requires a gradient", y->value.rows,
                   y->value.cols);
  LL_TRY(find_order(ctx, w, asked));
  if (seed) {
    if (seed->value.rows != y->value.rows || seed->value.cols != y->value.cols)
      return ll_fail(ctx, LL_ERR_SHAPE, "the gradient given is %zux%zu, the value %zux%zu", seed->value.rows, seed->value.cols,
                     y->value.rows, y->value.cols);
    ll_mark(y)->gradient = ll_node_retain(seed);
    return LL_OK;
  }
  if (y->value.rows != 1 || y->value.cols != 1)
    return ll_fail(ctx, LL_ERR_SHAPE,
                   "the gradient of a value %zux%zu has to be given, as {gradient = m}; only a 1x1 can do without", y->value.rows,
                   y->value.cols);
  return ll_node_number(ctx, 1, &ll_mark(y)->gradient);
}

/* Gives back what the walk holds; after a failure nothing more of the run is followed, since graphs may be freed in part. */
static void end(ll_ctx *ctx, const walk *w, ll_status status) {
  for (size_t i = 0; i < w->count; i++) {
    ll_node *node = w->own->order[i].node, *g = ll_mark(node)->gradient;
    ll_mark(node)->gradient = NULL;
    ll_node_release(ctx, g);
  }
  for (size_t i = 0; i < w->count; i++) ll_node_release(ctx, w->own->order[i].node);
  if (status != LL_OK && w->own->tape) ll_tape_leave(w->own->tape, "a backward failed");
}

ll_status ll_backward(ll_ctx *ctx, ll_node *y, ll_node *seed, bool retain) {
  walk w = {.own = ll_autograd_of(ctx), .keep_graph = retain};
  bool recording = ll_recording(ctx, false);
  ll_status status = start(ctx, &w, &(ll_asked){.y = y, .leaves = true, .keep_graph = retain}, seed);
  if (status == LL_OK) status = sweep(ctx, &w, true);
  end(ctx, &w, status);
  ll_recording(ctx, recording);
  return status;
}

ll_status ll_grad(ll_ctx *ctx, ll_node *y, ll_node *seed, ll_node *const *xs, size_t n, bool create_graph, bool retain,
                  ll_node **out) {
  for (size_t i = 0; i < n; i++) out[i] = NULL;
  walk w = {.own = ll_autograd_of(ctx), .keep_graph = retain || create_graph};
  bool recording = ll_recording(ctx, create_graph);
  ll_asked asked = {.y = y, .keep_graph = w.keep_graph, .create_graph = create_graph, .xs = xs, .n = n};
  ll_status status = start(ctx, &w, &asked, seed);
  if (status == LL_OK) status = sweep(ctx, &w, false);
  for (size_t i = 0; i < n && status == LL_OK; i++) {
    ll_matrix zeros;
    if (reached(&w, xs[i]) && ll_mark(xs[i])->gradient) {
      out[i] = ll_node_retain(ll_mark(xs[i])->gradient);
    } else {
      status = ll_matrix_zeros(ctx, xs[i]->value.rows, xs[i]->value.cols, &zeros);
      if (status == LL_OK) status = ll_node_new(ctx, &zeros, false, &out[i]);
    }
  }
  end(ctx, &w, status);
  ll_recording(ctx, recording);
  for (size_t i = 0; i < n && status != LL_OK; i++) {
    ll_node_release(ctx, out[i]);
    out[i] = NULL;
  }
  return status;
}
