/* The share of false targets, from p-values that are only counted: each is compared with all lambdas by one place in their list. */
#include <math.h>
#include <stdio.h>

#include "engine/fdr/fdr_parts.h"

enum { POINTS = LL_FDR_PI0_POINTS };

static double lambda_of(size_t i) { return (double)(5 + i) / 100; }

/* above[i]: how many p-values lie in [lambda i, lambda i + 1), the last without an end. */
static void count_one(double p, double above[POINTS]) {
  if (p < lambda_of(0)) return;
  double place = floor(p * 100) - 5;
  size_t i = place < 0 ? 0 : place > POINTS - 1 ? POINTS - 1 : (size_t)place;
  if (i + 1 < POINTS && p >= lambda_of(i + 1)) i++;
  if (i > 0 && p < lambda_of(i)) i--;
  above[i]++;
}

/* The p-values of all targets, from the highest score down. */
static void count_all(const ll_fdr_curve *curve, const ll_matrix *labels, double decoys, double above[POINTS]) {
  double before = 0;
  for (size_t k = 0, i = 0; k < curve->steps; k++) {
    size_t rows = curve->ends[k] - i, targets = 0;
    for (; i < curve->ends[k]; i++) targets += ll_fdr_is_target(labels, curve->order[i]);
    for (size_t t = 1; t <= targets; t++)
      count_one((1 + before + (double)(rows - targets) * (double)t / (double)(targets + 1)) / (decoys + 1), above);
    before += (double)(rows - targets);
  }
}

/* The 10 % quantile, which is the tenth of 91. */
static double tenth(const double *at) {
  double sorted[POINTS];
  for (size_t i = 0; i < POINTS; i++) {
    size_t j = i;
    for (; j > 0 && sorted[j - 1] > at[i]; j--) sorted[j] = sorted[j - 1];
    sorted[j] = at[i];
  }
  return sorted[(POINTS - 1) / 10];
}

static void estimate(const double above[POINTS], double targets, ll_fdr_pi0_curve *out) {
  double left = 0, wide[POINTS], least = INFINITY;
  for (size_t i = POINTS; i-- > 0;) {
    double share = targets * (1 - lambda_of(i));
    left += above[i];
    out->lambda[i] = lambda_of(i), out->at[i] = (left + 1) / share;
    wide[i] = left * (1 - left / targets) / (share * share);
  }
  double middle = tenth(out->at);
  for (size_t i = 0; i < POINTS; i++) {
    double error = (out->at[i] - middle) * (out->at[i] - middle) + wide[i];
    if (error < least) least = error, out->chosen = i;
  }
  out->points = POINTS;
  out->pi0 = out->at[out->chosen] < 1 ? out->at[out->chosen] : 1;
}

ll_status ll_fdr_pi0(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const uint8_t *rows, ll_fdr_pi0_curve *out) {
  ll_fdr_options options = {.method = LL_FDR_TDC, .pi0 = 1, .rows = rows};
  ll_fdr_curve curve;
  double above[POINTS] = {0};
  *out = (ll_fdr_pi0_curve){.pi0 = 1};
  LL_TRY(ll_fdr_check(ctx, "pi0", scores, labels, NULL, NULL));
  LL_TRY(ll_fdr_curve_open(ctx, scores, labels, &options, NULL, scores->rows, &curve));
  double targets = curve.steps ? curve.targets[curve.steps - 1] : 0, decoys = (double)curve.n - targets;
  if (targets < LL_FDR_PI0_LEAST || decoys < LL_FDR_PI0_LEAST) {
    snprintf(out->note, sizeof out->note, "pi0 is set to 1: %.0f targets and %.0f decoys are too few, %d of each are the least",
             targets, decoys, LL_FDR_PI0_LEAST);
  } else {
    count_all(&curve, labels, decoys, above);
    estimate(above, targets, out);
  }
  ll_fdr_curve_close(ctx, &curve);
  return LL_OK;
}
