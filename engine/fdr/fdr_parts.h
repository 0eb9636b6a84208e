/* What the files of this folder share: the checks of inputs, and the curve of false ones. */
#ifndef LOSSLAB_ENGINE_FDR_PARTS_H
#define LOSSLAB_ENGINE_FDR_PARTS_H

#include "losslab/fdr.h"

/* Checks scores, labels [opt] and groups [opt] together; `group` is what messages call the last. */
ll_status ll_fdr_check(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *groups,
                       const char *group);
/* NULL: the defaults. LL_ERR_RANGE. */
ll_status ll_fdr_check_options(ll_ctx *ctx, const char *who, const ll_fdr_options *options);
static inline ll_fdr_options ll_fdr_options_or_defaults(const ll_fdr_options *options) {
  return options ? *options : (ll_fdr_options){.method = LL_FDR_TDC, .pi0 = 1};
}

static inline bool ll_fdr_is_target(const ll_matrix *labels, size_t row) { return ll_matrix_row(labels, row)[0] == 1; }

/* The rows that count, from the highest score down, and what there is at or above each distinct score. */
typedef struct ll_fdr_curve {
  size_t n, steps;
  uint32_t *order;         /* n rows */
  uint32_t *ends;          /* of each step: behind its last row in order */
  double *targets, *wrong; /* of each step: targets at or above, and how many of them are taken to be false */
  double *q;               /* and its q-value */
} ll_fdr_curve;

/* [out] to be given to ll_fdr_curve_close. The inputs have been checked. chosen [opt]: n rows, the only ones that may count.
 * LL_ERR_MEMORY. */
ll_status ll_fdr_curve_open(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options,
                            const uint32_t *chosen, size_t n, ll_fdr_curve *out);
void ll_fdr_curve_close(ll_ctx *ctx, ll_fdr_curve *curve);
/* Writes the q-values of the curve's rows. */
void ll_fdr_curve_qvalues(const ll_fdr_curve *curve, ll_matrix *out);

#endif
