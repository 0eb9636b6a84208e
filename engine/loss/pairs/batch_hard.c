/* The hardest pairs of a batch: batch_hard_triplet takes each anchor's farthest positive and nearest negative, margin_sample_mining
 * the farthest positive pair and the nearest negative pair of all. Distances come in blocks from products; whatever is within
 * their rounding of the hardest is measured again by differences, so that ties fall to the first. */
#include <math.h>

#include "engine/loss/embedding/pairing.h"
#include "engine/loss/pairs/couple.h"

/* A pair and its squared distance. */
typedef struct hardest {
  size_t i, j;
  double square;
} hardest;

/* The farthest of row i's own class (sign 1), or the nearest of the others (sign -1), among the columns after `after`; best is
 * replaced where that is harder. */
static void find_hardest(const ll_pairing *p, size_t i, const double *row, const ll_column_choice *choice, double sign,
                         size_t after, hardest *best) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  ll_column_choice part = *choice;
  part.labels += after;
  size_t n = p->to->n - after;
  const double *v = row + after;
  double most = k->most(v, n, &part, sign);
  if (isinf(most)) return;
  double bound = most - 2 * (ll_pairing_slack(p, i) + 0x1p-50 * (double)(p->to->d + 4) * fabs(most));
  if (best->j < p->to->n && sign * best->square > bound) bound = sign * best->square;
  for (size_t j = k->next(v, n, &part, sign, bound, 0); j < n; j = k->next(v, n, &part, sign, bound, j + 1)) {
    double square = ll_pairing_exact(p, i, after + j);
    if (best->j >= p->to->n || sign * square > sign * best->square) *best = (hardest){i, after + j, square};
  }
}

static ll_column_choice choose(const double *labels, size_t i, bool same) {
  return (ll_column_choice){.labels = labels, .label = labels[i], .same = same, .low = -INFINITY, .high = INFINITY};
}

enum { MARGIN, SOFT };
static const ll_param params[] = {
    [MARGIN] = {.name = "margin",
                .kind = LL_PARAM_NUMBER,
                .value = 1,
                .low = 0,
                .high = INFINITY,
                .doc = "how much farther the negative must be; without effect if soft"},
    [SOFT] = {.name = "soft", .kind = LL_PARAM_BOOLEAN, .doc = "ln(1 + e^x) in the hinge's place, without a margin"},
};

/* Adds one anchor; whether it is usable. */
static bool add_anchor(const ll_loss *loss, ll_pairing *p, size_t i, double *row, const double *labels, ll_sum *total) {
  size_t none = p->to->n;
  hardest positive = {i, none, 0}, negative = {i, none, 0};
  const ll_column_choice own = choose(labels, i, true), other = choose(labels, i, false);
  row[i] = INFINITY; /* not its own positive */
  find_hardest(p, i, row, &own, 1, 0, &positive);
  find_hardest(p, i, row, &other, -1, 0, &negative);
  if (positive.j == none || negative.j == none) return false;
  bool soft = loss->params[SOFT] > 0;
  ll_sloped near_by = ll_couple_distance(negative.square, false), far = ll_couple_distance(positive.square, false);
  ll_sloped hinge = ll_couple_hinge(far.distance - near_by.distance + (soft ? 0 : loss->params[MARGIN]), soft);
  ll_sum_add(total, hinge.distance);
  if (!(hinge.slope > 0)) return true;
  ll_pairing_pull_square(p, i, positive.j, hinge.slope * far.slope);
  ll_pairing_pull_square(p, i, negative.j, -hinge.slope * near_by.slope);
  return true;
}

static ll_status batch_hard_triplet(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_SHIFTED, 0, LL_PAIRING_SELF, call->inputs[0].rows, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  double *labels = p.spare;
  ll_pairing_labels(&call->inputs[1], labels);
  ll_sum total = {0};
  size_t usable = 0;
  LL_EACH_BLOCK(&p) {
    ll_pairing_squares(&p, at, rows);
    for (size_t r = 0; r < rows; r++) usable += add_anchor(loss, &p, at + r, ll_pairing_row(&p, r), labels, &total);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_LABEL,
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
    .source = "Hermans, Beyer and Leibe 2017, eq. 5; 002 (TriHard)",
    .output = "identity",
    .params = {"batch_hard_triplet", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = batch_hard_triplet,
};

static const ll_param mining_params[] = {
    [MARGIN] = {.name = "margin",
                .kind = LL_PARAM_NUMBER,
                .value = 1,
                .low = 0,
                .high = INFINITY,
                .doc = "how much farther the nearest pair of two classes must be than the farthest of one"},
};

static ll_status margin_sample_mining(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_SHIFTED, 0, LL_PAIRING_SELF, call->inputs[0].rows, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  double *labels = p.spare;
  ll_pairing_labels(&call->inputs[1], labels);
  size_t none = p.to->n;
  hardest positive = {0, none, 0}, negative = {0, none, 0};
  LL_EACH_BLOCK(&p) {
    ll_pairing_squares(&p, at, rows);
    for (size_t r = 0; r < rows && at + r + 1 < none; r++) { /* each pair once */
      size_t i = at + r;
      const ll_column_choice own = choose(labels, i, true), other = choose(labels, i, false);
      find_hardest(&p, i, ll_pairing_row(&p, r), &own, 1, i + 1, &positive);
      find_hardest(&p, i, ll_pairing_row(&p, r), &other, -1, i + 1, &negative);
    }
  }
  if (positive.j == none || negative.j == none)
    return ll_fail(ctx, LL_ERR_LABEL, "%s: among the %zu rows there are no two of %s", loss->desc->name, p.from->n,
                   positive.j == none ? "one class" : "different classes");
  ll_sloped far = ll_couple_distance(positive.square, false), near_by = ll_couple_distance(negative.square, false);
  ll_sloped hinge = ll_couple_hinge(far.distance - near_by.distance + loss->params[MARGIN], false);
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
    .source = "Xiao, Luo and Zhang 2017, eq. 5; 002 (MSML)",
    .output = "identity",
    .params = {"margin_sample_mining", mining_params, LL_ROWS(mining_params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = margin_sample_mining,
};
