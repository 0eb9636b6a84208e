/* Each row against the proxies of all classes, one learnt point a class. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/columns.h"
#include "engine/loss/embedding/pairing.h"

enum { EMBEDDINGS, LABELS, PROXIES };
static const ll_input inputs[] = {
    {"embeddings", "n,d", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_CLASS}, {"proxies", "k,d", LL_INPUT_MATRIX}};

enum { SCALE, DENOMINATOR };
static const char *const denominators[] = {"negatives", "all", NULL};
static const ll_param params[] = {
    [SCALE] = LL_POSITIVE("scale", 1, "multiplies the squared distances"),
    [DENOMINATOR] = LL_CHOICE("denominator", 0, denominators,
                              "negatives: without the row's own proxy, as in the paper; all: a softmax, as in ProxyNCA++"),
};

/* |x - p|^2 = 2 - 2 cos for unit rows, and the 2 drops out of the softmax. */
static ll_status proxy_nca(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[EMBEDDINGS].rows, k = call->inputs[PROXIES].rows;
  const ll_real *labels = call->inputs[LABELS].data;
  if (k < 2)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: one proxy has none to differ from: at least 2 classes expected", loss->desc->name);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_UNIT, EMBEDDINGS, PROXIES, 2 * k, &p));
  double *classes = p.spare, *shares = classes + k, factor = 2 * loss->params[SCALE];
  for (size_t c = 0; c < k; c++) classes[c] = (double)(c + 1);
  ll_sum total = {0};
  LL_PAIRING_BLOCKS(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r), label = (double)labels[at + r], own = row[(size_t)label - 1];
      /* all classes: those other than 0, which no proxy has */
      const ll_columns_choice choice = ll_columns_choose(classes, loss->params[DENOMINATOR] > 0 ? 0 : label, false);
      ll_sum_add(&total, ll_columns_log_sum(row, k, &choice, factor, 0, false, false, shares) - factor * own);
      memcpy(row, shares, k * sizeof *row);
      row[(size_t)label - 1] -= 1;
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  call->value = ll_sum_value(&total) / (double)n;
  ll_pairing_close(&p, call, factor / (double)n);
  return LL_OK;
}

const ll_loss_desc ll_loss_proxy_nca = {
    .name = "proxy_nca",
    .family = "embedding",
    .summary = "each row nearer to the proxy of its class than to the others: no pairs to choose",
    .formula =
        "mean_i -ln(e^(-scale D(x_i, p_y)) / sum_z e^(-scale D(x_i, p_z))), D = squared distance of unit rows; z over the other "
        "classes, or over all",
    .gradient = "to embeddings and proxies, through the norms of both; by hand a zero row is an error",
    .cost = "O(n k d) as products, O((n + k) d) memory",
    .source = "Movshovitz-Attias et al. 2017, eq. 4; all: Teh, DeVries and Taylor 2020",
    .note = "many implementations are denominator = \"all\", pytorch-metric-learning's (its issue 206) among them",
    .output = "identity",
    .params = {"proxy_nca", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = proxy_nca,
};
