/* What the optimizers' own files share. */
#ifndef LOSSLAB_ENGINE_OPTIM_H
#define LOSSLAB_ENGINE_OPTIM_H

#include <math.h>
#include <stdio.h>

#include "engine/base/isa.h"
#include "losslab/optim.h"

/* The loops: x the parameter, g its gradient, s0 and s1 what is kept, c the constants of the step. */
enum {
#define UPDATE(name, ...) LL_UPDATE_##name,
#include "engine/optim/updates.def"
#undef UPDATE
  LL_UPDATE_COUNT
};
typedef void ll_update(ll_real *x, const ll_real *g, ll_real *s0, ll_real *s1, size_t n, const double *c);
typedef struct ll_updates {
  ll_update *loop[LL_UPDATE_COUNT];
} ll_updates;

#define LL_LR_PARAM(def)                                                                                                           \
  { .name = "lr", .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = INFINITY, .doc = "learning rate" }
#define LL_DECAY_PARAM(def, text)                                                                                                  \
  { .name = "weight_decay", .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = INFINITY, .doc = text }
#define LL_UNIT_PARAM(word, def, text)                                                                                             \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = 1, .doc = text }
/* The share of a running mean that is later divided by 1 - share^t; at 1 that would be 0 / 0. */
#define LL_DECAYING_PARAM(word, def, text)                                                                                         \
  { .name = word, .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = 1, .high_open = true, .doc = text }
#define LL_EPS_PARAM(def)                                                                                                          \
  { .name = "eps", .kind = LL_PARAM_NUMBER, .value = def, .low = 0, .high = INFINITY, .doc = "added to the root, outside it" }
/* Applies the projections attached to the optimizer. */
void ll_optimizer_project_all(ll_optimizer *optimizer);

#define LL_COUNT_OF(array) (sizeof(array) / sizeof *(array))

#endif
