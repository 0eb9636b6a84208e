/* Bootstrap intervals by what they must cover and by DeLong's; resamples that have no value. */
#include "tests/metric_cases.h"

/* The interval of a mean of 0s and 1s covers the truth about as often as it says; BCa of the AUC is near DeLong's. */
static void intervals(void) {
  const ll_metric_desc *accuracy, *auc;
  ll_random r = ll_random_stream(seed, 1, "metric_bootstrap");
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
  ll_matrix p = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 4, 1), few = ll_matrix_wrap((ll_real[]){1, 0, 0, 0}, 4, 1),
            light = ll_matrix_wrap((ll_real[]){1, 1, 0, 0}, 4, 1);
  ll_matrix two = ll_matrix_wrap((ll_real[]){0.5, 0.75, 2, 1}, 2, 2), c = ll_matrix_wrap((ll_real[]){1, 3}, 2, 1);
  ll_bootstrap_options options = {.resamples = 2000, .level = 0.95, .seed = 1};
  ll_bootstrap b;
  const ll_metric_desc *m;
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

int main(void) { return run((void (*const[])(void)){intervals, resamples_left_out, bad_input}, 3); }
