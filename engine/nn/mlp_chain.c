/* A whole MLP as one node of the graph: its layers are computed one after the other, forward and backward, without a node for each.
 * Where a gradient is itself to be differentiated, the node is unfolded into the nodes of its layers, linear and activation, as if
 * they had been applied one by one: the same values, so the same bits either way. */
#include <assert.h>

#include "engine/autograd/tape.h"
#include "engine/matrix/buffer.h"
#include "engine/matrix/gemm.h"
#include "engine/matrix/kernels.h"
#include "engine/nn/mlp.h"

typedef struct step {
  const ll_op *activation; /* NULL: identity */
  size_t kernel;
  ll_matrix before; /* x W' + b; 0×0 where the activation's derivatives read its result alone */
  ll_matrix after;  /* what the next layer reads; 0×0 of the last, whose result is the node's */
} step;

/* What the node keeps: in a buffer of the pool, so that a training step allocates nothing. */
typedef struct chain {
  ll_wide wide; /* x, W_1, b_1, W_2, b_2, … */
  ll_buffer *room;
  uint64_t asked; /* bit i: input i wanted a gradient when this was recorded */
  size_t n;
  step steps[];
} chain;

static ll_node *weights(const ll_node *out, size_t l) { return out->inputs[1 + 2 * l]; }
static ll_node *bias(const ll_node *out, size_t l) { return out->inputs[2 + 2 * l]; }

bool ll_mlp_by_result(size_t kernel) { return kernel == LL_UNARY_sigmoid || kernel == LL_UNARY_tanh; }

static void chain_free(ll_ctx *ctx, void *payload) {
  chain *c = payload;
  for (size_t l = 0; l < c->n; l++) {
    ll_matrix_release(ctx, &c->steps[l].before);
    ll_matrix_release(ctx, &c->steps[l].after);
  }
  ll_buffer_put(ctx, c->room);
}

/* h = activation(x W' + b); z [opt] keeps x W' + b where the activation's derivatives read it. */
static ll_status layer_forward(ll_ctx *ctx, const layer *at, const ll_matrix *x, ll_matrix *z, ll_matrix *h) {
  LL_TRY(ll_matrix_new(ctx, x->rows, at->weights->value.rows, h));
  LL_TRY(ll_gemm_product(ctx, false, true, x, &at->weights->value, 0, &at->bias->value, h));
  if (!at->activation) return LL_OK;
  void (*f)(const ll_real *, ll_real *, size_t) = ll_kernels_get()->unary[at->kernel];
  if (z && !ll_mlp_by_result(at->kernel)) {
    *z = *h;
    LL_TRY(ll_matrix_new(ctx, z->rows, z->cols, h));
    ll_kernels_run_unary(f, z->data, h->data, ll_matrix_count(z));
  } else {
    ll_kernels_run_unary(f, h->data, h->data, ll_matrix_count(h));
  }
  return LL_OK;
}

/* Without a past: what a layer gave is given back once the next has read it. */
static ll_status forward_alone(ll_ctx *ctx, const ll_mlp *net, ll_node *x, ll_node **out) {
  ll_matrix h = ll_matrix_share(&x->value), next = {0};
  ll_status status = LL_OK;
  for (size_t l = 0; l < net->n_layers && status == LL_OK; l++) {
    status = layer_forward(ctx, &net->layers[l], &h, NULL, &next);
    ll_matrix_release(ctx, &h);
    h = next;
  }
  if (status == LL_OK) return ll_node_new(ctx, &h, false, out);
  ll_matrix_release(ctx, &h);
  return status;
}

/* The gradient of the activation's result, from, becomes that of what went into it. */
static void through_activation(const step *s, const ll_matrix *result, const ll_matrix *from, ll_matrix *to) {
  const ll_matrix *x = s->before.data ? &s->before : result;
  void (*f1)(const ll_real *, const ll_real *, const ll_real *, ll_real *, size_t) = ll_kernels_get()->unary1[s->kernel];
  if (ll_matrix_contiguous(from)) {
    ll_kernels_run_unary1(f1, x->data, result->data, from->data, to->data, ll_matrix_count(to));
  } else {
    for (size_t i = 0; i < to->rows; i++)
      f1(ll_matrix_row(x, i), ll_matrix_row(result, i), ll_matrix_row(from, i), ll_matrix_row(to, i), to->cols);
  }
}

/* *out = a node of a new matrix rows × cols, which is to be filled. */
static ll_status blank(ll_ctx *ctx, size_t rows, size_t cols, ll_node **out) {
  ll_matrix m;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  return ll_node_new(ctx, &m, false, out);
}

/* Gradients of layer l's weights and bias. */
static ll_status own_gradients(ll_ctx *ctx, const ll_node *out, size_t l, const ll_matrix *g, const bool *need, ll_node **grads) {
  const chain *c = out->payload;
  const ll_matrix *x = l ? &c->steps[l - 1].after : &out->inputs[0]->value;
  if (need[1 + 2 * l]) {
    LL_TRY(blank(ctx, g->cols, x->cols, &grads[1 + 2 * l]));
    LL_TRY(ll_gemm_product(ctx, true, false, g, x, 0, NULL, &grads[1 + 2 * l]->value));
  }
  if (need[2 + 2 * l]) {
    LL_TRY(blank(ctx, 1, g->cols, &grads[2 + 2 * l]));
    ll_reduce_cols(g, &grads[2 + 2 * l]->value);
  }
  return LL_OK;
}

static ll_status chain_vjp(ll_ctx *ctx, ll_node *out, ll_node *given, const bool *need, ll_node **grads) {
  const chain *c = out->payload;
  ll_matrix g = ll_matrix_share(&given->value), next = {0};
  ll_status status = LL_OK;
  size_t lowest = 0; /* the layer at which nothing more is wanted below */
  while (!need[0] && lowest + 1 < c->n && !need[1 + 2 * lowest] && !need[2 + 2 * lowest]) lowest++;
  for (size_t l = c->n; l-- > lowest;) {
    const step *s = &c->steps[l];
    LL_GOTO(end, ll_ctx_go_on(ctx));
    if (s->activation) {
      const ll_matrix *result = l + 1 < c->n ? &s->after : &out->value;
      if (g.buffer == given->value.buffer) {
        LL_GOTO(end, ll_matrix_new(ctx, g.rows, g.cols, &next));
        through_activation(s, result, &g, &next);
        ll_matrix_release(ctx, &g);
        g = next, next = (ll_matrix){0};
      } else {
        through_activation(s, result, &g, &g);
      }
    }
    LL_GOTO(end, own_gradients(ctx, out, l, &g, need, grads));
    if (l == lowest && !need[0]) break;
    const ll_matrix *w = &weights(out, l)->value;
    LL_GOTO(end, ll_matrix_new(ctx, g.rows, w->cols, &next));
    LL_GOTO(end, ll_gemm_product(ctx, false, false, &g, w, 0, NULL, &next));
    ll_matrix_release(ctx, &g);
    g = next, next = (ll_matrix){0};
  }
  if (need[0]) status = ll_node_new(ctx, &g, false, &grads[0]);
end:
  ll_matrix_release(ctx, &g);
  ll_matrix_release(ctx, &next);
  return status;
}

/* ---- unfolding ------------------------------------------------------------------------------------------------------------- */

/* A node of the chain, as ll_apply would have left it: recorded if it wanted a gradient, else a constant. Versions are those of the
 * inputs when the chain was made. */
static void wire(ll_node *node, const ll_op *op, ll_node *const *inputs, const uint64_t *versions, size_t n) {
  node->op = op;
  node->n_inputs = (uint32_t)n;
  for (size_t i = 0; i < n; i++) node->few[i] = ll_node_retain(inputs[i]);
  node->requires_grad = true;
  ll_node_note_versions(node);
  for (size_t i = 0; i < n; i++)
    if (versions[i] != UINT64_MAX) node->versions[i] = versions[i];
}

/* [out] a node of the chain over a value that is there, in the place of the node that *h was. */
static ll_status next_node(ll_ctx *ctx, const ll_matrix *value, bool wants, const ll_op *op, ll_node *const *inputs,
                           const uint64_t *versions, size_t n, ll_node **h) {
  ll_matrix m = ll_matrix_share(value);
  ll_node *made;
  LL_TRY(ll_node_new(ctx, &m, false, &made));
  if (wants) wire(made, op, inputs, versions, n);
  ll_node_release(ctx, *h);
  *h = made;
  ll_tape *tape = ll_autograd_of(ctx)->tape;
  return tape && wants ? ll_tape_result(ctx, tape, made) : LL_OK;
}

static ll_status unfold(ll_ctx *ctx, ll_node *out) {
  chain *c = out->payload;
  const uint64_t *seen = c->wide.versions, own = seen[out->n_inputs];
  ll_node *h = ll_node_retain(out->inputs[0]);
  uint64_t h_version = seen[0];
  bool wants = c->asked & 1;
  ll_status status = LL_OK;
  for (size_t l = 0; l < c->n; l++) {
    const step *s = &c->steps[l];
    bool last = l + 1 == c->n;
    const ll_matrix *result = last ? &out->value : &s->after;
    ll_node *inputs[] = {h, weights(out, l), bias(out, l)};
    const uint64_t versions[] = {h_version, seen[1 + 2 * l], seen[2 + 2 * l]};
    wants = wants || (c->asked >> (1 + 2 * l) & 3);
    if (last && !s->activation) break;
    LL_GOTO(end, next_node(ctx, s->before.data ? &s->before : result, wants, &ll_op_linear, inputs, versions, 3, &h));
    h_version = UINT64_MAX; /* nobody else has seen it */
    if (!last && s->activation) LL_GOTO(end, next_node(ctx, result, wants, s->activation, &h, &h_version, 1, &h));
  }
  const ll_op *op = c->steps[c->n - 1].activation;
  ll_node *inputs[] = {h, ll_node_retain(weights(out, c->n - 1)), ll_node_retain(bias(out, c->n - 1))}, *kept[3];
  size_t n = op ? 1 : 3;
  const uint64_t versions[] = {h_version, seen[out->n_inputs - 2], seen[out->n_inputs - 1]};
  for (size_t i = 0; i < 3; i++) kept[i] = inputs[i];
  ll_node_forget(ctx, out);
  wire(out, op ? op : &ll_op_linear, inputs, versions, n);
  out->versions[n] = own;
  for (size_t i = 1; i < 3; i++) ll_node_release(ctx, kept[i]);
end:
  ll_node_release(ctx, h);
  return status;
}

/* Its name is that of the layers' ops, which messages speak of. */
static const ll_op chain_op = {.name = "linear", .formula = "the layers of an MLP", .vjp = chain_vjp, .unfold = unfold};

ll_status ll_mlp_chain(ll_ctx *ctx, const ll_mlp *net, ll_node *x, ll_node **out) {
  uint64_t asked = x->requires_grad;
  size_t n = net->n_layers, inputs = 1 + 2 * n;
  *out = NULL;
  assert(n <= LL_MLP_MOST_CHAINED);
  for (size_t l = 0; l < n; l++)
    asked |= (uint64_t)net->layers[l].weights->requires_grad << (1 + 2 * l) | (uint64_t)net->layers[l].bias->requires_grad
                                                                                  << (2 + 2 * l);
  if (!asked || !ll_recording_is_on(ctx)) return forward_alone(ctx, net, x, out);
  ll_buffer *room;
  LL_TRY(ll_buffer_get(ctx, (sizeof(chain) + n * sizeof(step)) / sizeof(ll_real) + 1, &room));
  chain *c = (void *)room->data;
  c->room = room, c->asked = asked, c->n = n;
  ll_matrix result = {0};
  ll_status status = LL_OK;
  for (size_t l = 0; l < n; l++) {
    c->steps[l].activation = net->layers[l].activation, c->steps[l].kernel = net->layers[l].kernel;
    c->steps[l].before = c->steps[l].after = (ll_matrix){0};
  }
  for (size_t l = 0; l < n; l++) {
    const ll_matrix *from = l ? &c->steps[l - 1].after : &x->value;
    LL_GOTO(fail, layer_forward(ctx, &net->layers[l], from, &c->steps[l].before, l + 1 < n ? &c->steps[l].after : &result));
  }
  c->wide.inputs[0] = ll_node_retain(x);
  for (size_t l = 0; l < n; l++) {
    c->wide.inputs[1 + 2 * l] = ll_node_retain(net->layers[l].weights);
    c->wide.inputs[2 + 2 * l] = ll_node_retain(net->layers[l].bias);
  }
  return ll_node_of_chain(ctx, &chain_op, inputs, &result, &c->wide, c, chain_free, out);
fail:
  ll_matrix_release(ctx, &result);
  chain_free(ctx, c);
  return status;
}
