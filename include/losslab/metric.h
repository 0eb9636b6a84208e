/* losslab/metric.h: how good scores are: ranking, probabilities, false discoveries, and how sure one may be of it.
 *
 * A metric is a row of a table (ll_metric_desc, at the end of its own file, listed in engine/metric/metrics.def): what it
 * is, its formula, its parameters, and one function. The Lua entry, a study's list of metrics and the documentation
 * all read it.
 *
 * Everywhere: scores (n,1), higher = more likely a target; labels (n,1) in {0,1} or {-1,+1}, not mixed; weights [opt]
 * (n,1), finite, >= 0, NULL: every row counts one. T and D are the numbers (or weights) of targets and decoys.
 * Errors of every function that reads them: LL_ERR_SHAPE (empty, or shapes that differ: both are given), LL_ERR_NUMBER
 * (NaN or infinity: its row), LL_ERR_LABEL (a label that is none: its row; or a class that is absent where both are
 * needed), LL_ERR_RANGE (a weight < 0: its row; more than 2^32 - 2 rows), LL_ERR_MEMORY. */
#ifndef LOSSLAB_METRIC_H
#define LOSSLAB_METRIC_H

#include "losslab/matrix.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a metric needs of its scores. */
typedef enum ll_metric_needs {
  LL_NEEDS_ANY,        /* their order only: no monotone map changes the metric */
  LL_NEEDS_PROBABILITY /* probabilities in [0, 1], or logits with from = "logits" */
} ll_metric_needs;

/* "any" or "probability". */
const char *ll_metric_needs_name(ll_metric_needs needs);

typedef struct ll_metric_desc {
  const char *name;
  const char *summary; /* one line: what it is for */
  const char *formula;
  const char *source;
  bool higher_is_better;
  bool weighted; /* takes weights */
  ll_metric_needs needs;
  ll_param_table params;
  /* Inputs have been checked (shapes, numbers, labels, weights). */
  ll_status (*eval)(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *weights, const double *params,
                    double *out);
} ll_metric_desc;

extern const ll_metric_desc *const ll_metrics[]; /* ll_metric_count rows, in the order of metrics.def */
extern const size_t ll_metric_count;
/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_metric_find(ll_ctx *ctx, const char *name, const ll_metric_desc **out);

/* [out] the metric. params: as many values as the row has parameters (ll_params_default, ll_params_set_*), NULL: the
 * defaults. LL_ERR_ARGUMENT: weights given to a metric without them. */
ll_status ll_metric_eval(ll_ctx *ctx, const ll_metric_desc *metric, const ll_matrix *scores, const ll_matrix *labels,
                         const ll_matrix *weights, const double *params, double *out);

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

/* AUC and its variance (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837) by the O(n log n) way over ranks of Sun
 * and Xu 2014, IEEE Signal Processing Letters 21(11):1389: var(V10)/T + var(V01)/D, where V10 of a target is the share of
 * decoys below it and V01 of a decoy the share of targets above it, ties half. level in (0, 1), e.g. 0.95: LL_ERR_RANGE.
 * LL_ERR_LABEL unless each class has two rows. Perfect separation has variance 0. */
ll_status ll_metric_delong(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, double level, ll_delong *out);

typedef struct ll_delong_difference {
  double auc[2], variance[2], covariance;
  double difference, low, high; /* auc[0] - auc[1] and its interval at the level asked for */
  double z, p;                  /* of "the AUCs are equal", two-sided. Equal AUCs: z 0, p 1 */
} ll_delong_difference;

/* Two scores of the same rows compared, their correlation counted (the same papers). Errors as ll_metric_delong. */
ll_status ll_metric_delong_compare(ll_ctx *ctx, const ll_matrix *a, const ll_matrix *b, const ll_matrix *labels, double level,
                                   ll_delong_difference *out);

#ifdef __cplusplus
}
#endif
#endif
