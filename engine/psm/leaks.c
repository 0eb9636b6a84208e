/* Columns that give the label away: a sign test over groups whose target and decoy are both hopeless. */
#include <math.h>

#include "engine/fdr/fdr_parts.h"
#include "engine/fdr/runs.h"
#include "engine/matrix/inputs.h"
#include "losslab/distributions.h"
#include "losslab/psm_features.h"

/* [out] the median of the decoys' scores, the lower of two; -INFINITY without decoys. */
static ll_status median_of_decoys(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, double *median) {
  void *room;
  size_t n = 0;
  LL_TRY(ll_alloc(ctx, &room, scores->rows * sizeof(ll_real)));
  ll_real *values = room;
  for (size_t i = 0; i < scores->rows; i++)
    if (!ll_fdr_is_target(labels, i)) values[n++] = ll_matrix_row(scores, i)[0];
  ll_status status = ll_sort(ctx, values, n);
  if (status == LL_OK) *median = n ? (double)values[(n - 1) / 2] : -INFINITY;
  ll_free(ctx, room);
  return status;
}

/* The row that is drawn among those of a class below the median in a run, or SIZE_MAX. */
static size_t draw(const ll_matrix *scores, const ll_matrix *labels, const ll_runs *runs, size_t from, size_t to, double median,
                   bool target, ll_random *r) {
  size_t seen = 0, drawn = SIZE_MAX;
  for (size_t i = from; i < to; i++) {
    size_t row = runs->order[i];
    if (ll_fdr_is_target(labels, row) != target || !((double)ll_matrix_row(scores, row)[0] < median)) continue;
    seen++;
    if (seen == 1 || ll_random_below(r, seen) == 0) drawn = row;
  }
  return drawn;
}

static void compare(const ll_matrix *x, size_t target, size_t decoy, ll_psm_leak *leaks) {
  const ll_real *a = ll_matrix_row(x, target), *b = ll_matrix_row(x, decoy);
  for (size_t j = 0; j < x->cols; j++) {
    if (a[j] > b[j]) leaks[j].higher++;
    else if (a[j] < b[j]) leaks[j].lower++;
    else leaks[j].equal++;
  }
}

static double two_sided(size_t higher, size_t lower) {
  size_t least = higher < lower ? higher : lower;
  double p = 2 * ll_binomial_cdf((double)least, (double)(higher + lower), 0.5);
  return p < 1 ? p : 1;
}

/* Holm's steps: the k-th smallest of m is multiplied by m - k + 1, and none is below one before it. order: room for d. */
static void adjust(ll_psm_leak *leaks, size_t d, const uint32_t *order) {
  double most = 0;
  for (size_t k = 0; k < d; k++) {
    double here = leaks[order[k]].p * (double)(d - k);
    most = here > most ? here : most;
    leaks[order[k]].adjusted = most < 1 ? most : 1;
  }
}

/* Columns by ascending p, by counts of equal size alike: merged runs, as d may be large. */
static void order_by_p(const ll_psm_leak *leaks, size_t d, uint32_t *order, uint32_t *spare) {
  for (size_t j = 0; j < d; j++) order[j] = (uint32_t)j;
  for (size_t width = 1; width < d; width *= 2) {
    for (size_t start = 0; start < d; start += 2 * width) {
      size_t middle = start + width < d ? start + width : d, end = start + 2 * width < d ? start + 2 * width : d;
      for (size_t a = start, b = middle, to = start; to < end; to++) {
        bool first = a < middle && (b >= end || leaks[order[a]].p <= leaks[order[b]].p);
        spare[to] = first ? order[a++] : order[b++];
      }
    }
    for (size_t j = 0; j < d; j++) order[j] = spare[j];
  }
}

ll_status ll_psm_leaks(ll_ctx *ctx, const ll_matrix *x, const ll_matrix *labels, const ll_matrix *groups, const ll_matrix *scores,
                       uint64_t seed, ll_psm_leak *leaks, size_t *groups_used) {
  static const ll_input desc[] = {{"x", "n,d", LL_INPUT_MATRIX}, {"scores", "n,1", LL_INPUT_MATRIX}};
  ll_runs runs = {0};
  void *order = NULL;
  double median;
  ll_status status;
  *groups_used = 0;
  LL_TRY(ll_inputs_check(ctx, "leaks", desc, 2, 0, (const ll_matrix[]){*x, *scores}));
  LL_TRY(ll_fdr_check(ctx, "leaks", scores, labels, groups, "groups"));
  for (size_t j = 0; j < x->cols; j++) leaks[j] = (ll_psm_leak){0};
  LL_TRY(median_of_decoys(ctx, scores, labels, &median));
  LL_GOTO(cleanup, ll_alloc(ctx, &order, 2 * x->cols * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_runs_open(ctx, groups, &runs));
  for (size_t i = 0, end; i < runs.n; i = end) {
    end = ll_runs_end(&runs, i);
    ll_random r = ll_random_stream(seed, (uint64_t)(int64_t)runs.group[i], "leaks");
    size_t target = draw(scores, labels, &runs, i, end, median, true, &r);
    size_t decoy = target == SIZE_MAX ? SIZE_MAX : draw(scores, labels, &runs, i, end, median, false, &r);
    if (decoy == SIZE_MAX) continue;
    ++*groups_used;
    compare(x, target, decoy, leaks);
  }
  for (size_t j = 0; j < x->cols; j++) leaks[j].p = two_sided(leaks[j].higher, leaks[j].lower);
  order_by_p(leaks, x->cols, order, (uint32_t *)order + x->cols);
  adjust(leaks, x->cols, order);
cleanup:
  ll_runs_close(ctx, &runs);
  ll_free(ctx, order);
  return status;
}
