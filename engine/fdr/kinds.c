/* q-values within classes of rows: a curve for each. */
#include <math.h>

#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"

/* The steps that are accepted are those from the top to the last whose q-value is at most the level. */
static void sum_up(const ll_fdr_curve *curve, const ll_matrix *scores, double level, ll_fdr_kind *kind) {
  kind->threshold = NAN;
  if (!curve->steps) return;
  double targets = curve->targets[curve->steps - 1];
  kind->targets = (size_t)targets, kind->decoys = curve->n - kind->targets;
  for (size_t k = curve->steps; k-- > 0;) {
    size_t row = curve->order[curve->ends[k] - 1];
    if (!(curve->targets[k] > 0) || curve->q[k] > level) continue;
    kind->accepted = (size_t)curve->targets[k], kind->accepted_decoys = curve->ends[k] - kind->accepted;
    kind->threshold = (double)ll_matrix_row(scores, row)[0];
    kind->wrong = curve->wrong[k] < curve->targets[k] ? curve->wrong[k] : curve->targets[k];
    return;
  }
}

static size_t count_runs(const ll_runs *runs) {
  size_t count = 0;
  for (size_t i = 0; i < runs->n; i = ll_runs_end(runs, i)) count++;
  return count;
}

ll_status ll_fdr_by_kind(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *kinds,
                         const ll_fdr_options *options, double level, ll_matrix *out, ll_fdr_kind **list, size_t *count) {
  ll_fdr_options asked = ll_fdr_options_or_defaults(options);
  ll_runs runs = {0};
  void *room = NULL;
  ll_status status;
  *out = (ll_matrix){0}, *list = NULL, *count = 0;
  LL_TRY(ll_fdr_check(ctx, "group", scores, labels, kinds, "kinds"));
  LL_TRY(ll_fdr_check_options(ctx, "group", options));
  if (!(level >= 0 && level <= 1)) return ll_fail(ctx, LL_ERR_RANGE, "group: level is %g, a rate from 0 to 1 expected", level);
  LL_GOTO(cleanup, ll_runs_open(ctx, kinds, &runs));
  LL_GOTO(cleanup, ll_calloc(ctx, &room, count_runs(&runs), sizeof(ll_fdr_kind)));
  LL_GOTO(cleanup, ll_matrix_new(ctx, scores->rows, 1, out));
  ll_matrix_fill(out, 1);
  ll_fdr_kind *kind = room;
  for (size_t i = 0, end; i < runs.n; i = end, kind++) {
    ll_fdr_curve curve;
    end = ll_runs_end(&runs, i);
    LL_GOTO(cleanup, ll_fdr_curve_open(ctx, scores, labels, &asked, runs.order + i, end - i, &curve));
    *kind = (ll_fdr_kind){.number = (double)runs.group[i] + 0.0, .row = runs.order[i]};
    ll_fdr_curve_qvalues(&curve, out);
    sum_up(&curve, scores, level, kind);
    ll_fdr_curve_close(ctx, &curve);
  }
  *list = room, *count = (size_t)(kind - *list), room = NULL;
cleanup:
  if (status != LL_OK) ll_matrix_release(ctx, out);
  ll_runs_close(ctx, &runs);
  ll_free(ctx, room);
  return status;
}
