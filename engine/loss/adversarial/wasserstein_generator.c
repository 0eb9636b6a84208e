/* The generator against a critic. */
#include "engine/loss/adversarial/adversarial.h"

static ll_status wasserstein_generator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx, (void)loss;
  call->value = 0;
  ll_adversarial_add_mean(&call->inputs[0], -1, &call->value, call->grads[0]);
  return LL_OK;
}

const ll_loss_desc ll_loss_wasserstein_generator = {
    .name = "wasserstein_generator",
    .family = "adversarial",
    .summary = "the generator against a critic: generated rows up",
    .formula = "-mean fake",
    .gradient = "",
    .cost = "O(n)",
    .source = "Arjovsky, Chintala and Bottou 2017, algorithm 1",
    .output = "identity",
    .params = {"wasserstein_generator", NULL, 0},
    .inputs = &ll_adversarial_inputs[1],
    .n_inputs = 1,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = wasserstein_generator,
};
