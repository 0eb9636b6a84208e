/* Metrics at a threshold, calibration, classes, lists, neighbours and recommendation against their plain formulas over random
 * sizes, ties and weights; intervals by what they must cover. The seed of what is drawn is told where a case fails. */
#include "losslab/metric.h"

#include "tests/tap.h"

enum { MOST = 120, CASES = 150, CLASSES = 4 };
static ll_ctx *ctx;
static const unsigned seed = 20250301;
static ll_real scores[MOST * 8], labels[MOST * 8], weights[MOST];

static double eval(const char *name, ll_matrix s, ll_matrix y, const ll_matrix *w, const double *params) {
  const ll_metric_desc *m;
  double out = NAN;
  if (ll_metric_find(ctx, name, &m) != LL_OK || ll_metric_eval(ctx, m, &s, &y, w, params, &out) != LL_OK)
    ok(false, "%s: %s", name, ll_message(ctx));
  return out;
}

#define all_near(got, want, tol, ...)                                                                                              \
  do {                                                                                                                             \
    double g_ = (got), w_ = (want);                                                                                                \
    if (!(fabs(g_ - w_) <= (tol) * (1 + fabs(w_)))) {                                                                              \
      near(g_, w_, tol, tol, __VA_ARGS__);                                                                                         \
      return;                                                                                                                      \
    }                                                                                                                              \
  } while (0)

/* n rows of probabilities on few levels (ties, also on edges of bins and the threshold) or many, labels with both classes. */
static size_t draw_binary(ll_random *r) {
  size_t n = 2 + ll_random_below(r, MOST - 2);
  uint64_t levels = (const uint64_t[]){4, 10, 1000003}[ll_random_below(r, 3)];
  bool signs = ll_random_below(r, 2);
  for (size_t i = 0; i < n; i++) {
    scores[i] = (ll_real)((double)ll_random_below(r, levels + 1) / (double)levels);
    labels[i] = i == 0 || (i > 1 && ll_random_below(r, 3) == 0) ? 1 : signs ? -1 : 0;
    weights[i] = (ll_real)(i < 2 ? 1 : (double)ll_random_below(r, 4));
  }
  return n;
}

static void at_threshold(void) {
  ll_random r = ll_random_stream(seed, 1, "metric_more");
  for (int k = 0; k < CASES; k++) {
    size_t n = draw_binary(&r);
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), w = ll_matrix_wrap(weights, n, 1);
    for (int weighted = 0; weighted < 2; weighted++) {
      double threshold = (double)ll_random_below(&r, 11) / 10, c[2][2] = {{0}};
      for (size_t i = 0; i < n; i++) c[(double)scores[i] > threshold][labels[i] == 1] += weighted ? (double)weights[i] : 1;
      double tp = c[1][1], fp = c[1][0], tn = c[0][0], fn = c[0][1], p[] = {threshold, 0};
      const ll_matrix *given = weighted ? &w : NULL;
      all_near(eval("recall", s, y, given, p), tp / (tp + fn), 1e-14, "recall, case %d", k);
      all_near(eval("specificity", s, y, given, p), tn / (tn + fp), 1e-14, "specificity, case %d", k);
      all_near(eval("precision", s, y, given, p), tp + fp > 0 ? tp / (tp + fp) : 0, 1e-14, "precision, case %d", k);
      all_near(eval("f1", s, y, given, p), 2 * tp / (2 * tp + fp + fn), 1e-14, "f1, case %d", k);
      all_near(eval("balanced_accuracy", s, y, given, p), (tp / (tp + fn) + tn / (tn + fp)) / 2, 1e-14, "balanced, case %d", k);
      double spread = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
      all_near(eval("mcc", s, y, given, p), spread > 0 ? (tp * tn - fp * fn) / sqrt(spread) : 0, 1e-13, "mcc, case %d", k);
      ll_confusion got;
      works(ctx, ll_metric_confusion(ctx, &s, &y, given, threshold, LL_FROM_PROBABILITIES, &got));
      if (got.tp != tp || got.fp != fp || got.tn != tn || got.fn != fn ||
          fabs(got.accuracy - (tp + tn) / (tp + fp + tn + fn)) > 1e-14) {
        ok(false, "confusion, case %d", k);
        return;
      }
      /* the precision-recall point of each threshold, and average precision from the points */
      ll_matrix points;
      works(ctx, ll_metric_precision_recall(ctx, &s, &y, given, 0, &points));
      double ap = 0;
      for (size_t i = 1; i < points.rows; i++) {
        const ll_real *row = ll_matrix_row(&points, i);
        double t = 0, all = 0, targets = 0;
        for (size_t j = 0; j < n; j++) {
          double one = weighted ? (double)weights[j] : 1;
          if (scores[j] >= row[2]) all += one, t += labels[j] == 1 ? one : 0;
          targets += labels[j] == 1 ? one : 0;
        }
        ap += ((double)row[0] - (double)row[-3]) * (double)row[1];
        all_near((double)row[0], t / targets, 4 * LL_EPS, "recall of point %zu, case %d", i, k);
        all_near((double)row[1], all > 0 ? t / all : 1, 4 * LL_EPS, "precision of point %zu, case %d", i, k);
      }
      all_near(ap, eval("average_precision", s, y, given, NULL), 100 * LL_EPS, "average precision from the points, case %d", k);
      ll_matrix_release(ctx, &points);
    }
  }
  ok(true, "confusion, precision, recall, specificity, f1, mcc, balanced_accuracy, precision_recall: %d cases", CASES);
}

/* Gaps by definition: the bin of a row from its probability, or from the weight strictly below it. */
static double slow_calibration(size_t n, size_t bins, bool mass, bool weighted, bool most) {
  double sum = 0, worst = 0, total = 0;
  for (size_t i = 0; i < n; i++) total += weighted ? (double)weights[i] : 1;
  for (size_t b = 0; b < bins; b++) {
    double weight = 0, gap = 0;
    for (size_t i = 0; i < n; i++) {
      double below = 0, own = weighted ? (double)weights[i] : 1;
      for (size_t j = 0; j < n; j++) below += scores[j] < scores[i] ? (weighted ? (double)weights[j] : 1) : 0;
      size_t bin = (size_t)floor(mass ? below * (double)bins / total : (double)scores[i] * (double)bins);
      if ((bin < bins ? bin : bins - 1) != b) continue;
      weight += own, gap += own * ((double)scores[i] - (labels[i] == 1));
    }
    if (weight > 0) sum += fabs(gap) / total, worst = fmax(worst, fabs(gap) / weight);
  }
  return most ? worst : sum;
}

static void calibration(void) {
  ll_random r = ll_random_stream(seed, 2, "metric_more");
  for (int k = 0; k < CASES; k++) {
    size_t n = draw_binary(&r), bins = 1 + ll_random_below(&r, 20);
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), w = ll_matrix_wrap(weights, n, 1), points;
    for (int kind = 0; kind < 8; kind++) {
      bool mass = kind & 1, weighted = kind & 2, most = kind & 4;
      double p[] = {(double)bins, mass, most, 0};
      all_near(eval("calibration_error", s, y, weighted ? &w : NULL, p), slow_calibration(n, bins, mass, weighted, most), 1e-13,
               "calibration_error, case %d, n %zu, %zu bins, kind %d", k, n, bins, kind);
    }
    works(ctx, ll_metric_reliability(ctx, &s, &y, NULL, bins, false, LL_FROM_PROBABILITIES, &points));
    double sum = 0, share = 0;
    for (size_t i = 0; i < points.rows; i++) {
      const ll_real *row = ll_matrix_row(&points, i);
      sum += (double)row[2] * fabs((double)row[0] - (double)row[1]), share += (double)row[2];
    }
    ll_matrix_release(ctx, &points);
    all_near(share, 1, 20 * LL_EPS, "the bins hold all, case %d", k);
    all_near(sum, slow_calibration(n, bins, false, false, false), 100 * LL_EPS, "the error from reliability's points, case %d", k);
  }
  ok(true, "calibration_error and reliability: %d cases", CASES);
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.25, 0.25, 0.25, 0.25}, 4, 1), y = ll_matrix_wrap((ll_real[]){1, 0, 0, 0}, 4, 1);
  near(eval("calibration_error", p, y, NULL, NULL), 0, 0, 1e-15, "calibrated probabilities have no error");
}

static void classes(void) {
  ll_random r = ll_random_stream(seed, 3, "metric_more");
  for (int k = 0; k < CASES; k++) {
    size_t n = 1 + ll_random_below(&r, MOST - 1), top = 1 + ll_random_below(&r, CLASSES);
    double hits = 0, total = 0, loss = 0, per[CLASSES] = {0}, of[CLASSES] = {0};
    for (size_t i = 0; i < n; i++) {
      size_t own = ll_random_below(&r, CLASSES), before = 0, best = 0;
      double sum = 0;
      labels[i] = (ll_real)(own + 1), weights[i] = (ll_real)(i == 0 ? 1 : (double)ll_random_below(&r, 3));
      for (size_t j = 0; j < CLASSES; j++) {
        scores[i * CLASSES + j] = (ll_real)((double)ll_random_below(&r, 5) - 2);
        sum += exp((double)scores[i * CLASSES + j]);
      }
      for (size_t j = 0; j < CLASSES; j++) {
        ll_real mine = scores[i * CLASSES + own], other = scores[i * CLASSES + j];
        before += other > mine || (other == mine && j < own);
        if (other > scores[i * CLASSES + best]) best = j;
      }
      double w = (double)weights[i];
      hits += w * (before < top), total += w, loss += w * (log(sum) - (double)scores[i * CLASSES + own]);
      per[own] += w * (best == own), of[own] += w;
    }
    double mean = 0, present = 0;
    for (size_t j = 0; j < CLASSES; j++)
      if (of[j] > 0) mean += per[j] / of[j], present++;
    ll_matrix s = ll_matrix_wrap(scores, n, CLASSES), y = ll_matrix_wrap(labels, n, 1), w = ll_matrix_wrap(weights, n, 1);
    all_near(eval("multiclass_accuracy", s, y, &w, (double[]){(double)top}), hits / total, 1e-14, "top-%zu accuracy, case %d", top,
             k);
    all_near(eval("multiclass_balanced_accuracy", s, y, &w, NULL), mean / present, 1e-14, "balanced accuracy, case %d", k);
    all_near(eval("multiclass_log_loss", s, y, &w, (double[]){1}), loss / total, 1e-13, "log loss, case %d", k);
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
      for (size_t j = 0; j < CLASSES; j++) sum += exp((double)scores[i * CLASSES + j]);
      for (size_t j = 0; j < CLASSES; j++) scores[i * CLASSES + j] = (ll_real)(exp((double)scores[i * CLASSES + j]) / sum);
    }
    all_near(eval("multiclass_log_loss", s, y, &w, NULL), loss / total, 20 * LL_EPS, "from probabilities, case %d", k);
  }
  ok(true, "multiclass metrics: %d cases", CASES);
  ll_matrix far = ll_matrix_wrap((ll_real[]){800, -800, 0, 800}, 2, 2), one = ll_matrix_wrap((ll_real[]){1, 1}, 2, 1);
  near(eval("multiclass_log_loss", far, one, NULL, (double[]){1}), 400, 1e-14, 0, "logits of 800 do not overflow");
}

static void lists(void) {
  ll_random r = ll_random_stream(seed, 4, "metric_more");
  enum { LISTS = 6, LONG = 12 };
  for (int k = 0; k < CASES; k++) {
    size_t depth = ll_random_below(&r, LONG + 3), places = depth == 0 || depth > LONG ? LONG : depth;
    bool linear = ll_random_below(&r, 2);
    double sum = 0, used = 0, weighted = 0, total = 0;
    for (size_t q = 0; q < LISTS; q++) weights[q] = (ll_real)((double)q + 0.5);
    for (size_t i = 0; i < LISTS * LONG; i++) {
      scores[i] = (ll_real)((double)ll_random_below(&r, 9) - 4);
      labels[i] = (ll_real)(i / LONG == 2 ? 0 : i == 0 ? 1 : (double)ll_random_below(&r, 4)); /* list 2: nothing relevant */
    }
    for (size_t q = 0; q < LISTS; q++) {
      double got = 0, most = 0;
      for (size_t i = 0; i < LONG; i++) {
        const ll_real *s = scores + q * LONG, *y = labels + q * LONG;
        size_t place = 1, ideal = 1;
        for (size_t j = 0; j < LONG; j++) {
          place += s[j] > s[i] || (s[j] == s[i] && j < i);
          ideal += y[j] > y[i] || (y[j] == y[i] && j < i);
        }
        double gain = linear ? (double)y[i] : pow(2, (double)y[i]) - 1;
        if (place <= places) got += gain / log2(1 + (double)place);
        if (ideal <= places) most += gain / log2(1 + (double)ideal);
      }
      if (most > 0) sum += got / most, used++, weighted += (double)weights[q] * (got / most), total += (double)weights[q];
    }
    ll_matrix s = ll_matrix_wrap(scores, LISTS, LONG), y = ll_matrix_wrap(labels, LISTS, LONG);
    double p[] = {(double)depth, linear}, of_rows = eval("ndcg", s, y, NULL, p), first = 0;
    all_near(of_rows, sum / used, 1e-13, "ndcg, case %d, k %zu", k, depth);
    ll_matrix of_lists = ll_matrix_wrap(weights, LISTS, 1);
    all_near(eval("ndcg", s, y, &of_lists, p), weighted / total, 1e-13, "ndcg of weighted lists, case %d", k);
    for (size_t q = 0; q < LISTS; q++)
      if (q != 2) {
        bool relevant = false;
        for (size_t i = 0; i < LONG; i++) relevant = relevant || labels[q * LONG + i] > 0;
        if (relevant)
          first += eval("ndcg", ll_matrix_wrap(scores + q * LONG, LONG, 1), ll_matrix_wrap(labels + q * LONG, LONG, 1), NULL, p);
      }
    all_near(first / used, of_rows, 1e-13, "columns one by one are the lists, case %d", k);
  }
  ok(true, "ndcg: %d cases", CASES);
}

/* Points far from the origin and near one another: what the products alone cannot tell apart. On a grid, so that distances tie. */
static void draw_points(ll_random *r, ll_real *x, size_t n, size_t d, int kind) {
  for (size_t i = 0; i < n * d; i++)
    x[i] = (ll_real)(kind == 0   ? ll_random_normal(r)
                     : kind == 1 ? (double)ll_random_below(r, 3) + 1
                                 : 1000 + 0.01 * ll_random_normal(r));
}

static double slow_distance(const ll_real *a, const ll_real *b, size_t d, ll_measure measure) {
  double sum = 0, product = 0;
  for (size_t j = 0; j < d; j++)
    sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]), product += (double)a[j] * (double)b[j];
  return measure == LL_BY_DOT ? -product : sum;
}

static void neighbours(void) {
  static ll_real q[800 * 5], b[900 * 5];
  static uint32_t nearest[800 * 7];
  ll_random r = ll_random_stream(seed, 5, "metric_more");
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
  ll_random r = ll_random_stream(seed, 6, "metric_more");
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

static void recommendation(void) {
  enum { U = 300, V = 40, D = 4, K = 6 };
  static ll_real u[U * D], v[V * D];
  static size_t starts[2][U + 1];
  static uint32_t items[2][U * V];
  ll_random r = ll_random_stream(seed, 7, "metric_more");
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

/* The interval of a mean of 0s and 1s covers the truth about as often as it says; BCa of the AUC is near DeLong's. */
static void intervals(void) {
  const ll_metric_desc *accuracy, *auc;
  ll_random r = ll_random_stream(seed, 8, "metric_more");
  works(ctx, ll_metric_find(ctx, "accuracy", &accuracy));
  works(ctx, ll_metric_find(ctx, "auc", &auc));
  ll_bootstrap_options options = {.resamples = 400, .level = 0.9, .seed = 5};
  ll_bootstrap b, again;
  for (int bca = 0; bca < 2; bca++) {
    size_t covered = 0;
    options.bca = bca, options.stratify = false;
    for (int k = 0; k < 300; k++) {
      for (size_t i = 0; i < 100; i++) scores[i] = ll_random_uniform(&r) < 0.8, labels[i] = 1;
      ll_matrix s = ll_matrix_wrap(scores, 100, 1), y = ll_matrix_wrap(labels, 100, 1);
      options.seed = (uint64_t)k;
      if (ll_metric_bootstrap(ctx, accuracy, &s, &y, NULL, NULL, &options, &b) != LL_OK) {
        ok(false, "bootstrap: %s", ll_message(ctx));
        return;
      }
      covered += b.low <= 0.8 && 0.8 <= b.high;
    }
    ok(covered > 245 && covered < 295, "%s: 90 %% intervals of a share hold it in %zu of 300 samples, seed %u",
       bca ? "bca" : "percentile", covered, seed);
  }
  for (size_t i = 0; i < MOST; i++) {
    labels[i] = (ll_real)(i % 3 == 0), weights[i] = 1;
    scores[i] = (ll_real)(ll_random_normal(&r) + (i % 3 == 0));
  }
  ll_matrix s = ll_matrix_wrap(scores, MOST, 1), y = ll_matrix_wrap(labels, MOST, 1), w = ll_matrix_wrap(weights, MOST, 1);
  ll_delong d;
  options = (ll_bootstrap_options){.resamples = 4000, .level = 0.95, .bca = true, .stratify = true, .seed = 1};
  works(ctx, ll_metric_delong(ctx, &s, &y, 0.95, &d));
  works(ctx, ll_metric_bootstrap(ctx, auc, &s, &y, NULL, NULL, &options, &b));
  near(b.value, d.auc, 1e-15, 0, "the bootstrap's value is the metric's");
  near(b.deviation, sqrt(d.variance), 0.08, 0, "its deviation is near DeLong's");
  near(b.low, d.low, 0, 0.25 * (d.high - d.low), "and so is its interval's low end");
  near(b.high, d.high, 0, 0.25 * (d.high - d.low), "and the high end");
  works(ctx, ll_metric_bootstrap(ctx, auc, &s, &y, &w, NULL, &options, &again));
  near(again.low, b.low, 1e-12, 0, "weights of 1 change nothing; the same seed, the same interval");
  options.seed = 2;
  works(ctx, ll_metric_bootstrap(ctx, auc, &s, &y, NULL, NULL, &options, &again));
  ok(again.low != b.low, "another seed, another one");
  for (size_t i = 0; i < MOST; i++) scores[i] = labels[i];
  works(ctx, ll_metric_bootstrap(ctx, auc, &s, &y, NULL, NULL, &options, &b));
  ok(b.low == 1 && b.high == 1 && b.deviation == 0, "perfect separation has an interval of no width");
}

static void refused(ll_status got, ll_status want, const char *text) {
  if (!ok(got == want && strstr(ll_message(ctx), text), "refused: %s", text))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void refuse(const char *name, const ll_matrix *s, const ll_matrix *y, const double *params, ll_status want,
                   const char *text) {
  const ll_metric_desc *m;
  double value;
  works(ctx, ll_metric_find(ctx, name, &m));
  refused(ll_metric_eval(ctx, m, s, y, NULL, params, &value), want, text);
}

/* A resample of one class has no AUC: of n rows with one target it comes with probability (1 - 1/n)^n + n^-n. */
static void resamples_left_out(void) {
  ll_matrix s = ll_matrix_wrap((ll_real[]){4, 1, 5, 2}, 4, 1), y = ll_matrix_wrap((ll_real[]){1, 0, 0, 0}, 4, 1);
  ll_matrix other = ll_matrix_wrap((ll_real[]){4, 1, 3, 2}, 4, 1);
  ll_bootstrap_options options = {.resamples = 20000, .level = 0.9, .seed = 3};
  ll_bootstrap b;
  ll_bootstrap_difference d;
  double expected = 20000 * (pow(0.75, 4) + pow(0.25, 4));
  works(ctx, ll_metric_bootstrap(ctx, ll_metrics[0], &s, &y, NULL, NULL, &options, &b));
  near((double)b.skipped, expected, 0.05, 0, "resamples of one class are left out and counted");
  near(b.low, 0, 0, 1e-12, "the interval is of the others");
  works(ctx, ll_metric_bootstrap_compare(ctx, ll_metrics[0], &s, &other, &y, NULL, NULL, &options, &d));
  ok(d.difference.skipped == b.skipped && d.p < 1, "and where two scores are compared");
  options.stratify = true;
  works(ctx, ll_metric_bootstrap(ctx, ll_metrics[0], &s, &y, NULL, NULL, &options, &b));
  ok(b.skipped == 0, "with strata there are none");
}

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), y = ll_matrix_wrap((ll_real[]){0, 0, 0, 0}, 4, 1), out;
  ll_matrix two = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 2, 2),
            half = ll_matrix_wrap((ll_real[]){0.5, 0.5, (ll_real)0.2, (ll_real)0.2}, 2, 2);
  ll_matrix c = ll_matrix_wrap((ll_real[]){1, 3}, 2, 1), fine = ll_matrix_wrap((ll_real[]){1, 2}, 2, 1);
  ll_matrix zero = ll_matrix_wrap((ll_real[]){1, 1, 0, 0}, 2, 2), bad = ll_matrix_wrap((ll_real[]){1, NAN, 0, 0}, 2, 2);
  uint32_t nearest[8];
  ll_confusion counts;
  ll_bootstrap b;
  const ll_metric_desc *m;
  refuse("recall", &p, &y, NULL, LL_ERR_RANGE, "row 3 is 2, no probability");
  refuse("recall", &p, &y, ((double[]){0.5, 2}), LL_ERR_LABEL, "recall needs targets (positives), but none of the 4 rows is one");
  refuse("recall", &p, &y, ((double[]){1.5, 1}), LL_ERR_RANGE, "the threshold is 1.5");
  refuse("multiclass_accuracy", &two, &c, NULL, LL_ERR_LABEL, "label of row 2 is 3; classes are 1, …, 2");
  refuse("multiclass_accuracy", &p, &y, NULL, LL_ERR_SHAPE, "a column a class");
  refuse("multiclass_accuracy", &bad, &c, NULL, LL_ERR_NUMBER, "row 1, column 2, of the scores is nan");
  refuse("multiclass_log_loss", &half, &fine, ((double[]){0}), LL_ERR_RANGE, "the probabilities of row 2 add up to 0.4");
  refuse("ndcg", &p, &y, NULL, LL_ERR_LABEL, "nothing is relevant in any of the 1 list");
  refuse("ndcg", &two, &y, NULL, LL_ERR_SHAPE, "scores are 2x2 and relevances 4x1");
  refuse("knn_accuracy", &two, &c, NULL, LL_ERR_RANGE, "k = 5, but a row has 1 other");
  refuse("recall_at_k", &two, &c, NULL, LL_ERR_LABEL, "no class has two of the 2 rows");
  refused(ll_metric_neighbours(ctx, &zero, NULL, 1, LL_BY_COSINE, NULL, nearest), LL_ERR_NUMBER, "row 2 of the queries has norm 0");
  refused(ll_metric_neighbours(ctx, &zero, &p, 1, LL_BY_DOT, NULL, nearest), LL_ERR_SHAPE,
          "queries are 2x2 and the rows to search 4x1");
  refused(ll_metric_neighbours(ctx, &two, &bad, 1, LL_BY_DOT, NULL, nearest), LL_ERR_NUMBER,
          "row 1, column 2 of the rows to search");
  refused(ll_metric_reliability(ctx, &p, &y, NULL, 0, false, LL_FROM_LOGITS, &out), LL_ERR_RANGE, "no bins");
  refused(ll_metric_precision_recall(ctx, &p, &y, NULL, 0, &out), LL_ERR_LABEL, "precision_recall needs both classes");
  works(ctx, ll_metric_confusion(ctx, &p, &y, NULL, 0.9, LL_FROM_SCORES, &counts));
  ok(counts.tp == 0 && counts.fp == 2 && isnan(counts.recall) && counts.specificity == 0.5, "confusion of one class");
  ll_bootstrap_options options = {.resamples = 2000, .level = 0.95, .seed = 1};
  ll_matrix few = ll_matrix_wrap((ll_real[]){1, 0, 0, 0}, 4, 1), light = ll_matrix_wrap((ll_real[]){1, 1, 0, 0}, 4, 1);
  refused(ll_metric_bootstrap(ctx, ll_metrics[0], &p, &few, &light, NULL, &options, &b), LL_ERR_LABEL, "stratify keeps");
  ok(isnan(b.value) && isnan(b.low), "nothing is given after a failure");
  options.level = 95;
  refused(ll_metric_bootstrap(ctx, ll_metrics[0], &p, &few, NULL, NULL, &options, &b), LL_ERR_RANGE,
          "level must be in (0, 1), not 95");
  options.level = 0.9, options.resamples = 3;
  refused(ll_metric_bootstrap(ctx, ll_metrics[0], &p, &few, NULL, NULL, &options, &b), LL_ERR_RANGE, "3 resamples");
  options.resamples = 100;
  works(ctx, ll_metric_find(ctx, "recall_at_k", &m));
  refused(ll_metric_bootstrap(ctx, m, &two, &c, NULL, NULL, &options, &b), LL_ERR_UNSUPPORTED, "would find itself");
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  at_threshold(), calibration(), classes(), lists(), neighbours(), embeddings(), recommendation(), intervals(),
      resamples_left_out(), bad_input();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
