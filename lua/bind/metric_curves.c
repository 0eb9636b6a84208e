/* Metrics in Lua that are curves, counts at a threshold, or a number for each row. */
#include "lua/bind/metric_parts.h"

/** ll.metric.qvalues(scores, labels) -> matrix
 * The q-value of each row: the least false discovery rate at which it is still accepted, n×1.
 * The rate at a threshold is estimated from decoys, (decoys + 1) / targets at or above it; q is the least of this and every lower
 * threshold, at most 1. Decoys' rows have one, too.
 *   scores    a column, the higher the more likely a target
 *   labels    a column of 0 and 1, or of -1 and 1
 * Errors: a class that is absent; labels that are none; NaN.
 * See: ll.metric.targets_at_fdr
 * Example:
 *   ll.metric.qvalues({ 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 1, 1, 0, 1, 0, 0 }):get(1)   --> 0.5
 */
static int metric_qvalues(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *scores = bind_matrix(L, 1, "qvalues", "scores"), *labels = bind_metric_labels(L, 2, "qvalues", LL_NEEDS_ANY);
  ll_matrix out;
  bind_check(L, ll_metric_qvalues(bind_ctx(L), scores, labels, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.metric.roc(scores, labels [, { points = 0, weights = column }]) -> matrix
 * The corners of the ROC curve, k×3: false positive rate, true positive rate, threshold.
 * A score at or above the threshold is positive.
 * It goes from (0, 0, inf) to (1, 1, the lowest score); points on a line between their neighbours are left out.
 *   scores    a column, the higher the more likely a target
 *   labels    a column of 0 and 1, or of -1 and 1
 *   points    a whole number >= 0: leave out what is nearer than 1/points to the point before, for a figure; 0: leave none out (0)
 *   weights   a column of numbers >= 0, one a row (all 1)
 * Errors: a class that is absent; NaN; an option that is none.
 * See: ll.metric.auc, ll.metric.precision_recall, ll.metric.confusion
 * Example:
 *   local curve = ll.metric.roc({ 0.9, 0.8, 0.7, 0.4 }, { 1, 0, 1, 0 })
 *   curve:shape()                       --> 5 3
 *   curve:get(2, 1), curve:get(2, 2)    --> 0 0.5
 */
static int metric_roc(lua_State *L) {
  static const char *const names[] = {"points", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "roc", "scores"), *labels = bind_metric_labels(L, 2, "roc", LL_NEEDS_ANY);
  bind_options(L, 3, "roc", names);
  lua_Integer points = bind_opt_integer(L, 3, "roc", "points", 0);
  if (points < 0) return luaL_error(L, "roc: points must be >= 0, not %I", (LUAI_UACINT)points);
  ll_matrix out;
  bind_check(L, ll_metric_roc(bind_ctx(L), scores, labels, bind_metric_weights(L, "roc", 3), (size_t)points, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/** ll.metric.precision_recall(scores, labels [, { points = 0, weights = column }]) -> matrix
 * The precision-recall curve, k×3: recall, precision, threshold.
 * A score at or above the threshold is positive.
 * It begins at (0, 1, inf); then one point for each distinct score, from the highest down.
 *   scores    a column, the higher the more likely a target
 *   labels    a column of 0 and 1, or of -1 and 1
 *   points    a whole number >= 0: leave out what is nearer than 1/points to the point before, for a figure; 0: leave none out (0)
 *   weights   a column of numbers >= 0, one a row (all 1)
 * Errors: a class that is absent; NaN; an option that is none.
 * See: ll.metric.average_precision, ll.metric.roc
 * Example:
 *   local curve = ll.metric.precision_recall({ 0.9, 0.8, 0.7, 0.4 }, { 1, 0, 1, 0 })
 *   curve:shape()                                       --> 5 3
 *   curve:get(4, 1), curve:get(4, 2), curve:get(4, 3)   --> 1 0.666667 0.7
 */
static int metric_precision_recall(lua_State *L) {
  static const char *const names[] = {"points", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "precision_recall", "scores"),
                  *labels = bind_metric_labels(L, 2, "precision_recall", LL_NEEDS_ANY);
  bind_options(L, 3, "precision_recall", names);
  lua_Integer points = bind_opt_integer(L, 3, "precision_recall", "points", 0);
  if (points < 0) return luaL_error(L, "precision_recall: points must be >= 0, not %I", (LUAI_UACINT)points);
  ll_matrix out;
  bind_check(L, ll_metric_precision_recall(bind_ctx(L), scores, labels, bind_metric_weights(L, "precision_recall", 3),
                                           (size_t)points, &out));
  bind_push_matrix(L, &out);
  return 1;
}

static const char *const from_words[] = {"probabilities", "logits", "scores", NULL};

/** ll.metric.confusion(scores, labels [, { threshold = 0.5, from = "probabilities", weights = column }]) -> table
 * The counts at a threshold and what follows from them.
 * Fields: tp, fp, tn, fn (sums of weights), accuracy, balanced_accuracy, precision, recall, specificity, f1, mcc. A score above the
 * threshold counts as positive. recall, specificity and balanced_accuracy are NaN without rows to measure them by; 0/0 is 0
 * elsewhere, as in scikit-learn.
 *   scores      a column: probabilities, logits or scores
 *   labels      a column of 0 and 1, or of -1 and 1
 *   threshold   a probability; with from = "scores" any number (0.5)
 *   from        "probabilities"; "logits": the threshold is still one of probabilities; "scores": as they are ("probabilities")
 *   weights     a column of numbers >= 0, one a row (all 1)
 * Errors: a probability outside [0, 1]; all weights 0; an option that is none.
 * See: ll.metric.accuracy, ll.metric.f1, ll.metric.roc
 * Example:
 *   local c = ll.metric.confusion({ 0.9, 0.8, 0.7, 0.4 }, { 1, 0, 1, 1 })
 *   c.tp, c.fp, c.fn, c.tn    --> 2 1 1 0
 *   c.precision, c.recall     --> 0.666667 0.666667
 */
static int metric_confusion(lua_State *L) {
  static const char *const names[] = {"threshold", "from", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "confusion", "scores"), *labels = bind_metric_labels(L, 2, "confusion", LL_NEEDS_ANY);
  bind_options(L, 3, "confusion", names);
  double threshold = bind_opt_number(L, 3, "confusion", "threshold", 0.5);
  ll_from from = (ll_from)bind_opt_word(L, 3, "confusion", "from", from_words, 0);
  ll_confusion c;
  bind_check(L, ll_metric_confusion(bind_ctx(L), scores, labels, bind_metric_weights(L, "confusion", 3), threshold, from, &c));
  lua_createtable(L, 0, 11);
  bind_metric_number(L, "tp", c.tp), bind_metric_number(L, "fp", c.fp), bind_metric_number(L, "tn", c.tn),
      bind_metric_number(L, "fn", c.fn);
  bind_metric_number(L, "accuracy", c.accuracy);
  bind_metric_number(L, "balanced_accuracy", c.balanced_accuracy);
  bind_metric_number(L, "precision", c.precision);
  bind_metric_number(L, "recall", c.recall);
  bind_metric_number(L, "specificity", c.specificity);
  bind_metric_number(L, "f1", c.f1);
  bind_metric_number(L, "mcc", c.mcc);
  return 1;
}

/** ll.metric.reliability(scores, labels [, { bins = 15, binning = "width", from = "probabilities", weights = column }]) -> matrix
 * The points of a reliability diagram, a row a bin.
 * k×3: mean probability, share of targets, share of the weight.
 * Bins without rows are left out; they ascend.
 *   scores    a column of probabilities, or of logits
 *   labels    a column of 0 and 1, or of -1 and 1
 *   bins      a whole number from 1 to 10^6 (15)
 *   binning   "width": bins of equal width; "mass": of equal weight ("width")
 *   from      "probabilities" or "logits" ("probabilities")
 *   weights   a column of numbers >= 0, one a row (all 1)
 * Errors: a probability outside [0, 1]; an option that is none.
 * See: ll.metric.calibration_error, ll.metric.brier
 * Example:
 *   local bins = ll.metric.reliability({ 0.9, 0.7, 0.4, 0.2 }, { 1, 1, 0, 0 }, { bins = 2 })
 *   bins:get(2, 1), bins:get(2, 2), bins:get(2, 3)   --> 0.8 1 0.5
 */
static int metric_reliability(lua_State *L) {
  static const char *const names[] = {"bins", "binning", "from", "weights", NULL}, *const binnings[] = {"width", "mass", NULL};
  static const char *const kinds[] = {"probabilities", "logits", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "reliability", "scores"),
                  *labels = bind_metric_labels(L, 2, "reliability", LL_NEEDS_ANY);
  bind_options(L, 3, "reliability", names);
  lua_Integer bins = bind_opt_integer(L, 3, "reliability", "bins", 15);
  if (bins < 1 || bins > 1000000) return luaL_error(L, "reliability: bins must be from 1 to 10^6, not %I", (LUAI_UACINT)bins);
  bool mass = bind_opt_word(L, 3, "reliability", "binning", binnings, 0) == 1;
  ll_from from = (ll_from)bind_opt_word(L, 3, "reliability", "from", kinds, 0);
  ll_matrix out;
  bind_check(L, ll_metric_reliability(bind_ctx(L), scores, labels, bind_metric_weights(L, "reliability", 3), (size_t)bins, mass,
                                      from, &out));
  bind_push_matrix(L, &out);
  return 1;
}

const bind_function bind_metric_curves[] = {{"qvalues", metric_qvalues, 2},
                                            {"roc", metric_roc, 3},
                                            {"precision_recall", metric_precision_recall, 3},
                                            {"confusion", metric_confusion, 3},
                                            {"reliability", metric_reliability, 3},
                                            {NULL, NULL, 0}};
