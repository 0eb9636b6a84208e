/* Where the scores of two trials differ: epoch by epoch, as they are unpacked. Rows that hold the same bytes are not unpacked. */
#include <stdio.h>
#include <string.h>

#include "engine/store/merge.h"
#include "losslab/scores.h"

enum { SPLIT, FIRST, LAST, COLUMNS, CODING, SCORES };

/* One trial's scores: the row under way, the epoch that comes next, and its scores once they are read. */
typedef struct reader {
  ll_store *store;
  ll_rows *rows;
  bool more; /* there is an epoch */
  int64_t epoch;
  ll_scores *scores;
  size_t count, room;
  void *values;
} reader;

static ll_value value(const reader *r, int column) { return ll_rows_value(r->rows, (size_t)column); }

static void close_reader(reader *r) {
  ll_scores_close(r->scores);
  ll_rows_close(r->rows);
  ll_free(r->store->ctx, r->values);
}

static ll_status next_row(reader *r) {
  ll_scores_close(r->scores);
  r->scores = NULL;
  LL_TRY(ll_rows_next(r->rows, &r->more));
  if (!r->more) return LL_OK;
  ll_value first = value(r, FIRST), last = value(r, LAST), bytes = value(r, SCORES);
  if (first.integer < 0 || last.integer < first.integer || last.integer >= INT32_MAX || bytes.kind != LL_VALUE_BLOB)
    return ll_fail(r->store->ctx, LL_ERR_FORMAT, "%s is damaged: scores of epochs %lld to %lld", r->store->path,
                   (long long)first.integer, (long long)last.integer);
  r->epoch = first.integer;
  return LL_OK;
}

/* Goes on to the next epoch, in the next row if there is none left in this one. */
static ll_status advance(reader *r) { return r->epoch++ < value(r, LAST).integer ? LL_OK : next_row(r); }

/* The scores of the epoch; values: whether they are wanted. */
static ll_status read(reader *r, bool values) {
  ll_value bytes = value(r, SCORES);
  int64_t first = value(r, FIRST).integer;
  size_t epochs = (size_t)(value(r, LAST).integer - first + 1);
  int coding = (int)value(r, CODING).integer;
  ll_ctx *ctx = r->store->ctx;
  if (!r->scores) {
    LL_TRY(ll_scores_count(ctx, coding, bytes.bytes, bytes.size, epochs, &r->count));
    if (r->count > r->room) {
      LL_TRY(ll_realloc(ctx, &r->values, r->room * sizeof(float), r->count * sizeof(float)));
      r->room = r->count;
    }
    LL_TRY(ll_scores_open(ctx, coding, bytes.bytes, bytes.size, epochs, r->count, &r->scores));
    for (int64_t e = first; e < r->epoch; e++) LL_TRY(ll_scores_next(r->scores, NULL));
  }
  return ll_scores_next(r->scores, values ? r->values : NULL);
}

static int order(const reader *a, const reader *b) {
  if (!a->more || !b->more) return !a->more ? 1 : -1;
  ll_value x = value(a, SPLIT), y = value(b, SPLIT);
  int by = memcmp(x.bytes, y.bytes, x.size < y.size ? x.size : y.size);
  if (by == 0) by = (x.size > y.size) - (x.size < y.size);
  return by ? by : (a->epoch > b->epoch) - (a->epoch < b->epoch);
}

/* Both are at the beginning of rows that are the same. */
static bool same_row(const reader *a, const reader *b) {
  if (a->epoch != value(a, FIRST).integer || b->epoch != value(b, FIRST).integer) return false;
  for (int c = LAST; c <= CODING; c++)
    if (value(a, c).integer != value(b, c).integer) return false;
  ll_value x = value(a, SCORES), y = value(b, SCORES);
  return x.size == y.size && memcmp(x.bytes, y.bytes, x.size) == 0;
}

static void say(const reader *r, const char *column, ll_difference *out) {
  ll_value split = value(r, SPLIT);
  out->table = "score", out->epoch = r->epoch;
  snprintf(out->column, sizeof out->column, "%s", column);
  snprintf(out->place, sizeof out->place, "%.*s, epoch %lld", (int)(split.size < 32 ? split.size : 32), (const char *)split.bytes,
           (long long)r->epoch);
}

static void say_integers(int64_t a, int64_t b, ll_difference *out) {
  snprintf(out->a, sizeof out->a, "%lld", (long long)a);
  snprintf(out->b, sizeof out->b, "%lld", (long long)b);
}

static bool same_bits(float a, float b) {
  uint32_t x, y;
  memcpy(&x, &a, sizeof x), memcpy(&y, &b, sizeof y);
  return x == y;
}

/* An epoch that both have. Ranks cannot be compared with scores. */
static ll_status compare(reader *a, reader *b, bool strict, ll_difference *out) {
  bool ranks = value(a, CODING).integer == LL_SCORES_RANKS;
  if (ranks != (value(b, CODING).integer == LL_SCORES_RANKS)) {
    LL_TRY(read(a, false));
    LL_TRY(read(b, false));
    if (!strict) return LL_OK;
    say(a, "coding", out);
    say_integers(value(a, CODING).integer, value(b, CODING).integer, out);
    return LL_OK;
  }
  LL_TRY(read(a, true));
  LL_TRY(read(b, true));
  int64_t columns_a = value(a, COLUMNS).integer, columns_b = value(b, COLUMNS).integer;
  if (columns_a != columns_b || a->count != b->count) {
    say(a, columns_a != columns_b ? "columns" : "scores", out);
    if (columns_a != columns_b) say_integers(columns_a, columns_b, out);
    else say_integers((int64_t)a->count, (int64_t)b->count, out);
    return LL_OK;
  }
  const float *x = a->values, *y = b->values;
  size_t i = 0;
  while (i < a->count && same_bits(x[i], y[i])) i++;
  if (i == a->count) return LL_OK;
  say(a, "scores", out);
  out->row = (int64_t)i / (columns_a > 0 ? columns_a : 1) + 1;
  snprintf(out->a, sizeof out->a, "%.9g", (double)x[i]);
  snprintf(out->b, sizeof out->b, "%.9g", (double)y[i]);
  return LL_OK;
}

/* An epoch that one of them has alone. */
static ll_status pass(reader *r, bool in_a, bool strict, ll_difference *out) {
  if (!strict) return r->scores ? read(r, false) : LL_OK;
  say(r, "", out);
  snprintf(in_a ? out->a : out->b, sizeof out->a, "scores");
  return LL_OK;
}

ll_status ll_store_differ_scores(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, bool strict, ll_difference *out) {
  ll_value one = ll_value_integer(trial_a), other = ll_value_integer(trial_b);
  reader x = {.store = a}, y = {.store = b};
  ll_status status;
  LL_GOTO(done, ll_store_query(a, "same_scores", &one, 1, &x.rows));
  LL_GOTO(done, ll_store_query(b, "same_scores", &other, 1, &y.rows));
  LL_GOTO(done, next_row(&x));
  LL_GOTO(done, next_row(&y));
  while (!out->table && (x.more || y.more)) {
    int by = order(&x, &y);
    if (by == 0 && same_row(&x, &y)) {
      LL_GOTO(done, next_row(&x));
      LL_GOTO(done, next_row(&y));
      continue;
    }
    if (by == 0) LL_GOTO(done, compare(&x, &y, strict, out));
    else LL_GOTO(done, pass(by < 0 ? &x : &y, by < 0, strict, out));
    if (out->table) break;
    if (by <= 0) LL_GOTO(done, advance(&x));
    if (by >= 0) LL_GOTO(done, advance(&y));
  }
done:
  close_reader(&x);
  close_reader(&y);
  return status;
}
