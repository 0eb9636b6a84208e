/* Nearest rows without an n × m matrix: a block of products gives |q - b|² = |q|² + |b|² - 2 q·b (or -q·b) to within a known
 * bound on its rounding; only pairs that the bound leaves in reach of the k-th so far are measured, in double, from the rows as
 * they are. The rows' mean is taken off before the products, since the bound grows with the norms. */
#include <math.h>
#include <string.h>

#include "engine/matrix/inputs.h"
#include "engine/metric/ranking.h"

enum { QUERIES = 64, BASE = 512 };

typedef struct search {
  const ll_matrix *queries, *base; /* as given, or of norm 1 for the cosine */
  bool self, dot;
  bool some_zero; /* of the rows of norm 1 some are 0: their cosine with all others is 0 */
  size_t k;
  const ll_lists *exclude;
  ll_matrix moved_queries, moved_base, products; /* moved: less the mean */
  double *query_norms, *base_norms;              /* squared, of the moved rows; half of them for products */
  double *best;                                  /* QUERIES × k: what is found so far, ascending */
  size_t found[QUERIES];
  uint32_t *nearest;
} search;

static bool is_zero(const ll_real *x, size_t d) {
  for (size_t j = 0; j < d; j++)
    if (x[j] < 0 || x[j] > 0) return false;
  return true;
}

static double distance(const search *s, const ll_real *a, const ll_real *b) {
  size_t d = s->queries->cols;
  double sum = 0;
  if (s->some_zero && (is_zero(a, d) || is_zero(b, d))) return 2; /* |a - b|² = 2 - 2 cos of rows of norm 1 */
  if (s->dot)
    for (size_t j = 0; j < d; j++) sum -= (double)a[j] * (double)b[j];
  else
    for (size_t j = 0; j < d; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
  return sum;
}

/* Rows come by ascending number, so one at the same distance as some that were found goes behind them. */
static void insert(search *s, size_t in_block, size_t query, size_t row, double value) {
  double *best = s->best + in_block * s->k;
  uint32_t *nearest = s->nearest + query * s->k;
  size_t count = s->found[in_block], at = count < s->k ? count : s->k - 1;
  if (count == s->k && !(value < best[at])) return;
  for (; at > 0 && best[at - 1] > value; at--) best[at] = best[at - 1], nearest[at] = nearest[at - 1];
  best[at] = value, nearest[at] = (uint32_t)row;
  if (count < s->k) s->found[in_block]++;
}

static void take_block(search *s, size_t first_query, size_t queries, size_t first, size_t count) {
  /* Rounding of the product: d eps/2 |q||b| at most, doubled, |q||b| <= (|q|² + |b|²)/2; the rest of the 16 is for taking off
   * the mean, the norms and the sums. */
  double slack = ((double)s->queries->cols + 16) * LL_EPS;
  for (size_t i = 0; i < queries; i++) {
    size_t query = first_query + i;
    const ll_real *product = ll_matrix_row(&s->products, i), *row = ll_matrix_row(s->queries, query);
    const double *best = s->best + i * s->k, *norms = s->base_norms + first;
    double own = s->query_norms[query];
    for (size_t j = 0; j < count; j++) {
      double reach = (s->dot ? 0 : own + norms[j]) - slack * (own + norms[j]);
      if (s->found[i] == s->k && (double)product[j] + reach > best[s->k - 1]) continue;
      size_t other = first + j;
      if (s->self && other == query) continue;
      if (s->exclude && ll_lists_has(s->exclude, query, (uint32_t)other)) continue;
      insert(s, i, query, other, distance(s, row, ll_matrix_row(s->base, other)));
    }
  }
}

static ll_status run(ll_ctx *ctx, search *s) {
  ll_status status = LL_OK;
  for (size_t q = 0; q < s->queries->rows && status == LL_OK; q += QUERIES) {
    size_t queries = s->queries->rows - q < QUERIES ? s->queries->rows - q : QUERIES;
    memset(s->found, 0, sizeof s->found);
    memset(s->nearest + q * s->k, 0xff, queries * s->k * sizeof *s->nearest);
    for (size_t b = 0; b < s->base->rows && status == LL_OK; b += BASE) {
      size_t count = s->base->rows - b < BASE ? s->base->rows - b : BASE;
      ll_matrix left = {0}, right = {0}, block = {0};
      status = ll_matrix_view(ctx, &s->moved_queries, q, 0, queries, s->queries->cols, &left);
      if (status == LL_OK) status = ll_matrix_view(ctx, &s->moved_base, b, 0, count, s->queries->cols, &right);
      if (status == LL_OK) status = ll_matrix_view(ctx, &s->products, 0, 0, queries, count, &block);
      if (status == LL_OK) {
        ll_matrix_gemm(false, true, s->dot ? -1 : -2, &left, &right, 0, &block);
        take_block(s, q, queries, b, count);
      }
      ll_matrix_release(ctx, &left), ll_matrix_release(ctx, &right), ll_matrix_release(ctx, &block);
    }
  }
  return status;
}

/* [out] rows of norm 1; some_zero, unless it is NULL: whether there is one of norm 0, which stays. */
static ll_status normalised(ll_ctx *ctx, const char *what, const ll_matrix *m, ll_matrix *out, bool *some_zero) {
  LL_TRY(ll_matrix_new(ctx, m->rows, m->cols, out));
  for (size_t i = 0; i < m->rows; i++) {
    double square = 0;
    for (size_t j = 0; j < m->cols; j++) square += (double)ll_matrix_row(m, i)[j] * (double)ll_matrix_row(m, i)[j];
    if (!(square > 0) && some_zero) {
      memset(ll_matrix_row(out, i), 0, m->cols * sizeof *out->data);
      *some_zero = true;
      continue;
    }
    if (!(square > 0)) return ll_fail(ctx, LL_ERR_NUMBER, "neighbours: row %zu of the %s has norm 0: no cosine", i + 1, what);
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(out, i)[j] = (ll_real)((double)ll_matrix_row(m, i)[j] / sqrt(square));
  }
  return LL_OK;
}

/* [out] rows less mean, and their squared norms (halved for products). */
static ll_status moved(ll_ctx *ctx, const ll_matrix *m, const double *mean, bool dot, ll_matrix *out, double *norms) {
  LL_TRY(ll_matrix_new(ctx, m->rows, m->cols, out));
  for (size_t i = 0; i < m->rows; i++) {
    double square = 0;
    for (size_t j = 0; j < m->cols; j++) {
      ll_real x = (ll_real)((double)ll_matrix_row(m, i)[j] - mean[j]);
      ll_matrix_row(out, i)[j] = x;
      square += (double)x * (double)x;
    }
    norms[i] = dot ? 0.5 * square : square;
  }
  return LL_OK;
}

static ll_status check(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, const ll_lists *exclude) {
  static const ll_input desc[] = {{"queries", "n,d", LL_INPUT_MATRIX}, {"rows to search", "m,d", LL_INPUT_MATRIX}};
  const ll_matrix both[] = {*queries, base ? *base : *queries};
  LL_TRY(ll_inputs_check(ctx, "neighbours", desc, base ? 2 : 1, 0, both));
  if (both[1].rows > UINT32_MAX - 1) return ll_fail(ctx, LL_ERR_RANGE, "neighbours: %zu rows, at most 2^32 - 2", both[1].rows);
  size_t most = both[1].rows - (base ? 0 : 1);
  if (k == 0 || k > most)
    return ll_fail(ctx, LL_ERR_RANGE, "neighbours: k = %zu of %zu row%s%s", k, most, most == 1 ? "" : "s",
                   base ? "" : " besides its own");
  if (exclude && (exclude->rows != queries->rows || exclude->cols > both[1].rows))
    return ll_fail(ctx, LL_ERR_SHAPE, "neighbours: lists of %zu rows among %zu for %zu queries among %zu rows", exclude->rows,
                   exclude->cols, queries->rows, both[1].rows);
  return LL_OK;
}

ll_status ll_metric_neighbours(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                               const ll_lists *exclude, uint32_t *nearest) {
  ll_status status = LL_OK;
  search s = {.self = !base, .dot = measure == LL_BY_DOT, .k = k, .exclude = exclude, .nearest = nearest};
  ll_matrix unit_queries = {0}, unit_base = {0};
  void *block = NULL;
  LL_TRY(check(ctx, queries, base, k, exclude));
  s.queries = queries, s.base = base ? base : queries;
  if (measure == LL_BY_COSINE || measure == LL_BY_DIRECTION) {
    bool *some_zero = measure == LL_BY_DIRECTION ? &s.some_zero : NULL;
    LL_GOTO(cleanup, normalised(ctx, "queries", queries, &unit_queries, some_zero));
    if (base) LL_GOTO(cleanup, normalised(ctx, "rows to search", base, &unit_base, some_zero));
    s.queries = &unit_queries, s.base = base ? &unit_base : &unit_queries;
  }
  size_t d = queries->cols, m = s.base->rows, n = queries->rows;
  LL_GOTO(cleanup, ll_calloc(ctx, &block, d + m + n + QUERIES * k, sizeof(double)));
  double *mean = block;
  s.base_norms = mean + d, s.query_norms = s.base_norms + m, s.best = s.query_norms + n;
  for (size_t i = 0; i < m && !s.dot; i++) /* a product changes when both sides are moved, a distance does not */
    for (size_t j = 0; j < d; j++) mean[j] += (double)ll_matrix_row(s.base, i)[j] / (double)m;
  LL_GOTO(cleanup, moved(ctx, s.base, mean, s.dot, &s.moved_base, s.base_norms));
  LL_GOTO(cleanup, moved(ctx, s.queries, mean, s.dot, &s.moved_queries, s.query_norms));
  LL_GOTO(cleanup, ll_matrix_new(ctx, QUERIES, BASE, &s.products));
  LL_GOTO(cleanup, run(ctx, &s));
cleanup:
  ll_matrix_release(ctx, &s.moved_base), ll_matrix_release(ctx, &s.moved_queries), ll_matrix_release(ctx, &s.products);
  ll_matrix_release(ctx, &unit_queries), ll_matrix_release(ctx, &unit_base);
  ll_free(ctx, block);
  return status;
}
