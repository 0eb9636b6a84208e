/* Equal scores, equal distances: no metric may depend on which row comes first in memory. Each is the same for rows in another
 * order; those that need an order take the mean over all orders of what is equal, here by going through them all, by plain rules in
 * which the lower row comes first. */
#include "tests/metric_cases.h"

enum { FEW = 7, ORDERS = 5040 };

/* orders[0..n!) of 0..n-1. */
static size_t all_orders(size_t n, uint8_t orders[ORDERS][FEW]) {
  size_t count = 1;
  for (size_t i = 0; i < n; i++) orders[0][i] = (uint8_t)i;
  for (;; count++) { /* the next in lexicographic order */
    uint8_t *o = orders[count];
    size_t i = n - 1, j = n - 1;
    if (count == ORDERS) return count;
    memcpy(o, orders[count - 1], FEW);
    while (i > 0 && o[i - 1] > o[i]) i--;
    if (i == 0) return count;
    while (o[j] < o[i - 1]) j--;
    uint8_t kept = o[i - 1];
    o[i - 1] = o[j], o[j] = kept;
    for (size_t a = i, b = n - 1; a < b; a++, b--) kept = o[a], o[a] = o[b], o[b] = kept;
  }
}
static uint8_t orders[ORDERS][FEW];

/* ---- rows in another order ----------------------------------------------------------------------------------------------------
 */

static void draw_tied(ll_random *r, const ll_metric_desc *m, size_t n, size_t cols, bool constant) {
  for (size_t i = 0; i < n * cols; i++)
    scores[i] = constant ? (ll_real)0.5 : (ll_real)((double)ll_random_below(r, 3) / 2); /* probabilities, too */
  for (size_t i = 0; i < n; i++) {
    labels[i] = (ll_real)(i < 2 ? i : ll_random_below(r, m->needs == LL_NEEDS_LISTS ? 4 : 2));
    if (m->needs == LL_NEEDS_CLASSES || m->needs == LL_NEEDS_EMBEDDINGS) labels[i] = (ll_real)(1 + ll_random_below(r, 3));
    weights[i] = (ll_real)(0.1 * (double)(1 + ll_random_below(r, 9)));
  }
  if (m->needs == LL_NEEDS_EMBEDDINGS) labels[1] = labels[0];
  for (size_t i = 0; i < n && m->needs == LL_NEEDS_VALUES; i++) scores[i] += (ll_real)0.5; /* rates, too */
  for (size_t i = 0; i < n && m->needs == LL_NEEDS_CLASSES && !constant; i++) {            /* sums are 1 */
    ll_real *row = scores + i * cols;
    size_t top = ll_random_below(r, 4);
    for (size_t j = 0; j < cols; j++) row[j] = top == 3 ? (ll_real)(1.0 / 3) : j == top ? (ll_real)0.5 : (ll_real)0.25;
  }
  for (size_t i = 0; i < n * cols && m->needs == LL_NEEDS_CLASSES && constant; i++) scores[i] = (ll_real)(1.0 / 3);
}

static void rows_in_another_order(void) {
  static ll_real s2[MOST * 3], y2[MOST], w2[MOST];
  ll_random r = ll_random_stream(seed, 1, "metric_ties");
  for (size_t which = 0; which < ll_metric_count; which++) {
    const ll_metric_desc *m = ll_metrics[which];
    size_t cols = m->needs == LL_NEEDS_CLASSES ? 3 : m->needs == LL_NEEDS_EMBEDDINGS ? 2 : 1;
    for (int k = 0; k < 40; k++) {
      size_t n = 8 + ll_random_below(&r, MOST - 8);
      bool sorted = k % 2, weighted = m->weighted && m->needs != LL_NEEDS_LISTS && k % 4 > 1;
      uint32_t order[MOST];
      double params[LL_MAX_PARAMS];
      draw_tied(&r, m, n, cols, k % 5 == 0);
      ll_random_permutation(&r, order, (uint32_t)n);
      if (sorted) { /* the order that flatters: by label */
        size_t at = 0;
        for (int label = 3; label >= 0; label--)
          for (uint32_t i = 0; i < n; i++)
            if (labels[i] == (ll_real)label) order[at++] = i;
      }
      for (size_t i = 0; i < n; i++) {
        memcpy(s2 + i * cols, scores + order[i] * cols, cols * sizeof *s2);
        y2[i] = labels[order[i]], w2[i] = weights[order[i]];
      }
      ll_params_default(&m->params, params);
      for (size_t p = 0; p < m->params.count; p++) /* any k, any number of bins; of bins those of equal mass, too */
        if (m->params.params[p].kind == LL_PARAM_INTEGER)
          params[p] = (double)(1 + ll_random_below(&r, m->needs == LL_NEEDS_CLASSES ? 3 : 7));
        else if (strcmp(m->params.params[p].name, "binning") == 0) params[p] = (double)ll_random_below(&r, 2);
      ll_matrix w = ll_matrix_wrap(weights, n, 1), v = ll_matrix_wrap(w2, n, 1);
      double one = eval(m->name, ll_matrix_wrap(scores, n, cols), ll_matrix_wrap(labels, n, 1), weighted ? &w : NULL, params);
      double two = eval(m->name, ll_matrix_wrap(s2, n, cols), ll_matrix_wrap(y2, n, 1), weighted ? &v : NULL, params);
      all_near(two, one, 1e-13, "%s of rows in another order, case %d of %zu rows, seed %u", m->name, k, n, seed);
    }
    ok(true, "%s does not depend on the order of the rows", m->name);
  }
}

static void swap(ll_real *x, size_t i, size_t j) {
  ll_real kept = x[i];
  x[i] = x[j], x[j] = kept;
}

/* Points of curves are as many, and where they were; DeLong's interval, q-values and bins, too. Weights of tenths, whose sums are
 * rounded one way or another, must not move a row to another bin or bend a straight line. */
static void what_is_more_than_a_number(void) {
  ll_random r = ll_random_stream(seed, 6, "metric_ties");
  for (int k = 0; k < 3000; k++) {
    size_t n = 4 + ll_random_below(&r, 26), bins = 1 + ll_random_below(&r, 8);
    uint32_t at[30];
    for (uint32_t i = 0; i < n; i++) {
      scores[i] = (ll_real)(k % 10 ? (double)ll_random_below(&r, 5) / 4 : 0.5),
      labels[i] = (ll_real)(i < 4 ? i % 2 : ll_random_below(&r, 2));
      weights[i] = (ll_real)(0.1 * (double)(1 + ll_random_below(&r, 9))), at[i] = i;
    }
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), w = ll_matrix_wrap(weights, n, 1), out[2][4];
    ll_delong interval[2];
    for (int turn = 0; turn < 2; turn++) {
      works(ctx, ll_metric_roc(ctx, &s, &y, &w, 0, &out[turn][0]));
      works(ctx, ll_metric_precision_recall(ctx, &s, &y, &w, 0, &out[turn][1]));
      works(ctx, ll_metric_reliability(ctx, &s, &y, &w, bins, true, LL_FROM_PROBABILITIES, &out[turn][2]));
      works(ctx, ll_metric_qvalues(ctx, &s, &y, &out[turn][3]));
      works(ctx, ll_metric_delong(ctx, &s, &y, 0.9, &interval[turn]));
      for (size_t i = n - 1; i > 0 && turn == 0; i--) {
        size_t j = ll_random_below(&r, i + 1);
        uint32_t kept = at[i];
        at[i] = at[j], at[j] = kept;
        swap(scores, i, j), swap(labels, i, j), swap(weights, i, j);
      }
    }
    bool same = true;
    for (int i = 0; i < 4; i++) same = same && out[0][i].rows == out[1][i].rows;
    for (int i = 0; same && i < 4; i++)
      for (size_t row = 0; row < out[0][i].rows; row++)
        for (size_t j = 0; j < out[0][i].cols; j++) {
          double one = (double)ll_matrix_row(&out[0][i], i < 3 ? row : at[row])[j], two = (double)ll_matrix_row(&out[1][i], row)[j];
          same = same && (one == two || fabs(one - two) < 4 * (double)LL_EPS);
        }
    same = same && fabs(interval[0].low - interval[1].low) < 1e-12 && fabs(interval[0].auc - interval[1].auc) < 1e-12;
    for (int turn = 0; turn < 2; turn++)
      for (int i = 0; i < 4; i++) ll_matrix_release(ctx, &out[turn][i]);
    if (same) continue;
    ok(false, "curves, bins, q-values and intervals of rows in another order: case %d of %zu rows, seed %u", k, n, seed);
    return;
  }
  ok(true, "curves, bins, q-values and intervals do not depend on the order of the rows");
}

/* ---- the mean over all orders -------------------------------------------------------------------------------------------------
 */

static double plain_ndcg(const uint8_t *order, size_t n, size_t k) {
  double got = 0, most = 0;
  for (size_t i = 0; i < n; i++) {
    size_t place = 1, ideal = 1;
    for (size_t j = 0; j < n; j++) {
      ll_real mine = scores[order[i]], other = scores[order[j]];
      place += other > mine || (other == mine && j < i);
      ideal += labels[order[j]] > labels[order[i]] || (labels[order[j]] == labels[order[i]] && j < i);
    }
    double gain = pow(2, (double)labels[order[i]]) - 1;
    if (place <= k) got += gain / log2(1 + (double)place);
    if (ideal <= k) most += gain / log2(1 + (double)ideal);
  }
  return got / most;
}

static void lists(void) {
  ll_random r = ll_random_stream(seed, 2, "metric_ties");
  for (int c = 0; c < 60; c++) {
    size_t n = 2 + ll_random_below(&r, FEW - 1), k = 1 + ll_random_below(&r, n), count = all_orders(n, orders);
    for (size_t i = 0; i < n; i++) {
      scores[i] = (ll_real)(c % 6 ? (double)ll_random_below(&r, 3) : 0);
      labels[i] = (ll_real)(i == 0 ? 1 : (double)ll_random_below(&r, 4));
    }
    double mean = 0;
    for (size_t o = 0; o < count; o++) mean += plain_ndcg(orders[o], n, k) / (double)count;
    all_near(eval("ndcg", ll_matrix_wrap(scores, n, 1), ll_matrix_wrap(labels, n, 1), NULL, (double[]){(double)k, 0}), mean, 1e-12,
             "ndcg at %zu of %zu entries, case %d, seed %u", k, n, c, seed);
  }
  ok(true, "ndcg is the mean over all orders of equal scores");
}

static void classes(void) {
  ll_random r = ll_random_stream(seed, 3, "metric_ties");
  enum { CLASSES = 5 };
  size_t count = all_orders(CLASSES, orders);
  for (int c = 0; c < 60; c++) {
    size_t n = 1 + ll_random_below(&r, 12), k = 1 + ll_random_below(&r, CLASSES);
    double mean = 0, balanced = 0, hits[CLASSES] = {0}, of[CLASSES] = {0}, present = 0;
    for (size_t i = 0; i < n; i++) {
      size_t own = ll_random_below(&r, CLASSES);
      labels[i] = (ll_real)(own + 1), of[own]++;
      for (size_t j = 0; j < CLASSES; j++) scores[i * CLASSES + j] = (ll_real)(c % 6 ? (double)ll_random_below(&r, 3) : 1);
      for (size_t o = 0; o < count; o++) {
        size_t before = 0, at = 0;
        while (orders[o][at] != own) at++;
        for (size_t j = 0; j < CLASSES; j++) {
          ll_real mine = scores[i * CLASSES + own], other = scores[i * CLASSES + orders[o][j]];
          before += other > mine || (other == mine && j < at);
        }
        mean += (before < k) / (double)(count * n), hits[own] += (before == 0) / (double)count;
      }
    }
    for (size_t j = 0; j < CLASSES; j++)
      if (of[j] > 0) balanced += hits[j] / of[j], present++;
    ll_matrix s = ll_matrix_wrap(scores, n, CLASSES), y = ll_matrix_wrap(labels, n, 1);
    all_near(eval("multiclass_accuracy", s, y, NULL, (double[]){(double)k}), mean, 1e-13, "top-%zu accuracy, case %d", k, c);
    all_near(eval("multiclass_balanced_accuracy", s, y, NULL, NULL), balanced / present, 1e-13, "balanced accuracy, case %d", c);
  }
  ok(true, "multiclass accuracies are the mean over all orders of classes with one score");
}

/* The k rows nearest to row i, but for row `out`, lower place in the order first. */
static void plain_nearest(const uint8_t *order, size_t n, size_t i, size_t out, size_t k, const ll_real *x, size_t d,
                          uint8_t *nearest) {
  for (size_t j = 0; j < n; j++) {
    size_t before = 0;
    double mine = slow_distance(x + i * d, x + order[j] * d, d, LL_BY_EUCLIDEAN);
    for (size_t o = 0; o < n; o++) {
      double other = slow_distance(x + i * d, x + order[o] * d, d, LL_BY_EUCLIDEAN);
      before += order[o] != out && (other < mine || (other == mine && o < j));
    }
    if (order[j] != out && before < k) nearest[before] = order[j];
  }
}

/* The class most of the k have; of several, that of the nearest row among them. */
static ll_real plain_vote(const uint8_t *nearest, size_t k) {
  size_t most = 0;
  ll_real winner = 0;
  for (size_t i = 0; i < k; i++) {
    size_t votes = 0;
    for (size_t j = 0; j < k; j++) votes += labels[nearest[j]] == labels[nearest[i]];
    if (votes > most) most = votes, winner = labels[nearest[i]];
  }
  return winner;
}

static void embeddings(void) {
  ll_random r = ll_random_stream(seed, 4, "metric_ties");
  for (int c = 0; c < 150; c++) {
    size_t n = 3 + ll_random_below(&r, FEW - 2), k = 1 + ll_random_below(&r, n - 1), d = 1 + ll_random_below(&r, 2);
    uint64_t values = 1 + ll_random_below(&r, 4), kinds = 1 + ll_random_below(&r, 4);
    size_t count = all_orders(n, orders);
    for (size_t i = 0; i < n * d; i++) scores[i] = (ll_real)ll_random_below(&r, values);
    for (size_t i = 0; i < n; i++) labels[i] = (ll_real)ll_random_below(&r, kinds);
    labels[1] = labels[0];
    double right = 0, right_of = 0, found = 0, usable = 0, of;
    for (size_t i = 0; i < n; i++) {
      size_t mates = 0;
      for (size_t j = 0; j < n; j++) mates += j != i && labels[j] == labels[i];
      usable += mates > 0;
    }
    for (size_t o = 0; o < count; o++)
      for (size_t i = 0; i < n; i++) {
        uint8_t nearest[FEW];
        bool hit = false;
        plain_nearest(orders[o], n, i, i, k, scores, d, nearest);
        for (size_t j = 0; j < k; j++) hit = hit || labels[nearest[j]] == labels[i];
        right += (plain_vote(nearest, k) == labels[i]) / (double)(count * n), found += hit / ((double)count * usable);
        plain_nearest(orders[o], n, i, n, k, scores, d, nearest);
        right_of += (plain_vote(nearest, k) == labels[i]) / (double)(count * n);
      }
    ll_matrix x = ll_matrix_wrap(scores, n, d), y = ll_matrix_wrap(labels, n, 1);
    double p[] = {(double)k, 0};
    all_near(eval("recall_at_k", x, y, NULL, p), found, 1e-12, "recall_at_k, %zu of %zu rows, case %d, seed %u", k, n, c, seed);
    all_near(eval("knn_accuracy", x, y, NULL, p), right, 1e-12, "knn_accuracy, %zu of %zu rows, case %d, seed %u", k, n, c, seed);
    works(ctx, ll_metric_knn_of(ctx, &x, &y, &x, &y, k, LL_BY_EUCLIDEAN, &of));
    all_near(of, right_of, 1e-12, "knn_of, %zu of %zu rows, case %d, seed %u", k, n, c, seed);
  }
  ok(true, "recall_at_k and knn_accuracy are the mean over all orders of rows at equal distances");
}

static void recommendation(void) {
  ll_random r = ll_random_stream(seed, 5, "metric_ties");
  for (int c = 0; c < 60; c++) {
    size_t n = 2 + ll_random_below(&r, FEW - 1), k = 1 + ll_random_below(&r, n), count = all_orders(n, orders);
    size_t ends[2][2] = {{0}};
    uint32_t items[2][FEW];
    ll_real user = 1, item[FEW];
    for (uint32_t i = 0; i < n; i++) {
      uint64_t which = i == 0 ? 0 : ll_random_below(&r, 4); /* held out, seen, or neither */
      item[i] = (ll_real)(c % 6 ? (double)ll_random_below(&r, 3) : 0);
      if (which < 2) items[which][ends[which][1]++] = i;
    }
    ll_lists held = {1, n, ends[0], items[0]}, seen = {1, n, ends[1], items[1]};
    double recall = 0, precision = 0, rate = 0, ndcg = 0, most = 0, wanted = (double)ends[0][1];
    for (size_t place = 1; place <= k && (double)place <= wanted; place++) most += 1 / log2(1 + (double)place);
    for (size_t o = 0; o < count; o++) {
      double hits = 0, gain = 0;
      for (size_t i = 0; i < n; i++) {
        uint32_t own = orders[o][i];
        size_t place = 1;
        for (size_t j = 0; j < n; j++) {
          uint32_t other = orders[o][j];
          place += !ll_lists_has(&seen, 0, other) && (item[other] > item[own] || (item[other] == item[own] && j < i));
        }
        if (place <= k && ll_lists_has(&held, 0, own)) hits++, gain += 1 / log2(1 + (double)place);
      }
      double share = 1 / (double)count;
      recall += share * hits / wanted, precision += share * hits / (double)k, rate += share * (hits > 0),
          ndcg += share * gain / most;
    }
    ll_matrix mu = ll_matrix_wrap(&user, 1, 1), mi = ll_matrix_wrap(item, n, 1);
    ll_recommended got;
    works(ctx, ll_metric_recommend(ctx, &mu, &mi, LL_BY_DOT, &held, &seen, k, &got));
    all_near(got.recall, recall, 1e-12, "recall of %zu of %zu items, case %d, seed %u", k, n, c, seed);
    all_near(got.precision, precision, 1e-12, "precision, case %d", c);
    all_near(got.hit_rate, rate, 1e-12, "hit rate, case %d", c);
    all_near(got.ndcg, ndcg, 1e-12, "ndcg, case %d", c);
  }
  ok(true, "recommend is the mean over all orders of items that are equally near");
}

/* ---- many rows at one point, as a network gives that has learnt nothing -------------------------------------------------------
 */

static double choose(double n, double k) { return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1); } /* its logarithm */

/* Classes of so many rows at one point: the votes of k of the others are drawn without replacement. */
static void one_point(void) {
  enum { N = 3000 };
  static ll_real x[N], y[N];
  static const double sizes[] = {1400, 1000, 600};
  static const size_t ks[] = {1, 2, 5, 12, 60, 300};
  for (size_t i = 0; i < N; i++) y[i] = (ll_real)(i < 1400 ? 1 : i < 2400 ? 2 : 3);
  ll_matrix mx = ll_matrix_wrap(x, N, 1), my = ll_matrix_wrap(y, N, 1);
  for (size_t c = 0; c < sizeof ks / sizeof *ks; c++) {
    double k = (double)ks[c], right = 0, found = 0;
    for (size_t own = 0; own < 3; own++) {
      double of[3] = {sizes[0], sizes[1], sizes[2]};
      of[own]--;
      for (double a = 0; a <= k; a++)
        for (double b = 0; a + b <= k; b++) {
          double votes[] = {a, b, k - a - b}, most = fmax(votes[0], fmax(votes[1], votes[2])), equal = 0;
          for (size_t j = 0; j < 3; j++) equal += votes[j] == most;
          double p = exp(choose(of[0], a) + choose(of[1], b) + choose(of[2], k - a - b) - choose(N - 1, k));
          if (votes[own] == most) right += sizes[own] / N * p / equal;
          if (votes[own] > 0) found += sizes[own] / N * p;
        }
    }
    near(eval("knn_accuracy", mx, my, NULL, (double[]){k, 0}), right, 1e-8, 0, "%d rows at one point, k %zu: knn_accuracy", N,
         ks[c]);
    near(eval("recall_at_k", mx, my, NULL, (double[]){k, 0}), found, 1e-8, 0, "recall_at_k");
  }
  near(eval("recall_at_k", mx, my, NULL, (double[]){N - 1, 0}), 1, 0, 0, "all the others are looked at");
}

/* Whatever is near, some class wins: asked once with each class, a row has chances that add up to 1. */
static void some_class_wins(void) {
  enum { ROWS = 3000 };
  static ll_real x[ROWS], y[ROWS], points[ROWS], kinds[ROWS];
  ll_random r = ll_random_stream(seed, 7, "metric_ties");
  for (int c = 0; c < 121; c++) {
    bool identities = c == 120; /* many classes of a few rows at one point */
    size_t n = identities ? ROWS : 2 + ll_random_below(&r, 200), k = identities ? 4 : 1 + ll_random_below(&r, n < 50 ? n : 50);
    size_t count = 0;
    uint64_t values = identities ? 1 : 1 + ll_random_below(&r, 8), classes_ = identities ? ROWS / 2 : 1 + ll_random_below(&r, 12);
    for (size_t i = 0; i < n; i++) {
      x[i] = (ll_real)ll_random_below(&r, values), y[i] = (ll_real)ll_random_below(&r, classes_);
      bool there = false;
      for (size_t j = 0; j < count; j++) there = there || kinds[j] == y[i];
      if (!there) points[count] = 1, kinds[count++] = y[i];
    }
    ll_matrix mx = ll_matrix_wrap(x, n, 1), my = ll_matrix_wrap(y, n, 1), mp = ll_matrix_wrap(points, count, 1),
              mk = ll_matrix_wrap(kinds, count, 1);
    double mean;
    works(ctx, ll_metric_knn_of(ctx, &mx, &my, &mp, &mk, k, LL_BY_EUCLIDEAN, &mean));
    all_near(mean * (double)count, 1, 1e-11, "%zu of %zu rows of %zu classes on %d points, case %d, seed %u", k, n, count,
             (int)values, c, seed);
  }
  ok(true, "the chances of all classes add up to 1");
}

/* Values that can be checked on paper. */
static void on_paper(void) {
  ll_real s[] = {1, 0, 0, 0, 1}, y[] = {10, 0, 0, 1, 5};
  ll_matrix list = ll_matrix_wrap(s, 1, 5), grades = ll_matrix_wrap(y, 1, 5);
  /* scikit-learn's example of ndcg_score with ties, at 1: (10 + 5) / 2 / 10 */
  near(eval("ndcg", list, grades, NULL, (double[]){1, 1}), 0.75, 1e-15, 0, "ndcg at 1 of two entries of one score");
  ll_real same[] = {7, 7, 7, 7}, first[] = {1, 0, 0, 0}, last[] = {0, 0, 0, 1};
  ll_matrix flat = ll_matrix_wrap(same, 4, 1), at_first = ll_matrix_wrap(first, 4, 1), at_last = ll_matrix_wrap(last, 4, 1);
  double quarter = (1 + 1 / log2(3) + 0.5 + 1 / log2(5)) / 4;
  near(eval("ndcg", flat, at_first, NULL, NULL), quarter, 1e-15, 0, "a constant scorer's ndcg, what is relevant first");
  near(eval("ndcg", flat, at_last, NULL, NULL), quarter, 1e-15, 0, "or last");
  near(eval("ndcg", flat, at_last, NULL, (double[]){2, 0}), (1 + 1 / log2(3)) / 4, 1e-15, 0, "at 2: half of the places count");
  ll_real classes_[] = {1, 1, 2, 2};
  ll_matrix y2 = ll_matrix_wrap(classes_, 4, 1);
  near(eval("recall_at_k", flat, y2, NULL, NULL), 1.0 / 3, 1e-15, 0, "four rows at one point: one of three others is of the class");
  near(eval("knn_accuracy", flat, y2, NULL, (double[]){1, 0}), 1.0 / 3, 1e-15, 0, "and the vote of one");
  near(eval("multiclass_accuracy", ll_matrix_wrap((ll_real[16]){0}, 4, 4), y2, NULL, NULL), 0.25, 0, 0,
       "four classes of one score");
}

int main(void) {
  void (*const tests[])(void) = {rows_in_another_order,
                                 what_is_more_than_a_number,
                                 lists,
                                 classes,
                                 embeddings,
                                 recommendation,
                                 one_point,
                                 some_class_wins,
                                 on_paper};
  return run(tests, sizeof tests / sizeof *tests);
}
