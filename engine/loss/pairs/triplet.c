/* Triplets and quadruplets given row by row: how much nearer the positive must be than the negative. */
#include <math.h>

#include "engine/loss/pairs/couple.h"

enum { ANCHOR, POSITIVE, NEGATIVE, NEGATIVE2 };
static const ll_loss_input inputs[] = {{"anchor", "n,d", LL_INPUT_MATRIX},
                                       {"positive", "n,d", LL_INPUT_MATRIX},
                                       {"negative", "n,d", LL_INPUT_MATRIX},
                                       {"negative2", "n,d", LL_INPUT_MATRIX}};
static const ll_couple couples[] = {{ANCHOR, POSITIVE}, {ANCHOR, NEGATIVE}, {NEGATIVE, NEGATIVE2}};

enum { MARGIN, DISTANCE, SOFT };
static const char *const distances[] = {"euclidean", "squared", NULL};
static const ll_param params[] = {
    [MARGIN] = {.name = "margin",
                .kind = LL_PARAM_NUMBER,
                .value = 1,
                .low = 0,
                .high = INFINITY,
                .doc = "how much farther the negative must be; without effect if soft"},
    [DISTANCE] = {.name = "distance", .kind = LL_PARAM_CHOICE, .choices = distances, .doc = "Euclidean, or its square"},
    [SOFT] = {.name = "soft",
              .kind = LL_PARAM_BOOLEAN,
              .doc = "ln(1 + e^(d(a,p) - d(a,n))) in the hinge's place: never quite satisfied, no margin"},
};

static ll_status triplets(ll_loss *loss, ll_loss_call *call, bool improved) {
  size_t n = call->inputs[0].rows;
  bool squared = loss->params[DISTANCE] > 0, soft = loss->params[SOFT] > 0;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1, margin = soft ? 0 : loss->params[MARGIN];
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    ll_sloped near_by = ll_couple_distance(ll_couple_square(call, couples[0], i), squared);
    ll_sloped far = ll_couple_distance(ll_couple_square(call, couples[1], i), squared);
    ll_sloped hinge = ll_couple_hinge(near_by.distance - far.distance + margin, soft);
    double value = hinge.distance + (improved ? near_by.distance : 0);
    ll_sum_add(&total, value);
    if (call->rows) call->rows->data[i] = (ll_real)value;
    const double slopes[2] = {scale * (hinge.slope + improved) * near_by.slope, -scale * hinge.slope * far.slope};
    ll_couple_gradient(call, 3, couples, slopes, 2, i);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

static ll_status triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return triplets(loss, call, false);
}

static ll_status improved_triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  return triplets(loss, call, true);
}

const ll_loss_desc ll_loss_triplet = {
    .name = "triplet",
    .family = "pairs",
    .summary = "the positive nearer to the anchor than the negative, by a margin",
    .formula = "[d(a,p) - d(a,n) + margin]+; soft: ln(1 + e^(d(a,p) - d(a,n))); d Euclidean or squared",
    .gradient = "0 at the margin; ‖x‖ at 0 has derivative 0",
    .cost = "O(n d)",
    .source = "Schroff, Kalenichenko and Philbin 2015; soft: Hermans, Beyer and Leibe 2017; 001 eq. 48, 002",
    .output = "identity",
    .params = {"triplet", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = triplet,
};

const ll_loss_desc ll_loss_improved_triplet = {
    .name = "improved_triplet",
    .family = "pairs",
    .summary = "triplet that also pulls the positive to the anchor when the order is right already",
    .formula = "d(a,p) + [d(a,p) - d(a,n) + margin]+; soft: d(a,p) + ln(1 + e^(d(a,p) - d(a,n))); d Euclidean or squared",
    .gradient = "0 at the margin; ‖x‖ at 0 has derivative 0",
    .cost = "O(n d)",
    .source = "Cheng, Gong, Zhou, Wang and Zheng 2016, as 001 eq. 49 has it",
    .note = "Cheng et al. pull only from a distance on: beta [d(a,p) - tau]+ in the place of d(a,p)",
    .output = "identity",
    .params = {"improved_triplet", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = improved_triplet,
};

enum { MARGIN1, MARGIN2 };
static const ll_param quadruplet_params[] = {
    [MARGIN1] = {.name = "margin1",
                 .kind = LL_PARAM_NUMBER,
                 .value = 1,
                 .low = 0,
                 .high = INFINITY,
                 .doc = "how much farther the negative must be, squared distances"},
    [MARGIN2] = {.name = "margin2",
                 .kind = LL_PARAM_NUMBER,
                 .value = 0.5,
                 .low = 0,
                 .high = INFINITY,
                 .doc = "how much farther two negatives must be from each other than the positive from the anchor"},
};

static ll_status quadruplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  size_t n = call->inputs[0].rows;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    double near_by = ll_couple_square(call, couples[0], i);
    ll_sloped first = ll_couple_hinge(near_by - ll_couple_square(call, couples[1], i) + loss->params[MARGIN1], false);
    ll_sloped second = ll_couple_hinge(near_by - ll_couple_square(call, couples[2], i) + loss->params[MARGIN2], false);
    double value = first.distance + second.distance;
    ll_sum_add(&total, value);
    if (call->rows) call->rows->data[i] = (ll_real)value;
    const double slopes[3] = {scale * (first.slope + second.slope), -scale * first.slope, -scale * second.slope};
    ll_couple_gradient(call, 4, couples, slopes, 3, i);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

const ll_loss_desc ll_loss_quadruplet = {
    .name = "quadruplet",
    .family = "pairs",
    .summary = "triplet, and every pair of one class nearer than any pair of two, whoever the anchor is",
    .formula = "[D(a,p) - D(a,n) + margin1]+ + [D(a,p) - D(n,n2) + margin2]+, D = d^2; the four rows are of three classes",
    .gradient = "0 at the margins",
    .cost = "O(n d)",
    .source = "Chen, Chen, Zhang and Huang 2017; 002",
    .output = "identity",
    .params = {"quadruplet", quadruplet_params, LL_ROWS(quadruplet_params)},
    .inputs = inputs,
    .n_inputs = 4,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = quadruplet,
};
