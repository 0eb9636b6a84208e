/* Metrics of several classes against their plain formulas over random sizes, ties and weights. */
#include "tests/metric_cases.h"

enum { CLASSES = 4 };

static void classes(void) {
  ll_random r = ll_random_stream(seed, 1, "metric_classes");
  for (int k = 0; k < CASES; k++) {
    size_t n = 1 + ll_random_below(&r, MOST - 1), top = 1 + ll_random_below(&r, CLASSES);
    double hits = 0, total = 0, loss = 0, per[CLASSES] = {0}, of[CLASSES] = {0};
    for (size_t i = 0; i < n; i++) {
      size_t own = ll_random_below(&r, CLASSES);
      double sum = 0, above = 0, equal = 0;
      labels[i] = (ll_real)(own + 1), weights[i] = (ll_real)(i == 0 ? 1 : (double)ll_random_below(&r, 3));
      for (size_t j = 0; j < CLASSES; j++) {
        scores[i * CLASSES + j] = (ll_real)((double)ll_random_below(&r, 5) - 2);
        sum += exp((double)scores[i * CLASSES + j]);
      }
      for (size_t j = 0; j < CLASSES; j++) {
        ll_real mine = scores[i * CLASSES + own], other = scores[i * CLASSES + j];
        above += other > mine, equal += other == mine;
      }
      double w = (double)weights[i];
      hits += w * fmin(1, fmax(0, ((double)top - above) / equal)), total += w,
          loss += w * (log(sum) - (double)scores[i * CLASSES + own]);
      per[own] += w * (above == 0) / equal, of[own] += w;
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

static void bad_input(void) {
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), y = ll_matrix_wrap((ll_real[]){0, 0, 0, 0}, 4, 1);
  ll_matrix two = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 2, 2),
            half = ll_matrix_wrap((ll_real[]){0.5, 0.5, (ll_real)0.2, (ll_real)0.2}, 2, 2);
  ll_matrix c = ll_matrix_wrap((ll_real[]){1, 3}, 2, 1), fine = ll_matrix_wrap((ll_real[]){1, 2}, 2, 1);
  ll_matrix bad = ll_matrix_wrap((ll_real[]){1, NAN, 0, 0}, 2, 2);
  refuse("multiclass_accuracy", &two, &c, NULL, LL_ERR_LABEL, "labels, row 2: 3 is no class: 1..2 expected");
  refuse("multiclass_accuracy", &p, &y, NULL, LL_ERR_SHAPE, "a column a class");
  refuse("multiclass_accuracy", &bad, &c, NULL, LL_ERR_NUMBER, "scores, row 1, column 2: NaN");
  refuse("multiclass_log_loss", &half, &fine, ((double[]){0}), LL_ERR_RANGE, "the probabilities of row 2 add up to 0.4");
}

int main(void) { return run((void (*const[])(void)){classes, bad_input}, 2); }
