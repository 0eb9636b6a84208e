/* Pairs, triplets and quadruplets of a batch: rows are put in order of their class once, so that a partner of the same class is a
 * draw from one run of rows, and one of another class a draw from what is left when that run is cut out. */
#include "losslab/tuple.h"

#include <math.h>

#include "engine/matrix/inputs.h"

typedef struct runs {
  uint32_t *rows;         /* in order of their class */
  uint32_t *first, *last; /* of row i's class: its run in rows, the end not included */
  uint32_t *place;        /* of row i in rows */
  size_t n;
} runs;

static const ll_input wanted = {"labels", "n,1", LL_INPUT_IDENTITY};

static ll_status group(ll_ctx *ctx, const ll_matrix *labels, runs *r) {
  void *block;
  size_t n = labels->rows;
  *r = (runs){.n = n};
  if (labels->cols != 1) return ll_fail(ctx, LL_ERR_SHAPE, "labels must be (n,1), not %zux%zu", labels->rows, labels->cols);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(*ll_matrix_row(labels, i))) return ll_fail(ctx, LL_ERR_LABEL, "labels, row %zu: not a number", i + 1);
  LL_TRY(ll_input_role_check(ctx, &(ll_input_given){.owner = "tuples", .desc = &wanted, .m = labels}));
  LL_TRY(ll_calloc(ctx, &block, 4 * n + 1, sizeof(uint32_t)));
  r->rows = block, r->first = r->rows + n, r->last = r->first + n, r->place = r->last + n;
  ll_matrix order = {0};
  ll_status status;
  LL_GOTO(fail, ll_matrix_copy(ctx, labels, &order));
  LL_GOTO(fail, ll_argsort(ctx, order.data, n, r->rows));
  for (size_t at = 0; at < n;) {
    size_t end = at + 1;
    while (end < n && order.data[r->rows[end]] <= order.data[r->rows[at]]) end++;
    for (size_t k = at; k < end; k++) {
      uint32_t row = r->rows[k];
      r->first[row] = (uint32_t)at, r->last[row] = (uint32_t)end, r->place[row] = (uint32_t)k;
    }
    at = end;
  }
  ll_matrix_release(ctx, &order);
  return LL_OK;
fail:
  ll_matrix_release(ctx, &order);
  ll_free(ctx, block);
  r->rows = NULL;
  return status;
}

/* Another row of i's class; false if there is none. */
static bool same(const runs *r, size_t i, ll_random *stream, uint32_t *out) {
  uint32_t others = r->last[i] - r->first[i] - 1;
  if (others == 0) return false;
  uint32_t k = r->first[i] + (uint32_t)ll_random_below(stream, others);
  *out = r->rows[k < r->place[i] ? k : k + 1];
  return true;
}

/* A row of another class. */
static bool other(const runs *r, size_t i, ll_random *stream, uint32_t *out) {
  uint32_t width = r->last[i] - r->first[i];
  if (width == r->n) return false;
  uint32_t k = (uint32_t)ll_random_below(stream, r->n - width);
  *out = r->rows[k < r->first[i] ? k : k + width];
  return true;
}

/* A row of a class that is neither i's nor j's, which differ. */
static bool third(const runs *r, size_t i, size_t j, ll_random *stream, uint32_t *out) {
  size_t low = r->first[i] < r->first[j] ? i : j, high = low == i ? j : i;
  uint32_t cut_low = r->last[low] - r->first[low], cut_high = r->last[high] - r->first[high];
  if (cut_low + cut_high == r->n) return false;
  uint32_t k = (uint32_t)ll_random_below(stream, r->n - cut_low - cut_high);
  if (k >= r->first[low]) k += cut_low;
  if (k >= r->first[high]) k += cut_high;
  *out = r->rows[k];
  return true;
}

/* One tuple from row i into t[]; false if the batch has none. */
static bool draw_pair(const runs *r, size_t i, ll_random *stream, uint32_t *t) {
  bool alike = ll_random_below(stream, 2) == 0;
  t[0] = (uint32_t)i, t[2] = alike;
  return alike ? same(r, i, stream, &t[1]) : other(r, i, stream, &t[1]);
}
static bool draw_triplet(const runs *r, size_t i, ll_random *stream, uint32_t *t) {
  t[0] = (uint32_t)i;
  return same(r, i, stream, &t[1]) && other(r, i, stream, &t[2]);
}
static bool draw_quadruplet(const runs *r, size_t i, ll_random *stream, uint32_t *t) {
  return draw_triplet(r, i, stream, t) && third(r, i, t[2], stream, &t[3]);
}
/* One of each class: the first row of its run stands for it. */
static bool draw_match(const runs *r, size_t i, ll_random *stream, uint32_t *t) {
  if (r->place[i] != r->first[i]) return false;
  t[0] = r->rows[r->first[i] + ll_random_below(stream, r->last[i] - r->first[i])];
  return same(r, t[0], stream, &t[1]);
}

static const struct {
  bool (*draw)(const runs *, size_t, ll_random *, uint32_t *);
  size_t columns;
} kinds[] = {[LL_TUPLE_PAIR] = {draw_pair, 3},
             [LL_TUPLE_TRIPLET] = {draw_triplet, 3},
             [LL_TUPLE_QUADRUPLET] = {draw_quadruplet, 4},
             [LL_TUPLE_MATCH] = {draw_match, 2}};
_Static_assert(sizeof kinds / sizeof *kinds == LL_TUPLE_KINDS, "a draw for each kind");

size_t ll_tuple_columns(ll_tuple_kind kind) { return kinds[kind].columns; }

ll_status ll_tuples(ll_ctx *ctx, ll_tuple_kind kind, const ll_matrix *labels, ll_random *stream, uint32_t **out, size_t *count) {
  runs r;
  void *block = NULL;
  *out = NULL, *count = 0;
  size_t columns = kinds[kind].columns;
  LL_TRY(group(ctx, labels, &r));
  ll_status status = ll_calloc(ctx, &block, r.n * columns + 1, sizeof(uint32_t));
  if (status == LL_OK) {
    uint32_t *to = *out = block;
    for (size_t i = 0; i < r.n; i++) {
      uint32_t t[4];
      if (!kinds[kind].draw(&r, i, stream, t)) continue;
      for (size_t c = 0; c < columns; c++) to[*count * columns + c] = t[c];
      ++*count;
    }
  }
  ll_free(ctx, r.rows);
  return status;
}
