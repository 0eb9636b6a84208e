/* Adam, and AdamW, which differs in where the weight decay goes. */
#include "engine/base/scalar.h"
#include "engine/optim/optim.h"

enum { LR, BETA1, BETA2, EPS, DECAY };
#define ADAM_PARAMS(decay, text)                                                                                                   \
  [LR] = LL_LR_PARAM(1e-3), [BETA1] = LL_DECAYING_PARAM("beta1", 0.9, "share of the mean gradient that is kept"),                  \
  [BETA2] = LL_DECAYING_PARAM("beta2", 0.999, "share of the mean square that is kept"), [EPS] = LL_EPS_PARAM(1e-8),                \
  [DECAY] = LL_DECAY_PARAM(decay, text)
static const ll_param adam_params[] = {ADAM_PARAMS(0, "added to the gradient, times the weights")};
static const ll_param adamw_params[] = {ADAM_PARAMS(0.01, "taken from the weights, times lr, apart from the gradient")};

/* 1 - share^t. As share^t < e^(-t (1 - share)), it is 1 to the last bit where t (1 - share) is above 40, and no power is taken. */
static double settled(double share, uint64_t t) { return (double)t * (1 - share) > 40 ? 1 : 1 - ll_pow(share, (double)t); }

static void moments(const double *p, uint64_t t, double *c) {
  c[1] = p[LR] / settled(p[BETA1], t);
  c[2] = 1 - p[BETA1], c[3] = 1 - p[BETA2];
  c[4] = 1 / sqrt(settled(p[BETA2], t));
  c[5] = p[EPS];
}

static void prepare_adam(const double *p, uint64_t t, double *memory, double *c) {
  (void)memory;
  moments(p, t, c);
  c[0] = p[DECAY], c[6] = 1;
}

static void prepare_adamw(const double *p, uint64_t t, double *memory, double *c) {
  (void)memory;
  moments(p, t, c);
  c[6] = 1 - p[LR] * p[DECAY];
}

const ll_optimizer_desc ll_optimizer_adam = {
    .name = "adam",
    .summary = "running means of gradient and squared gradient, corrected for their start",
    .formula =
        "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; x = x - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)",
    .source = "Kingma and Ba 2015, Algorithm 1",
    .params = {"adam", adam_params, LL_COUNT_OF(adam_params)},
    .slots = 2,
    .kernel = LL_UPDATE_adam,
    .prepare = prepare_adam,
};

const ll_optimizer_desc ll_optimizer_adamw = {
    .name = "adamw",
    .summary = "adam with the weight decay decoupled from the gradient",
    .formula = "x = x - lr weight_decay x, then adam's step without weight decay",
    .source = "Loshchilov and Hutter 2019, Algorithm 2",
    .params = {"adamw", adamw_params, LL_COUNT_OF(adamw_params)},
    .slots = 2,
    .kernel = LL_UPDATE_adam,
    .prepare = prepare_adamw,
};
