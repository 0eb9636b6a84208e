/* AdaGrad. */
#include "engine/optim/optim.h"

enum { LR, EPS, DECAY };
static const ll_param params[] = {
    [LR] = LL_LR_PARAM(0.01),
    [EPS] = LL_EPS_PARAM(1e-10),
    [DECAY] = LL_DECAY_PARAM(0, "added to the gradient, times the weights"),
};

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  (void)t, (void)memory;
  c[0] = p[DECAY], c[1] = p[LR], c[2] = p[EPS];
}

const ll_optimizer_desc ll_optimizer_adagrad = {
    .name = "adagrad",
    .summary = "steps divided by the root of the sum of squared gradients",
    .formula = "v = v + g^2; x = x - lr g / (sqrt(v) + eps)",
    .source = "Duchi, Hazan and Singer 2011",
    .params = {"adagrad", params, LL_COUNT_OF(params)},
    .slots = 1,
    .kernel = LL_UPDATE_adagrad,
    .prepare = prepare,
};
