/* Lifted structure: every positive pair against all negatives of both its rows, in two passes over the distances. The first sums up
 * the negatives of each row; the second has both sums of every pair. Since J_ij = J_ji, all that depends on row i's sum is known
 * once row i's own pairs are done. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

static const ll_param params[] = {LL_NUMBER("margin", 1, 0, INFINITY, "how much farther the negatives must be")};

/* Fills the block with distances, inf in a row's own place. */
static void measure(ll_pairing *p, size_t at, size_t rows) {
  ll_pairing_squares(p, at, rows);
  ll_columns_kernels_get()->roots(p->block, rows * p->to->n);
  for (size_t r = 0; r < rows; r++) ll_pairing_row(p, r)[at + r] = INFINITY;
}

/* Row i's part of the sum of [J]+^2 over ordered pairs. Each pair comes twice and the formula has 1/2: the row becomes the
 * derivative of a quarter of that sum by its squared distances. The division by the number of pairs comes at the end. */
static double pass(double *row, size_t n, size_t i, const double *labels, const double *sums, double margin, double *weights) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  double total = 0, reaching = 0;
  const ll_columns_choice other = ll_columns_choose(labels, labels[i], false);
  k->exponents(row, n, &other, -1, margin - sums[i], false, weights); /* the shares of row i's negatives in its sum */
  for (size_t j = 0; j < n; j++) {
    if (j == i || labels[j] < labels[i] || labels[j] > labels[i]) continue;
    double high = fmax(sums[i], sums[j]), both = high + ll_log1p(ll_exp(fmin(sums[i], sums[j]) - high)), J = both + row[j];
    if (!(J > 0)) continue;
    total += J * J;
    weights[j] = 0.5 * J;
    reaching += J * ll_exp(sums[i] - both);
  }
  k->scale(weights, n, &other, -reaching, weights);
  k->by_squares(row, n, weights);
  weights[i] = 0;
  memcpy(row, weights, n * sizeof *row);
  return total;
}

static ll_status eval(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows, ordered = 0;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_SHIFTED, 0, LL_PAIRING_SELF, 3 * n, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  double *labels = p.spare, *sums = labels + n, *weights = sums + n, margin = loss->params[0], ignored;
  ll_pairing_labels(&call->inputs[1], labels);
  LL_PAIRING_BLOCKS(&p) {
    measure(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      const ll_columns_choice own = ll_columns_choose(labels, labels[at + r], true),
                              other = ll_columns_choose(labels, labels[at + r], false);
      ordered += ll_columns_kernels_get()->tally(ll_pairing_row(&p, r), n, &own, &ignored);
      sums[at + r] = ll_columns_log_sum(ll_pairing_row(&p, r), n, &other, -1, margin, false, false, weights);
    }
  }
  bool alone = true;
  for (size_t i = 0; i < n; i++) alone = alone && isinf(sums[i]);
  if (!ordered || alone)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: among the %zu rows there are no two of %s", loss->desc->name, n,
                   alone ? "different classes" : "one class");
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    measure(&p, at, rows);
    for (size_t r = 0; r < rows; r++) ll_sum_add(&total, pass(ll_pairing_row(&p, r), n, at + r, labels, sums, margin, weights));
    ll_pairing_pull_squares(&p, at, rows);
  }
  double pairs = 0.5 * (double)ordered;
  call->value = ll_sum_value(&total) / (4 * pairs);
  ll_pairing_close(&p, call, 1 / pairs);
  return LL_OK;
}

const ll_loss_desc ll_loss_lifted_structure = {
    .name = "lifted_structure",
    .family = "embedding",
    .summary = "every positive pair of the batch against all negatives of both its rows, smoothly",
    .formula =
        "1/(2|P|) sum over positive pairs (i,j) of [J_ij]+^2, J_ij = ln(sum_{k: y_k != y_i} e^(margin - d_ik) + sum_{l: y_l != "
        "y_j} e^(margin - d_jl)) + d_ij",
    .gradient = "‖x‖ at 0 has derivative 0",
    .cost = "O(n^2 d) as products, twice, O(n d) memory",
    .source = "Oh Song, Xiang, Jegelka and Savarese 2016, eq. 4",
    .note = "pytorch-metric-learning's LiftedStructureLoss with neg_margin = margin; the generalized form of Hermans, Beyer and "
            "Leibe 2017 is another loss",
    .output = "identity",
    .params = {"lifted_structure", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = eval,
};
