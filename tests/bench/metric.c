/* The AUC of ten million scores with ties: split, sort, merge; beside it the sort of as many bare scores. */
#include <time.h>

#include "losslab/metric.h"

#include <stdio.h>
#include <string.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
  enum { N = 10000000, TRIES = 3 };
  ll_ctx *ctx;
  ll_matrix scores = {0}, labels = {0}, copy = {0};
  const ll_metric_desc *auc;
  double best_auc = 1e9, best_sort = 1e9, value = 0;
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_status status = ll_metric_find(ctx, "auc", &auc);
  if (status == LL_OK) status = ll_matrix_new(ctx, N, 1, &scores);
  if (status == LL_OK) status = ll_matrix_new(ctx, N, 1, &labels);
  if (status == LL_OK) status = ll_matrix_new(ctx, N, 1, &copy);
  ll_random r = ll_random_stream(1, 0, "bench");
  for (size_t i = 0; status == LL_OK && i < N; i++) { /* sixteen bits of fraction: about 150 rows a score */
    labels.data[i] = (ll_real)ll_random_below(&r, 2);
    double u = ll_random_uniform(&r) + ll_random_uniform(&r) + 0.5 * (double)labels.data[i];
    scores.data[i] = (ll_real)((double)(int)(u * 32768) / 32768);
  }
  for (int k = 0; status == LL_OK && k < TRIES; k++) {
    double start = now();
    status = ll_metric_eval(ctx, auc, &scores, &labels, NULL, NULL, &value);
    double middle = now();
    if (middle - start < best_auc) best_auc = middle - start;
    memcpy(copy.data, scores.data, N * sizeof(ll_real));
    middle = now();
    if (status == LL_OK) status = ll_sort(ctx, copy.data, N);
    double end = now();
    if (end - middle < best_sort) best_sort = end - middle;
  }
  if (status != LL_OK) fprintf(stderr, "%s\n", ll_message(ctx));
  else printf("AUC, 10^7 scores with ties\t%.6g\nsort of 10^7 scores\t%.6g\n", best_auc, best_sort);
  ll_matrix_release(ctx, &scores);
  ll_matrix_release(ctx, &labels);
  ll_matrix_release(ctx, &copy);
  ll_ctx_close(ctx);
  return status != LL_OK;
}
