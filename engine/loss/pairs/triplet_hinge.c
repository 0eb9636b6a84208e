/* The loop over triplets. */
#include "engine/loss/pairs/triplet_hinge.h"

#include <math.h>

enum { ANCHOR, POSITIVE, NEGATIVE, NEGATIVE2 };
const ll_input ll_triplet_hinge_inputs[4] = {{"anchor", "n,d", LL_INPUT_MATRIX},
                                             {"positive", "n,d", LL_INPUT_MATRIX},
                                             {"negative", "n,d", LL_INPUT_MATRIX},
                                             {"negative2", "n,d", LL_INPUT_MATRIX}};
const ll_couple ll_triplet_hinge_couples[3] = {{ANCHOR, POSITIVE}, {ANCHOR, NEGATIVE}, {NEGATIVE, NEGATIVE2}};

enum { MARGIN, DISTANCE, SOFT };
static const char *const distances[] = {"euclidean", "squared", NULL};
const ll_param ll_triplet_hinge_params[3] = {
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how much farther the negative must be; without effect if soft"),
    [DISTANCE] = LL_CHOICE("distance", 0, distances, "Euclidean, or its square"),
    [SOFT] = LL_BOOLEAN("soft", 0, "ln(1 + e^(d(a,p) - d(a,n))) in the hinge's place: without a margin, and never 0"),
};

void ll_triplet_hinge_eval(const ll_loss *loss, ll_loss_call *call, bool pull) {
  size_t n = call->inputs[0].rows;
  bool squared = loss->params[DISTANCE] > 0, soft = loss->params[SOFT] > 0;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1, margin = soft ? 0 : loss->params[MARGIN];
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    ll_couple_sloped near_by = ll_couple_distance(ll_couple_square(call, ll_triplet_hinge_couples[0], i), squared);
    ll_couple_sloped far = ll_couple_distance(ll_couple_square(call, ll_triplet_hinge_couples[1], i), squared);
    ll_couple_sloped hinge = ll_couple_hinge(near_by.distance - far.distance + margin, soft);
    double value = hinge.distance + (pull ? near_by.distance : 0);
    ll_sum_add(&total, value);
    if (call->rows) call->rows->data[i] = (ll_real)value;
    const double slopes[2] = {scale * (hinge.slope + pull) * near_by.slope, -scale * hinge.slope * far.slope};
    ll_couple_gradient(call, 3, ll_triplet_hinge_couples, slopes, 2, i);
  }
  call->value = scale * ll_sum_value(&total);
}
