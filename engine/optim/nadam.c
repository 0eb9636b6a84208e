/* NAdam: Adam with Nesterov's look-ahead, whose momentum grows towards beta1. The recorded figures, and the widespread
 * implementation they come from, count mu_t twice in the product that corrects the mean gradient; the paper counts it once. */
#include "engine/base/scalar.h"
#include "engine/optim/optim.h"

enum { LR, BETA1, BETA2, EPS, MOMENTUM_DECAY, DECAY, FORM };
static const char *const forms[] = {"recorded", "paper", NULL};
static const ll_param params[] = {
    [LR] = LL_LR_PARAM(2e-3),
    [BETA1] = LL_DECAYING_PARAM("beta1", 0.9, "share of the mean gradient that is kept"),
    [BETA2] = LL_DECAYING_PARAM("beta2", 0.999, "share of the mean square that is kept"),
    [EPS] = LL_EPS_PARAM(1e-8),
    [MOMENTUM_DECAY] = {.name = "momentum_decay",
                        .kind = LL_PARAM_NUMBER,
                        .value = 4e-3,
                        .low = 0,
                        .high = INFINITY,
                        .doc = "how fast the momentum reaches beta1"},
    [DECAY] = LL_DECAY_PARAM(0, "added to the gradient, times the weights"),
    [FORM] = {.name = "form",
              .kind = LL_PARAM_CHOICE,
              .choices = forms,
              .doc = "mu_t twice in the second product, as recorded, or once, as the paper"},
};

static double momentum(const double *p, uint64_t t) { return p[BETA1] * (1 - 0.5 * ll_pow(0.96, (double)t * p[MOMENTUM_DECAY])); }

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  double now = momentum(p, t), next = momentum(p, t + 1);
  double product = (t == 1 ? 1 : memory[0]) * now; /* of all momenta so far */
  memory[0] = product;
  c[0] = p[DECAY];
  c[1] = p[LR] * next / (1 - product * next * (p[FORM] > 0 ? 1 : now));
  c[2] = 1 - p[BETA1], c[3] = 1 - p[BETA2];
  c[4] = 1 / sqrt(1 - ll_pow(p[BETA2], (double)t));
  c[5] = p[EPS];
  c[6] = p[LR] * (1 - now) / (1 - product);
}

const ll_optimizer_desc ll_optimizer_nadam = {
    .name = "nadam",
    .summary = "adam with Nesterov's look-ahead",
    .formula =
        "mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), P = mu_1 ... mu_t; x = x - lr ((1 - mu_t) / (1 - P) g + mu_{t+1} / (1 - P mu_t mu_{t+1}) m) / (sqrt(v / (1 - beta2^t)) + eps); form = \"paper\": 1 - P mu_{t+1}",
    .source = "Dozat 2016",
    .params = {"nadam", params, LL_COUNT_OF(params)},
    .slots = 2,
    .kernel = LL_UPDATE_nadam,
    .prepare = prepare,
};
