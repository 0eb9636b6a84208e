/* AUC by counting: with both classes sorted, one merge counts for each target the decoys below it, another the decoys
 * not above it; their sum is twice the number of pairs won, ties half. Counts are integers, so nothing is rounded
 * before the one division. */
#include "engine/metric/ranking.h"

/* The merges advance by arithmetic, not by branches that no predictor could learn; the sentinels at the ends keep both
 * within their arrays, and each takes exactly target_count + decoy_count steps. 2 T D < 2^64 as T + D < 2^32. */
static uint64_t pairs_won_twice(const ll_ranking *r) {
  const ll_key *targets = r->targets, *decoys = r->decoys;
  size_t steps = r->target_count + r->decoy_count;
  size_t i = 0, j = 0, k = 0, l = 0;
  uint64_t won = 0;
  for (size_t s = 0; s < steps; s++) {
    size_t below = decoys[j] < targets[i], not_above = decoys[l] <= targets[k];
    won += j & (below - 1); /* all ones if the target is taken */
    won += l & (not_above - 1);
    j += below, i += 1 - below;
    l += not_above, k += 1 - not_above;
  }
  return won;
}

static double weight_won(const ll_ranking *r) {
  ll_sum won = {0}, above = {0};
  ll_ranking_step at = ll_ranking_top(r);
  while (ll_ranking_next(r, &at)) {
    ll_sum_add(&won, at.decoys * (ll_sum_value(&above) + 0.5 * at.targets));
    ll_sum_add(&above, at.targets);
  }
  return ll_sum_value(&won);
}

static double auc(const ll_ranking *r, const double *params) {
  (void)params;
  double won = r->target_weights ? weight_won(r) : 0.5 * (double)pairs_won_twice(r);
  return won / (r->target_total * r->decoy_total);
}

extern const ll_metric_desc ll_metric_auc;
const ll_metric_desc ll_metric_auc = {
    .name = "auc",
    .summary = "how often a target scores above a decoy: the area under the ROC curve",
    .formula = "P(s_t > s_d) + 1/2 P(s_t = s_d) over all pairs of a target t and a decoy d",
    .source = "Hanley and McNeil 1982, Radiology 143:29",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_ANY,
    .params = {.owner = "auc"},
    .ranked = auc,
};
