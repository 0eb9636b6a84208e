/* Nearest rows, and the metrics of embeddings made of them, against all distances one by one, over random sizes and ties. */
#include "tests/metric_cases.h"

static void neighbours(void) {
  static ll_real q[800 * 5], b[900 * 5];
  static uint32_t nearest[800 * 7];
  ll_random r = ll_random_stream(seed, 1, "metric_neighbours");
  size_t wrong = 0, tried = 0;
  for (int k = 0; k < 24; k++) {
    size_t n = 1 + ll_random_below(&r, k % 6 ? 90 : 800), m = 8 + ll_random_below(&r, k % 6 ? 90 : 890),
           d = 1 + ll_random_below(&r, 5);
    bool self = k % 4 == 3;
    ll_measure measure = k % 2 ? LL_BY_EUCLIDEAN : LL_BY_DOT;
    if (self && n < 9) n = 9;
    draw_points(&r, q, n, d, k % 3), draw_points(&r, b, m, d, k % 3);
    ll_matrix mq = ll_matrix_wrap(q, n, d), mb = ll_matrix_wrap(b, m, d);
    works(ctx, ll_metric_neighbours(ctx, &mq, self ? NULL : &mb, 7, measure, NULL, nearest));
    const ll_real *base = self ? q : b;
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < 7; j++, tried++) { /* exactly j rows come before the j-th */
        uint32_t own = nearest[i * 7 + j];
        double mine = slow_distance(q + i * d, base + own * d, d, measure);
        size_t before = 0;
        for (size_t o = 0; o < (self ? n : m); o++) {
          if (self && o == i) continue;
          double other = slow_distance(q + i * d, base + o * d, d, measure);
          before += other < mine || (other == mine && o < own);
        }
        wrong += before != j || (self && own == i);
      }
  }
  ok(wrong == 0, "neighbours: %zu of %zu are those of the plain formula, seed %u", tried - wrong, tried, seed);

  static size_t starts[41];
  static uint32_t hidden[400];
  draw_points(&r, q, 40, 3, 0), draw_points(&r, b, 10, 3, 0);
  size_t count = 0;
  for (size_t i = 0; i < 40; i++) {
    for (uint32_t o = 0; o < 10; o++)
      if (i % 8 == 0 || ll_random_below(&r, 2)) hidden[count++] = o; /* all are hidden from some */
    starts[i + 1] = count;
  }
  ll_lists lists_ = {40, 10, starts, hidden};
  ll_matrix mq = ll_matrix_wrap(q, 40, 3), mb = ll_matrix_wrap(b, 10, 3);
  works(ctx, ll_metric_neighbours(ctx, &mq, &mb, 10, LL_BY_COSINE, &lists_, nearest));
  bool right = true;
  for (size_t i = 0; i < 40; i++) {
    size_t left = 10 - ll_lists_count(&lists_, i);
    for (size_t j = 0; j < 10; j++)
      right = right && (j < left ? nearest[i * 10 + j] < 10 && !ll_lists_has(&lists_, i, nearest[i * 10 + j])
                                 : nearest[i * 10 + j] == UINT32_MAX);
  }
  ok(right, "what is excluded is never found, and nothing stands where nothing is left");
}

static void embeddings(void) {
  static ll_real x[MOST * 3];
  static uint32_t nearest[MOST * 5];
  ll_random r = ll_random_stream(seed, 1, "metric_neighbours");
  for (int k = 0; k < 60; k++) {
    size_t n = 6 + ll_random_below(&r, MOST - 6), count = 1 + ll_random_below(&r, 5);
    draw_points(&r, x, n, 3, k % 2);
    for (size_t i = 0; i < n; i++) labels[i] = (ll_real)ll_random_below(&r, n / 3);
    labels[1] = labels[0];
    ll_matrix m = ll_matrix_wrap(x, n, 3), y = ll_matrix_wrap(labels, n, 1);
    works(ctx, ll_metric_neighbours(ctx, &m, NULL, count, LL_BY_EUCLIDEAN, NULL, nearest));
    double right = 0, found = 0, usable = 0, right_w = 0, found_w = 0, usable_w = 0, total_w = 0;
    for (size_t i = 0; i < n; i++) {
      size_t most = 0, mates = 0, hits = 0;
      ll_real winner = -1;
      for (size_t j = 0; j < count; j++) {
        size_t votes = 0;
        for (size_t l = 0; l < count; l++) votes += labels[nearest[i * count + l]] == labels[nearest[i * count + j]];
        if (votes > most) most = votes, winner = labels[nearest[i * count + j]];
        hits += labels[nearest[i * count + j]] == labels[i];
      }
      for (size_t j = 0; j < n; j++) mates += j != i && labels[j] == labels[i];
      right += winner == labels[i], found += hits > 0, usable += mates > 0;
      double weight = (double)(weights[i] = (ll_real)(i % 4));
      right_w += weight * (winner == labels[i]), found_w += weight * (hits > 0), usable_w += weight * (mates > 0);
      total_w += weight;
    }
    all_near(eval("knn_accuracy", m, y, NULL, (double[]){(double)count, 0}), right / (double)n, 1e-15, "knn_accuracy, case %d", k);
    all_near(eval("recall_at_k", m, y, NULL, (double[]){(double)count, 0}), found / usable, 1e-15, "recall_at_k, case %d", k);
    ll_matrix w = ll_matrix_wrap(weights, n, 1);
    double p[] = {(double)count, 0};
    all_near(eval("knn_accuracy", m, y, &w, p), right_w / total_w, 1e-14, "knn_accuracy, weighted, case %d", k);
    if (usable_w > 0) all_near(eval("recall_at_k", m, y, &w, p), found_w / usable_w, 1e-14, "recall_at_k, weighted, case %d", k);
    double own;
    works(ctx, ll_metric_knn_of(ctx, &m, &y, &m, &y, 1, LL_BY_EUCLIDEAN, &own));
    if (k % 2 == 0) all_near(own, 1, 0, "a row's nearest training row is itself, case %d", k);
  }
  ok(true, "knn_accuracy and recall_at_k: 60 cases");
}

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), two = ll_matrix_wrap(p.data, 2, 2),
            c = ll_matrix_wrap((ll_real[]){1, 3}, 2, 1);
  ll_matrix zero = ll_matrix_wrap((ll_real[]){1, 1, 0, 0}, 2, 2), bad = ll_matrix_wrap((ll_real[]){1, NAN, 0, 0}, 2, 2);
  uint32_t nearest[8];
  refuse("knn_accuracy", &two, &c, NULL, LL_ERR_RANGE, "k = 5, but a row has 1 other");
  refuse("recall_at_k", &two, &c, NULL, LL_ERR_LABEL, "no class has two of the 2 rows");
  refused(ll_metric_neighbours(ctx, &zero, NULL, 1, LL_BY_COSINE, NULL, nearest), LL_ERR_NUMBER, "row 2 of the queries has norm 0");
  refused(ll_metric_neighbours(ctx, &zero, &p, 1, LL_BY_DOT, NULL, nearest), LL_ERR_SHAPE,
          "rows to search (m,d) is 4x1, which does not fit queries (n,d), 2x2");
  refused(ll_metric_neighbours(ctx, &two, &bad, 1, LL_BY_DOT, NULL, nearest), LL_ERR_NUMBER,
          "rows to search, row 1, column 2: NaN");
}

int main(void) { return run((void (*const[])(void)){neighbours, embeddings, bad_input}, 3); }
