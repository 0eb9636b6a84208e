/* What the losses over all pairs of a target and a decoy of a batch share. A pair's u is margin - (s_target - s_decoy); of two
 * elements the first is that of decoys, the second that of targets. */
#ifndef LOSSLAB_ENGINE_PAIR_SUMS_H
#define LOSSLAB_ENGINE_PAIR_SUMS_H

#include "engine/loss/loss.h"

#define LL_PAIR_GRADIENT "0 if the batch holds targets only or decoys only; so is the value"

/* One pass's sums over targets [1] and decoys [0]. */
typedef struct ll_pair_sums {
  double sum[2];
} ll_pair_sums;

typedef struct ll_pair_sums_kernels {
  /* Sums of score - base. */
  ll_pair_sums (*totals)(const ll_real *scores, const ll_real *labels, size_t n, double base);
  /* With x = score - base - mean[side]: sums of x^2; grads[i] = slope[side] x + offset[side], if not NULL. */
  ll_pair_sums (*centred)(const ll_real *scores, const ll_real *labels, size_t n, double base, const double mean[2],
                          const double slope[2], const double offset[2], ll_real *grads);
  /* The largest of -score over targets, of score over decoys. */
  void (*largest)(const ll_real *scores, const ll_real *labels, size_t n, double largest[2]);
  /* weights[i] = e^(-score - largest[1]) or e^(score - largest[0]), and their sums; weights may be NULL. */
  ll_pair_sums (*weigh)(const ll_real *scores, const ll_real *labels, size_t n, const double largest[2], ll_real *weights);
  /* grads[i] *= factor[side] */
  void (*scale)(const ll_real *labels, size_t n, const double factor[2], ll_real *grads);
  /* The sum of ln(1 + e^u) over all pairs; each target's and each decoy's sum of sigma(u) is added to target_sums, decoy_sums. */
  double (*logistic)(const ll_real *targets, size_t n_targets, const ll_real *decoys, size_t n_decoys, double margin,
                     double *target_sums, double *decoy_sums);
} ll_pair_sums_kernels;
const ll_pair_sums_kernels *ll_pair_sums_kernels_get(void);

/* Whether the batch holds both classes; if not, value and gradient are set to 0. [out] counts of decoys [0] and targets [1]. */
bool ll_pair_sums_exist(ll_loss_call *call, size_t count[2]);

/* [out] the sums of the weights of both sides, or their counts without weights; false where one of them is 0: value and gradient
 * are then set to 0. */
bool ll_pair_weights(ll_loss_call *call, const size_t count[2], double weight[2]);
/* The mean over pairs, each as much as the product of its rows' weights, of the losses that walk no order; margin as theirs. */
ll_status ll_pair_weighed_square(ll_loss_call *call, double margin);
ll_status ll_pair_weighed_exponential(ll_loss_call *call, double margin);
ll_status ll_pair_weighed_logistic(ll_loss_call *call, double margin);

/* Where the gradient of the scores goes; NULL if it is not wanted. */
static inline ll_real *ll_pair_sums_grads(const ll_loss_call *call) { return call->grads[0] ? call->grads[0]->data : NULL; }

#endif
