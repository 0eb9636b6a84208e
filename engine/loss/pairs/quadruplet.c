/* The triplet loss with a second hinge: the positive nearer to the anchor than two negatives are to each other. */
#include <math.h>

#include "engine/loss/pairs/triplet_hinge.h"

enum { MARGIN1, MARGIN2 };
static const ll_param params[] = {
    [MARGIN1] = LL_NUMBER("margin1", 1, 0, INFINITY, "how much farther the negative must be, squared distances"),
    [MARGIN2] = LL_NUMBER("margin2", 0.5, 0, INFINITY,
                          "how much farther two negatives must be from each other than the positive from the anchor"),
};

static ll_status quadruplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  size_t n = call->inputs[0].rows;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    double near_by = ll_couple_square(call, ll_triplet_hinge_couples[0], i);
    ll_couple_sloped first =
        ll_couple_hinge(near_by - ll_couple_square(call, ll_triplet_hinge_couples[1], i) + loss->params[MARGIN1], false);
    ll_couple_sloped second =
        ll_couple_hinge(near_by - ll_couple_square(call, ll_triplet_hinge_couples[2], i) + loss->params[MARGIN2], false);
    double value = first.distance + second.distance;
    ll_sum_add(&total, value);
    if (call->rows) call->rows->data[i] = (ll_real)value;
    const double slopes[3] = {scale * (first.slope + second.slope), -scale * first.slope, -scale * second.slope};
    ll_couple_gradient(call, 4, ll_triplet_hinge_couples, slopes, 3, i);
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
    .source = "Chen, Chen, Zhang and Huang 2017",
    .output = "identity",
    .params = {"quadruplet", params, LL_ROWS(params)},
    .inputs = ll_triplet_hinge_inputs,
    .n_inputs = 4,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = quadruplet,
};
