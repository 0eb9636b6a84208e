/* How far rows lead their groups: the two best scores of each tell all. */
#include <math.h>

#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"
#include "losslab/psm_features.h"

/* The two best scores of a run of two rows or more, equal where rows tie. */
static void two_best(const ll_matrix *scores, const ll_runs *runs, size_t from, size_t to, double *best, double *second) {
  *best = *second = -INFINITY;
  for (size_t i = from; i < to; i++) {
    double score = (double)ll_matrix_row(scores, runs->order[i])[0];
    if (score > *best) *second = *best, *best = score;
    else if (score > *second) *second = score;
  }
}

static ll_status fill(ll_ctx *ctx, const ll_matrix *scores, const ll_runs *runs, bool all, ll_matrix *out) {
  for (size_t i = 0, end; i < runs->n; i = end) {
    double best, second;
    end = ll_runs_end(runs, i);
    if (end - i == 1) continue;
    two_best(scores, runs, i, end, &best, &second);
    for (; i < end; i++) {
      size_t row = runs->order[i];
      double score = (double)ll_matrix_row(scores, row)[0];
      ll_real lead = (ll_real)(score - (score == best ? second : best));
      if (!all && !(score == best)) continue;
      if (!isfinite(lead))
        return ll_fail(ctx, LL_ERR_NUMBER, "lead: scores, row %zu: %g, is too far from another of its group for " LL_PRECISION,
                       row + 1, score);
      out->data[row] = lead;
    }
  }
  return LL_OK;
}

ll_status ll_psm_lead(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *groups, bool all, ll_matrix *out) {
  ll_runs runs;
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "lead", scores, NULL, groups, "groups"));
  LL_TRY(ll_runs_open(ctx, groups, &runs));
  ll_status status = ll_matrix_zeros(ctx, scores->rows, 1, out);
  if (status == LL_OK) status = fill(ctx, scores, &runs, all, out);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  ll_runs_close(ctx, &runs);
  return status;
}
