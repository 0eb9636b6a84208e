/* Where two trials differ. Their rows are read side by side, each table in the order of its primary key, and compared value by
 * value; the statements leave out what may differ (tests/unit/store_merge.c holds that of them). */
#include <stdio.h>
#include <string.h>

#include "engine/store/merge.h"

/* A table's statement, and how many columns, from the first, are its key. */
typedef struct kind {
  const char *table, *statement;
  size_t keys;
} kind;

static const kind kinds[] = {
    {"trial", "same_trial", 0},    {"epoch", "same_epochs", 1},     {"learnt", "same_learnt", 2},
    {"metric", "same_metrics", 3}, {"network", "same_networks", 1}, {"kept", "same_kept", 1},
};
enum { LENIENT = 2 }; /* columns at the end of same_trial that are what was asked, no numbers of the trial */

static bool same_bits(double a, double b) {
  uint64_t x, y;
  memcpy(&x, &a, sizeof x), memcpy(&y, &b, sizeof y);
  return x == y;
}

static bool same(ll_value a, ll_value b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
  case LL_VALUE_NULL: return true;
  case LL_VALUE_INTEGER: return a.integer == b.integer;
  case LL_VALUE_REAL: return same_bits(a.real, b.real);
  default: return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
  }
}

/* The order of keys: integers, or texts by their bytes. */
static int order(ll_value a, ll_value b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind == LL_VALUE_INTEGER) return (a.integer > b.integer) - (a.integer < b.integer);
  if (a.kind != LL_VALUE_TEXT) return 0;
  int by = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);
  return by ? by : (a.size > b.size) - (a.size < b.size);
}

static void say(char *out, size_t room, ll_value v) {
  switch (v.kind) {
  case LL_VALUE_NULL: snprintf(out, room, "none"); break;
  case LL_VALUE_INTEGER: snprintf(out, room, "%lld", (long long)v.integer); break;
  case LL_VALUE_REAL: snprintf(out, room, "%.17g", v.real); break;
  case LL_VALUE_TEXT: snprintf(out, room, "%.*s", (int)(v.size < room ? v.size : room), (const char *)v.bytes); break;
  case LL_VALUE_BLOB: snprintf(out, room, "%zu bytes", v.size); break;
  }
}

/* The row of an ll_difference: which one it is, by its key. */
static void say_place(const kind *k, const ll_rows *rows, ll_difference *out) {
  size_t at = 0;
  out->epoch = -1, out->place[0] = 0;
  for (size_t i = 0; i < k->keys && at < sizeof out->place - 1; i++) {
    char word[96];
    bool is_epoch = strcmp(ll_rows_name(rows, i), "epoch") == 0;
    ll_value v = ll_rows_value(rows, i);
    say(word, sizeof word, v);
    if (is_epoch) out->epoch = v.integer;
    at += (size_t)snprintf(out->place + at, sizeof out->place - at, "%s%s%s", i ? ", " : "", is_epoch ? "epoch " : "", word);
  }
}

/* Two blobs of which one is not the other: where, and what stands there. */
static void say_blobs(ll_value a, ll_value b, const ll_rows *rows, bool floats, ll_difference *out) {
  const unsigned char *x = a.bytes, *y = b.bytes;
  size_t at = 0;
  if (a.kind != LL_VALUE_BLOB || b.kind != LL_VALUE_BLOB || a.size != b.size) return;
  while (x[at] == y[at]) at++;
  if (!floats) {
    snprintf(out->a, sizeof out->a, "byte %zu is %02x", at + 1, x[at]);
    snprintf(out->b, sizeof out->b, "byte %zu is %02x", at + 1, y[at]);
  } else if (at / 4 * 4 + 4 <= a.size) {
    float p, q;
    int64_t columns = ll_rows_value(rows, 1).integer;
    memcpy(&p, x + at / 4 * 4, 4), memcpy(&q, y + at / 4 * 4, 4);
    out->row = (int64_t)(at / 4) / (columns > 0 ? columns : 1) + 1;
    snprintf(out->a, sizeof out->a, "%.9g", (double)p), snprintf(out->b, sizeof out->b, "%.9g", (double)q);
  }
}

static void say_values(const kind *k, const ll_rows *a, const ll_rows *b, size_t column, ll_difference *out) {
  ll_value x = ll_rows_value(a, column), y = ll_rows_value(b, column);
  out->table = k->table;
  snprintf(out->column, sizeof out->column, "%s", ll_rows_name(a, column));
  say_place(k, a, out);
  say(out->a, sizeof out->a, x), say(out->b, sizeof out->b, y);
  say_blobs(x, y, a, strcmp(out->column, "numbers") == 0, out);
}

/* A row that one of them has alone. */
static void say_alone(const kind *k, const ll_rows *rows, bool in_a, ll_difference *out) {
  out->table = k->table;
  say_place(k, rows, out);
  say(in_a ? out->a : out->b, sizeof out->a, ll_rows_value(rows, k->keys));
}

/* strict: rows of one alone differ, too. */
static ll_status walk(const kind *k, ll_rows *a, ll_rows *b, bool strict, ll_difference *out) {
  bool more_a, more_b;
  size_t columns = ll_rows_columns(a) - (k->keys == 0 && !strict ? LENIENT : 0);
  LL_TRY(ll_rows_next(a, &more_a));
  LL_TRY(ll_rows_next(b, &more_b));
  if (k->keys == 0 && !more_a && !more_b) out->table = k->table; /* neither has the trial */
  while (!out->table && (more_a || more_b)) {
    int by = !more_a ? 1 : !more_b ? -1 : 0;
    for (size_t i = 0; by == 0 && i < k->keys; i++) by = order(ll_rows_value(a, i), ll_rows_value(b, i));
    if (by != 0 && strict) say_alone(k, by < 0 ? a : b, by < 0, out);
    for (size_t i = k->keys; by == 0 && !out->table && i < columns; i++)
      if (!same(ll_rows_value(a, i), ll_rows_value(b, i))) say_values(k, a, b, i, out);
    if (by <= 0) LL_TRY(ll_rows_next(a, &more_a));
    if (by >= 0) LL_TRY(ll_rows_next(b, &more_b));
  }
  return LL_OK;
}

static ll_status differ(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, bool strict, ll_difference *out) {
  ll_value one = ll_value_integer(trial_a), other = ll_value_integer(trial_b);
  *out = (ll_difference){.epoch = -1};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !out->table; i++) {
    ll_rows *rows_a = NULL, *rows_b = NULL;
    ll_status status = ll_store_query(a, kinds[i].statement, &one, 1, &rows_a);
    if (status == LL_OK) status = ll_store_query(b, kinds[i].statement, &other, 1, &rows_b);
    if (status == LL_OK) status = walk(&kinds[i], rows_a, rows_b, strict, out);
    ll_rows_close(rows_a);
    ll_rows_close(rows_b);
    LL_TRY(status);
  }
  if (out->table && !*out->column && strcmp(out->table, "trial") == 0) {
    bool lacks_a = !*out->a;
    return ll_fail(a->ctx, LL_ERR_ARGUMENT, "%s has no trial %lld", (lacks_a ? a : b)->path,
                   (long long)(lacks_a ? trial_a : trial_b));
  }
  return out->table ? LL_OK : ll_store_differ_scores(a, trial_a, b, trial_b, strict, out);
}

ll_status ll_store_differ(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, ll_difference *out) {
  return differ(a, trial_a, b, trial_b, true, out);
}

ll_status ll_store_differ_where_both(ll_store *a, int64_t trial_a, ll_store *b, int64_t trial_b, ll_difference *out) {
  return differ(a, trial_a, b, trial_b, false, out);
}
