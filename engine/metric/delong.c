/* DeLong's variance without its T x D table: a sort gives every row its placement (the share of the other class on its
 * wrong side), and variance and covariance are those of the placements. */
#include <math.h>

#include "engine/metric/ranking.h"
#include "losslab/distributions.h"

typedef struct classes {
  size_t targets, decoys;
} classes;

/* placement[row]: for a target the share of decoys below it, for a decoy the share of targets above it, ties half; so the
 * mean over either class is the AUC. order, sorted: room for n. */
static ll_status placements(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, classes count, uint32_t *order,
                            ll_real *values, double *placement) {
  size_t n = scores->rows;
  for (size_t i = 0; i < n; i++) values[i] = ll_matrix_row(scores, i)[0];
  LL_TRY(ll_argsort(ctx, values, n, order));
  size_t targets_below = 0, decoys_below = 0;
  for (size_t i = 0, end; i < n; i = end) {
    size_t tied_targets = 0;
    for (end = i; end < n && values[order[end]] == values[order[i]]; end++)
      tied_targets += ll_matrix_row(labels, order[end])[0] == 1;
    size_t tied_decoys = end - i - tied_targets, targets_above = count.targets - targets_below - tied_targets;
    double of_target = ((double)decoys_below + 0.5 * (double)tied_decoys) / (double)count.decoys;
    double of_decoy = ((double)targets_above + 0.5 * (double)tied_targets) / (double)count.targets;
    for (size_t k = i; k < end; k++) placement[order[k]] = ll_matrix_row(labels, order[k])[0] == 1 ? of_target : of_decoy;
    targets_below += tied_targets, decoys_below += tied_decoys;
  }
  return LL_OK;
}

static double mean_of_targets(const double *v, const ll_matrix *labels, classes count) {
  ll_sum sum = {0};
  for (size_t i = 0; i < labels->rows; i++)
    if (ll_matrix_row(labels, i)[0] == 1) ll_sum_add(&sum, v[i]);
  return ll_sum_value(&sum) / (double)count.targets;
}

/* cov(V10)/T + cov(V01)/D; with a twice the same it is the variance. */
static double covariance(const double *a, const double *b, double mean_a, double mean_b, const ll_matrix *labels, classes count) {
  ll_sum targets = {0}, decoys = {0};
  for (size_t i = 0; i < labels->rows; i++)
    ll_sum_add(ll_matrix_row(labels, i)[0] == 1 ? &targets : &decoys, (a[i] - mean_a) * (b[i] - mean_b));
  double t = (double)count.targets, d = (double)count.decoys;
  return ll_sum_value(&targets) / ((t - 1) * t) + ll_sum_value(&decoys) / ((d - 1) * d);
}

/* z with P(|Z| > z) = 1 - level, by the tail below -z, which keeps the digits of a level near 1. */
static double two_sided(double level) { return -ll_normal_quantile((1 - level) / 2); }

static ll_status check(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, double level,
                       classes *count) {
  LL_TRY(ll_metric_check(ctx, who, LL_NEEDS_ANY, scores, labels, NULL));
  if (!(level > 0 && level < 1)) return ll_fail(ctx, LL_ERR_RANGE, "%s: level must be in (0, 1), not %g", who, level);
  *count = (classes){0};
  for (size_t i = 0; i < labels->rows; i++) count->targets += ll_matrix_row(labels, i)[0] == 1;
  count->decoys = labels->rows - count->targets;
  if (count->targets < 2 || count->decoys < 2)
    return ll_fail(ctx, LL_ERR_LABEL,
                   "%s needs at least two rows of each class for a variance, but there are %zu targets and %zu decoys", who,
                   count->targets, count->decoys);
  return LL_OK;
}

/* One block: placements a and b, then values and order. */
static ll_status open_room(ll_ctx *ctx, size_t n, double **a, double **b, ll_real **values, uint32_t **order) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (2 * sizeof(double) + sizeof(ll_real) + sizeof(uint32_t))));
  *a = block, *b = *a + n, *values = (ll_real *)(*b + n), *order = (uint32_t *)(*values + n);
  return LL_OK;
}

ll_status ll_metric_delong(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, double level, ll_delong *out) {
  classes count;
  double *v, *unused;
  ll_real *values;
  uint32_t *order;
  *out = (ll_delong){NAN, NAN, NAN, NAN};
  LL_TRY(check(ctx, "delong", scores, labels, level, &count));
  LL_TRY(open_room(ctx, scores->rows, &v, &unused, &values, &order));
  ll_status status = placements(ctx, scores, labels, count, order, values, v);
  if (status == LL_OK) {
    out->auc = mean_of_targets(v, labels, count);
    out->variance = covariance(v, v, out->auc, out->auc, labels, count);
    double half = two_sided(level) * sqrt(out->variance);
    out->low = fmax(0, out->auc - half), out->high = fmin(1, out->auc + half);
  }
  ll_free(ctx, v);
  return status;
}

ll_status ll_metric_delong_compare(ll_ctx *ctx, const ll_matrix *a, const ll_matrix *b, const ll_matrix *labels, double level,
                                   ll_delong_difference *out) {
  classes count;
  double *va, *vb;
  ll_real *values;
  uint32_t *order;
  *out = (ll_delong_difference){.difference = NAN, .z = NAN, .p = NAN};
  LL_TRY(check(ctx, "delong_compare, first scores", a, labels, level, &count));
  LL_TRY(check(ctx, "delong_compare, second scores", b, labels, level, &count));
  LL_TRY(open_room(ctx, a->rows, &va, &vb, &values, &order));
  ll_status status;
  LL_GOTO(cleanup, placements(ctx, a, labels, count, order, values, va));
  LL_GOTO(cleanup, placements(ctx, b, labels, count, order, values, vb));
  double mean_a = out->auc[0] = mean_of_targets(va, labels, count), mean_b = out->auc[1] = mean_of_targets(vb, labels, count);
  out->variance[0] = covariance(va, va, mean_a, mean_a, labels, count);
  out->variance[1] = covariance(vb, vb, mean_b, mean_b, labels, count);
  out->covariance = covariance(va, vb, mean_a, mean_b, labels, count);
  out->difference = mean_a - mean_b;
  /* of the differences themselves: a sum of squares, so never below 0 */
  for (size_t i = 0; i < a->rows; i++) va[i] -= vb[i];
  double deviation = sqrt(covariance(va, va, out->difference, out->difference, labels, count));
  double half = two_sided(level) * deviation;
  out->low = out->difference - half, out->high = out->difference + half;
  out->z = out->difference == 0 ? 0 : out->difference / deviation;
  out->p = 2 * ll_normal_cdf(-fabs(out->z));
cleanup:
  ll_free(ctx, va);
  return status;
}
