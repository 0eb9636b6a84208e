/* RMSProp. */
#include "engine/optim/optim.h"

enum { LR, ALPHA, EPS, DECAY };
static const ll_param params[] = {
    [LR] = LL_LR_PARAM(0.01),
    [ALPHA] = LL_UNIT_PARAM("alpha", 0.99, "share of the mean square that is kept"),
    [EPS] = LL_EPS_PARAM(1e-8),
    [DECAY] = LL_DECAY_PARAM(0, "added to the gradient, times the weights"),
};

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  (void)t, (void)memory;
  c[0] = p[DECAY], c[1] = p[LR], c[2] = p[ALPHA], c[3] = 1 - p[ALPHA], c[4] = p[EPS];
}

const ll_optimizer_desc ll_optimizer_rmsprop = {
    .name = "rmsprop",
    .summary = "steps divided by the root of a running mean of squared gradients",
    .formula = "v = alpha v + (1 - alpha) g^2; x = x - lr g / (sqrt(v) + eps)",
    .source = "Tieleman and Hinton 2012, lecture 6.5",
    .version = 2,
    .params = {"rmsprop", params, LL_COUNT_OF(params)},
    .slots = 1,
    .kernel = LL_UPDATE_rmsprop,
    .prepare = prepare,
};
