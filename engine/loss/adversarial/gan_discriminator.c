/* The discriminator's side of a GAN: real rows up, generated rows down. */
#include "engine/loss/adversarial/adversarial.h"

static ll_status discriminator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  call->value = 0;
  LL_TRY(ll_adversarial_add_softplus(ctx, loss, &call->inputs[0], -1, 1, &call->value, call->grads[0]));
  return ll_adversarial_add_softplus(ctx, loss, &call->inputs[1], 1, 1, &call->value, call->grads[1]);
}

const ll_loss_desc ll_loss_gan_discriminator = {
    .name = "gan_discriminator",
    .family = "adversarial",
    .summary = "the discriminator's cross entropy: real rows up, generated rows down",
    .formula = "-mean ln sigma(real) - mean ln(1 - sigma(fake))",
    .gradient = "",
    .cost = "O(n)",
    .source = "Goodfellow et al. 2014, eq. 1",
    .output = "identity",
    .params = {"gan_discriminator", NULL, 0},
    .inputs = ll_adversarial_inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = discriminator,
};
