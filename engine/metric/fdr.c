/* False discoveries by the target-decoy count. One walk up from the lowest score suffices: the rows at or above a threshold are
 * those not passed yet, and the running minimum that makes a q-value of an FDR is taken on the way. */
#include "engine/metric/ranking.h"

/* FDR with `targets` and `decoys` at or above; no targets: nothing can be accepted. */
static inline double rate(double targets, double decoys) { return targets > 0 ? (decoys + 1) / targets : 1; }

ll_status ll_metric_qvalues(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(ll_metric_check(ctx, "qvalues", LL_NEEDS_ANY, scores, labels, NULL));
  size_t n = scores->rows, targets, decoys;
  LL_TRY(ll_metric_classes(ctx, "qvalues", labels, &targets, &decoys));
  ll_matrix sorted = {0};
  ll_status status;
  void *block = NULL;
  double q = 1;
  LL_GOTO(failed, ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  LL_GOTO(failed, ll_matrix_new(ctx, n, 1, out));
  LL_GOTO(failed, ll_matrix_copy(ctx, scores, &sorted)); /* contiguous, for the sort */
  uint32_t *order = block;
  LL_GOTO(failed, ll_argsort(ctx, sorted.data, n, order));
  for (size_t i = 0, end; i < n; i = end) {
    double here = rate((double)targets, (double)decoys);
    if (here < q) q = here;
    for (end = i; end < n && sorted.data[order[end]] == sorted.data[order[i]]; end++) {
      out->data[order[end]] = (ll_real)q;
      if (ll_matrix_row(labels, order[end])[0] == 1) targets--;
      else decoys--;
    }
  }
  ll_matrix_release(ctx, &sorted);
  ll_free(ctx, block);
  return LL_OK;
failed:
  ll_matrix_release(ctx, &sorted);
  ll_matrix_release(ctx, out);
  ll_free(ctx, block);
  return status;
}

/* The targets with q <= level are those at or above the lowest threshold whose FDR is <= level. */
static double targets_at_fdr(const ll_ranking *r, const double *params) {
  double level = params[0], targets = 0, decoys = 0, accepted = 0;
  ll_ranking_step at = ll_ranking_top(r);
  while (ll_ranking_next(r, &at)) {
    targets += at.targets, decoys += at.decoys;
    double here = rate(targets, decoys);
    if ((here < 1 ? here : 1) <= level) accepted = targets; /* q is at most 1 */
  }
  return accepted;
}

static const ll_param params[] = {
    LL_NUMBER("level", 0.01, 0, 1, "the false discovery rate that is allowed"),
};

extern const ll_metric_desc ll_metric_targets_at_fdr;
const ll_metric_desc ll_metric_targets_at_fdr = {
    .name = "targets_at_fdr",
    .summary = "how many targets are identified at a false discovery rate: those with q-value <= level",
    .formula =
        "#{targets: q <= level}, FDR = (decoys + 1) / targets at or above a threshold, q its running minimum from the bottom; takes no "
        "weights, since its + 1 is a count",
    .source = "Levitsky et al. 2017, J. Proteome Res. 16:393; Storey 2003, Ann. Statist. 31:2013",
    .higher_is_better = true,
    .weighted = false,
    .needs = LL_NEEDS_ANY,
    .params = {"targets_at_fdr", params, sizeof params / sizeof *params},
    .ranked = targets_at_fdr,
};
