/* Average precision as steps, one for each distinct score. Straight lines between the points would give too large an area. */
#include "engine/metric/ranking.h"

static double average_precision(const ll_ranking *r, const double *params) {
  (void)params;
  ll_sum sum = {0}, targets = {0}, decoys = {0};
  ll_ranking_step at = ll_ranking_top(r);
  while (ll_ranking_next(r, &at)) {
    ll_sum_add(&targets, at.targets);
    ll_sum_add(&decoys, at.decoys);
    if (at.targets > 0) ll_sum_add(&sum, at.targets * ll_sum_value(&targets) / (ll_sum_value(&targets) + ll_sum_value(&decoys)));
  }
  return ll_sum_value(&sum) / r->target_total;
}

extern const ll_metric_desc ll_metric_average_precision;
const ll_metric_desc ll_metric_average_precision = {
    .name = "average_precision",
    .summary = "the precision-recall curve's area by steps: for rare targets",
    .formula = "sum over distinct thresholds k of (R_k - R_(k-1)) P_k, R recall, P precision at or above the threshold",
    .source = "scikit-learn's average_precision_score; Su, Yuan and Zhu 2015, ICTIR",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_ANY,
    .params = {.owner = "average_precision"},
    .ranked = average_precision,
};
