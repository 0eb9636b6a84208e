/* The part of the ROC curve's area where few decoys pass, rescaled so that chance is 0.5 and perfection 1. The walk stops at
 * max_fpr, on a straight line between the two corners around it. */
#include "engine/metric/ranking.h"

static double partial_auc(const ll_ranking *r, const double *params) {
  double max_fpr = params[0], end = max_fpr * r->decoy_total; /* decoys that may pass */
  ll_sum area = {0}, targets = {0}, decoys = {0};
  ll_ranking_step at = ll_ranking_top(r);
  while (ll_sum_value(&decoys) < end && ll_ranking_next(r, &at)) {
    double left = end - ll_sum_value(&decoys), share = at.decoys > left ? left / at.decoys : 1;
    ll_sum_add(&area, share * at.decoys * (ll_sum_value(&targets) + 0.5 * share * at.targets));
    ll_sum_add(&targets, at.targets);
    ll_sum_add(&decoys, at.decoys);
  }
  double partial = ll_sum_value(&area) / (r->target_total * r->decoy_total);
  double least = 0.5 * max_fpr * max_fpr; /* of a random order; the most is max_fpr */
  return 0.5 * (1 + (partial - least) / (max_fpr - least));
}

static const ll_param params[] = {
    {.name = "max_fpr",
     .kind = LL_PARAM_NUMBER,
     .value = 0.1,
     .low = 0,
     .low_open = true,
     .high = 1,
     .doc = "the area up to this false positive rate counts; 1: plain auc"},
};

extern const ll_metric_desc ll_metric_partial_auc;
const ll_metric_desc ll_metric_partial_auc = {
    .name = "partial_auc",
    .summary = "the ROC curve's area at false positive rates up to max_fpr, standardised: 0.5 is chance, 1 perfect",
    .formula = "1/2 (1 + (A - m^2/2) / (m - m^2/2)), A = area under the ROC curve over [0, m], m = max_fpr",
    .source = "McClish 1989, Medical Decision Making 9:190; as scikit-learn's roc_auc_score(max_fpr)",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_ANY,
    .params = {"partial_auc", params, sizeof params / sizeof *params},
    .ranked = partial_auc,
};
