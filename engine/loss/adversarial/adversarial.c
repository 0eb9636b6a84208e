/* The losses of generative adversarial networks, from logits. With softplus(x) = ln(1 + e^x): -ln sigma(r) = softplus(-r) and
 * -ln(1 - sigma(f)) = softplus(f), so each is a mean of softplus(±x), whose slope is ±sigma(±x): nothing overflows. */
#include "engine/loss/loss.h"
#include "engine/matrix/kernels.h"

static const ll_loss_input real_fake[] = {{"real", "n,1", LL_INPUT_MATRIX}, {"fake", "m,1", LL_INPUT_MATRIX}};
static const ll_loss_input fake_only[] = {{"fake", "m,1", LL_INPUT_MATRIX}};

/* Adds factor × mean softplus(sign x) to *value and puts its gradient into grad, if that is wanted. */
static ll_status add_softplus(ll_ctx *ctx, ll_loss *loss, const ll_matrix *x, double sign, double factor, double *value,
                              ll_matrix *grad) {
  const ll_kernels *k = ll_kernels_get();
  size_t n = x->rows;
  void *block;
  LL_TRY(ll_loss_scratch(ctx, loss, n * sizeof(ll_real), &block));
  ll_real *terms = block;
  k->scale(x->data, sign, 0, terms, n);
  if (grad) {
    k->unary[LL_UNARY_sigmoid](terms, grad->data, n);
    k->scale(grad->data, factor * sign / (double)n, 0, grad->data, n);
  }
  k->unary[LL_UNARY_softplus](terms, terms, n);
  *value += factor * k->sum(terms, n) / (double)n;
  return LL_OK;
}

static ll_status discriminator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  call->value = 0;
  LL_TRY(add_softplus(ctx, loss, &call->inputs[0], -1, 1, &call->value, call->grads[0]));
  return add_softplus(ctx, loss, &call->inputs[1], 1, 1, &call->value, call->grads[1]);
}

const ll_loss_desc ll_loss_gan_discriminator = {
    .name = "gan_discriminator",
    .family = "adversarial",
    .summary = "the discriminator's cross entropy: real rows up, generated rows down",
    .formula = "-mean ln sigma(real) - mean ln(1 - sigma(fake))",
    .gradient = "",
    .cost = "O(n)",
    .source = "Goodfellow et al. 2014; 001 eq. 1",
    .output = "identity",
    .params = {"gan_discriminator", NULL, 0},
    .inputs = real_fake,
    .n_inputs = LL_ROWS(real_fake),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = discriminator,
};

static const char *const variants[] = {"saturating", "non_saturating", NULL};
static const ll_param generator_params[] = {
    LL_CHOICE("variant", 1, variants, "ln(1 - sigma) falls, or -ln sigma falls"),
};

static ll_status generator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  double side = loss->params[0] > 0 ? -1 : 1; /* saturating: -softplus(f); else softplus(-f) */
  call->value = 0;
  return add_softplus(ctx, loss, &call->inputs[0], side, -side, &call->value, call->grads[0]);
}

const ll_loss_desc ll_loss_gan_generator = {
    .name = "gan_generator",
    .family = "adversarial",
    .summary = "the generator's side: saturating as the game is stated, or not, as it is trained",
    .formula = "variant = \"saturating\": mean ln(1 - sigma(fake)); \"non_saturating\": -mean ln sigma(fake)",
    .gradient = "",
    .cost = "O(n)",
    .source = "Goodfellow et al. 2014, section 3; 001 eq. 2, 3",
    .output = "identity",
    .params = {"gan_generator", generator_params, LL_ROWS(generator_params)},
    .inputs = fake_only,
    .n_inputs = LL_ROWS(fake_only),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = generator,
};

/* ---- Wasserstein: plain means -------------------------------------------------------------------------------------------- */

static void add_mean(const ll_matrix *x, double factor, double *value, ll_matrix *grad) {
  *value += factor * ll_matrix_sum(x) / (double)x->rows;
  if (grad) ll_matrix_fill(grad, factor / (double)x->rows);
}

static ll_status critic(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx, (void)loss;
  call->value = 0;
  add_mean(&call->inputs[0], -1, &call->value, call->grads[0]);
  add_mean(&call->inputs[1], 1, &call->value, call->grads[1]);
  return LL_OK;
}

static ll_status wasserstein_generator(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx, (void)loss;
  call->value = 0;
  add_mean(&call->inputs[0], -1, &call->value, call->grads[0]);
  return LL_OK;
}

const ll_loss_desc ll_loss_wasserstein_critic = {
    .name = "wasserstein_critic",
    .family = "adversarial",
    .summary = "minus the critic's estimate of the Wasserstein distance: keep the critic 1-Lipschitz by clipping or a penalty",
    .formula = "mean fake - mean real",
    .gradient = "",
    .cost = "O(n)",
    .source = "Arjovsky, Chintala and Bottou 2017; 001 eq. 34",
    .output = "identity",
    .params = {"wasserstein_critic", NULL, 0},
    .inputs = real_fake,
    .n_inputs = LL_ROWS(real_fake),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = critic,
};

const ll_loss_desc ll_loss_wasserstein_generator = {
    .name = "wasserstein_generator",
    .family = "adversarial",
    .summary = "the generator against a critic: generated rows up",
    .formula = "-mean fake",
    .gradient = "",
    .cost = "O(n)",
    .source = "Arjovsky, Chintala and Bottou 2017; 001 eq. 35",
    .output = "identity",
    .params = {"wasserstein_generator", NULL, 0},
    .inputs = fake_only,
    .n_inputs = LL_ROWS(fake_only),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = wasserstein_generator,
};
