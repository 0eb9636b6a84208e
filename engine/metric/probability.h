/* Scores as probabilities: given as such, as logits, or (where only a threshold matters) as they are. */
#ifndef LOSSLAB_ENGINE_PROBABILITY_H
#define LOSSLAB_ENGINE_PROBABILITY_H

#include <math.h>

#include "engine/base/scalar.h"
#include "engine/metric/ranking.h"

enum { FROM_PROBABILITIES, FROM_LOGITS, FROM_SCORES };
extern const char *const ll_probability_choices[]; /* the names of the first two */
#define FROM(def) LL_CHOICE("from", def, ll_probability_choices, "what the scores are; logits go through 1 / (1 + e^-s)")

/* A probability outside [0, 1] is LL_ERR_RANGE and names its row; other kinds of scores are not looked at. */
ll_status ll_metric_check_probabilities(ll_ctx *ctx, const char *who, const ll_matrix *scores, double from);

static inline double ll_metric_sigmoid(double f) {
  double e = ll_exp(-fabs(f));
  return (f < 0 ? e : 1) / (1 + e);
}

#endif
