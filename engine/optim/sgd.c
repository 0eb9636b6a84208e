/* Stochastic gradient descent with momentum (without dampening) and Nesterov's look-ahead. */
#include "engine/optim/optim.h"

enum { LR, MOMENTUM, NESTEROV, DECAY };
static const ll_param params[] = {
    [LR] = LL_LR_PARAM(0.01),
    [MOMENTUM] = LL_UNIT_PARAM("momentum", 0, "share of the last direction that is kept"),
    [NESTEROV] = {.name = "nesterov",
                  .kind = LL_PARAM_BOOLEAN,
                  .doc = "take the gradient's own share once more, after the momentum"},
    [DECAY] = LL_DECAY_PARAM(0, "added to the gradient, times the weights"),
};

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  (void)t, (void)memory;
  bool nesterov = p[NESTEROV] != 0;
  c[0] = p[DECAY], c[1] = p[LR], c[2] = p[MOMENTUM];
  c[3] = nesterov ? p[MOMENTUM] : 1;
  c[4] = nesterov ? 1 : 0;
}

static bool contradiction(const double *p, char *text, size_t size) {
  if (p[NESTEROV] == 0 || p[MOMENTUM] > 0) return false;
  snprintf(text, size, "nesterov = true looks ahead along the momentum, but momentum is %g", p[MOMENTUM]);
  return true;
}

const ll_optimizer_desc ll_optimizer_sgd = {
    .name = "sgd",
    .summary = "gradient descent, with momentum if wanted",
    .formula = "b = momentum b + g; x = x - lr b (nesterov: x - lr (g + momentum b))",
    .source = "Polyak 1964; Nesterov 1983, as Sutskever et al. 2013 write it",
    .params = {"sgd", params, LL_COUNT_OF(params), contradiction},
    .slots = 1,
    .kernel = LL_UPDATE_sgd,
    .prepare = prepare,
};
