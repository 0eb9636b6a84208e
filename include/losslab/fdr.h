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
 * is the least q-value, and the PEPs of the targets down to a block's end sum up to its number of false ones. Within a block the
 * steps are smoothed and keep that sum: from a = s(u = 0) to b = s(u = 1) at its ends, between the slopes on both sides, the nearer
 * block counting more, PEP = a + (b - a) u^k, u the share of the block's targets above, and k so that its mean is the block's
 * slope. Below the last target PEP is 1; without targets all are 1. options NULL: {LL_FDR_TDC, 1}. O(n). */
ll_status ll_fdr_pep(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options, ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
