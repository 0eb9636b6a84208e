/* Contrastive with a margin for each side, over several layers of a network. */
#include <math.h>

#include "engine/loss/pairs/couple.h"

static const ll_couple couple = {0, 1};

enum { MARGIN_POS, MARGIN_NEG };
static const ll_param params[] = {
    [MARGIN_POS] = LL_NUMBER("margin_pos", 1, 0, INFINITY, "squared distance up to which a pair of one class costs nothing"),
    [MARGIN_NEG] = LL_NUMBER("margin_neg", 4, 0, INFINITY, "squared distance from which on a pair of two classes costs nothing"),
};
static const ll_input inputs[] = {{"a", "m,d", LL_INPUT_MATRIX}, {"b", "m,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}};

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
    .source = "Gomez-Silva, Armingol and de la Escalera 2017; several layers: docs/losses/pairs.md",
    .output = "identity",
    .params = {"double_contrastive", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = double_contrastive,
};
