/* Binary labels: 1 is a target; 0 or -1, whichever a batch uses, a decoy. And scores that lie between 0 and 1, as a sigmoid's. */
#ifndef LOSSLAB_ENGINE_LABEL_H
#define LOSSLAB_ENGINE_LABEL_H

#include "losslab/base.h"

static inline bool ll_is_target(ll_real label) { return label > 0; }

enum { LL_LABELS_ZERO = 1, LL_LABELS_MINUS = 2, LL_LABELS_OTHER = 4 };

typedef struct ll_label_kernels {
  unsigned (*seen)(const ll_real *labels, size_t n);  /* which values other than 1 occur: bits LL_LABELS_* */
  size_t (*targets)(const ll_real *labels, size_t n); /* how many targets there are */
  bool (*within)(const ll_real *scores, size_t n);    /* whether all of them are from 0 to 1 */
} ll_label_kernels;
const ll_label_kernels *ll_label_kernels_get(void);

#endif
