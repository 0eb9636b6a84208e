/* What the losses of generative adversarial networks share: means over what a discriminator or critic gives for real rows and for
 * generated ones, two inputs whose lengths may differ. */
#ifndef LOSSLAB_ENGINE_ADVERSARIAL_H
#define LOSSLAB_ENGINE_ADVERSARIAL_H

#include "engine/loss/loss.h"

/* real n×1 and fake m×1; a generator's loss takes the second alone. */
extern const ll_input ll_adversarial_inputs[2];

/* Adds factor × mean ln(1 + e^(sign x)) to *value; grad, if not NULL: its gradient. LL_ERR_MEMORY. */
ll_status ll_adversarial_add_softplus(ll_ctx *ctx, ll_loss *loss, const ll_matrix *x, double sign, double factor, double *value,
                                      ll_matrix *grad);
/* Adds factor × mean x likewise. */
void ll_adversarial_add_mean(const ll_matrix *x, double factor, double *value, ll_matrix *grad);

#endif
