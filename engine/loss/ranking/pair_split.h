/* The scores of a batch by class, for losses that take each row of one class against all of the other. */
#ifndef LOSSLAB_ENGINE_PAIR_SPLIT_H
#define LOSSLAB_ENGINE_PAIR_SPLIT_H

#include "engine/loss/loss.h"

/* n rows, those of one class before those of the other, each class in the order of the batch. */
typedef struct ll_pair_split {
  ll_real *scores;
  double *sums;      /* the gradient by each score; the loss adds to zeros */
  ll_real *spare[2]; /* n each, for the loss to use */
  uint32_t *rows;    /* which row of the batch each is */
} ll_pair_split;

/* Splits in the loss's scratch; first: the class that stands in front, 0 for decoys, 1 for targets, of whom there are count[class].
 * LL_ERR_MEMORY. */
ll_status ll_pair_split_make(ll_ctx *ctx, ll_loss *loss, const ll_loss_call *call, const size_t count[2], int first,
                             ll_pair_split *out);
/* Gives the sums to the call as the gradient of the scores, if that is wanted. */
void ll_pair_split_give(const ll_pair_split *split, ll_loss_call *call);

#endif
