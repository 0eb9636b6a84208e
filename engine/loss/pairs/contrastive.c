/* Pairs of embeddings, alike or not: contrastive in its two published forms, and with two margins over several layers. */
#include <math.h>

#include "engine/loss/pairs/couple.h"

static const ll_couple couple = {0, 1};

enum { VARIANT, MARGIN };
static const char *const variants[] = {"distance", "squared", NULL};
static const ll_param params[] = {
    [VARIANT] = {.name = "variant",
                 .kind = LL_PARAM_CHOICE,
                 .choices = variants,
                 .doc = "what the margin is compared with: the distance (its shortfall squared), or its square (halved)"},
    [MARGIN] = {.name = "margin",
                .kind = LL_PARAM_NUMBER,
                .value = 1,
                .low = 0,
                .high = INFINITY,
                .doc = "how far apart rows of different classes must be"},
};
static const ll_loss_input pair_inputs[] = {
    {"a", "n,d", LL_INPUT_MATRIX}, {"b", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};

/* One pair's value and its derivative by the squared distance. */
static ll_sloped pair_of(double square, bool alike, double margin, bool squared) {
  if (squared) {
    if (alike) return (ll_sloped){0.5 * square, 0.5};
    return square < margin ? (ll_sloped){0.5 * (margin - square), -0.5} : (ll_sloped){0, 0};
  }
  if (alike) return (ll_sloped){square, 1};
  double d = sqrt(square), lacking = margin - d;
  if (!(lacking > 0)) return (ll_sloped){0, 0};
  return (ll_sloped){lacking * lacking, d > 0 ? -lacking / d : 0};
}

static ll_status contrastive(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  size_t n = call->inputs[0].rows;
  double scale = loss->reduction == LL_REDUCE_MEAN ? 1 / (double)n : 1;
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) {
    ll_sloped row = pair_of(ll_couple_square(call, couple, i), ll_is_target(call->inputs[2].data[i]), loss->params[MARGIN],
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
    .source = "Hadsell, Chopra and LeCun 2006; 001 eq. 47, 002",
    .output = "identity",
    .params = {"contrastive", params, LL_ROWS(params)},
    .inputs = pair_inputs,
    .n_inputs = LL_ROWS(pair_inputs),
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = contrastive,
};

/* ---- two margins, several layers ------------------------------------------------------------------------------------------- */

enum { MARGIN_POS, MARGIN_NEG };
static const ll_param double_params[] = {
    [MARGIN_POS] = {.name = "margin_pos",
                    .kind = LL_PARAM_NUMBER,
                    .value = 1,
                    .low = 0,
                    .high = INFINITY,
                    .doc = "squared distance up to which a pair of one class costs nothing"},
    [MARGIN_NEG] = {.name = "margin_neg",
                    .kind = LL_PARAM_NUMBER,
                    .value = 4,
                    .low = 0,
                    .high = INFINITY,
                    .doc = "squared distance from which on a pair of two classes costs nothing"},
};
static const ll_loss_input layer_inputs[] = {
    {"a", "m,d", LL_INPUT_MATRIX}, {"b", "m,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};

static ll_status double_contrastive(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  size_t n = call->inputs[2].rows, m = call->inputs[0].rows;
  if (m % n)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: a and b hold the layers one below the other: %zu rows are no multiple of the %zu labels",
                   loss->desc->name, m, n);
  double scale = 0.5 / (double)n, near_by = loss->params[MARGIN_POS], far = loss->params[MARGIN_NEG];
  ll_sum total = {0};
  for (size_t i = 0; i < m; i++) {
    double square = ll_couple_square(call, couple, i);
    bool alike = ll_is_target(call->inputs[2].data[i % n]);
    double over = alike ? square - near_by : far - square;
    if (over > 0) ll_sum_add(&total, over);
    ll_couple_gradient(call, 2, &couple, &(double){over > 0 ? alike ? scale : -scale : 0}, 1, i);
  }
  call->value = scale * ll_sum_value(&total);
  return LL_OK;
}

const ll_loss_desc ll_loss_double_contrastive = {
    .name = "double_contrastive",
    .family = "pairs",
    .summary = "contrastive with a margin for each side, at every layer of a network: nothing is pulled onto one point",
    .formula = "1/(2n) sum_i sum_l (y_i [D_il - margin_pos]+ + (1 - y_i) [margin_neg - D_il]+), D_il = ‖a_il - b_il‖^2; a and b: "
               "layer 1's n rows, then layer 2's, …, so m = n layers (a narrower layer's columns filled up with zeros)",
    .gradient = "0 at the margins",
    .cost = "O(m d)",
    .source = "002; two margins: Gomez-Silva, Armingol and de la Escalera 2017",
    .output = "identity",
    .params = {"double_contrastive", double_params, LL_ROWS(double_params)},
    .inputs = layer_inputs,
    .n_inputs = LL_ROWS(layer_inputs),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = double_contrastive,
};
