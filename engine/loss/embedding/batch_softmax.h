/* Each row against all others of its batch by the softmax of their cosines: what nt_xent and supervised_contrastive share. */
#ifndef LOSSLAB_ENGINE_BATCH_SOFTMAX_H
#define LOSSLAB_ENGINE_BATCH_SOFTMAX_H

#include "engine/loss/embedding/pairing.h"

/* How many doubles the pairing needs to spare; the first n are the rows' labels, which the loss fills in. */
static inline size_t ll_batch_softmax_spare(size_t n) { return 3 * n; }

/* The mean over the rows i with another of their label of ln sum_{j != i} e^(s_ij/T) - mean over those others p of s_ip/T; T is the
 * loss's first parameter. Closes the pairing. LL_ERR_EMPTY if no row has another of its label. */
ll_status ll_batch_softmax_eval(ll_ctx *ctx, const ll_loss *loss, ll_loss_call *call, ll_pairing *p);

#endif
