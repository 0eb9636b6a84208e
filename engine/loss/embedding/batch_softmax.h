/* Each row against all others of its batch by the softmax of their cosines: what nt_xent and supervised_contrastive share. */
#ifndef LOSSLAB_ENGINE_BATCH_SOFTMAX_H
#define LOSSLAB_ENGINE_BATCH_SOFTMAX_H

#include "engine/loss/embedding/pairing.h"

/* How many doubles the pairing needs to spare; the first n are the rows' labels, which the loss fills in. */
size_t ll_batch_softmax_spare(size_t n);

/* The mean over the rows i with another of their label of ln sum_{j != i} e^(s_ij/T) - mean over those others p of s_ip/T; T is the
 * loss's first parameter. Closes the pairing. LL_ERR_EMPTY if no row has another of its label. */
ll_status ll_batch_softmax_eval(ll_ctx *ctx, const ll_loss *loss, ll_loss_call *call, ll_pairing *p);

typedef struct ll_batch_softmax_kernels {
  /* Cosines s of one row with n columns, which become e = e^(factor (s - 1)); sums[j] += e. Gives the sum of e; [out] that of the
   * cosines where labels[j] is the row's. */
  double (*exponents)(double *s, size_t n, double factor, const double *labels, double label, double *sums, double *positives);
  /* e becomes e (inverse + inverses[j]), less `positive` where labels[j] is the row's: what both rows of a pair give its cosine. */
  void (*weights)(double *e, size_t n, double inverse, const double *inverses, const double *labels, double label, double positive);
  size_t (*count)(const double *labels, size_t n, double label);                        /* how many are that */
  void (*put)(const double *labels, size_t n, double label, double value, double *out); /* out[j] = value for those */
} ll_batch_softmax_kernels;
const ll_batch_softmax_kernels *ll_batch_softmax_kernels_get(void);

#endif
