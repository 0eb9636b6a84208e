/* Each class's proxy, one learnt point a class, against all rows of the batch. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

enum { EMBEDDINGS, LABELS, PROXIES };
static const ll_input inputs[] = {
    {"embeddings", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_CLASS}, {"proxies", "k,d", LL_INPUT_MATRIX}};

enum { ALPHA, DELTA };
static const ll_param params[] = {
    [ALPHA] = LL_POSITIVE("alpha", 32, "sharpness: large, and only the hardest rows count"),
    [DELTA] = LL_NUMBER("delta", 0.1, -1, 1, "margin of the cosines"),
};

static ll_status proxy_anchor(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  const ll_columns_kernels *kernels = ll_columns_kernels_get();
  size_t n = call->inputs[EMBEDDINGS].rows, k = call->inputs[PROXIES].rows, present = 0;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_UNIT, PROXIES, EMBEDDINGS, 2 * n + k, &p));
  double *labels = p.spare, *shares = labels + n, *seen = shares + n, alpha = loss->params[ALPHA], delta = loss->params[DELTA];
  ll_pairing_labels(&call->inputs[LABELS], labels);
  memset(seen, 0, k * sizeof *seen);
  for (size_t i = 0; i < n; i++) seen[(size_t)labels[i] - 1] = 1;
  for (size_t c = 0; c < k; c++) present += seen[c] > 0;
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      const ll_columns_choice own = ll_columns_choose(labels, (double)(at + r + 1), true),
                              other = ll_columns_choose(labels, (double)(at + r + 1), false);
      double positives = ll_columns_log_sum(row, n, &own, -alpha, alpha * delta, true, false, shares);
      double negatives = ll_columns_log_sum(row, n, &other, alpha, alpha * delta, true, true, shares);
      ll_sum_add(&total, positives / (double)present + negatives / (double)k);
      kernels->scale(shares, n, &own, -alpha / (double)present, shares);
      kernels->scale(shares, n, &other, alpha / (double)k, shares);
      memcpy(row, shares, n * sizeof *row);
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  call->value = ll_sum_value(&total);
  ll_pairing_close(&p, call, 1);
  return LL_OK;
}

const ll_loss_desc ll_loss_proxy_anchor = {
    .name = "proxy_anchor",
    .family = "embedding",
    .summary = "each class's proxy pulls its rows and pushes all others, the hardest most",
    .formula = "1/|P+| sum_{p in P+} ln(1 + sum_{x of p} e^(-alpha (s(x,p) - delta))) + 1/k sum_p ln(1 + sum_{x not of p} e^(alpha "
               "(s(x,p) + delta))), s = cosine, P+: the proxies whose class the batch holds",
    .gradient = "to embeddings and proxies, through the norms of both; by hand a zero row is an error",
    .cost = "O(n k d) as products, O((n + k) d) memory",
    .source = "Kim, Kim, Cho and Kwak 2020, eq. 4",
    .note = "as the authors' code; geonm's TensorFlow and MXNet versions set cosines of the wrong side to 0 and count them, each as"
            " e^(alpha delta)",
    .output = "identity",
    .params = {"proxy_anchor", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = proxy_anchor,
};
