/* Losses over classes, value and gradients to features and weights: n = 512 rows, K = 1000 classes, d = 128; in turns with the
 * three products of logits and gradients alone. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "losslab/loss.h"

enum { N = 512, K = 1000, D = 128, TRIES = 100 };
enum { EACH = 4 }; /* in turns, so many at a time: the first of them finds the caches full of what the others use */
static ll_ctx *ctx;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* features and weights, or logits; labels last. */
static ll_status inputs_of(const ll_loss_desc *d, ll_matrix *inputs, ll_matrix *grads) {
  ll_random r = ll_random_stream(1, 0, "bench");
  for (size_t i = 0; i < d->n_inputs; i++) {
    bool labels = d->inputs[i].role == LL_INPUT_CLASS;
    size_t rows = d->inputs[i].shape[0] == 'k' ? K : N, cols = labels ? 1 : d->inputs[i].shape[2] == 'k' ? K : D;
    LL_TRY(ll_matrix_new(ctx, rows, cols, &inputs[i]));
    for (size_t j = 0; labels && j < N; j++) inputs[i].data[j] = (ll_real)(1 + ll_random_below(&r, K));
    if (labels) continue;
    ll_matrix_normal(&inputs[i], &r, 0, 1);
    LL_TRY(ll_matrix_new(ctx, rows, cols, &grads[i]));
  }
  return LL_OK;
}

/* Logits, the gradient by the features, that by the weights. */
static double products(const ll_matrix *x, const ll_matrix *w, ll_matrix *by_x, ll_matrix *by_w) {
  static ll_real all[N * K];
  ll_matrix logits = ll_matrix_wrap(all, N, K);
  double start = now();
  ll_matrix_gemm(false, true, 1, x, w, 0, &logits);
  ll_matrix_gemm(false, false, 1, &logits, w, 0, by_x);
  ll_matrix_gemm(true, false, 1, &logits, x, 0, by_w);
  return now() - start;
}

static ll_status bench(const char *name) {
  const ll_loss_desc *d;
  ll_loss *loss;
  ll_matrix inputs[LL_MAX_INPUTS] = {{0}}, grads[LL_MAX_INPUTS] = {{0}};
  double best = 1e9, bound = 1e9;
  LL_TRY(ll_loss_find(ctx, name, &d));
  LL_TRY(ll_loss_new(ctx, d, &loss));
  ll_status status;
  LL_GOTO(end, inputs_of(d, inputs, grads));
  bool angular = d->n_inputs == 3;
  for (int t = 0; t < TRIES; t++) {
    ll_loss_call call = {.inputs = inputs};
    for (size_t i = 0; i + 1 < d->n_inputs; i++) call.grads[i] = &grads[i];
    double start = now();
    LL_GOTO(end, ll_loss_eval(ctx, loss, &call));
    double taken = now() - start;
    if (taken < best) best = taken;
    for (int e = 0; angular && t % EACH == 0 && e < EACH; e++) {
      taken = products(&inputs[0], &inputs[1], &grads[0], &grads[1]);
      if (taken < bound) bound = taken;
    }
  }
  char shown[100];
  snprintf(shown, sizeof shown, "%s, value and gradients, n = %d, K = %d, d = %d", name, N, K, D);
  printf("%s\t%.6g\n", shown, best);
  if (angular) printf("%s: its products alone\t%.6g\n%s: over its products\t%.3g\t×\n", shown, bound, shown, best / bound);
end:
  for (size_t i = 0; i < LL_MAX_INPUTS; i++) ll_matrix_release(ctx, &inputs[i]), ll_matrix_release(ctx, &grads[i]);
  ll_loss_release(ctx, loss);
  return status;
}

int main(void) {
  static const char *const names[] = {"softmax", "multiclass_hinge", "l_softmax", "a_softmax", "arcface"};
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_status status = LL_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names && status == LL_OK; i++) status = bench(names[i]);
  if (status != LL_OK) fprintf(stderr, "%s\n", ll_message(ctx));
  ll_ctx_close(ctx);
  return status != LL_OK;
}
