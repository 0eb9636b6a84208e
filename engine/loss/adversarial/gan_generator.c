/* The generator's side of a GAN, saturating or not. */
#include "engine/loss/adversarial/adversarial.h"

static const char *const variants[] = {"saturating", "non_saturating", NULL};
static const ll_param params[] = {
    LL_CHOICE("variant", 1, variants, "what falls: ln(1 - sigma(fake)), or -ln sigma(fake)"),
};

static ll_status generator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  double side = loss->params[0] > 0 ? -1 : 1; /* saturating: -softplus(f); else softplus(-f) */
  call->value = 0;
  return ll_adversarial_add_softplus(ctx, loss, &call->inputs[0], side, -side, &call->value, call->grads[0]);
}

const ll_loss_desc ll_loss_gan_generator = {
    .name = "gan_generator",
    .family = "adversarial",
    .summary = "the generator's side: saturating, as the game is stated, or non-saturating, as it is trained in practice",
    .formula = "variant = \"saturating\": mean ln(1 - sigma(fake)); \"non_saturating\": -mean ln sigma(fake)",
    .gradient = "",
    .cost = "O(n)",
    .source = "Goodfellow et al. 2014, section 3",
    .output = "identity",
    .params = {"gan_generator", params, LL_ROWS(params)},
    .inputs = &ll_adversarial_inputs[1],
    .n_inputs = 1,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = generator,
};
