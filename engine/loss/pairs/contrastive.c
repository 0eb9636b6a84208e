/* Pairs of rows, of one class or of two: the margin is held against the distance or against its square. */
#include <math.h>

#include "engine/loss/pairs/couple.h"

static const ll_couple couple = {0, 1};

enum { VARIANT, MARGIN };
static const char *const variants[] = {"distance", "squared", NULL};
static const ll_param params[] = {
    [VARIANT] = LL_CHOICE("variant", 0, variants,
                          "what the margin is compared with: the distance (its shortfall squared), or its square (halved)"),
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how far apart rows of different classes must be"),
};
static const ll_input inputs[] = {{"a", "n,d", LL_INPUT_MATRIX}, {"b", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};

/* One pair's value and its derivative by the squared distance. */
static ll_couple_sloped pair_of(double square, bool alike, double margin, bool squared) {
  if (squared) {
    if (alike) return (ll_couple_sloped){0.5 * square, 0.5};
    return square < margin ? (ll_couple_sloped){0.5 * (margin - square), -0.5} : (ll_couple_sloped){0, 0};
  }
  if (alike) return (ll_couple_sloped){square, 1};
  double d = sqrt(square), lacking = margin - d;
  if (!(lacking > 0)) return (ll_couple_sloped){0, 0};
  return (ll_couple_sloped){lacking * lacking, d > 0 ? -lacking / d : 0};
}

static ll_status contrastive(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  size_t n = call->inputs[0].rows;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    ll_couple_sloped row = pair_of(ll_couple_square(call, couple, i), ll_is_target(call->inputs[2].data[i]), loss->params[MARGIN],
                                   loss->params[VARIANT] > 0);
    ll_sum_add(&total, row.distance);
    if (call->rows) call->rows->data[i] = (ll_real)row.distance;
    ll_couple_gradient(call, 2, &couple, &(double){scale * row.slope}, 1, i);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

const ll_loss_desc ll_loss_contrastive = {
    .name = "contrastive",
    .family = "pairs",
    .summary = "pairs of one class together, pairs of two classes at least a margin apart",
    .formula = "y = 1 for a pair of one class, d = ‖a - b‖; variant = \"distance\": y d^2 + (1 - y) [margin - d]+^2; \"squared\": "
               "(y d^2 + (1 - y) [margin - d^2]+)/2",
    .gradient = "0 at the margin; a pair of two classes at distance 0 has none in the form \"distance\"",
    .cost = "O(n d)",
    .source = "Hadsell, Chopra and LeCun 2006; the two variants: docs/losses/pairs.md",
    .output = "identity",
    .params = {"contrastive", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = contrastive,
};
