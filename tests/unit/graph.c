/* What a graph refuses and what it keeps: leaves accumulate, a graph is given back once, shapes are named. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static ll_node *filled(size_t rows, size_t cols, double value, bool grad) {
  ll_matrix m;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  ll_matrix_fill(&m, value);
  works(ctx, ll_node_new(ctx, &m, grad, &node));
  return node;
}

static ll_node *op(const char *name, ll_node *a, ll_node *b) {
  ll_node *out = NULL;
  works(ctx, ll_apply(ctx, ll_op_find(name), (ll_node *[]){a, b}, NULL, &out));
  return out;
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  ll_node *x = filled(2, 3, 2, true), *square = op("mul", x, x), *y = op("sum", square, NULL);
  ll_node_release(ctx, square);
  works(ctx, ll_backward(ctx, y, NULL, true));
  near((double)x->grad->value.data[5], 4, 0, 0, "d sum(x x) / dx = 2 x");
  works(ctx, ll_backward(ctx, y, NULL, false));
  near((double)x->grad->value.data[5], 8, 0, 0, "a second backward adds");
  ok(ll_backward(ctx, y, NULL, false) == LL_ERR_ARGUMENT, "a graph that was given back is refused");
  ok(strstr(ll_message(ctx), "retain_graph") != NULL, "and the message says what to do");
  ll_node_clear_grad(ctx, x);
  ok(x->grad == NULL, "clear_grad forgets");
  ll_node_release(ctx, y);

  ll_node *constant = filled(2, 3, 1, false);
  y = op("sum", constant, NULL);
  ok(ll_backward(ctx, y, NULL, false) == LL_ERR_ARGUMENT, "nothing below requires a gradient");
  ll_node_release(ctx, y);

  y = op("add", x, constant);
  ok(ll_backward(ctx, y, NULL, true) == LL_ERR_SHAPE, "a matrix has no gradient of its own");
  ll_node *other = filled(1, 1, 1, false);
  ok(ll_backward(ctx, y, other, true) == LL_ERR_SHAPE, "nor with one of another shape");
  ll_node_release(ctx, other);
  ll_node *seed = filled(2, 3, 0.5, false);
  works(ctx, ll_backward(ctx, y, seed, false));
  near((double)x->grad->value.data[0], 0.5, 0, 0, "with its gradient given it has");
  ll_node_release(ctx, y);
  ll_node_clear_grad(ctx, x);

  ll_node *wrong = filled(3, 2, 1, false), *out = x;
  ok(ll_apply(ctx, ll_op_find("add"), (ll_node *[]){x, wrong}, NULL, &out) == LL_ERR_SHAPE && out == NULL,
     "shapes that do not fit");
  ok(strstr(ll_message(ctx), "2x3") && strstr(ll_message(ctx), "3x2"), "both are named");
  ok(ll_op_find("no such op") == NULL, "an unknown op");

  ll_recording(ctx, false);
  y = op("mul", x, x);
  ok(!y->requires_grad && y->n_inputs == 0, "nothing is recorded while recording is off");
  ll_recording(ctx, true);
  ll_node_release(ctx, y);

  /* a chain of a million nodes: neither the walk nor the freeing recurses */
  y = ll_node_retain(x);
  for (int i = 0; i < 1000000; i++) {
    ll_node *next = NULL;
    ll_apply(ctx, ll_op_find("scale"), &y, &(ll_op_args){.a = 1}, &next);
    ll_node_release(ctx, y);
    y = next;
  }
  out = op("sum", y, NULL);
  works(ctx, ll_backward(ctx, out, NULL, true));
  near((double)x->grad->value.data[0], 1, 0, 0, "a gradient through a million nodes");
  ll_node_release(ctx, y);
  ll_node_release(ctx, out);

  /* gradients with respect to a node in the middle, and to one that does not matter */
  ll_node *mid = op("mul", x, x), *grads[2];
  y = op("sum", mid, NULL);
  works(ctx, ll_grad(ctx, y, NULL, (ll_node *[]){mid, wrong}, 2, false, true, grads));
  near((double)grads[0]->value.data[0], 1, 0, 0, "a gradient in the middle");
  ok(grads[1]->value.rows == 3 && ll_matrix_sum(&grads[1]->value) == 0, "zeros where there is no way");
  ll_node_release(ctx, grads[0]);
  ll_node_release(ctx, grads[1]);
  ll_node_release(ctx, mid);
  ll_node_release(ctx, y);

  /* sigmoid has no third derivative here: it says so */
  ll_node *s = op("sigmoid", x, NULL), *g1 = NULL, *g2 = NULL, *g3 = NULL, *sums[3];
  sums[0] = op("sum", s, NULL);
  works(ctx, ll_grad(ctx, sums[0], NULL, &x, 1, true, true, &g1));
  sums[1] = op("sum", g1, NULL);
  works(ctx, ll_grad(ctx, sums[1], NULL, &x, 1, true, true, &g2));
  sums[2] = op("sum", g2, NULL);
  ok(ll_grad(ctx, sums[2], NULL, &x, 1, false, true, &g3) == LL_ERR_UNSUPPORTED, "a third derivative is refused by name");
  ok(strstr(ll_message(ctx), "sigmoid") != NULL && g3 == NULL, "sigmoid");
  for (int i = 0; i < 3; i++) ll_node_release(ctx, sums[i]);
  ll_node_release(ctx, s);
  ll_node_release(ctx, g1);
  ll_node_release(ctx, g2);

  /* steps after the second allocate nothing */
  uint64_t calls = 0;
  for (int step = 0; step < 10; step++) {
    if (step == 2) calls = ll_memory_calls(ctx);
    ll_node *h = op("tanh", x, NULL), *m = op("mean", h, NULL);
    works(ctx, ll_backward(ctx, m, NULL, false));
    ll_node_clear_grad(ctx, x);
    ll_node_release(ctx, h);
    ll_node_release(ctx, m);
  }
  ok(ll_memory_calls(ctx) == calls, "a step after the second allocates nothing");
  ll_node_release(ctx, x);
  ll_node_release(ctx, constant);
  ll_node_release(ctx, wrong);
  ll_node_release(ctx, seed);
  ll_ctx_close(ctx);
  return done();
}
