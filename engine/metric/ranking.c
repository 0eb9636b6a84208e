/* Splitting by class, then sorting each class's bare scores: what moves in the sort is the key alone, half of what a
 * record with its row would be, and a walk over both sorted arrays reads memory in order. */
#include "engine/metric/ranking.h"

#include <math.h>
#include <string.h>

/* Sorts one class by score and takes its weights along. spare: room for n reals and n doubles. */
static ll_status sort_weighted(ll_ctx *ctx, ll_real *scores, double *weights, size_t n, uint32_t *order, ll_real *spare_scores,
                               double *spare_weights) {
  LL_TRY(ll_argsort(ctx, scores, n, order));
  for (size_t i = 0; i < n; i++) spare_scores[i] = scores[order[i]], spare_weights[i] = weights[order[i]];
  memcpy(scores, spare_scores, n * sizeof *scores);
  memcpy(weights, spare_weights, n * sizeof *weights);
  return LL_OK;
}

static ll_status attach_weights(ll_ctx *ctx, ll_ranking *r, double *room, const ll_matrix *labels, const ll_matrix *weights) {
  size_t n = labels->rows, t = r->target_count, d = r->decoy_count, i = 0, j = 0;
  size_t most = t > d ? t : d;
  ll_sum target_sum = {0}, decoy_sum = {0};
  r->target_weights = room, r->decoy_weights = room + t;
  for (size_t row = 0; row < n; row++) {
    double w = (double)ll_matrix_row(weights, row)[0];
    if (ll_matrix_row(labels, row)[0] == 1) r->target_weights[i++] = w, ll_sum_add(&target_sum, w);
    else r->decoy_weights[j++] = w, ll_sum_add(&decoy_sum, w);
  }
  r->target_total = ll_sum_value(&target_sum), r->decoy_total = ll_sum_value(&decoy_sum);
  void *spare;
  LL_TRY(ll_alloc(ctx, &spare, most * (sizeof(double) + sizeof(ll_real) + sizeof(uint32_t))));
  double *spare_weights = spare;
  ll_real *spare_scores = (ll_real *)(spare_weights + most);
  uint32_t *order = (uint32_t *)(spare_scores + most);
  ll_status status;
  LL_GOTO(cleanup, sort_weighted(ctx, r->targets, r->target_weights, t, order, spare_scores, spare_weights));
  LL_GOTO(cleanup, sort_weighted(ctx, r->decoys, r->decoy_weights, d, order, spare_scores, spare_weights));
cleanup:
  ll_free(ctx, spare);
  return status;
}

/* Every row is written to both sides and counted on one: no branch on the label. The cell after a side's last takes the
 * writes that do not count, so the sentinels are set afterwards. */
static void split(const ll_matrix *scores, const ll_matrix *labels, ll_real *targets, ll_real *decoys) {
  const ll_real *x = scores->data, *y = labels->data;
  size_t n = scores->rows, x_stride = scores->stride, y_stride = labels->stride, i = 0, j = 0;
  for (size_t row = 0; row < n; row++) {
    size_t target = y[row * y_stride] == 1;
    ll_real score = x[row * x_stride];
    targets[i] = score, decoys[j] = score;
    i += target, j += 1 - target;
  }
  targets[i] = decoys[j] = (ll_real)INFINITY;
}

ll_status ll_metric_classes(ll_ctx *ctx, const char *who, const ll_matrix *labels, size_t *targets, size_t *decoys) {
  size_t n = labels->rows, stride = labels->stride, count = 0;
  const ll_real *y = labels->data;
  if (stride == 1) /* the usual case, for the vectoriser */
    for (size_t i = 0; i < n; i++) count += y[i] == 1;
  else
    for (size_t i = 0; i < n; i++) count += y[i * stride] == 1;
  *targets = count, *decoys = n - count;
  if (count > 0 && count < n) return LL_OK;
  return ll_fail(ctx, LL_ERR_LABEL, "%s needs both classes, but all %zu labels are %s", who, n,
                 count       ? "1: there are no decoys (negatives)"
                 : y[0] == 0 ? "0: there are no targets (positives)"
                             : "-1: there are no targets (positives)");
}

ll_status ll_ranking_open(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          ll_ranking *out) {
  size_t n = labels->rows, t, d;
  ll_status status;
  *out = (ll_ranking){0};
  LL_TRY(ll_metric_classes(ctx, who, labels, &t, &d));
  *out = (ll_ranking){.target_count = t, .decoy_count = d, .target_total = (double)t, .decoy_total = (double)d};
  /* doubles first: every part keeps its alignment */
  size_t doubles = weights ? n * sizeof(double) : 0;
  LL_TRY(ll_alloc(ctx, &out->block, doubles + (n + 2) * sizeof(ll_real)));
  out->targets = (ll_real *)((unsigned char *)out->block + doubles);
  out->decoys = out->targets + t + 1;
  split(scores, labels, out->targets, out->decoys);
  if (weights) {
    LL_GOTO(failed, attach_weights(ctx, out, out->block, labels, weights));
    if (!(out->target_total > 0) || !(out->decoy_total > 0)) {
      status = ll_fail(ctx, LL_ERR_LABEL, "%s needs both classes, but the weights of all %zu %s are 0", who,
                       out->target_total > 0 ? d : t, out->target_total > 0 ? "decoys (negatives)" : "targets (positives)");
      goto failed;
    }
    return LL_OK;
  }
  LL_GOTO(failed, ll_sort(ctx, out->targets, t));
  LL_GOTO(failed, ll_sort(ctx, out->decoys, d));
  return LL_OK;
failed:
  ll_ranking_close(ctx, out);
  return status;
}

void ll_ranking_close(ll_ctx *ctx, ll_ranking *ranking) {
  ll_free(ctx, ranking->block);
  *ranking = (ll_ranking){0};
}
