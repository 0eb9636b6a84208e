/* Recommendation by embeddings: what was held out among the items nearest to a user. Of items that are equally near the mean over
 * their orders counts. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/metric/neighbours.h"

typedef struct totals {
  const ll_lists *held_out;
  size_t k, users;
  ll_sum recall, precision, hit_rate, ndcg;
} totals;

static double discount(size_t place) { return 1 / ll_log2((double)place + 2); }

static size_t wanted_of(const totals *t, size_t user, const uint32_t *items, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += ll_lists_has(t->held_out, user, items[i]);
  return count;
}

static void add_user(void *state, const ll_neighbours *near) {
  totals *t = state;
  size_t wanted = ll_lists_count(t->held_out, near->query), sure = near->count - near->drawn;
  if (wanted == 0) return;
  size_t certain = wanted_of(t, near->query, near->rows, sure), open = wanted_of(t, near->query, near->last, near->last_count);
  double gain = 0, most = 0, hits = (double)certain;
  if (near->drawn > 0) hits += (double)near->drawn * (double)open / (double)near->last_count;
  for (size_t place = 0; place < t->k && place < wanted; place++) most += discount(place);
  for (size_t first = 0, end; first < near->count; first = end) {
    double sum = 0;
    end = ll_neighbours_tie(near, first);
    for (size_t place = first; place < end; place++) sum += discount(place);
    if (first == sure) gain += sum * (double)open / (double)near->last_count;
    else gain += sum * (double)wanted_of(t, near->query, near->rows + first, end - first) / (double)(end - first);
  }
  ll_sum_add(&t->recall, hits / (double)wanted);
  ll_sum_add(&t->precision, hits / (double)t->k);
  ll_sum_add(&t->hit_rate, certain > 0 ? 1 : ll_neighbours_chance(near->last_count, open, near->drawn));
  ll_sum_add(&t->ndcg, gain / most);
  t->users++;
}

static ll_status check(ll_ctx *ctx, const ll_matrix *users, const ll_matrix *items, const char *what, const ll_lists *lists) {
  if (!lists || (lists->rows == users->rows && lists->cols <= items->rows)) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "recommend: %s of %zu users and %zu items for users %zux%zu and items %zux%zu", what,
                 lists->rows, lists->cols, users->rows, users->cols, items->rows, items->cols);
}

ll_status ll_metric_recommend(ll_ctx *ctx, const ll_matrix *users, const ll_matrix *items, ll_measure measure,
                              const ll_lists *held_out, const ll_lists *seen, size_t k, ll_recommended *out) {
  totals t = {.held_out = held_out, .k = k};
  *out = (ll_recommended){0};
  LL_TRY(check(ctx, users, items, "held-out items", held_out));
  LL_TRY(check(ctx, users, items, "seen items", seen));
  if (k == 0 || k > items->rows) return ll_fail(ctx, LL_ERR_RANGE, "recommend: k = %zu of %zu items", k, items->rows);
  LL_TRY(ll_neighbours_each(ctx, users, items, k, measure, seen, add_user, &t));
  if (t.users == 0) return ll_fail(ctx, LL_ERR_LABEL, "recommend: none of the %zu users has a held-out item", users->rows);
  double n = (double)t.users;
  *out = (ll_recommended){ll_sum_value(&t.recall) / n, ll_sum_value(&t.precision) / n, ll_sum_value(&t.hit_rate) / n,
                          ll_sum_value(&t.ndcg) / n, t.users};
  return LL_OK;
}
