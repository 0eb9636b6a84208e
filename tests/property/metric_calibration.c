/* Calibration against its definition over random sizes, ties, weights and bins. */
#include "tests/metric_cases.h"

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
  ll_random r = ll_random_stream(seed, 1, "metric_calibration");
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

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), y = ll_matrix_wrap((ll_real[]){0, 0, 0, 0}, 4, 1), out;
  refused(ll_metric_reliability(ctx, &p, &y, NULL, 0, false, LL_FROM_LOGITS, &out), LL_ERR_RANGE, "no bins");
}

int main(void) { return run((void (*const[])(void)){calibration, bad_input}, 2); }
