/* Tuples of a batch hold what they promise, begin with every row that has one, and are drawn uniformly. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

enum { MOST = 60 };

static void promised(uint64_t seed) {
  ll_random r = ll_random_stream(seed, 0, "tuples");
  size_t n = ll_random_below(&r, MOST), classes = 1 + ll_random_below(&r, 5), sizes[8] = {0}, distinct = 0;
  ll_real values[MOST];
  for (size_t i = 0; i < n; i++) sizes[(size_t)(values[i] = (ll_real)(1 + ll_random_below(&r, classes)))]++;
  for (size_t c = 0; c < 8; c++) distinct += sizes[c] > 0;
  ll_matrix labels = ll_matrix_wrap(values, n, 1);
  for (int kind = 0; kind < LL_TUPLE_KINDS; kind++) {
    uint32_t *tuples;
    size_t count, columns = ll_tuple_columns((ll_tuple_kind)kind), expected = 0, matched = 0;
    works(ctx, ll_tuples(ctx, (ll_tuple_kind)kind, &labels, &r, &tuples, &count));
    for (size_t i = 0; i < n; i++) expected += sizes[(size_t)values[i]] > 1 && distinct >= (kind == LL_TUPLE_QUADRUPLET ? 3 : 2);
    for (size_t c = 0; c < 8; c++) matched += sizes[c] > 1;
    bool right = true;
    for (size_t k = 0; k < count; k++) {
      const uint32_t *t = tuples + k * columns;
#define CLASS(place) values[t[place]]
      for (size_t c = 0; c < (kind == LL_TUPLE_PAIR ? 2 : columns); c++) right = right && t[c] < n;
      if (!right) break;
      switch ((ll_tuple_kind)kind) {
      case LL_TUPLE_PAIR: right = right && t[0] != t[1] && (CLASS(0) == CLASS(1)) == (t[2] == 1); break;
      case LL_TUPLE_QUADRUPLET: right = right && CLASS(3) != CLASS(0) && CLASS(3) != CLASS(2); /* fall through */
      case LL_TUPLE_TRIPLET: right = right && t[0] != t[1] && CLASS(0) == CLASS(1) && CLASS(2) != CLASS(0); break;
      default: right = right && t[0] != t[1] && CLASS(0) == CLASS(1);
      }
    }
    bool all = kind == LL_TUPLE_PAIR    ? count <= n && (distinct < 2 || matched < distinct || count == n)
               : kind == LL_TUPLE_MATCH ? count == matched
                                        : count == expected;
    if (!right || !all)
      ok(false, "seed %d, kind %d, %zu rows, %zu classes: %zu tuples, %zu expected", (int)seed, kind, n, distinct, count, expected);
    ll_free(ctx, tuples);
  }
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  for (uint64_t seed = 0; seed < 500; seed++) promised(seed);
  ok(tap_failed == 0, "500 batches, seeds 0 to 499");

  /* partners are uniform: of 6 rows of a class, each other row of it comes a fifth of the time */
  ll_real values[] = {1, 2, 1, 1, 2, 1, 1, 3, 1};
  ll_matrix labels = ll_matrix_wrap(values, 9, 1);
  ll_random r = ll_random_stream(7, 0, "uniform");
  size_t positives[9] = {0}, negatives[9] = {0}, draws = 30000;
  for (size_t d = 0; d < draws; d++) {
    uint32_t *tuples;
    size_t count;
    works(ctx, ll_tuples(ctx, LL_TUPLE_TRIPLET, &labels, &r, &tuples, &count));
    positives[tuples[1]]++, negatives[tuples[2]]++; /* of row 0, the first */
    ll_free(ctx, tuples);
  }
  double worst = 0;
  for (size_t i = 0; i < 9; i++) {
    bool same = values[i] == 1 && i > 0;
    double p = same ? 1.0 / 5 : 0, q = values[i] == 1 ? 0 : 1.0 / 3;
    worst = fmax(worst, fmax(fabs((double)positives[i] / (double)draws - p), fabs((double)negatives[i] / (double)draws - q)));
  }
  ok(worst < 0.015, "partners are uniform: off by %.4f at most", worst);

  ll_real bad[] = {1, (ll_real)NAN};
  labels = ll_matrix_wrap(bad, 2, 1);
  uint32_t *tuples;
  size_t count;
  ok(ll_tuples(ctx, LL_TUPLE_PAIR, &labels, &r, &tuples, &count) == LL_ERR_LABEL && tuples == NULL, "a label that is no number");
  is_text(ll_message(ctx), "labels, row 2: not a number", "is named by its row");
  labels = ll_matrix_wrap(values, 3, 3);
  ok(ll_tuples(ctx, LL_TUPLE_PAIR, &labels, &r, &tuples, &count) == LL_ERR_SHAPE, "labels of two columns");
  for (uint64_t nth = 1; nth < 8; nth++) { /* every allocation failing */
    labels = ll_matrix_wrap(values, 9, 1);
    ll_memory_fail_at(ctx, nth);
    ll_status status = ll_tuples(ctx, LL_TUPLE_PAIR, &labels, &r, &tuples, &count);
    ll_memory_fail_at(ctx, 0);
    if (status == LL_OK) ll_free(ctx, tuples);
    else if (status != LL_ERR_MEMORY || tuples) ok(false, "failure %d: %s", (int)nth, ll_message(ctx));
  }
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is held");
  ll_ctx_close(ctx);
  return done();
}
