/* The ROC curve's corners. A point is kept only when the direction changes after it, which for counts is decided exactly;
 * the curve drawn through what is left is the same. */
#include <math.h>

#include "engine/metric/ranking.h"

typedef struct point {
  double fp, tp;
  ll_real threshold;
} point;

/* Whether b lies on the line from a to c. Counts below 2^26 give an exact answer, larger ones and weights a rounded one. */
static bool on_line(const point *a, const point *b, const point *c) {
  return (b->fp - a->fp) * (c->tp - b->tp) == (b->tp - a->tp) * (c->fp - b->fp);
}

/* Writes the kept points into out (NULL: counts only) and returns their number. near: the least step in either rate. */
static size_t walk(const ll_ranking *r, double near, ll_matrix *out) {
  point kept = {0, 0, (ll_real)INFINITY}, waiting = kept;
  size_t count = 0;
  ll_ranking_step at = ll_ranking_top(r);
  for (bool more = true; more;) {
    more = ll_ranking_next(r, &at);
    point next = waiting;
    if (more) next = (point){waiting.fp + at.decoys, waiting.tp + at.targets, ll_value_of(at.score)};
    bool first = isinf(waiting.threshold);
    bool far = waiting.fp - kept.fp >= near * r->decoy_total || waiting.tp - kept.tp >= near * r->target_total;
    if (!more || first || (!on_line(&kept, &waiting, &next) && far)) {
      if (out) {
        ll_real *row = ll_matrix_row(out, count);
        /* sums of weights may end a rounding away from the total: the last point is (1, 1) */
        row[0] = more ? (ll_real)(waiting.fp / r->decoy_total) : 1;
        row[1] = more ? (ll_real)(waiting.tp / r->target_total) : 1;
        row[2] = waiting.threshold;
      }
      count++;
      kept = waiting;
    }
    waiting = next;
  }
  return count;
}

ll_status ll_metric_roc(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, size_t points,
                        ll_matrix *out) {
  *out = (ll_matrix){0};
  LL_TRY(ll_metric_check(ctx, "roc", LL_NEEDS_ANY, scores, labels, weights));
  ll_ranking r;
  LL_TRY(ll_ranking_open(ctx, "roc", scores, labels, weights, &r));
  double near = points ? 1.0 / (double)points : 0;
  ll_status status = ll_matrix_new(ctx, walk(&r, near, NULL), 3, out);
  if (status == LL_OK) walk(&r, near, out);
  ll_ranking_close(ctx, &r);
  return status;
}
