/* losslab/metric.h: how good scores are: ranking, probabilities, false discoveries, and how sure one may be of it.
 *
 * A metric is a row of a table (ll_metric_desc, at the end of its own file, listed in engine/metric/metrics.def): what it
 * is, its formula, its parameters, and one function. The Lua entry, a study's list of metrics and the documentation
 * all read it.
 *
 * Unless a metric needs something else (ll_metric_needs): scores (n,1), higher = more likely a target; labels (n,1) in {0,1} or
 * {-1,+1}, not mixed; weights [opt] (n,1), finite, >= 0, NULL: every row counts one (of lists: weights (q,1), one a list). T and D
 * are the numbers (or weights) of targets and decoys. Errors of every function that reads them: LL_ERR_SHAPE (empty, or shapes that
 * differ: both are given), LL_ERR_NUMBER (NaN or infinity: its row), LL_ERR_LABEL (a number that is no label: its row; or a class
 * that is absent where both are needed), LL_ERR_RANGE (a weight < 0: its row; more than 2^32 - 2 rows), LL_ERR_MEMORY.
 *
 * No value depends on the order of the rows, which among equal scores would be no merit of the scores: data are often sorted by
 * class, and what has learnt nothing gives all rows the same. Where scores are compared with a threshold (ROC, precision and
 * recall, false discoveries, bins of equal mass), equal scores pass it together; a pair of equal scores is half right (AUC,
 * DeLong). What counts places or neighbours (ndcg, recall_at_k, knn_accuracy, recommend, multiclass accuracies) is the mean over
 * all orders of what is equal, each as likely as another: exact, not drawn. A score at the threshold of accuracy and confusion is
 * negative. */
#ifndef LOSSLAB_METRIC_H
#define LOSSLAB_METRIC_H

#include "losslab/lists.h"
#include "losslab/matrix.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a metric needs of its scores. */
typedef enum ll_metric_needs {
  LL_NEEDS_ANY,         /* their order only: no monotone map changes the metric */
  LL_NEEDS_PROBABILITY, /* probabilities in [0, 1], or logits with from = "logits" */
  LL_NEEDS_CLASSES,     /* scores (n,K), K >= 2, a column a class; labels (n,1) in 1..K */
  LL_NEEDS_LISTS,       /* scores (q,m) of q lists, labels (q,m): relevances >= 0 (or -1/1: 0/1); (n,1) is one list of n */
  LL_NEEDS_EMBEDDINGS,  /* scores (n,d): points; labels (n,1): whole numbers; equal ones are one class */
  LL_NEEDS_VALUES       /* scores (n,1) that say a value; labels (n,1): the values, any finite numbers */
} ll_metric_needs;

/* "any", "probability", "classes", "lists", "embeddings" or "values". */
const char *ll_metric_needs_name(ll_metric_needs needs);

struct ll_ranking;
typedef struct ll_metric_desc {
  const char *name;
  const char *summary; /* one line: what it is for */
  const char *formula;
  const char *source;
  int version; /* of the formula, as a loss's (losslab/loss.h); 0 means 1 */
  bool higher_is_better;
  bool weighted; /* takes weights */
  ll_metric_needs needs;
  ll_param_table params;
  /* One of the two is there. eval: inputs have been checked (shapes, numbers, labels, weights). ranked: the metric of scores that
   * are sorted already (engine/metric/ranking.h), so that several metrics share a sort. */
  ll_status (*eval)(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                    double *out);
  double (*ranked)(const struct ll_ranking *ranking, const double *params);
} ll_metric_desc;

extern const ll_metric_desc *const ll_metrics[]; /* ll_metric_count rows, in the order of metrics.def */
extern const size_t ll_metric_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_metric_find(ll_ctx *ctx, const char *name, const ll_metric_desc **out);

/* [out] the metric. params: as many values as the row has parameters (ll_params_default, ll_params_set_*), NULL: the
 * defaults. LL_ERR_ARGUMENT: weights given to a metric without them. */
ll_status ll_metric_eval(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                         const ll_matrix *weights, const double *params, double *out);

/* A metric with the values of its parameters, as many as its row has. */
typedef struct ll_metric_call {
  const ll_metric_desc *metric;
  double params[LL_MAX_PARAMS];
} ll_metric_call;

/* [out] out[i]: each to the bit as ll_metric_eval gives it alone; what they have in common is done once: the checks of the inputs,
 * and the sort. The first that fails ends it; its error is that of ll_metric_eval. */
ll_status ll_metric_eval_several(ll_ctx *ctx, const ll_metric_call *calls, size_t n, const ll_matrix *scores,
                                 const ll_matrix *labels, const ll_matrix *weights, double *out);

/* ---- what is more than one number ----------------------------------------------------------------------------------- */

/* [out] q-values (n,1), row by row, decoys' rows too. FDR at a threshold = (decoys + 1) / targets at or above it; tied
 * scores share one threshold; q = the least FDR of this threshold and every lower one, at most 1. The target-decoy
 * estimate with its +1: Levitsky et al. 2017, J. Proteome Res. 16(2):393, doi:10.1021/acs.jproteome.6b00144; q: Storey
 * 2003. O(n). Both classes are needed. */
ll_status ll_metric_qvalues(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, ll_matrix *out);

/* [out] the corners of the ROC curve, (k,3): false positive rate, true positive rate, threshold (predicted positive: score >=
 * it); from (0, 0, inf) to (1, 1, lowest score). Points on a line between their neighbours are left out. points > 0: also
 * those nearer than 1/points in both rates to the point before, for a figure that needs no more. Both classes are needed. */
ll_status ll_metric_roc(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, size_t points,
                        ll_matrix *out);

typedef struct ll_delong {
  double auc, variance;
  double low, high; /* the interval auc -+ z sqrt(variance) at the level asked for, cut to [0, 1] */
} ll_delong;

/* AUC and its variance (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837), in O(n log n) from ranks (Sun and
 * Xu 2014, IEEE Signal Processing Letters 21(11):1389): var(V10)/T + var(V01)/D, where V10 of a target is the share of
 * decoys below it and V01 of a decoy the share of targets above it, ties half. level in (0, 1), e.g. 0.95: LL_ERR_RANGE.
 * LL_ERR_LABEL unless each class has two rows. Perfect separation has variance 0. */
ll_status ll_metric_delong(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, double level, ll_delong *out);

typedef struct ll_delong_difference {
  double auc[2], variance[2], covariance;
  double difference, low, high; /* auc[0] - auc[1] and its interval at the level asked for */
  double z, p;                  /* of the test of "the AUCs are equal", two-sided. Equal AUCs: z 0, p 1 */
} ll_delong_difference;

/* Two scores of the same rows compared, their correlation counted (the same papers). Errors as ll_metric_delong. */
ll_status ll_metric_delong_compare(ll_ctx *ctx, const ll_matrix *a, const ll_matrix *b, const ll_matrix *labels, double level,
                                   ll_delong_difference *out);

/* [out] the corners of the precision-recall curve, (k,3): recall, precision, threshold (predicted positive: score >= it): (0, 1,
 * inf), then one for each distinct score from the highest down. points > 0: those nearer than 1/points in both to the point before
 * are left out, but for the last. Both classes are needed. */
ll_status ll_metric_precision_recall(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                     size_t points, ll_matrix *out);

/* Counts (sums of weights) at a threshold and what follows from them. NaN: recall and balanced_accuracy without targets,
 * specificity and balanced_accuracy without decoys. 0/0 is 0 for precision, f1 and mcc, as in scikit-learn. */
typedef struct ll_confusion {
  double tp, fp, tn, fn;
  double accuracy, balanced_accuracy, precision, recall, specificity, f1, mcc;
} ll_confusion;
typedef enum ll_from { LL_FROM_PROBABILITIES, LL_FROM_LOGITS, LL_FROM_SCORES } ll_from;

/* [out] predicted positive: above the threshold (as in accuracy); from logits the threshold is still one of probabilities, from
 * scores it is compared with them as they are. LL_ERR_RANGE: a probability or (but for scores) a threshold outside [0, 1];
 * all weights 0. */
ll_status ll_metric_confusion(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                              double threshold, ll_from from, ll_confusion *out);

/* [out] the reliability diagram's points, (k,3), k the bins that are not empty, ascending: mean probability, share of targets,
 * share of the weight. Bins: see the metric calibration_error. LL_ERR_RANGE: bins 0, a probability outside [0, 1]. */
ll_status ll_metric_reliability(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights,
                                size_t bins, bool equal_mass, ll_from from, ll_matrix *out);

/* ---- neighbours (engine/metric/neighbours.c) ------------------------------------------------------------------------------ */

/* LL_BY_DOT: the largest products; the others: the least distances. LL_BY_DIRECTION: as LL_BY_COSINE, but a row of norm 0, which
 * has none, has cosine 0 with all others; by it knn_accuracy and recall_at_k look for the nearest by cosine. */
typedef enum ll_measure { LL_BY_EUCLIDEAN, LL_BY_COSINE, LL_BY_DOT, LL_BY_DIRECTION } ll_measure;

/* The k nearest rows of base (m,d) to each row of queries (n,d), nearest first, equal distances by lower index; base NULL: of
 * queries itself, no row its own neighbour. exclude [opt]: n lists of rows of base to leave out. [out] nearest[i * k + j];
 * UINT32_MAX where fewer than k rows are left. Blocks of products rule out what cannot be near, by a bound on their rounding; what
 * they leave is measured in double: the answer is that of the plain formula. Memory O((n + m) d + n k), time O(n m d).
 * LL_ERR_SHAPE, LL_ERR_NUMBER (NaN or infinity: its row; cosine of a row of norm 0), LL_ERR_RANGE (k 0 or too large),
 * LL_ERR_MEMORY. */
ll_status ll_metric_neighbours(ll_ctx *ctx, const ll_matrix *queries, const ll_matrix *base, size_t k, ll_measure measure,
                               const ll_lists *exclude, uint32_t *nearest);

/* [out] the share of test rows (m,d) whose class most of their k nearest training rows (n,d) have; as the metric knn_accuracy,
 * which leaves each row itself out. Equal votes: the class of the nearest row among them. Where the k-th place cuts through t rows
 * at one distance, r of these are drawn at random, and the row counts by the chance that the vote is right: shares of a vote, r/t
 * for each of the t, would have the larger class always win, and in classes of one size, each row itself left out, always another.
 * Such a row takes O(t + classes r^2), up to O(classes r^3) where many classes may win; equal rows of a class are asked once.
 * Memory beside that of neighbours: O(m + n). LL_ERR_RANGE: k > n. */
ll_status ll_metric_knn_of(ll_ctx *ctx, const ll_matrix *train, const ll_matrix *train_labels, const ll_matrix *test,
                           const ll_matrix *test_labels, size_t k, ll_measure measure, double *out);

/* How well each user's held-out items are among the k recommended ones: users (u,d) and items (i,d), the nearest items (or those of
 * largest product) that are not in seen [opt]. Means over the users who have held-out items: recall = hits / held out,
 * precision = hits / k, hit_rate = 1 if any, ndcg = sum of 1/log2(1 + place) over hits / the most it could be (Wang et al.
 * 2013, COLT); of t items at the k-th place of which p are held out and r are recommended, r p / t are hits, and one is with the
 * chance 1 - C(t - p, r) / C(t, r). LL_ERR_SHAPE (lists of other rows or columns), LL_ERR_LABEL (nothing held out), and as
 * ll_metric_neighbours. */
typedef struct ll_recommended {
  double recall, precision, hit_rate, ndcg;
  size_t users;
} ll_recommended;
ll_status ll_metric_recommend(ll_ctx *ctx, const ll_matrix *users, const ll_matrix *items, ll_measure measure,
                              const ll_lists *held_out, const ll_lists *seen, size_t k, ll_recommended *out);

/* ---- intervals for any metric (engine/metric/bootstrap.c) -------------------------------------------------------------------- */

typedef struct ll_bootstrap_options {
  size_t resamples; /* 2000 is usual; at least 20 */
  double level;     /* in (0, 1) */
  bool bca;         /* corrected for bias and acceleration (Efron 1987, J. Am. Stat. Assoc. 82:171), else percentiles */
  bool stratify;    /* binary labels or classes: as many rows of each class in every resample as in the data */
  uint64_t seed;
} ll_bootstrap_options;
typedef struct ll_bootstrap {
  double value, low, high; /* of the data; the interval */
  double deviation, bias;  /* of the resamples: standard deviation, mean - value */
  size_t skipped;          /* resamples left out because they have no such metric: of one class only, or of weight 0 */
} ll_bootstrap;

/* [out] the metric over resamples of the rows (of one list: its entries), drawn with replacement by their numbers: rows in another
 * order are another draw, so that the value stays and the interval moves by what the number of resamples leaves open. The
 * acceleration is the jackknife's, in at most 200 groups of rows. Percentiles interpolate between order statistics. Errors as
 * ll_metric_eval, and LL_ERR_UNSUPPORTED for a metric of embeddings, where a row drawn twice would find itself; LL_ERR_RANGE.
 * Resamples on which the metric fails are left out and counted; if more than half are, or fewer than 20 remain, the error is the
 * metric's. stratify avoids those of one class only. */
ll_status ll_metric_bootstrap(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                              const ll_matrix *weights, const double *params, const ll_bootstrap_options *options,
                              ll_bootstrap *out);

typedef struct ll_bootstrap_difference {
  double value[2];         /* of the two sets of scores */
  ll_bootstrap difference; /* its value is value[0] - value[1] */
  double p;                /* of "no difference", two-sided: twice the share of resamples on the rarer side of 0, at most 1 */
} ll_bootstrap_difference;

/* [out] two scores a, b of the same rows compared by any metric: each resample draws the same rows of both, so that what they have
 * in common cancels. Errors as ll_metric_bootstrap; LL_ERR_SHAPE unless a and b are alike. (Efron and Tibshirani 1993, ch. 16.) */
ll_status ll_metric_bootstrap_compare(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *a, const ll_matrix *b,
                                      const ll_matrix *labels, const ll_matrix *weights, const double *params,
                                      const ll_bootstrap_options *options, ll_bootstrap_difference *out);

#ifdef __cplusplus
}
#endif
#endif
