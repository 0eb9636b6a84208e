/* What it would bring to train networks of one shape side by side, on the batches that they share: the first layers' products as
 * one wide one, activations and Adam over all of them in one call, the products of further layers one by one. Beside it the same
 * networks one after the other. Steps without a loss, which is each network's own either way. Least of the blocks' means. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/matrix/gemm.h"
#include "engine/matrix/kernels.h"
#include "engine/optim/optim.h"
#include "losslab/losslab.h"

LL_ISA_DECLARE(ll_updates, ll_updates);

enum { NETS = 11, LAYERS = 3 };
typedef struct nets {
  size_t batch, sizes[LAYERS + 1], weights; /* weights: of one network */
  ll_real *x, *w, *dw, *s0, *s1;            /* slabs: of all networks, layer by layer */
  ll_real *h[LAYERS], *g[LAYERS];           /* batch × (networks × outputs) side by side, else network by network */
} nets;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static ll_real *room(size_t n) {
  ll_real *block = aligned_alloc(64, (n * sizeof(ll_real) + 63) / 64 * 64);
  if (!block) exit(1);
  for (size_t i = 0; i < n; i++) block[i] = (ll_real)((double)(i * 7919 % 1000) / 1000 - 0.5);
  return block;
}

static void nets_new(nets *n) {
  n->x = room(n->batch * n->sizes[0]);
  n->weights = 0;
  for (size_t l = 0; l < LAYERS; l++) {
    n->weights += n->sizes[l] * n->sizes[l + 1];
    n->h[l] = room(n->batch * NETS * n->sizes[l + 1]), n->g[l] = room(n->batch * NETS * n->sizes[l + 1]);
  }
  n->w = room(NETS * n->weights), n->dw = room(NETS * n->weights), n->s0 = room(NETS * n->weights), n->s1 = room(NETS * n->weights);
  for (size_t i = 0; i < NETS * n->weights; i++) n->s0[i] = n->s1[i] = 0;
}

static void nets_free(nets *n) {
  free(n->x), free(n->w), free(n->dw), free(n->s0), free(n->s1);
  for (size_t l = 0; l < LAYERS; l++) free(n->h[l]), free(n->g[l]);
}

static const double constants[LL_MAX_CONSTANTS] = {0, -1e-3, 0.9, 0.1, 0.999, 0.001, 1e-8};

static void product(bool ta, bool tb, size_t m, size_t k, size_t columns, const ll_real *a, size_t lda, const ll_real *b,
                    size_t ldb, ll_real *c, size_t ldc) {
  ll_gemm_real(&(ll_gemm_shape){ta, tb, m, columns, k, lda, ldb, ldc, 1, 0}, a, b, NULL, c);
}

/* `count` networks whose outputs of a layer stand beside each other, their weights of a layer below each other. */
static void step(const nets *n, size_t net, size_t count, size_t of) {
  const ll_kernels *k = ll_kernels_get();
  size_t b = n->batch, place[LAYERS], at = 0;
  for (size_t l = 0; l < LAYERS; at += of * n->sizes[l] * n->sizes[l + 1], l++) place[l] = at;
  const ll_real *w = n->w + net * n->weights;
  ll_real *dw = n->dw + net * n->weights, *h[LAYERS], *g[LAYERS];
  for (size_t l = 0; l < LAYERS; l++) {
    size_t in = n->sizes[l], out = n->sizes[l + 1], all = count * out;
    h[l] = n->h[l] + net * b * out, g[l] = n->g[l] + net * b * out;
    if (l == 0) product(false, true, b, in, all, n->x, in, w, in, h[0], all);
    for (size_t i = 0; l && i < count; i++)
      product(false, true, b, in, out, h[l - 1] + i * in, count * in, w + place[l] + i * in * out, in, h[l] + i * out, all);
    if (l + 1 < LAYERS) k->unary[LL_UNARY_sigmoid](h[l], h[l], b * all);
  }
  for (size_t l = LAYERS; l-- > 0;) {
    size_t in = n->sizes[l], out = n->sizes[l + 1], all = count * out;
    if (l + 1 < LAYERS) k->unary1[LL_UNARY_sigmoid](h[l], h[l], g[l], g[l], b * all);
    if (l == 0) product(true, false, all, b, in, g[0], all, n->x, in, dw, in);
    for (size_t i = 0; l && i < count; i++) {
      product(true, false, out, b, in, g[l] + i * out, all, h[l - 1] + i * in, count * in, dw + place[l] + i * in * out, in);
      product(false, false, b, out, in, g[l] + i * out, all, w + place[l] + i * in * out, in, g[l - 1] + i * in, count * in);
    }
  }
  const ll_updates *updates = LL_ISA_PICK(ll_updates);
  updates->loop[LL_UPDATE_adam](n->w + net * n->weights, dw, n->s0 + net * n->weights, n->s1 + net * n->weights, count * n->weights,
                                constants);
}

static void one_by_one(const nets *n) {
  for (size_t i = 0; i < NETS; i++) step(n, i, 1, 1);
}

static void side_by_side(const nets *n) { step(n, 0, NETS, NETS); }

int main(void) {
  static const nets shapes[] = {{.batch = 64, .sizes = {30, 32, 16, 1}},
                                {.batch = 64, .sizes = {18, 64, 32, 1}},
                                {.batch = 32, .sizes = {8, 16, 8, 1}},
                                {.batch = 256, .sizes = {18, 64, 32, 1}}};
  void (*const ways[])(const nets *) = {one_by_one, side_by_side};
  static const char *const names[] = {"one by one", "side by side"};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    nets n = shapes[s];
    double least[2] = {1e9, 1e9};
    nets_new(&n);
    for (int round = 0; round < 60; round++)
      for (int way = 0; way < 2; way++) {
        int count = 0;
        double start = now(), spent = 0;
        for (; spent < 2e-3; spent = now() - start, count++) ways[way](&n);
        if (spent / count < least[way]) least[way] = spent / count;
      }
    for (int way = 0; way < 2; way++)
      printf("step of %d networks %zu-%zu-%zu-1, batch %zu, %s\t%.9g\n", NETS, n.sizes[0], n.sizes[1], n.sizes[2], n.batch,
             names[way], least[way]);
    printf("one by one against side by side, %zu-%zu-%zu-1, batch %zu\t%.9g\ttimes\n", n.sizes[0], n.sizes[1], n.sizes[2], n.batch,
           least[0] / least[1]);
    nets_free(&n);
  }
  return 0;
}
