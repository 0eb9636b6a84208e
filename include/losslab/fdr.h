/* losslab/fdr.h: the statistics of target-decoy identification: which row of a spectrum stands for it, q-values, the share of wrong
 * targets, posterior error probabilities, classes of rows, and entrapment.
 *
 * scores (n,1), higher = more likely right; labels (n,1) in {0,1} or {-1,+1}, not mixed: 1 is a target; groups (n,1): whole numbers
 * less than LL_WHOLE in size, equal for rows that belong together. Decoys are false by making, and stand for the targets that are
 * false unseen. Sums are in double. Rows in another order give each row the same number (where rows of one class tie for the best
 * of a group, the first is taken, which is the one thing that asks for their order), and equal scores pass a threshold together.
 *
 * Errors of every function: LL_ERR_SHAPE (empty, or shapes that differ: both are given), LL_ERR_NUMBER (NaN or infinity: its row),
 * LL_ERR_LABEL (a number that is no label or no whole number: its row), LL_ERR_RANGE (a pi0 outside [0, 1]; more than 2^32 - 2
 * rows), LL_ERR_MEMORY. A class that is absent is no error, unless it is said. */
#ifndef LOSSLAB_FDR_H
#define LOSSLAB_FDR_H

#include "losslab/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the best row of a group (engine/fdr/compete.c) ------------------------------------------------------------------------- */

/* [out] winners (n,1): 1 for the row with the highest score of its group, else 0. A target and a decoy that tie for it are
 * decided by a fair coin, which (seed, the group's number) alone throws: it favours no class, and is the same for rows in any
 * order. Of rows of one class that tie, the first. O(n). */
ll_status ll_fdr_compete(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *groups, uint64_t seed,
                         ll_matrix *out);
/* [out] the same without labels, (n,1): 1 for the best row of each number in `of`, the first of those that tie. So the best match
 * of each peptide stands for it (Granholm et al. 2013, J. Proteomics 80:123: unique peptides). O(n). */
ll_status ll_fdr_best(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *of, ll_matrix *out);

/* ---- q-values and posterior error probabilities (engine/fdr/fdr_curve.c, pep.c) ---------------------------------------------- */

/* How many of the t targets at or above a threshold are false, where d decoys are; T and D: all that count, none D: 1.
 *   LL_FDR_TDC        d + 1: target and decoy have competed for each spectrum, so that a false one is either with the same chance
 *                     (Levitsky et al. 2017, J. Proteome Res. 16:393)
 *   LL_FDR_SEPARATE   pi0 T/D (d + 1): both searched apart, each spectrum has a row of either (Käll et al. 2008, J. Proteome
 *                     Res. 7:29)
 *   LL_FDR_MIXMAX     T/D (pi0 (d + 1) + (1 - pi0) sum of P(X < z) over these decoys z): apart, too; where the right peptide of a
 *                     spectrum was searched and a false one scores higher, that counts as well: P(X < z) = (W(z) - pi0 Z(z)) /
 *                     ((1 - pi0) Z(z)), cut to [0, 1], W and Z the shares of targets and of decoys at or below z (Keich et al.
 *                     2015, J. Proteome Res. 14:3148). At pi0 1 it is LL_FDR_SEPARATE. */
typedef enum ll_fdr_method { LL_FDR_TDC, LL_FDR_SEPARATE, LL_FDR_MIXMAX, LL_FDR_METHODS } ll_fdr_method;
/* "tdc", "separate", "mixmax". */
extern const char *const ll_fdr_method_names[LL_FDR_METHODS + 1];

typedef struct ll_fdr_options {
  ll_fdr_method method;
  double pi0;          /* the share of false ones among targets; LL_FDR_TDC does not ask for it */
  const uint8_t *rows; /* [opt] n of them, 0: the row does not count; its q-value and PEP are 1 */
  bool stepped;        /* PEPs are the steps of the isotonic regression, not smoothed */
} ll_fdr_options;

/* [out] q (n,1), of decoys, too: FDR = false / t at each row's score, 1 without targets; q the least of this and every lower
 * threshold, at most 1. options NULL: {LL_FDR_TDC, 1}. With both classes and LL_FDR_TDC they are those of ll_metric_qvalues.
 * O(n). */
ll_status ll_fdr_qvalues(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options,
                         ll_matrix *out);

/* [out] the posterior error probability (n,1) of a target with each row's score: the chance that it is false, in [0, 1], never
 * rising with the score. Of the points (t, false) at all thresholds the largest convex curve below them from (0, 0) on is taken;
 * its slope is the PEP, at most 1. That is p / (1 - p) of p, the isotonic regression of "is a decoy" on the score (pool adjacent
 * violators: Ayer et al. 1955, Ann. Math. Stat. 26:641), with the +1 as one decoy above all: no PEP is 0, that of the first block
 * is the least q-value, and the PEPs of the targets down to a block's end sum up to its number of false ones, or, where a slope
 * above 1 has been cut, to fewer. Within a block the steps are smoothed and keep that sum: from a = s(u = 0) to b = s(u = 1) at its
 * ends, between the slopes on both sides, the nearer block counting more, PEP = a + (b - a) u^k, u the share of the block's targets
 * above, and k so that its mean is the block's slope. Below the last target PEP is 1; without targets all are 1. options NULL:
 * {LL_FDR_TDC, 1}. O(n). */
ll_status ll_fdr_pep(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options, ll_matrix *out);

/* ---- the share of false ones among targets (engine/fdr/pi0.c)
 * ------------------------------------------------------------------ */

/* pi0 of targets and decoys that were searched apart. A target's p-value is the share of decoys at or above its score, (1 + d + e
 * i / (k + 1)) / (D + 1) for the i-th of k targets that tie with e decoys, d above; pi0(lambda) = (1 + #{p >= lambda}) / (T (1 -
 * lambda)) (Storey and Tibshirani 2003, PNAS 100:9440, with the 1 of Storey, Taylor and Siegmund 2004). Of the lambdas the one is
 * taken whose mean squared error about the 10 % quantile of all pi0(lambda) is least, (pi0(lambda) - quantile)^2 + W (1 - W / T)
 * / (T (1 - lambda))^2, W = #{p >= lambda}: what a bootstrap with ever more samples comes to. At most 1. */
enum { LL_FDR_PI0_POINTS = 91, LL_FDR_PI0_LEAST = 20 };
typedef struct ll_fdr_pi0_curve {
  double pi0;
  double lambda[LL_FDR_PI0_POINTS], at[LL_FDR_PI0_POINTS]; /* 0.05, 0.06, …, 0.95, and pi0(lambda), which may be above 1 */
  size_t points, chosen;                                   /* points is 0, and pi0 1, where there are too few rows */
  char note[120];                                          /* why it is 1 without an estimate; "" else */
} ll_fdr_pi0_curve;
/* [out] rows [opt] as in ll_fdr_options. Of fewer than LL_FDR_PI0_LEAST targets or decoys pi0 is 1, with a note. O(n). */
ll_status ll_fdr_pi0(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const uint8_t *rows, ll_fdr_pi0_curve *out);

/* ---- classes of rows (engine/fdr/kinds.c) -------------------------------------------------------------------------------------
 */

/* What one class of rows has at a level. */
typedef struct ll_fdr_kind {
  double number;                    /* as in kinds */
  size_t row;                       /* its first row */
  size_t targets, decoys;           /* that count */
  size_t accepted, accepted_decoys; /* with q <= level */
  double threshold;                 /* the lowest score accepted; NaN: none is */
  double wrong;                     /* how many of the accepted are taken to be false */
} ll_fdr_kind;
/* [out] q-values (n,1) within each class of rows, those with the same number in kinds (n,1): charges, modified or not. What is
 * accepted at a level is accepted in each class at a threshold of its own, so that of all together, too, at most that share is
 * taken to be false (Efron 2008, Ann. Appl. Stat. 2:197; Fu and Qian 2014, Mol. Cell. Proteomics 13:1359). list: one for each
 * class, in ascending order of its number, *count of them, the caller's, to be freed by ll_free. LL_ERR_RANGE: a level outside
 * [0, 1]. O(n). */
ll_status ll_fdr_by_kind(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *kinds,
                         const ll_fdr_options *options, double level, ll_matrix *out, ll_fdr_kind **list, size_t *count);

/* ---- entrapment (engine/fdr/entrapment.c) -------------------------------------------------------------------------------------
 */

typedef struct ll_fdr_entrapment_options {
  double ratio;         /* r, the size of the entrapment part to that of the sample's; 0: estimated */
  double confidence;    /* of the intervals, in (0, 1) */
  const double *levels; /* [opt] n_levels of them, in [0, 1]; NULL: every q-value that a target has */
  size_t n_levels;
  size_t points; /* without levels: the most of them, evenly chosen, the first and the last among them; 0: all */
} ll_fdr_entrapment_options;

/* At a q-value: N_S targets of the sample and N_E of entrapment are accepted. */
typedef struct ll_fdr_entrapment_point {
  double q;
  size_t sample, entrapment;
  double combined;              /* N_E (1 + 1/r) / (N_S + N_E), at most 1 */
  double low, high;             /* its interval: (1 + 1/r) times that of Clopper and Pearson of N_E of N_S + N_E, at most 1 */
  double lower_bound;           /* N_E / (N_S + N_E) */
  double bound_low, bound_high; /* its interval */
} ll_fdr_entrapment_point;

/* [out] points: what share of the accepted targets is false, told by entrapment: targets that are known to be wrong, since their
 * sequences are not in the sample. kind (n,1): 1 entrapment, 0 sample; of decoys it is not asked. lower_bound counts those that are
 * seen alone; combined adds the false ones of the sample's part, of which there are 1/r for each that is seen (Wen et al. 2025,
 * Nature Methods 22:1454). So control is doubted where the interval of lower_bound lies above q, and shown where that of combined
 * lies below. Nothing accepted: both 0, intervals from 0 to 1. *ratio: the one that was used. Where it is estimated, it is that
 * of the entrapment to the sample's targets at or below the median of decoys, nearly all of them false: LL_ERR_LABEL where one of
 * the two is absent. *points: *count of them, the caller's, to be freed by ll_free, ascending in q. O(n), and some microseconds a
 * point. */
ll_status ll_fdr_entrapment(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *kind,
                            const ll_fdr_options *options, const ll_fdr_entrapment_options *asked, double *ratio,
                            ll_fdr_entrapment_point **points, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
