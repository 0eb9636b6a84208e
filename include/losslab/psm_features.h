/* losslab/psm_features.h: features of rescoring, of peptide-spectrum matches and of whatever else competes in groups: normal
 * scores of columns, the lead of the best row of a spectrum, and a test for columns that give the label away.
 *
 * x (n,d): features; scores, groups, labels as in losslab/fdr.h, with the same errors. */
#ifndef LOSSLAB_PSM_FEATURES_H
#define LOSSLAB_PSM_FEATURES_H

#include "losslab/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- normal scores (engine/psm/ranker.c) --------------------------------------------------------------------------------------
 */

/* For a column with more than two values the map value -> z, P(Z <= z) = (mean rank of the value, from 1, - 1/2) / n of a standard
 * normal Z (van der Waerden's scores; ties share the mean rank). So no column has an outlier, and none has a unit. The map is
 * piecewise linear through at most LL_RANKER_KNOTS values and constant beyond the first and the last: all of them where there are
 * so few, else in each of LL_RANKER_KNOTS / 2 cells of equal width of z the first and the last value in it. So it never falls, is
 * exact at each of these values, and elsewhere off by less than a cell's width, which for 2 million rows is 0.02. */
enum { LL_RANKER_KNOTS = 1024 };
typedef struct ll_ranker ll_ranker;

/* [out] the ranker of x, to be given to ll_ranker_free. rows [opt]: n of them, 0: the row does not count. O(n d), by the crew of
 * threads, to the same bits for any number of them. LL_ERR_SHAPE (empty; no row counts), LL_ERR_NUMBER (NaN or infinity, in any
 * row), LL_ERR_RANGE (more than 2^32 - 2 rows), LL_ERR_MEMORY, LL_ERR_INTERRUPTED. */
ll_status ll_ranker_fit(ll_ctx *ctx, const ll_matrix *x, const uint8_t *rows, ll_ranker **out);
void ll_ranker_free(ll_ctx *ctx, ll_ranker *ranker);

/* [out] normal scores (n,k) of the k columns that it keeps, of x with as many columns as it was fitted to (LL_ERR_SHAPE);
 * LL_ERR_NUMBER, LL_ERR_MEMORY. O(n k). */
ll_status ll_ranker_apply(ll_ctx *ctx, const ll_ranker *ranker, const ll_matrix *x, ll_matrix *out);

/* What it found in the rows that counted; lists of columns, from 0, ascending. They live as long as the ranker. */
typedef struct ll_ranker_info {
  size_t columns_of_x;
  size_t n_columns, n_constant, n_duplicates;
  const uint32_t *columns;    /* kept: more than two values, and not equal to a column before */
  const uint32_t *constant;   /* one value */
  const uint32_t *duplicates; /* not constant, and element by element equal to a column before, */
  const uint32_t *originals;  /* to this one */
} ll_ranker_info;
ll_ranker_info ll_ranker_about(const ll_ranker *ranker);

/* [out] the ranker as bytes (losslab/base.h, states), to be freed by ll_free; LL_ERR_MEMORY. And from bytes; LL_ERR_FORMAT. */
ll_status ll_ranker_save(ll_ctx *ctx, const ll_ranker *ranker, void **bytes, size_t *n);
ll_status ll_ranker_load(ll_ctx *ctx, const void *bytes, size_t n, ll_ranker **out);

/* ---- how far the best row of a group leads (engine/psm/lead.c)
 * ----------------------------------------------------------------- */

/* [out] (n,1): for the best row of each group its score less the second best of the group, for all other rows 0. Of rows that tie
 * for the best each has 0, and so has the one row of a group. all: of each row its score less the best other of its group, below
 * 0 for those that lose; 0 in a group of one. kinds [opt] (n,1), whole numbers: rows of a group and of one kind, as of one peptide
 * that a scan was matched to twice, are no rivals: each row's score less the best of its group of another kind, which for `all`
 * false is 0 where it is not above 0; 0 in a group of one kind. (As the delta scores of search engines, of any score.)
 * LL_ERR_NUMBER also where a difference is beyond the numbers of the build. O(n). */
ll_status ll_psm_lead(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *groups, const ll_matrix *kinds, bool all,
                      ll_matrix *out);

/* ---- columns that give the label away (engine/psm/leaks.c)
 * ---------------------------------------------------------------------- */

typedef struct ll_psm_leak {
  size_t higher, lower, equal; /* groups in which the target has the higher value, the lower one, the same */
  double p;                    /* of "the label is a coin": the binomial test of higher and lower, two-sided */
  double adjusted;             /* the same among all columns (Holm 1979, Scand. J. Stat. 6:65) */
} ll_psm_leak;
/* [out] leaks: one for each column of x. A group that has a target and a decoy below the median of all decoys' scores has no match
 * that anybody believes in, and which of the two is the target is a coin, unless a column was computed from what only targets have,
 * such as the number of candidates in the target database. Of each group one such target and one such decoy are compared, drawn by
 * (seed, the group's number) among them, so that a group with more of one class favours none. *groups_used: how many groups have
 * both. Groups of their own are taken to be independent. O(n d). */
ll_status ll_psm_leaks(ll_ctx *ctx, const ll_matrix *x, const ll_matrix *labels, const ll_matrix *groups, const ll_matrix *scores,
                       uint64_t seed, ll_psm_leak *leaks, size_t *groups_used);

/* ---- how many spectra are of nearly one mass (engine/psm/crowd.c) ----------------------------------------------------------- */

/* [out] (n,1): of each row with mass m the number of groups (spectra) whose mass, that of their first row, is within m (1 ±
 * ppm/10^6); at least 1. masses (n,1): of precursors, in Da, as they were measured. What is sampled again and again has a precursor
 * that many spectra share; no label and no sequence takes part, so that a false target and a decoy of a spectrum have the same
 * number. LL_ERR_RANGE: ppm outside [0, 10^6]. O(n). */
ll_status ll_psm_crowd(ll_ctx *ctx, const ll_matrix *masses, const ll_matrix *groups, double ppm, ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
