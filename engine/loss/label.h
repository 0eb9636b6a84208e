/* Binary labels, for every loss of scores and labels: 1 is a target; 0 or -1, whichever a batch uses, a decoy. */
#ifndef LOSSLAB_ENGINE_LABEL_H
#define LOSSLAB_ENGINE_LABEL_H

#include "losslab/loss.h"

/* scores n×1 and binary labels n×1: what pointwise and ranking losses take. */
extern const ll_loss_input ll_loss_scores_labels[2];

static inline bool ll_is_target(ll_real label) { return label > 0; }

enum { LL_LABELS_ZERO = 1, LL_LABELS_MINUS = 2, LL_LABELS_OTHER = 4 };

typedef struct ll_label_kernels {
  unsigned (*seen)(const ll_real *labels, size_t n);  /* which values other than 1 occur: bits LL_LABELS_* */
  size_t (*targets)(const ll_real *labels, size_t n); /* how many targets there are */
} ll_label_kernels;
const ll_label_kernels *ll_label_kernels_get(void);

#endif
