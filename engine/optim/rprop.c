/* Rprop: only the signs of the gradient count. For full batches. */
#include "engine/optim/optim.h"

enum { LR, ETA_MINUS, ETA_PLUS, STEP_MIN, STEP_MAX };
static const ll_param params[] = {
    [LR] =
        {.name = "lr", .kind = LL_PARAM_NUMBER, .value = 0.01, .low = 0, .high = INFINITY, .doc = "the first step of each weight"},
    [ETA_MINUS] = LL_UNIT_PARAM("eta_minus", 0.5, "factor of the step when the sign turns"),
    [ETA_PLUS] = {.name = "eta_plus",
                  .kind = LL_PARAM_NUMBER,
                  .value = 1.2,
                  .low = 1,
                  .high = INFINITY,
                  .doc = "factor of the step when the sign stays"},
    [STEP_MIN] =
        {.name = "step_min", .kind = LL_PARAM_NUMBER, .value = 1e-6, .low = 0, .high = INFINITY, .doc = "the shortest step"},
    [STEP_MAX] = {.name = "step_max", .kind = LL_PARAM_NUMBER, .value = 50, .low = 0, .high = INFINITY, .doc = "the longest step"},
};

static void prepare(const double *p, uint64_t t, double *memory, double *c) {
  (void)t, (void)memory;
  c[0] = 0, c[1] = p[LR], c[2] = p[ETA_MINUS], c[3] = p[ETA_PLUS], c[4] = p[STEP_MIN], c[5] = p[STEP_MAX];
}

static bool contradiction(const double *p, char *text, size_t size) {
  if (p[STEP_MIN] > p[STEP_MAX]) snprintf(text, size, "step_min %g is above step_max %g", p[STEP_MIN], p[STEP_MAX]);
  else if (p[ETA_MINUS] >= p[ETA_PLUS])
    snprintf(text, size, "eta_minus %g is not below eta_plus %g: no step would ever change", p[ETA_MINUS], p[ETA_PLUS]);
  else return false;
  return true;
}

const ll_optimizer_desc ll_optimizer_rprop = {
    .name = "rprop",
    .summary = "a step for each weight, longer while the gradient keeps its sign, shorter when it turns (full batches)",
    .formula = "d = d eta_plus or d eta_minus as g keeps or turns its sign; x = x - sign(g) d, and no step when it turned",
    .source = "Riedmiller and Braun 1993; the variant without backtracking (Igel and Huesken 2003, iRprop-)",
    .params = {"rprop", params, LL_COUNT_OF(params), contradiction},
    .slots = 2,
    .kernel = LL_UPDATE_rprop,
    .prepare = prepare,
};
