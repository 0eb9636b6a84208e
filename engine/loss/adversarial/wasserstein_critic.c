/* The critic of a Wasserstein GAN: minus its estimate of the distance. */
#include "engine/loss/adversarial/adversarial.h"

static ll_status critic(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx, (void)loss;
  call->value = 0;
  ll_adversarial_add_mean(&call->inputs[0], -1, &call->value, call->grads[0]);
  ll_adversarial_add_mean(&call->inputs[1], 1, &call->value, call->grads[1]);
  return LL_OK;
}

const ll_loss_desc ll_loss_wasserstein_critic = {
    .name = "wasserstein_critic",
    .family = "adversarial",
    .summary = "minus the critic's estimate of the Wasserstein distance: keep the critic 1-Lipschitz by clipping or a penalty",
    .formula = "mean fake - mean real",
    .gradient = "",
    .cost = "O(n)",
    .source = "Arjovsky, Chintala and Bottou 2017, algorithm 1",
    .output = "identity",
    .params = {"wasserstein_critic", NULL, 0},
    .inputs = ll_adversarial_inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = critic,
};
