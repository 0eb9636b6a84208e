/* Metrics at a threshold and the precision-recall curve against their plain formulas over random sizes, ties and weights. */
#include "tests/metric_cases.h"

static void at_threshold(void) {
  ll_random r = ll_random_stream(seed, 1, "metric_threshold");
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

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), y = ll_matrix_wrap((ll_real[]){0, 0, 0, 0}, 4, 1), out;
  ll_confusion counts;
  refuse("recall", &p, &y, NULL, LL_ERR_RANGE, "row 3 is 2, no probability");
  refuse("recall", &p, &y, ((double[]){0.5, 2}), LL_ERR_LABEL, "recall needs targets (positives), but none of the 4 rows is one");
  refuse("recall", &p, &y, ((double[]){1.5, 1}), LL_ERR_RANGE, "the threshold is 1.5");
  refused(ll_metric_precision_recall(ctx, &p, &y, NULL, 0, &out), LL_ERR_LABEL, "precision_recall needs both classes");
  works(ctx, ll_metric_confusion(ctx, &p, &y, NULL, 0.9, LL_FROM_SCORES, &counts));
  ok(counts.tp == 0 && counts.fp == 2 && isnan(counts.recall) && counts.specificity == 0.5, "confusion of one class");
}

int main(void) { return run((void (*const[])(void)){at_threshold, bad_input}, 2); }
