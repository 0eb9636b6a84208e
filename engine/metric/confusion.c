/* Counts at a threshold, and the metrics that are quotients of them: one row of the table each, one count for all. */
#include <stdio.h>

#include "engine/base/scalar.h"
#include "engine/metric/probability.h"

static const char *const from_choices[] = {"probabilities", "logits", "scores", NULL};
static const ll_param threshold_params[] = {
    LL_NUMBER("threshold", 0.5, -INFINITY, INFINITY, "predicted positive: above it; of probabilities also with from = \"logits\""),
    LL_CHOICE("from", FROM_PROBABILITIES, from_choices, "what the scores are; \"scores\": the threshold is one of theirs"),
};

enum { THRESHOLD, FROM };

/* With from = "scores" the threshold is one of theirs, any number. */
static bool contradiction(const double *p, char *text, size_t size) {
  if (p[FROM] == FROM_SCORES || (p[THRESHOLD] >= 0 && p[THRESHOLD] <= 1)) return false;
  snprintf(text, size,
           "the threshold is %g, no probability in [0, 1], but from = \"%s\"; with from = \"scores\" it may be any number",
           p[THRESHOLD], from_choices[(size_t)p[FROM]]);
  return true;
}

static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

static ll_status count(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                       double threshold, double from, ll_confusion *c) {
  *c = (ll_confusion){0};
  LL_TRY(ll_metric_check_probabilities(ctx, who, scores, from));
  LL_TRY(ll_params_check(ctx, &(ll_param_table){who, threshold_params, 2, contradiction}, (double[]){threshold, from}));
  if (from == FROM_LOGITS) threshold = ll_log(threshold) - ll_log1p(-threshold);
  ll_sum sums[2][2] = {0};
  for (size_t i = 0; i < scores->rows; i++) {
    bool positive = (double)ll_matrix_row(scores, i)[0] > threshold, target = ll_matrix_row(labels, i)[0] == 1;
    ll_sum_add(&sums[positive][target], weights ? (double)ll_matrix_row(weights, i)[0] : 1);
  }
  double tp = c->tp = ll_sum_value(&sums[1][1]), fp = c->fp = ll_sum_value(&sums[1][0]);
  double tn = c->tn = ll_sum_value(&sums[0][0]), fn = c->fn = ll_sum_value(&sums[0][1]);
  if (!(tp + fp + tn + fn > 0)) return ll_fail(ctx, LL_ERR_RANGE, "%s: all %zu weights are 0", who, scores->rows);
  c->accuracy = (tp + tn) / (tp + fp + tn + fn);
  c->precision = ratio(tp, tp + fp);
  c->recall = tp + fn > 0 ? tp / (tp + fn) : NAN;
  c->specificity = tn + fp > 0 ? tn / (tn + fp) : NAN;
  c->balanced_accuracy = 0.5 * (c->recall + c->specificity);
  c->f1 = ratio(2 * tp, 2 * tp + fp + fn);
  /* square roots first: the product of the four sums may overflow */
  double spread = sqrt(tp + fp) * sqrt(tp + fn) * sqrt(tn + fp) * sqrt(tn + fn);
  c->mcc = spread > 0 ? fmax(-1, fmin(1, (tp * tn - fp * fn) / spread)) : 0;
  return LL_OK;
}

ll_status ll_metric_confusion(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                              double threshold, ll_from from, ll_confusion *out) {
  *out = (ll_confusion){0};
  LL_TRY(ll_metric_check(ctx, "confusion", LL_NEEDS_ANY, scores, labels, weights));
  return count(ctx, "confusion", scores, labels, weights, threshold, from, out);
}

/* A metric of the table: the field of the counts that it is. needs: the classes without which it is 0/0. */
#define CONFUSION(word, needs_targets, needs_decoys, text, how, where)                                                             \
  static ll_status word(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,                   \
                        const double *params, double *out) {                                                                       \
    ll_confusion c;                                                                                                                \
    LL_TRY(count(ctx, #word, scores, labels, weights, params[0], params[1], &c));                                                  \
    if (needs_targets && !(c.tp + c.fn > 0))                                                                                       \
      return ll_fail(ctx, LL_ERR_LABEL, "%s needs targets (positives), but none of the %zu rows is one%s", #word, labels->rows,    \
                     weights ? " with a weight above 0" : "");                                                                     \
    if (needs_decoys && !(c.tn + c.fp > 0))                                                                                        \
      return ll_fail(ctx, LL_ERR_LABEL, "%s needs decoys (negatives), but none of the %zu rows is one%s", #word, labels->rows,     \
                     weights ? " with a weight above 0" : "");                                                                     \
    *out = c.word;                                                                                                                 \
    return LL_OK;                                                                                                                  \
  }                                                                                                                                \
  extern const ll_metric_desc ll_metric_##word;                                                                                    \
  const ll_metric_desc ll_metric_##word = {.name = #word,                                                                          \
                                           .summary = text,                                                                        \
                                           .formula = how,                                                                         \
                                           .source = where,                                                                        \
                                           .higher_is_better = true,                                                               \
                                           .weighted = true,                                                                       \
                                           .needs = LL_NEEDS_PROBABILITY,                                                          \
                                           .params = {#word, threshold_params, 2, contradiction},                                  \
                                           .eval = word}

CONFUSION(balanced_accuracy, true, true, "the mean of the shares of targets and of decoys on their right side of a threshold",
          "1/2 (tp / (tp + fn) + tn / (tn + fp))", "Brodersen et al. 2010, ICPR");
CONFUSION(precision, false, false, "the share of targets among what is predicted positive", "tp / (tp + fp); 0 if nothing is",
          "van Rijsbergen 1979, Information Retrieval, ch. 7");
CONFUSION(recall, true, false, "the share of the targets that is predicted positive", "tp / (tp + fn)",
          "van Rijsbergen 1979, Information Retrieval, ch. 7");
CONFUSION(specificity, false, true, "the share of the decoys that is predicted negative", "tn / (tn + fp)",
          "Yerushalmy 1947, Public Health Reports 62:1432");
CONFUSION(f1, true, false, "the harmonic mean of precision and recall", "2 tp / (2 tp + fp + fn)",
          "van Rijsbergen 1979, Information Retrieval, ch. 7");
CONFUSION(mcc, false, false, "the correlation of prediction and label",
          "(tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn)); 0 if a sum is 0",
          "Matthews 1975, Biochim. Biophys. Acta 405:442");
