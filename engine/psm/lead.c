/* How far rows lead their groups: the best score of each and the best of another kind tell all. */
#include <math.h>

#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"
#include "losslab/psm_features.h"

/* The best score of a run, of which kind it is, and the best score of all others. */
typedef struct leaders {
  double best, second; /* -inf: there is none */
  ll_real kind;
} leaders;

static double score_of(const ll_matrix *scores, size_t row) { return (double)ll_matrix_row(scores, row)[0]; }

static leaders with_kinds(const ll_matrix *scores, const ll_matrix *kinds, const ll_runs *runs, size_t from, size_t to) {
  leaders l = {score_of(scores, runs->order[from]), -INFINITY, ll_matrix_row(kinds, runs->order[from])[0]};
  for (size_t i = from + 1; i < to; i++) {
    double score = score_of(scores, runs->order[i]);
    ll_real kind = ll_matrix_row(kinds, runs->order[i])[0];
    if (kind == l.kind) l.best = fmax(l.best, score);
    else if (score > l.best) l = (leaders){score, l.best, kind};
    else l.second = fmax(l.second, score);
  }
  return l;
}

/* Each row is of a kind of its own. */
static leaders without_kinds(const ll_matrix *scores, const ll_runs *runs, size_t from, size_t to) {
  leaders l = {-INFINITY, -INFINITY, 0};
  for (size_t i = from; i < to; i++) {
    double score = score_of(scores, runs->order[i]);
    if (score > l.best) l.second = l.best, l.best = score;
    else l.second = fmax(l.second, score);
  }
  return l;
}

static ll_status fill(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *kinds, const ll_runs *runs, bool all, ll_matrix *out) {
  for (size_t i = 0, end; i < runs->n; i = end) {
    end = ll_runs_end(runs, i);
    leaders l = kinds ? with_kinds(scores, kinds, runs, i, end) : without_kinds(scores, runs, i, end);
    if (l.second == -INFINITY) continue;
    for (; i < end; i++) {
      size_t row = runs->order[i];
      double score = score_of(scores, row);
      bool leads = kinds ? ll_matrix_row(kinds, row)[0] == l.kind : score == l.best;
      ll_real lead = (ll_real)(score - (leads ? l.second : l.best));
      if (!all && (!leads || lead < 0)) continue;
      if (!isfinite(lead))
        return ll_fail(ctx, LL_ERR_NUMBER, "lead: scores, row %zu: %g, is too far from another of its group for " LL_PRECISION,
                       row + 1, score);
      out->data[row] = lead;
    }
  }
  return LL_OK;
}

ll_status ll_psm_lead(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *groups, const ll_matrix *kinds, bool all,
                      ll_matrix *out) {
  ll_runs runs;
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "lead", scores, NULL, groups, "groups"));
  if (kinds) LL_TRY(ll_fdr_check(ctx, "lead", scores, NULL, kinds, "kinds"));
  LL_TRY(ll_runs_open(ctx, groups, &runs));
  ll_status status = ll_matrix_zeros(ctx, scores->rows, 1, out);
  if (status == LL_OK) status = fill(ctx, scores, kinds, &runs, all, out);
  if (status != LL_OK) ll_matrix_release(ctx, out);
  ll_runs_close(ctx, &runs);
  return status;
}
