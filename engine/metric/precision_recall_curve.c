/* The precision-recall curve's points: one for each distinct score. The curve between two of them is no straight line, so that
 * points are left out only where a figure needs no more. */
#include <math.h>

#include "engine/metric/ranking.h"

/* Writes the points into out (NULL: counts only) and returns their number. near: the least step in either. */
static size_t walk(const ll_ranking *r, double near, ll_matrix *out) {
  size_t count = 0;
  ll_sum targets = {0}, decoys = {0};
  double kept_recall = 0, kept_precision = 1, recall = 0, precision = 1, threshold = INFINITY;
  ll_ranking_step at = ll_ranking_top(r);
  for (bool more = true, first = true; more; first = false) {
    if (!first) {
      ll_sum_add(&targets, at.targets);
      ll_sum_add(&decoys, at.decoys);
      double above = ll_sum_value(&targets) + ll_sum_value(&decoys);
      recall = ll_sum_value(&targets) / r->target_total;
      precision = above > 0 ? ll_sum_value(&targets) / above : 1;
      threshold = (double)ll_value_of(at.score);
    }
    more = ll_ranking_next(r, &at);
    if (more && !first && fabs(recall - kept_recall) < near && fabs(precision - kept_precision) < near) continue;
    kept_recall = recall, kept_precision = precision;
    if (out) {
      ll_real *row = ll_matrix_row(out, count);
      row[0] = more ? (ll_real)recall : 1; /* sums of weights may end a rounding away from the total */
      row[1] = (ll_real)precision;
      row[2] = (ll_real)threshold;
    }
    count++;
  }
  return count;
}

ll_status ll_metric_precision_recall(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                     size_t points, ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(ll_metric_check(ctx, "precision_recall", LL_NEEDS_ANY, scores, labels, weights));
  ll_ranking r;
  LL_TRY(ll_ranking_open(ctx, "precision_recall", scores, labels, weights, &r));
  double near = points ? 1.0 / (double)points : 0;
  ll_status status = ll_matrix_new(ctx, walk(&r, near, NULL), 3, out);
  if (status == LL_OK) walk(&r, near, out);
  ll_ranking_close(ctx, &r);
  return status;
}
