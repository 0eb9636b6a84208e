/* The batch's farthest pair of one class against its nearest pair of two, and no other. */
#include <math.h>

#include "engine/loss/pairs/couple.h"
#include "engine/loss/pairs/hardest.h"

static const ll_param params[] = {
    LL_NUMBER("margin", 1, 0, INFINITY, "how much farther the nearest pair of two classes must be than the farthest of one"),
};

static ll_status margin_sample_mining(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t none = call->inputs[0].rows;
  LL_TRY(
      ll_pairing_open(ctx, loss, call, LL_PAIRING_SHIFTED, 0, LL_PAIRING_SELF, ll_hardest_spare(none, call->inputs[0].cols), &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  ll_hardest_search search;
  ll_hardest_open(&p, &call->inputs[1], &search);
  ll_hardest_pairs pairs = ll_hardest_none(&search);
  LL_PAIRING_BLOCKS(&p) {
    ll_hardest_products(&search, at, rows, at);
    for (size_t r = 0; r < rows && at + r + 1 < none; r++) /* each pair once */
      ll_hardest_find(&search, at + r, search.block + r * none, at + r + 1, &pairs);
  }
  ll_hardest positive = pairs.farthest, negative = pairs.nearest;
  if (positive.j == none || negative.j == none)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: among the %zu rows there are no two of %s", loss->desc->name, p.from->n,
                   positive.j == none ? "one class" : "different classes");
  ll_couple_sloped far = ll_couple_distance(positive.square, false), near_by = ll_couple_distance(negative.square, false);
  ll_couple_sloped hinge = ll_couple_hinge(far.distance - near_by.distance + loss->params[0], false);
  call->value = hinge.distance;
  if (hinge.slope > 0) {
    ll_pairing_pull_square(&p, positive.i, positive.j, far.slope);
    ll_pairing_pull_square(&p, negative.i, negative.j, -near_by.slope);
  }
  ll_pairing_close(&p, call, 1);
  return LL_OK;
}

const ll_loss_desc ll_loss_margin_sample_mining = {
    .name = "margin_sample_mining",
    .family = "pairs",
    .summary = "the batch's farthest pair of one class against its nearest pair of two",
    .formula = "[max over positive pairs d - min over negative pairs d + margin]+",
    .gradient = "to the two hardest pairs alone, the first of equals; 0 at the margin",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Xiao, Luo and Zhang 2017, eq. 5 (MSML)",
    .output = "identity",
    .params = {"margin_sample_mining", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = margin_sample_mining,
};
