/* What a step of training cannot go below: its products and activations alone, by the same kernels, on buffers that are there. Then
 * the step itself from C. step.lua has the steps from Lua, beside these. Least of the blocks' means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/matrix/kernels.h"
#include "losslab/losslab.h"

static ll_ctx *ctx;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(ll_status status) {
  if (status == LL_OK) return;
  fprintf(stderr, "%s\n", ll_message(ctx));
  exit(1);
}

enum { MOST = 8 };
typedef struct bound {
  size_t layers, batch, sizes[MOST];
  ll_unary activation;
  ll_matrix x, w[MOST], h[MOST], g[MOST], dw[MOST];
} bound;

static void fill(ll_matrix *m, size_t rows, size_t cols) {
  ll_random r = ll_random_stream(1, rows * cols, "bench");
  must(ll_matrix_new(ctx, rows, cols, m));
  ll_matrix_normal(m, &r, 0, 0.3);
}

static void bound_new(const size_t *sizes, size_t layers, size_t batch, ll_unary activation, bound *b) {
  *b = (bound){.layers = layers, .batch = batch, .activation = activation};
  memcpy(b->sizes, sizes, (layers + 1) * sizeof *sizes);
  fill(&b->x, batch, sizes[0]);
  for (size_t l = 0; l < layers; l++) {
    fill(&b->w[l], sizes[l + 1], sizes[l]);
    fill(&b->dw[l], sizes[l + 1], sizes[l]);
    fill(&b->h[l], batch, sizes[l + 1]);
    fill(&b->g[l], batch, sizes[l + 1]);
  }
}

static void bound_free(bound *b) {
  ll_matrix_release(ctx, &b->x);
  for (size_t l = 0; l < b->layers; l++) {
    ll_matrix_release(ctx, &b->w[l]), ll_matrix_release(ctx, &b->dw[l]);
    ll_matrix_release(ctx, &b->h[l]), ll_matrix_release(ctx, &b->g[l]);
  }
}

/* Forward and backward of an MLP: each product once, each activation and its derivative once. */
static void mlp_bound(void *user) {
  bound *b = user;
  const ll_kernels *k = ll_kernels_get();
  for (size_t l = 0; l < b->layers; l++) {
    ll_matrix *h = &b->h[l];
    ll_matrix_gemm(false, true, 1, l ? &b->h[l - 1] : &b->x, &b->w[l], 0, h);
    if (l + 1 < b->layers) k->unary[b->activation](h->data, h->data, ll_matrix_count(h));
  }
  for (size_t l = b->layers; l-- > 0;) {
    ll_matrix *g = &b->g[l], *h = &b->h[l];
    if (l + 1 < b->layers) k->unary1[b->activation](h->data, h->data, g->data, g->data, ll_matrix_count(g));
    ll_matrix_gemm(true, false, 1, g, l ? &b->h[l - 1] : &b->x, 0, &b->dw[l]);
    if (l) ll_matrix_gemm(false, false, 1, g, &b->w[l], 0, &b->g[l - 1]);
  }
}

/* The twelve products of a critic step with a gradient penalty: three passes forward, the gradient, and back through all of it. */
static void critic_bound(void *user) {
  bound *b = user;
  for (int i = 0; i < 3; i++) ll_matrix_gemm(false, true, 1, &b->h[0], &b->w[1], 0, &b->h[1]);
  for (int i = 0; i < 5; i++) ll_matrix_gemm(false, i == 4, 1, &b->g[1], &b->w[1], 0, &b->g[0]);
  for (int i = 0; i < 4; i++) ll_matrix_gemm(true, false, 1, &b->g[1], &b->h[0], 0, &b->dw[1]);
}

/* ---- a whole step from C ---------------------------------------------------------------------------------------------------- */

typedef struct training {
  ll_mlp *net;
  ll_loss *loss;
  ll_optimizer *optimizer;
  ll_node *x, *y;
} training;

static void training_new(const size_t *sizes, size_t layers, size_t batch, training *t) {
  const ll_optimizer_desc *adam;
  const ll_loss_desc *desc;
  ll_node *parameters[2 * MOST];
  ll_random stream = ll_random_stream(1, 0, "init");
  ll_matrix m;
  must(ll_mlp_new(ctx, &(ll_mlp_options){.sizes = sizes, .n_sizes = layers + 1}, &stream, &t->net));
  for (size_t i = 0; i < 2 * layers; i++) parameters[i] = ll_mlp_parameter(t->net, i);
  must(ll_optimizer_find(ctx, "adam", &adam));
  must(ll_optimizer_new(ctx, adam, parameters, 2 * layers, &t->optimizer));
  must(ll_loss_find(ctx, "cross_entropy", &desc));
  must(ll_loss_new(ctx, desc, &t->loss));
  fill(&m, batch, sizes[0]);
  must(ll_node_new(ctx, &m, false, &t->x));
  must(ll_matrix_new(ctx, batch, 1, &m));
  for (size_t i = 0; i < batch; i++) m.data[i] = (ll_real)(i % 2);
  must(ll_node_new(ctx, &m, false, &t->y));
}

static void training_free(training *t) {
  ll_node_release(ctx, t->x), ll_node_release(ctx, t->y);
  ll_optimizer_free(ctx, t->optimizer);
  ll_loss_release(ctx, t->loss);
  ll_mlp_free(ctx, t->net);
}

static void training_step(void *user) {
  training *t = user;
  ll_node *scores, *value;
  must(ll_mlp_forward(ctx, t->net, t->x, &scores));
  must(ll_loss_apply(ctx, t->loss, (ll_node *[]){scores, t->y}, 2, &value));
  must(ll_backward(ctx, value, NULL, false));
  must(ll_optimizer_step(ctx, t->optimizer));
  ll_node_release(ctx, value);
  ll_node_release(ctx, scores);
}

/* ---- timing ------------------------------------------------------------------------------------------------------------------ */

typedef struct work {
  const char *name;
  void (*run)(void *user);
  void *user;
  double least;
} work;

/* In turns, so that both meet the same machine. */
static void time_all(work *works, size_t n) {
  for (size_t i = 0; i < n; i++) works[i].least = 1e9;
  for (int round = 0; round < 60; round++)
    for (size_t i = 0; i < n; i++) {
      int count = 0;
      double start = now(), spent = 0;
      for (; spent < 2e-3; spent = now() - start, count += 10)
        for (int k = 0; k < 10; k++) works[i].run(works[i].user);
      if (spent / count < works[i].least) works[i].least = spent / count;
    }
  for (size_t i = 0; i < n; i++) printf("%s\t%.9g\n", works[i].name, works[i].least);
}

int main(void) {
  static const struct {
    const char *name;
    size_t sizes[4], batch;
  } nets[] = {{"MLP 18-64-32-1, batch 64", {18, 64, 32, 1}, 64},
              {"MLP 30-32-16-1, batch 64", {30, 32, 16, 1}, 64},
              {"MLP 18-64-32-1, batch 256", {18, 64, 32, 1}, 256}};
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
    bound b;
    training t;
    char name[2][100];
    bound_new(nets[i].sizes, 3, nets[i].batch, LL_UNARY_sigmoid, &b);
    training_new(nets[i].sizes, 3, nets[i].batch, &t);
    snprintf(name[0], sizeof name[0], "products and activations of %s", nets[i].name);
    snprintf(name[1], sizeof name[1], "step of %s, from C", nets[i].name);
    work works[] = {{name[0], mlp_bound, &b, 0}, {name[1], training_step, &t, 0}};
    time_all(works, 2);
    bound_free(&b);
    training_free(&t);
  }
  bound critic;
  bound_new((const size_t[]){2, 128, 128, 1}, 3, 256, LL_UNARY_tanh, &critic);
  work works[] = {{"twelve products of a WGAN-GP critic step 2-128-128-1, batch 256", critic_bound, &critic, 0}};
  time_all(works, 1);
  bound_free(&critic);
  ll_ctx_close(ctx);
  return 0;
}
