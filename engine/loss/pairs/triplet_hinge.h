/* What the triplet losses and quadruplet share: rows that stand side by side, an anchor, a positive, one or two negatives. */
#ifndef LOSSLAB_ENGINE_TRIPLET_HINGE_H
#define LOSSLAB_ENGINE_TRIPLET_HINGE_H

#include "engine/loss/pairs/couple.h"

/* anchor, positive, negative, negative2, each n×d: triplets take the first three. */
extern const ll_input ll_triplet_hinge_inputs[4];
/* Anchor and positive, anchor and negative, the two negatives. */
extern const ll_couple ll_triplet_hinge_couples[3];

/* margin, distance, soft */
extern const ll_param ll_triplet_hinge_params[3];
/* The mean of [d(a,p) - d(a,n) + margin]+, and of d(a,p) besides where `pull`. */
void ll_triplet_hinge_eval(const ll_loss *loss, ll_loss_call *call, bool pull);

#endif
