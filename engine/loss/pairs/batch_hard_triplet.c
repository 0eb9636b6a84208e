/* The triplet loss on each anchor's farthest positive and nearest negative of the batch. */
#include <math.h>

#include "engine/loss/pairs/couple.h"
#include "engine/loss/pairs/hardest.h"

enum { MARGIN, SOFT };
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how much farther the negative must be; without effect if soft"),
    [SOFT] = LL_BOOLEAN("soft", 0, "ln(1 + e^x) in the hinge's place, without a margin"),
};

/* Adds the value of anchor i and its gradients; false if it is not usable. */
static bool add_anchor(const ll_loss *loss, ll_pairing *p, size_t i, const ll_hardest_pairs *pairs, ll_sum *total) {
  ll_hardest positive = pairs->farthest, negative = pairs->nearest;
  if (positive.j == p->to->n || negative.j == p->to->n) return false;
  bool soft = loss->params[SOFT] > 0;
  ll_couple_sloped near_by = ll_couple_distance(negative.square, false), far = ll_couple_distance(positive.square, false);
  ll_couple_sloped hinge = ll_couple_hinge(far.distance - near_by.distance + (soft ? 0 : loss->params[MARGIN]), soft);
  ll_sum_add(total, hinge.distance);
  if (!(hinge.slope > 0)) return true;
  ll_pairing_pull_square(p, i, positive.j, hinge.slope * far.slope);
  ll_pairing_pull_square(p, i, negative.j, -hinge.slope * near_by.slope);
  return true;
}

static ll_status batch_hard_triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows, usable = 0, spare = ll_hardest_spare(n, call->inputs[0].cols);
  size_t room = n * sizeof(ll_hardest_pairs) / sizeof(double);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_SHIFTED, 0, LL_PAIRING_SELF, spare + room, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  ll_hardest_search search;
  ll_hardest_open(&p, &call->inputs[1], &search);
  ll_hardest_pairs *pairs = (ll_hardest_pairs *)(p.spare + spare); /* of each row */
  for (size_t i = 0; i < n; i++) pairs[i] = ll_hardest_none(&search);
  LL_PAIRING_BLOCKS(&p) {
    ll_hardest_products(&search, at, rows, 0);
    for (size_t r = 0; r < rows; r++) ll_hardest_find(&search, at + r, search.block + r * n, 0, &pairs[search.place[at + r]]);
  }
  ll_sum total = {0};
  for (size_t i = 0; i < n; i++) usable += add_anchor(loss, &p, i, &pairs[i], &total);
  if (!usable)
    return ll_fail(ctx, LL_ERR_EMPTY,
                   "%s: none of the %zu rows is an anchor: one needs another row of its class and one of another class",
                   loss->desc->name, p.from->n);
  call->value = ll_sum_value(&total) / (double)usable;
  ll_pairing_close(&p, call, 1 / (double)usable);
  return LL_OK;
}

const ll_loss_desc ll_loss_batch_hard_triplet = {
    .name = "batch_hard_triplet",
    .family = "pairs",
    .summary = "triplet on each anchor's farthest positive and nearest negative of the batch",
    .formula =
        "mean over usable anchors of [max_p d(a,p) - min_n d(a,n) + margin]+; soft: ln(1 + e^(max_p d - min_n d)); an anchor "
        "is usable if the batch holds another row of its class and one of another",
    .gradient = "to the hardest rows alone, the first of equals; 0 at the margin",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Hermans, Beyer and Leibe 2017, eq. 5 (TriHard)",
    .output = "identity",
    .params = {"batch_hard_triplet", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = batch_hard_triplet,
};
