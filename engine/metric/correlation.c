/* How well scores go along with real values, whatever their scale: correlation of the numbers (pearson), of their ranks (spearman),
 * and of pairs alone (concordance). Where all scores are the same, correlation is 0: nothing was learnt. */
#include "engine/base/sort.h"
#include "engine/metric/ranking.h"

static ll_status all_the_same(ll_ctx *ctx, const char *who, const ll_matrix *values) {
  return ll_fail(ctx, LL_ERR_LABEL, "%s: all %zu values are the same (%g): nothing can go along with them", who, values->rows,
                 (double)ll_matrix_row(values, 0)[0]);
}

/* The number of row i: of a column, or of its ranks. */
static inline double at(const ll_matrix *column, const double *ranks, size_t i) {
  return ranks ? ranks[i] : (double)ll_matrix_row(column, i)[0];
}
static inline double weight_at(const ll_matrix *weights, size_t i) { return weights ? (double)ll_matrix_row(weights, i)[0] : 1; }

/* Less the first number, and less the weighted mean of what is then left: so those far from 0 keep the digits of their spread. */
typedef struct centre {
  double base, mean;
} centre;

static centre centre_of(const ll_matrix *column, const double *ranks, const ll_matrix *weights, double total) {
  ll_sum sum = {0};
  double base = at(column, ranks, 0);
  for (size_t i = 0; i < column->rows; i++) ll_sum_add(&sum, weight_at(weights, i) * (at(column, ranks, i) - base));
  return (centre){base, ll_sum_value(&sum) / total};
}

/* ranks [opt]: n of the scores, then n of the values. */
static ll_status correlation(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *values,
                             const ll_matrix *weights, const double *ranks, double *out) {
  size_t n = scores->rows;
  const double *of_values = ranks ? ranks + n : NULL;
  ll_sum xx = {0}, yy = {0}, xy = {0}, total = {0};
  for (size_t i = 0; i < n; i++) ll_sum_add(&total, weight_at(weights, i));
  if (!(ll_sum_value(&total) > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, n);
  centre cx = centre_of(scores, ranks, weights, ll_sum_value(&total)),
         cy = centre_of(values, of_values, weights, ll_sum_value(&total));
  for (size_t i = 0; i < n; i++) {
    double w = weight_at(weights, i), x = at(scores, ranks, i) - cx.base - cx.mean,
           y = at(values, of_values, i) - cy.base - cy.mean;
    ll_sum_add(&xx, w * x * x), ll_sum_add(&yy, w * y * y), ll_sum_add(&xy, w * x * y);
  }
  if (!(ll_sum_value(&yy) > 0)) return all_the_same(ctx, who, values);
  double r = ll_sum_value(&xx) > 0 ? ll_sum_value(&xy) / sqrt(ll_sum_value(&xx)) / sqrt(ll_sum_value(&yy)) : 0;
  *out = r > 1 ? 1 : r < -1 ? -1 : r;
  return LL_OK;
}

static ll_status pearson(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                         const double *params, double *out) {
  (void)params;
  return correlation(ctx, "pearson", scores, labels, weights, NULL, out);
}

/* ---- ranks ------------------------------------------------------------------------------------------------------------------- */

/* What the metrics of ranks work in, n of each. */
typedef struct room {
  double *ranks[2]; /* of scores and of values */
  ll_real *keys;
  uint32_t *order; /* rows, ascending */
} room;

static ll_status open_room(ll_ctx *ctx, size_t n, room *out) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, n * (2 * sizeof(double) + sizeof(ll_real) + sizeof(uint32_t))));
  out->ranks[0] = block, out->ranks[1] = out->ranks[0] + n;
  out->keys = (ll_real *)(out->ranks[1] + n), out->order = (uint32_t *)(out->keys + n);
  return LL_OK;
}
static void close_room(ll_ctx *ctx, room *r) { ll_free(ctx, r->ranks[0]); }

/* Where the numbers end that equal the one at place first of the order. */
static size_t end_of(const room *r, size_t first, size_t n) {
  size_t end = first + 1;
  while (end < n && r->keys[r->order[end]] == r->keys[r->order[first]]) end++;
  return end;
}

/* ranks of a column, from 1; equal numbers share the mean of their places. */
static ll_status rank(ll_ctx *ctx, const ll_matrix *column, room *r, double *ranks) {
  size_t n = column->rows;
  for (size_t i = 0; i < n; i++) r->keys[i] = ll_matrix_row(column, i)[0];
  LL_TRY(ll_argsort(ctx, r->keys, n, r->order));
  for (size_t first = 0, end; first < n; first = end) {
    end = end_of(r, first, n);
    for (size_t i = first; i < end; i++) ranks[r->order[i]] = 0.5 * (double)(first + 1 + end);
  }
  return LL_OK;
}

static ll_status spearman(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                          const double *params, double *out) {
  (void)params, (void)weights;
  room r;
  ll_status status;
  LL_TRY(open_room(ctx, scores->rows, &r));
  LL_GOTO(end, rank(ctx, scores, &r, r.ranks[0]));
  LL_GOTO(end, rank(ctx, labels, &r, r.ranks[1]));
  status = correlation(ctx, "spearman", scores, labels, NULL, r.ranks[0], out);
end:
  close_room(ctx, &r);
  return status;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------------------- */

/* Counts in which adding one and asking how many lie up to a place, from 1, are O(log n) each (Fenwick 1994). */
static void add_at(uint32_t *counts, size_t n, size_t place) {
  for (size_t i = place; i <= n; i += i & (~i + 1)) counts[i - 1]++;
}
static double up_to(const uint32_t *counts, size_t place) {
  uint64_t sum = 0;
  for (size_t i = place; i > 0; i -= i & (~i + 1)) sum += counts[i - 1];
  return (double)sum;
}

/* Rows by rising value: each is held against those of lower values, whose scores are counted at the whole part of their rank, which
 * is the same for equal scores and another for others. */
static ll_status concordance(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                             const double *params, double *out) {
  (void)params, (void)weights;
  size_t n = scores->rows;
  room r;
  void *counts = NULL;
  ll_status status;
  double right = 0, pairs = 0; /* halves and whole numbers below 2^53: exact */
  LL_TRY(open_room(ctx, n, &r));
  LL_GOTO(end, ll_calloc(ctx, &counts, n, sizeof(uint32_t)));
  LL_GOTO(end, rank(ctx, scores, &r, r.ranks[0]));
  LL_GOTO(end, rank(ctx, labels, &r, r.ranks[1]));
  for (size_t first = 0, last; first < n; first = last) {
    last = end_of(&r, first, n);
    for (size_t i = first; i < last; i++) {
      size_t place = (size_t)r.ranks[0][r.order[i]];
      double below = up_to(counts, place - 1);
      right += below + 0.5 * (up_to(counts, place) - below);
    }
    pairs += (double)first * (double)(last - first);
    for (size_t i = first; i < last; i++) add_at(counts, n, (size_t)r.ranks[0][r.order[i]]);
  }
  if (pairs > 0) *out = right / pairs;
  else status = all_the_same(ctx, "concordance", labels);
end:
  ll_free(ctx, counts);
  close_room(ctx, &r);
  return status;
}

extern const ll_metric_desc ll_metric_pearson, ll_metric_spearman, ll_metric_concordance;
const ll_metric_desc ll_metric_pearson = {
    .name = "pearson",
    .summary = "the correlation of scores and values; 0 where all scores are the same",
    .formula = "cov(s, y) / (sd(s) sd(y))",
    .source = "Pearson 1895, Proc. R. Soc. Lond. 58:240",
    .higher_is_better = true,
    .weighted = true,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "pearson"},
    .eval = pearson,
};
const ll_metric_desc ll_metric_spearman = {
    .name = "spearman",
    .summary = "the correlation of their ranks; 0 where all scores are the same",
    .formula = "pearson of the ranks; equal numbers share the mean of their places; no weights",
    .source = "Spearman 1904, Am. J. Psychol. 15:72",
    .higher_is_better = true,
    .weighted = false,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "spearman"},
    .eval = spearman,
};
const ll_metric_desc ll_metric_concordance = {
    .name = "concordance",
    .summary = "the share of pairs of different values that the scores order rightly; a pair of equal scores is half right",
    .formula =
        "pairs with y_i > y_j and s_i > s_j, half of those with s_i = s_j / pairs with y_i > y_j; of two values auc; no weights",
    .source = "Harrell et al. 1982, JAMA 247:2543",
    .higher_is_better = true,
    .weighted = false,
    .needs = LL_NEEDS_VALUES,
    .params = {.owner = "concordance"},
    .eval = concordance,
};
