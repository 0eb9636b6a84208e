/* Nearest rows, and the metrics of embeddings made of them, against all distances one by one, over random sizes and ties. */
#include "tests/metric_cases.h"

enum { MANY = 900 };

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

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* The chance that one of row i's class is among its k nearest others: of those as near as the k-th, r of t are drawn at random. */
static double plain_recall(const ll_real *x, size_t n, size_t d, size_t k, size_t i) {
  static double distances[MANY], sorted[MANY];
  double nearer = 0, mates_nearer = 0, equal = 0, mates = 0, miss = 1;
  for (size_t o = 0; o < n; o++) sorted[o] = distances[o] = o == i ? -1 : slow_distance(x + i * d, x + o * d, d, LL_BY_EUCLIDEAN);
  qsort(sorted, n, sizeof *sorted, ascending);
  for (size_t o = 0; o < n; o++) {
    if (o == i || distances[o] > sorted[k]) continue;
    if (distances[o] < sorted[k]) nearer++, mates_nearer += labels[o] == labels[i];
    else equal++, mates += labels[o] == labels[i];
  }
  for (double drawn = 0; drawn < (double)k - nearer; drawn++) miss *= fmax(0, (equal - mates - drawn) / (equal - drawn));
  return mates_nearer > 0 ? 1 : 1 - miss;
}

/* Several blocks of rows on a grid: what is as near as the k-th comes early and late, and is pushed out by what is nearer. */
static void many_equal_distances(void) {
  static ll_real x[MANY * 2];
  ll_random r = ll_random_stream(seed, 2, "metric_neighbours");
  for (int c = 0; c < 12; c++) {
    size_t n = MANY - ll_random_below(&r, 300), k = 1 + ll_random_below(&r, 40);
    uint64_t values = 2 + ll_random_below(&r, 20), kinds = n / (1 + ll_random_below(&r, 20));
    double found = 0, usable = 0;
    for (size_t i = 0; i < 2 * n; i++) x[i] = (ll_real)ll_random_below(&r, values);
    for (size_t i = 0; i < n; i++) labels[i] = (ll_real)ll_random_below(&r, kinds);
    labels[1] = labels[0];
    for (size_t i = 0; i < n; i++) {
      size_t mates = 0;
      for (size_t j = 0; j < n; j++) mates += j != i && labels[j] == labels[i];
      if (mates > 0) found += plain_recall(x, n, 2, k, i), usable++;
    }
    all_near(eval("recall_at_k", ll_matrix_wrap(x, n, 2), ll_matrix_wrap(labels, n, 1), NULL, (double[]){(double)k, 0}),
             found / usable, 1e-13, "recall_at_k, %zu of %zu rows on %d values, case %d", k, n, (int)values, c);
  }
  ok(true, "recall_at_k of rows on a grid");
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
      size_t most = 0, mates = 0;
      double hit = plain_recall(x, n, 3, count, i);
      ll_real winner = -1;
      for (size_t j = 0; j < count; j++) {
        size_t votes = 0;
        for (size_t l = 0; l < count; l++) votes += labels[nearest[i * count + l]] == labels[nearest[i * count + j]];
        if (votes > most) most = votes, winner = labels[nearest[i * count + j]];
      }
      for (size_t j = 0; j < n; j++) mates += j != i && labels[j] == labels[i];
      right += winner == labels[i], found += mates > 0 ? hit : 0, usable += mates > 0;
      double weight = (double)(weights[i] = (ll_real)(i % 4));
      right_w += weight * (winner == labels[i]), found_w += mates > 0 ? weight * hit : 0, usable_w += weight * (mates > 0);
      total_w += weight;
    }
    ll_matrix w = ll_matrix_wrap(weights, n, 1);
    double p[] = {(double)count, 0};
    if (k % 2 == 0) { /* without equal distances, of which the lower row is only one choice: tests/property/metric_ties.c */
      all_near(eval("knn_accuracy", m, y, NULL, p), right / (double)n, 1e-15, "knn_accuracy, case %d", k);
      all_near(eval("knn_accuracy", m, y, &w, p), right_w / total_w, 1e-14, "knn_accuracy, weighted, case %d", k);
    }
    all_near(eval("recall_at_k", m, y, NULL, p), found / usable, 1e-14, "recall_at_k, case %d", k);
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

int main(void) { return run((void (*const[])(void)){neighbours, embeddings, many_equal_distances, bad_input}, 4); }
