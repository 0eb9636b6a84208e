/* Nearest rows without an n × m matrix: a block of products gives |q - b|² = |q|² + |b|² - 2 q·b (or -q·b) to within a known
 * bound on its rounding; only pairs that the bound leaves in reach of the k-th so far are measured, in double, from the rows as
 * they are. The rows' mean is taken off before the products, since the bound grows with the norms. Rows as near as the k-th that
 * find no place are marked, a bit a query, so that all rows at that distance are known at the end. Threads take blocks of queries,
 * each with room of its own; what was found is told in the order of queries. */
#include <math.h>
#include <string.h>

#include "engine/base/crew.h"
#include "engine/matrix/inputs.h"
#include "engine/metric/neighbours.h"

enum { QUERIES = 64, BASE = 512, CHUNK = 64 * BASE, MOST_BLOCKS = 16 };

typedef struct search {
  const ll_matrix *queries, *base; /* as given, or of norm 1 for the cosine */
  bool self, dot;
  bool some_zero; /* of the rows of norm 1 some are 0: their cosine with all others is 0 */
  size_t k;
  const ll_lists *exclude;
  ll_matrix moved_queries, moved_base;      /* less the mean */
  double *query_norms, *base_norms;         /* squared, of the moved rows; half of them for products */
  size_t first_query, first_base, end_base; /* of the blocks that are under way */
  struct block *blocks;
  uint32_t *last;
  ll_neighbours_visit visit;
  void *state;
} search;

/* What is found of QUERIES queries. */
typedef struct block {
  ll_matrix products;
  double *best;      /* QUERIES × k: what is found so far, ascending */
  uint32_t *nearest; /* the rows beside them */
  size_t found[QUERIES];
  uint64_t *marks;         /* of each row of base: bit i: as near as the k-th of query i was; NULL: not asked for */
  size_t since[QUERIES];   /* the row that made the k-th distance what it is: marks of earlier rows may be of a greater one */
  bool tied[QUERIES], any; /* whether there is a mark since then; or any in this block */
} block;

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

static void mark(block *b, size_t in_block, size_t row) {
  if (!b->marks) return;
  b->marks[row] |= (uint64_t)1 << in_block;
  b->tied[in_block] = b->any = true;
}

/* Rows come by ascending number, so one at the same distance as some that were found goes behind them. */
static void insert(block *b, size_t k, size_t in_block, size_t row, double value) {
  double *best = b->best + in_block * k;
  uint32_t *nearest = b->nearest + in_block * k;
  bool full = b->found[in_block] == k;
  size_t at = full ? k - 1 : b->found[in_block]++;
  double last = best[at];
  uint32_t lost = nearest[at];
  if (full && !(value < last)) {
    if (value == last) mark(b, in_block, row);
    return;
  }
  for (; at > 0 && best[at - 1] > value; at--) best[at] = best[at - 1], nearest[at] = nearest[at - 1];
  best[at] = value, nearest[at] = (uint32_t)row;
  if (full && best[k - 1] == last) mark(b, in_block, lost);
  else b->since[in_block] = row, b->tied[in_block] = false;
}

static void take_block(const search *s, block *b, size_t first_query, size_t queries, size_t first, size_t count) {
  /* Rounding of the product: d eps/2 |q||b| at most, doubled, |q||b| <= (|q|² + |b|²)/2; the rest of the 16 is for taking off
   * the mean, the norms and the sums. */
  double slack = ((double)s->queries->cols + 16) * LL_EPS;
  for (size_t i = 0; i < queries; i++) {
    size_t query = first_query + i;
    const ll_real *product = ll_matrix_row(&b->products, i), *row = ll_matrix_row(s->queries, query);
    const double *best = b->best + i * s->k, *norms = s->base_norms + first;
    double own = s->query_norms[query], limit = b->found[i] == s->k ? best[s->k - 1] : INFINITY;
    for (size_t j = 0; j < count; j++) {
      double reach = (s->dot ? 0 : own + norms[j]) - slack * (own + norms[j]);
      if ((double)product[j] + reach > limit) continue;
      size_t other = first + j;
      if (s->self && other == query) continue;
      if (s->exclude && ll_lists_has(s->exclude, query, (uint32_t)other)) continue;
      insert(b, s->k, i, other, distance(s, row, ll_matrix_row(s->base, other)));
      if (b->found[i] == s->k) limit = best[s->k - 1];
    }
  }
}

/* What was found of one query, and where there are marks, all rows at the last distance. */
static void give(search *s, const block *b, size_t query, size_t in_block) {
  const double *best = b->best + in_block * s->k;
  ll_neighbours near = {.query = query, .count = b->found[in_block], .rows = b->nearest + in_block * s->k, .distances = best};
  const ll_real *row = ll_matrix_row(s->queries, query);
  size_t sure = near.count;
  while (sure > 0 && (sure == near.count || best[sure - 1] == best[sure])) sure--;
  near.drawn = near.last_count = near.count - sure, near.last = near.rows + sure;
  if (b->tied[in_block]) {
    memcpy(s->last, near.last, near.drawn * sizeof *s->last);
    for (size_t other = 0; other < s->base->rows; other++)
      if (b->marks[other] >> in_block & 1 &&
          (other >= b->since[in_block] || distance(s, row, ll_matrix_row(s->base, other)) == best[s->k - 1]))
        s->last[near.last_count++] = (uint32_t)other;
    near.last = s->last;
  }
  s->visit(s->state, &near);
}

static size_t queries_from(const search *s, size_t q) { return s->queries->rows - q < QUERIES ? s->queries->rows - q : QUERIES; }

static void begin_block(const search *s, block *b, size_t queries) {
  memset(b->found, 0, sizeof b->found);
  memset(b->tied, 0, sizeof b->tied);
  memset(b->nearest, 0xff, queries * s->k * sizeof *b->nearest);
  if (b->any) memset(b->marks, 0, s->base->rows * sizeof *b->marks);
  b->any = false;
}

/* A part of m's rows, that nothing is counted for: counts are not for threads. */
static ll_matrix rows_of(const ll_matrix *m, size_t from, size_t rows) {
  return (ll_matrix){.data = ll_matrix_row(m, from), .rows = rows, .cols = m->cols, .stride = m->stride};
}

/* The present rows of base for a block of queries. */
static void search_block(void *user, size_t task) {
  const search *s = user;
  block *b = &s->blocks[task];
  size_t q = s->first_query + task * QUERIES, queries = queries_from(s, q);
  ll_matrix left = rows_of(&s->moved_queries, q, queries);
  if (s->first_base == 0) begin_block(s, b, queries);
  for (size_t at = s->first_base; at < s->end_base; at += BASE) {
    size_t count = s->end_base - at < BASE ? s->end_base - at : BASE;
    ll_matrix right = rows_of(&s->moved_base, at, count), products = rows_of(&b->products, 0, queries);
    products.cols = count;
    ll_matrix_gemm(false, true, s->dot ? -1 : -2, &left, &right, 0, &products);
    take_block(s, b, q, queries, at, count);
  }
}

static ll_status run(ll_ctx *ctx, search *s, size_t blocks) {
  size_t n = s->queries->rows;
  for (s->first_query = 0; s->first_query < n; s->first_query += blocks * QUERIES) {
    size_t left = (n - s->first_query + QUERIES - 1) / QUERIES, some = left < blocks ? left : blocks;
    for (s->first_base = 0; s->first_base < s->base->rows; s->first_base = s->end_base) {
      s->end_base = s->base->rows - s->first_base < CHUNK ? s->base->rows : s->first_base + CHUNK;
      LL_TRY(ll_crew_run(ctx, some, search_block, s));
    }
    for (size_t k = 0; k < some; k++)
      for (size_t i = 0, q = s->first_query + k * QUERIES; i < queries_from(s, q); i++) give(s, &s->blocks[k], q + i, i);
  }
  return LL_OK;
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

/* So many blocks of queries at a time, for the threads that there are. */
static size_t blocks_of(size_t queries) {
  size_t blocks = (queries + QUERIES - 1) / QUERIES, threads = ll_crew_size();
  if (blocks > threads) blocks = threads;
  return blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS;
}

/* ties: whether rows as near as the k-th are asked for. */
static ll_status each(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                      const ll_lists *exclude, bool ties, ll_neighbours_visit visit, void *state) {
  ll_status status = LL_OK;
  search s = {.self = !base, .dot = measure == LL_BY_DOT, .k = k, .exclude = exclude, .visit = visit, .state = state};
  ll_matrix unit_queries = {0}, unit_base = {0}, products = {0};
  void *numbers = NULL, *marks = NULL, *rows = NULL, *blocks = NULL;
  LL_TRY(check(ctx, queries, base, k, exclude));
  s.queries = queries, s.base = base ? base : queries;
  if (measure == LL_BY_COSINE || measure == LL_BY_DIRECTION) {
    bool *some_zero = measure == LL_BY_DIRECTION ? &s.some_zero : NULL;
    LL_GOTO(cleanup, normalised(ctx, "queries", queries, &unit_queries, some_zero));
    if (base) LL_GOTO(cleanup, normalised(ctx, "rows to search", base, &unit_base, some_zero));
    s.queries = &unit_queries, s.base = base ? &unit_base : &unit_queries;
  }
  size_t d = queries->cols, m = s.base->rows, n = queries->rows;
  size_t count = blocks_of(n), found = QUERIES * k;
  LL_GOTO(cleanup, ll_calloc(ctx, &numbers, d + m + n + count * found, sizeof(double)));
  LL_GOTO(cleanup, ll_calloc(ctx, &rows, count * found + (ties ? m : 0), sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_calloc(ctx, &blocks, count, sizeof(block)));
  if (ties) LL_GOTO(cleanup, ll_calloc(ctx, &marks, count * m, sizeof(uint64_t)));
  LL_GOTO(cleanup, ll_matrix_new(ctx, count * QUERIES, BASE, &products));
  double *mean = numbers;
  s.base_norms = mean + d, s.query_norms = s.base_norms + m;
  s.blocks = blocks, s.last = (uint32_t *)rows + count * found;
  for (size_t i = 0; i < count; i++)
    s.blocks[i] = (block){.products = rows_of(&products, i * QUERIES, QUERIES),
                          .best = s.query_norms + n + i * found,
                          .nearest = (uint32_t *)rows + i * found,
                          .marks = marks ? (uint64_t *)marks + i * m : NULL};
  for (size_t i = 0; i < m && !s.dot; i++) /* a product changes when both sides are moved, a distance does not */
    for (size_t j = 0; j < d; j++) mean[j] += (double)ll_matrix_row(s.base, i)[j] / (double)m;
  LL_GOTO(cleanup, moved(ctx, s.base, mean, s.dot, &s.moved_base, s.base_norms));
  LL_GOTO(cleanup, moved(ctx, s.queries, mean, s.dot, &s.moved_queries, s.query_norms));
  LL_GOTO(cleanup, run(ctx, &s, count));
cleanup:
  ll_matrix_release(ctx, &s.moved_base), ll_matrix_release(ctx, &s.moved_queries), ll_matrix_release(ctx, &products);
  ll_matrix_release(ctx, &unit_queries), ll_matrix_release(ctx, &unit_base);
  ll_free(ctx, numbers);
  ll_free(ctx, rows);
  ll_free(ctx, blocks);
  ll_free(ctx, marks);
  return status;
}

ll_status ll_neighbours_each(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                             const ll_lists *exclude, ll_neighbours_visit visit, void *state) {
  return each(ctx, queries, base, k, measure, exclude, true, visit, state);
}

typedef struct table {
  uint32_t *nearest;
  size_t k;
} table;

static void copy(void *state, const ll_neighbours *near) {
  const table *t = state;
  memcpy(t->nearest + near->query * t->k, near->rows, t->k * sizeof *near->rows);
}

ll_status ll_metric_neighbours(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                               const ll_lists *exclude, uint32_t *nearest) {
  table t = {nearest, k};
  return each(ctx, queries, base, k, measure, exclude, false, copy, &t);
}
