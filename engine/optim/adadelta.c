/* AdaDelta. */
#include "engine/optim/optim.h"

enum { LR, RHO, EPS, DECAY };
static const ll_param params[] = {
    [LR] = LL_LR_PARAM(1),
    [RHO] = LL_UNIT_PARAM("rho", 0.9, "share of both mean squares that is kept"),
    [EPS] = {.name = "eps", .kind = LL_PARAM_NUMBER, .value = 1e-6, .low = 0, .high = INFINITY, .doc = "added inside both roots"},
    [DECAY] = LL_DECAY_PARAM(0, "added to the gradient, times the weights"),
};

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  (void)t, (void)memory;
  c[0] = p[DECAY], c[1] = p[LR], c[2] = p[RHO], c[3] = 1 - p[RHO], c[4] = p[EPS];
}

const ll_optimizer_desc ll_optimizer_adadelta = {
    .name = "adadelta",
    .summary = "steps in the unit of the weights, without a rate of their own",
    .formula = "v = rho v + (1 - rho) g^2; d = g sqrt(u + eps) / sqrt(v + eps); u = rho u + (1 - rho) d^2; x = x - lr d",
    .source = "Zeiler 2012, Algorithm 1",
    .version = 2,
    .params = {"adadelta", params, LL_COUNT_OF(params)},
    .slots = 2,
    .kernel = LL_UPDATE_adadelta,
    .prepare = prepare,
};
