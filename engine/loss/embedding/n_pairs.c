/* Each anchor's own positive against the positives of all other pairs, by products as they are, not by cosines. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

static const ll_param params[] = {LL_NUMBER("l2", 0, 0, INFINITY, "weight of the mean of ‖a‖^2 + ‖p‖^2")};
static const ll_input inputs[] = {{"anchor", "n,d", LL_INPUT_MATRIX}, {"positive", "n,d", LL_INPUT_MATRIX}};

/* l2 × the sum of the rows' squared lengths; adds its gradient. Both are divided by n at the end. */
static double add_norms(const ll_pairing *p, ll_pairing_cloud *cloud, double l2) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  size_t count = cloud->n * cloud->d;
  if (p->want) k->add_scaled(2 * l2, cloud->rows, cloud->grads, count);
  return l2 * k->dot(cloud->rows, cloud->rows, count);
}

static ll_status n_pairs(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows;
  if (n < 2) return ll_fail(ctx, LL_ERR_EMPTY, "%s: one pair has none to differ from: at least 2 rows expected", loss->desc->name);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_PLAIN, 0, 1, 2 * n, &p));
  if (ll_pairing_overflows(&p, call)) return LL_OK;
  double *zeros = p.spare, *shares = zeros + n;
  memset(zeros, 0, n * sizeof *zeros);
  const ll_columns_choice all = ll_columns_choose(zeros, 0, true);
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      double own = row[at + r];
      ll_sum_add(&total, ll_columns_log_sum(row, n, &all, 1, 0, false, false, shares) - own);
      memcpy(row, shares, n * sizeof *row);
      row[at + r] -= 1;
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  if (loss->params[0] > 0)
    for (int c = 0; c < 2; c++) ll_sum_add(&total, add_norms(&p, &p.clouds[c], loss->params[0]));
  call->value = ll_sum_value(&total) / (double)n;
  ll_pairing_close(&p, call, 1 / (double)n);
  return LL_OK;
}

const ll_loss_desc ll_loss_n_pairs = {
    .name = "n_pairs",
    .family = "embedding",
    .summary =
        "each anchor nearer to its positive than to the positives of all other pairs, by products; each pair of its own class",
    .formula = "mean_i ln(1 + sum_{j != i} e^(a_i.p_j - a_i.p_i)) + l2 mean_i(‖a_i‖^2 + ‖p_i‖^2)",
    .gradient = "",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Sohn 2016, eq. 7",
    .note = "TensorFlow's npairs_loss has reg_lambda / 4 in l2's place, and shares the softmax among pairs of one class",
    .output = "identity",
    .params = {"n_pairs", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = n_pairs,
};
