/* The losses by themselves, value and gradient: pointwise ones at a batch of 256, adaptive_rank over histories of three lengths and
 * the update of its history beside a bare sort, all pairs beside a bare sort. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "losslab/loss.h"

static ll_ctx *ctx;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct batch {
  ll_matrix inputs[2], grads;
} batch;

static void batch_free(batch *b) {
  for (int i = 0; i < 2; i++) ll_matrix_release(ctx, &b->inputs[i]);
  ll_matrix_release(ctx, &b->grads);
}

static ll_status batch_new(size_t n, batch *out) {
  *out = (batch){0};
  ll_random r = ll_random_stream(1, n, "bench");
  ll_status status = LL_OK;
  for (int i = 0; i < 2; i++) LL_GOTO(fail, ll_matrix_new(ctx, n, 1, &out->inputs[i]));
  LL_GOTO(fail, ll_matrix_new(ctx, n, 1, &out->grads));
  for (size_t i = 0; i < n; i++) {
    out->inputs[1].data[i] = (ll_real)ll_random_below(&r, 2);
    out->inputs[0].data[i] = (ll_real)(0.9 * ll_random_uniform(&r) + 0.1 * (double)out->inputs[1].data[i]);
  }
  return LL_OK;
fail:
  batch_free(out);
  return status;
}

/* [out] seconds an evaluation, the least of `tries` means over `count`. */
static ll_status time_eval(ll_loss *loss, const batch *b, int tries, int count, double *out) {
  *out = 1e9;
  for (int k = 0; k < tries; k++) {
    double start = now();
    for (int i = 0; i < count; i++) {
      ll_matrix grads = b->grads;
      ll_loss_call call = {.inputs = b->inputs, .grads = {&grads}};
      LL_TRY(ll_loss_eval(ctx, loss, &call));
    }
    double each = (now() - start) / count;
    if (each < *out) *out = each;
  }
  return LL_OK;
}

static ll_status open_loss(const char *name, ll_loss **out) {
  const ll_loss_desc *d;
  *out = NULL;
  LL_TRY(ll_loss_find(ctx, name, &d));
  LL_TRY(ll_loss_new(ctx, d, out));
  return LL_OK;
}

static ll_status time_sort(const batch *b, double *out) {
  ll_matrix copy;
  LL_TRY(ll_matrix_copy(ctx, &b->inputs[0], &copy));
  *out = 1e9;
  for (int k = 0; k < 3; k++) {
    ll_matrix_assign(&copy, &b->inputs[0]);
    double start = now();
    ll_status status = ll_sort(ctx, copy.data, copy.rows);
    double each = now() - start;
    if (each < *out) *out = each;
    if (status != LL_OK) {
      ll_matrix_release(ctx, &copy);
      return status;
    }
  }
  ll_matrix_release(ctx, &copy);
  return LL_OK;
}

static ll_status plain(const char *name, size_t rows, int tries, int count) {
  batch b;
  ll_loss *loss = NULL;
  double seconds;
  LL_TRY(batch_new(rows, &b));
  ll_status status;
  LL_GOTO(end, open_loss(name, &loss));
  LL_GOTO(end, time_eval(loss, &b, tries, count, &seconds));
  printf("%s, value and gradient, n = %zu\t%.6g\n", name, rows, seconds);
end:
  ll_loss_release(ctx, loss);
  batch_free(&b);
  return status;
}

static ll_status sorting(size_t rows) {
  batch b;
  double seconds;
  LL_TRY(batch_new(rows, &b));
  ll_status status = time_sort(&b, &seconds);
  if (status == LL_OK) printf("sort of as many scores, n = %zu\t%.6g\n", rows, seconds);
  batch_free(&b);
  return status;
}

static ll_status adaptive_rank(size_t rows) {
  batch history, b;
  ll_loss *loss = NULL;
  double seconds, update = 1e9;
  LL_TRY(batch_new(rows, &history));
  ll_status status = batch_new(256, &b);
  if (status != LL_OK) goto no_batch;
  LL_GOTO(end, open_loss("adaptive_rank", &loss));
  for (int k = 0; k < 3; k++) {
    double start = now();
    LL_GOTO(end, ll_loss_history(ctx, loss, history.inputs));
    double each = now() - start;
    if (each < update) update = each;
  }
  LL_GOTO(end, time_eval(loss, &b, 3, 2000, &seconds));
  printf("adaptive_rank alone, batch 256, history %zu\t%.6g\n", rows, seconds);
  printf("its history update, %zu rows\t%.6g\n", rows, update);
end:
  ll_loss_release(ctx, loss);
  batch_free(&b);
no_batch:
  batch_free(&history);
  return status;
}

static ll_status all(void) {
  static const char *const quick[] = {"square",      "hinge",      "smooth_hinge",       "logistic",         "cross_entropy",
                                      "exponential", "pair_hinge", "pair_squared_hinge", "pair_exponential", "pair_logistic"};
  for (size_t i = 0; i < sizeof quick / sizeof *quick; i++) LL_TRY(plain(quick[i], 256, 3, 2000));
  for (size_t rows = 20000; rows <= 2000000; rows *= 10) {
    LL_TRY(adaptive_rank(rows));
    LL_TRY(sorting(rows));
  }
  for (size_t rows = 100000; rows <= 10000000; rows *= 10) {
    LL_TRY(plain("pair_squared_hinge", rows, 3, 1));
    LL_TRY(sorting(rows));
  }
  return LL_OK;
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_status status = all();
  if (status != LL_OK) fprintf(stderr, "%s\n", ll_message(ctx));
  ll_ctx_close(ctx);
  return status != LL_OK;
}
