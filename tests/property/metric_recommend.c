/* Recommendations against all distances computed one by one. */
#include "tests/metric_cases.h"

static void recommendation(void) {
  enum { U = 300, V = 40, D = 4, K = 6 };
  static ll_real u[U * D], v[V * D];
  static size_t starts[2][U + 1];
  static uint32_t items[2][U * V];
  ll_random r = ll_random_stream(seed, 1, "metric_recommend");
  draw_points(&r, u, U, D, 0), draw_points(&r, v, V, D, 0);
  size_t count[2] = {0};
  for (size_t i = 0; i < U; i++) {
    for (uint32_t o = 0; o < V; o++) {
      uint64_t which = ll_random_below(&r, 12);
      if (which < 2 && (which == 0 || i % 5)) items[which][count[which]++] = o;
    }
    starts[0][i + 1] = count[0], starts[1][i + 1] = count[1];
  }
  ll_lists seen = {U, V, starts[0], items[0]}, held = {U, V, starts[1], items[1]};
  ll_matrix mu = ll_matrix_wrap(u, U, D), mv = ll_matrix_wrap(v, V, D);
  for (int kind = 0; kind < 2; kind++) {
    ll_measure measure = kind ? LL_BY_DOT : LL_BY_EUCLIDEAN;
    double recall = 0, precision = 0, rate = 0, ndcg = 0, users = 0;
    for (size_t i = 0; i < U; i++) {
      size_t wanted = ll_lists_count(&held, i), hits = 0;
      double gain = 0, most = 0;
      if (wanted == 0) continue;
      for (uint32_t o = 0; o < V; o++) {
        size_t place = 1;
        double mine = slow_distance(u + i * D, v + o * D, D, measure);
        for (uint32_t other = 0; other < V; other++)
          place += !ll_lists_has(&seen, i, other) && slow_distance(u + i * D, v + other * D, D, measure) < mine;
        if (place <= K && ll_lists_has(&held, i, o) && !ll_lists_has(&seen, i, o)) hits++, gain += 1 / log2(1 + (double)place);
      }
      for (size_t place = 1; place <= K && place <= wanted; place++) most += 1 / log2(1 + (double)place);
      recall += (double)hits / (double)wanted, precision += (double)hits / K, rate += hits > 0, ndcg += gain / most, users++;
    }
    ll_recommended got;
    works(ctx, ll_metric_recommend(ctx, &mu, &mv, measure, &held, &seen, K, &got));
    near(got.recall, recall / users, 1e-13, 0, "recommend: recall at %d", K);
    near(got.precision, precision / users, 1e-13, 0, "recommend: precision");
    near(got.hit_rate, rate / users, 1e-13, 0, "recommend: hit rate");
    near(got.ndcg, ndcg / users, 1e-13, 0, "recommend: ndcg");
    ok((double)got.users == users && users < U, "over the users with held-out items (%zu of %d)", got.users, U);
  }
}

int main(void) { return run((void (*const[])(void)){recommendation}, 1); }
