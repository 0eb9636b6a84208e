/* Losses over all pairs of a batch, value and gradient: batch_hard_triplet and supervised_contrastive of 1024 rows, in turns with
 * their products alone; lmnn of 5000 with its peak memory beside what the embeddings take. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/matrix/gemm.h"
#include "losslab/losslab.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rows around the centres of ten classes. */
static void fill(ll_random *r, ll_matrix *x, ll_matrix *labels, double spread) {
  enum { CLASSES = 10, MOST = 64 };
  double centres[CLASSES][MOST];
  for (size_t c = 0; c < CLASSES; c++)
    for (size_t j = 0; j < x->cols; j++) centres[c][j] = spread * ll_random_normal(r);
  for (size_t i = 0; i < x->rows; i++) {
    size_t c = i % CLASSES;
    labels->data[i] = (ll_real)(c + 1);
    for (size_t j = 0; j < x->cols; j++) ll_matrix_row(x, i)[j] = (ll_real)(centres[c][j] + ll_random_normal(r));
  }
}

/* The time of a loss's products alone. */
typedef double products(size_t n, size_t d);
enum { MOST_ROWS = 1024, MOST_COLS = 64 };

/* All rows with all rows in float: the pairs that may be the hardest are found by it. */
static double searched(size_t n, size_t d) {
  static float x[MOST_ROWS * MOST_COLS], all[MOST_ROWS * MOST_ROWS];
  const ll_gemm_shape shape = {.tb = true, .m = n, .n = n, .k = d, .lda = d, .ldb = d, .ldc = n, .alpha = 1};
  double start = now();
  ll_gemmf(&shape, x, x, NULL, all);
  return now() - start;
}

/* All pairs once, and the gradient's product, in double. */
static double each_pair_once(size_t n, size_t d) {
  static double x[MOST_ROWS * MOST_COLS], all[MOST_ROWS * MOST_ROWS], g[MOST_ROWS * MOST_COLS];
  const ll_gemm_shape pairs = {.tb = true, .m = n, .n = n, .k = d, .lda = d, .ldb = d, .ldc = n, .alpha = 1};
  const ll_gemm_shape pull = {.m = n, .n = d, .k = n, .lda = n, .ldb = d, .ldc = d, .alpha = 1};
  double start = now();
  ll_gemmd(&pairs, x, x, NULL, all);
  double both = now() - start;
  start = now();
  ll_gemmd(&pull, all, x, NULL, g);
  return both / 2 + (now() - start);
}

/* alone [opt]: the products. */
static ll_status bench(ll_ctx *ctx, const char *name, size_t n, size_t d, double spread, int tries, const char *shown,
                       products *alone) {
  ll_matrix x = {0}, labels = {0}, g = {0};
  const ll_loss_desc *desc;
  ll_loss *loss = NULL;
  double best = 1e9, bound = 1e9;
  ll_status status;
  ll_random r = ll_random_stream(1, 0, name);
  LL_GOTO(end, ll_loss_find(ctx, name, &desc));
  LL_GOTO(end, ll_loss_new(ctx, desc, &loss));
  LL_GOTO(end, ll_matrix_new(ctx, n, d, &x));
  LL_GOTO(end, ll_matrix_new(ctx, n, d, &g));
  LL_GOTO(end, ll_matrix_new(ctx, n, 1, &labels));
  fill(&r, &x, &labels, spread);
  const ll_matrix inputs[3] = {x, labels, {0}};
  enum { EACH = 4 }; /* in turns, so many at a time: the first of them finds the caches full of what the others use */
  for (int k = 0; k < tries; k++) {
    ll_loss_call call = {.inputs = inputs, .grads = {&g}};
    double start = now();
    LL_GOTO(end, ll_loss_eval(ctx, loss, &call));
    double taken = now() - start;
    if (taken < best) best = taken;
    for (int e = 0; alone && k % EACH == 0 && e < EACH; e++) {
      taken = alone(n, d);
      if (taken < bound) bound = taken;
    }
  }
  printf("%s\t%.6g\n", shown, best);
  if (alone) printf("%s: its products alone\t%.6g\n%s: over its products\t%.3g\t×\n", shown, bound, shown, best / bound);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  fprintf(stderr, "%s: %.1f MB held by the engine, peak of the process %.1f MB; the embeddings are %.1f MB\n", shown,
          (double)ll_memory_used(ctx) / 1e6, (double)usage.ru_maxrss / 1e3, (double)(n * d * sizeof(ll_real)) / 1e6);
end:
  ll_loss_release(ctx, loss);
  ll_matrix_release(ctx, &x), ll_matrix_release(ctx, &g), ll_matrix_release(ctx, &labels);
  return status;
}

int main(void) {
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_status status = bench(ctx, "batch_hard_triplet", 1024, 64, 1, 100, "batch_hard_triplet, n = 1024, d = 64", searched);
  if (status == LL_OK) status = bench(ctx, "lmnn", 5000, 50, 0.3, 3, "lmnn, n = 5000, d = 50, k = 3, many impostors", NULL);
  if (status == LL_OK) status = bench(ctx, "lmnn", 5000, 50, 2, 3, "lmnn, n = 5000, d = 50, k = 3, few impostors", NULL);
  if (status == LL_OK)
    status = bench(ctx, "supervised_contrastive", 1024, 64, 1, 100, "supervised_contrastive, n = 1024, d = 64", each_pair_once);
  if (status != LL_OK) fprintf(stderr, "%s\n", ll_message(ctx));
  ll_ctx_close(ctx);
  return status != LL_OK;
}
