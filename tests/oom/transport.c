/* Every divergence, as a node and back, and the helpers, with each allocation failing in turn. */
#include "tests/sweep.h"

enum { N = 12, M = 9, D = 3 };
static ll_real numbers[LL_MAX_INPUTS][N * N];

static size_t extent(char letter) { return letter == 'n' ? N : letter == 'm' ? M : D; }

static ll_status make(ll_ctx *ctx, const ll_input *in, size_t place, bool gradient, ll_node **out) {
  ll_matrix m;
  size_t rows = extent(in->shape[0]), cols = in->role == LL_INPUT_MATRIX ? extent(in->shape[2]) : 1;
  *out = NULL;
  LL_TRY(ll_matrix_new(ctx, rows, cols, &m));
  memcpy(m.data, numbers[place], rows * cols * sizeof *m.data);
  if (in->role == LL_INPUT_PROBABILITIES) ll_matrix_fill(&m, 1 / (double)rows);
  return ll_node_new(ctx, &m, gradient, out);
}

static const ll_divergence_desc *d;
static ll_status divergence(ll_ctx *ctx) {
  ll_node *inputs[LL_MAX_INPUTS] = {NULL}, *value = NULL;
  ll_divergence_call call = {0};
  ll_status status;
  for (size_t i = 0; i < d->n_inputs; i++) LL_GOTO(end, make(ctx, &d->inputs[i], i, i < d->n_inputs - d->n_optional, &inputs[i]));
  LL_GOTO(end, ll_divergence_apply(ctx, d, NULL, inputs, d->n_inputs, &call, &value));
  LL_GOTO(end, ll_backward(ctx, value, NULL, false));
end:
  ll_node_release(ctx, value);
  for (size_t i = 0; i < d->n_inputs; i++) ll_node_release(ctx, inputs[i]);
  return status;
}

static ll_status helpers(ll_ctx *ctx) {
  static const ll_input points = {"x", "n,d", LL_INPUT_MATRIX};
  ll_node *x = NULL, *cost = NULL;
  ll_matrix p = ll_matrix_wrap(numbers[0], 1, 1), best = {0};
  ll_status status;
  LL_GOTO(end, make(ctx, &points, 0, true, &x));
  for (double power = 1; power < 3.5; power++) {
    LL_GOTO(end, ll_transport_cost(ctx, x, x, power, &cost));
    ll_node_release(ctx, cost);
    cost = NULL;
  }
  ll_random r = ll_random_stream(1, 1, "between");
  LL_GOTO(end, ll_interpolate(ctx, &x->value, &x->value, &r, &best));
  ll_matrix_release(ctx, &best);
  status = ll_optimal_discriminator(ctx, &p, &p, &best);
end:
  ll_matrix_release(ctx, &best);
  ll_node_release(ctx, cost);
  ll_node_release(ctx, x);
  return status;
}

/* What is used and given back is the same after many calls. */
static void flat(void) {
  ll_ctx *ctx;
  size_t used = 0;
  if (ll_ctx_open(&ctx) != LL_OK) return;
  for (int step = 0; step < 12; step++) {
    works(ctx, divergence(ctx));
    if (step == 5) used = ll_memory_used(ctx);
  }
  ok(ll_memory_used(ctx) == used, "%s: memory stays flat", d->name);
  ll_ctx_close(ctx);
}

int main(void) {
  ll_random r = ll_random_stream(11, 1, "oom");
  for (size_t i = 0; i < LL_MAX_INPUTS; i++)
    for (size_t k = 0; k < N * N; k++) numbers[i][k] = (ll_real)ll_random_uniform(&r);
  for (size_t k = 0; k < ll_divergence_count; k++) {
    d = ll_divergences[k];
    sweep_all(d->name, divergence, 4);
    flat();
  }
  SWEEP(helpers, 4);
  return done();
}
