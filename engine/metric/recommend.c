/* Recommendation by embeddings, a block of users at a time, so that the scores of all users and items never exist at once. */
#include <math.h>

#include "engine/metric/ranking.h"

enum { USERS = 256 };

typedef struct totals {
  ll_sum recall, precision, hit_rate, ndcg;
} totals;

static void add_user(totals *t, const uint32_t *nearest, size_t k, const ll_lists *held_out, size_t user) {
  size_t wanted = ll_lists_count(held_out, user), hits = 0;
  double gain = 0, most = 0;
  for (size_t place = 0; place < k; place++) {
    if (place < wanted) most += 1 / log2((double)place + 2);
    if (nearest[place] == UINT32_MAX || !ll_lists_has(held_out, user, nearest[place])) continue;
    gain += 1 / log2((double)place + 2);
    hits++;
  }
  ll_sum_add(&t->recall, (double)hits / (double)wanted);
  ll_sum_add(&t->precision, (double)hits / (double)k);
  ll_sum_add(&t->hit_rate, hits > 0);
  ll_sum_add(&t->ndcg, gain / most);
}

static ll_status check(ll_ctx *ctx, const ll_matrix *users, const ll_matrix *items, const char *what, const ll_lists *lists) {
  if (!lists || (lists->rows == users->rows && lists->cols <= items->rows)) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "recommend: %s of %zu users and %zu items for users %zux%zu and items %zux%zu", what,
                 lists->rows, lists->cols, users->rows, users->cols, items->rows, items->cols);
}

ll_status ll_metric_recommend(ll_ctx *ctx, const ll_matrix *users, const ll_matrix *items, ll_measure measure,
                              const ll_lists *held_out, const ll_lists *seen, size_t k, ll_recommended *out) {
  ll_status status = LL_OK;
  totals t = {0};
  size_t counted = 0;
  void *block = NULL;
  *out = (ll_recommended){0};
  LL_TRY(check(ctx, users, items, "held-out items", held_out));
  LL_TRY(check(ctx, users, items, "seen items", seen));
  if (k == 0 || k > items->rows) return ll_fail(ctx, LL_ERR_RANGE, "recommend: k = %zu of %zu items", k, items->rows);
  LL_TRY(ll_alloc(ctx, &block, USERS * k * sizeof(uint32_t)));
  uint32_t *nearest = block;
  for (size_t first = 0; first < users->rows; first += USERS) {
    size_t n = users->rows - first < USERS ? users->rows - first : USERS;
    ll_matrix some;
    ll_lists hidden = {0};
    if (seen) hidden = (ll_lists){n, seen->cols, seen->starts + first, seen->items};
    LL_GOTO(cleanup, ll_matrix_view(ctx, users, first, 0, n, users->cols, &some));
    status = ll_metric_neighbours(ctx, &some, items, k, measure, seen ? &hidden : NULL, nearest);
    ll_matrix_release(ctx, &some);
    if (status != LL_OK) goto cleanup;
    for (size_t i = 0; i < n; i++)
      if (ll_lists_count(held_out, first + i) > 0) add_user(&t, nearest + i * k, k, held_out, first + i), counted++;
  }
  if (counted == 0) {
    status = ll_fail(ctx, LL_ERR_LABEL, "recommend: none of the %zu users has a held-out item", users->rows);
    goto cleanup;
  }
  double n = (double)counted;
  *out = (ll_recommended){ll_sum_value(&t.recall) / n, ll_sum_value(&t.precision) / n, ll_sum_value(&t.hit_rate) / n,
                          ll_sum_value(&t.ndcg) / n, counted};
cleanup:
  ll_free(ctx, block);
  return status;
}
