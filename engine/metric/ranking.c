/* Splitting by class, then sorting each class's bare keys: what moves in the sort is half of what a record with its row
 * would be, and a walk over both sorted arrays reads memory in order. */
#include "engine/metric/ranking.h"

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

/* Every row is written to both sides and counted on one: no branch on the label. The cell after a side's last takes the
 * writes that do not count. */
static void split(const ll_matrix *scores, const ll_matrix *labels, ll_key *targets, ll_key *decoys) {
  const ll_real *x = scores->data, *y = labels->data;
  size_t n = scores->rows, x_stride = scores->stride, y_stride = labels->stride, i = 0, j = 0;
  for (size_t row = 0; row < n; row++) {
    size_t target = y[row * y_stride] == 1;
    ll_key score = ll_key_of(x[row * x_stride]);
    targets[i] = score, decoys[j] = score;
    i += target, j += 1 - target;
  }
}

/* The larger class is sorted first, between its own place and the spare one; whichever of the two is left then serves the
 * smaller class. */
static ll_status sort_plain(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, ll_ranking *r) {
  bool more_targets = r->target_count > r->decoy_count;
  size_t large = more_targets ? r->target_count : r->decoy_count, small = labels->rows - large;
  LL_TRY(ll_buffer_get(ctx, 2 * (large + 1) + small + 1 + LL_SORT_COUNTS, &r->block)); /* a count takes no more than a number */
  ll_key *first = (ll_key *)(void *)r->block->data, *spare = first + large + 1, *second = spare + large + 1;
  uint32_t *counts = (uint32_t *)(second + small + 1);
  split(scores, labels, more_targets ? first : second, more_targets ? second : first);
  ll_key *larger = ll_sort_keys(first, spare, large, counts);
  ll_key *smaller = ll_sort_keys(second, larger == first ? spare : first, small, counts);
  larger[large] = smaller[small] = ~(ll_key)0;
  r->targets = more_targets ? larger : smaller, r->decoys = more_targets ? smaller : larger;
  return LL_OK;
}

/* Sorts the rows of one class with their weights into keys[n + 1] and sorted_weights[n]; returns the sum of the weights. */
static double sort_class(const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, bool target,
                         ll_record *records, uint32_t *counts, ll_key *keys, double *sorted_weights) {
  size_t n = 0;
  for (size_t row = 0; row < labels->rows; row++)
    if ((ll_matrix_row(labels, row)[0] == 1) == target) records[n++] = ll_record_make(ll_matrix_row(scores, row)[0], row);
  const ll_record *sorted = ll_sort_records(records, records + n, n, counts);
  ll_sum sum = {0};
  for (size_t i = 0; i < n; i++) {
    keys[i] = ll_record_key(&sorted[i]);
    sorted_weights[i] = (double)ll_matrix_row(weights, ll_record_row(&sorted[i]))[0];
    ll_sum_add(&sum, sorted_weights[i]);
  }
  keys[n] = ~(ll_key)0;
  return ll_sum_value(&sum);
}

static ll_status sort_weighted(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                               ll_ranking *r) {
  size_t n = labels->rows, t = r->target_count, most = t > n - t ? t : n - t;
  void *room;
  double *target_weights;
  LL_TRY(ll_buffer_scratch(ctx, n + (n + 2), &r->block, &target_weights));
  LL_TRY(ll_alloc(ctx, &room, 2 * most * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t)));
  double *decoy_weights = target_weights + t;
  ll_key *targets = (ll_key *)(target_weights + n), *decoys = targets + t + 1;
  ll_record *records = room;
  uint32_t *counts = (uint32_t *)(records + 2 * most);
  r->target_total = sort_class(scores, labels, weights, true, records, counts, targets, target_weights);
  r->decoy_total = sort_class(scores, labels, weights, false, records, counts, decoys, decoy_weights);
  r->targets = targets, r->decoys = decoys, r->target_weights = target_weights, r->decoy_weights = decoy_weights;
  ll_free(ctx, room);
  return LL_OK;
}

ll_status ll_ranking_open(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          ll_ranking *out) {
  size_t t, d;
  *out = (ll_ranking){0};
  LL_TRY(ll_metric_classes(ctx, who, labels, &t, &d));
  *out = (ll_ranking){.target_count = t, .decoy_count = d, .target_total = (double)t, .decoy_total = (double)d};
  ll_status status = weights ? sort_weighted(ctx, scores, labels, weights, out) : sort_plain(ctx, scores, labels, out);
  if (status == LL_OK && !(out->target_total > 0 && out->decoy_total > 0))
    status = ll_fail(ctx, LL_ERR_LABEL, "%s needs both classes, but the weights of all %zu %s are 0", who,
                     out->target_total > 0 ? d : t, out->target_total > 0 ? "decoys (negatives)" : "targets (positives)");
  if (status != LL_OK) ll_ranking_close(ctx, out);
  return status;
}

void ll_ranking_close(ll_ctx *ctx, ll_ranking *ranking) {
  ll_buffer_put(ctx, ranking->block);
  *ranking = (ll_ranking){0};
}
