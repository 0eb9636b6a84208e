/* What the losses of ranked lists share: the loops over one score against all others. */
#ifndef LOSSLAB_ENGINE_LISTWISE_H
#define LOSSLAB_ENGINE_LISTWISE_H

#include "engine/loss/loss.h"

typedef struct ll_listwise_kernels {
  /* values[j] = sigma(k (scores[j] - score)), slopes[j] = its derivative by scores[j] */
  void (*steps)(const ll_real *scores, size_t n, ll_real score, ll_real k, ll_real *values, ll_real *slopes);
  /* With u_j = [shift + scores[j]]+ and top = [shift + largest]+: weights[j] = e^((u_j^2 - top^2) / lambda), slopes[j] = 2 u_j
   * weights[j]; the sum of weights. */
  double (*tilt)(const ll_real *scores, size_t n, ll_real shift, ll_real largest, ll_real lambda, ll_real *weights,
                 ll_real *slopes);
  /* The sum of e^(u_j^2 / lambda) - 1, u_j as in tilt: its digits stay where all are near 0. */
  double (*lift)(const ll_real *scores, size_t n, ll_real shift, ll_real lambda, ll_real *scratch);
  void (*add)(const ll_real *x, size_t n, double factor, double *sums); /* sums[j] += factor x[j] */
} ll_listwise_kernels;
const ll_listwise_kernels *ll_listwise_kernels_get(void);

#endif
