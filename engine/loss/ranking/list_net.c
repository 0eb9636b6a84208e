/* ListNet: cross entropy of two softmax distributions over a list, the relevance's and the scores'. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/listwise.h"
#include "engine/matrix/kernels.h"

/* less = x - its largest element, out = e^less; the sum of out. */
static double exponents(const ll_real *x, size_t n, ll_real *less, ll_real *out) {
  const ll_kernels *k = ll_kernels_get();
  ll_real top = x[0];
  for (size_t i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
  for (size_t i = 0; i < n; i++) less[i] = x[i] - top;
  k->unary[LL_UNARY_exp](less, out, n);
  return k->sum(out, n);
}

static ll_status list_net_form(ll_ctx *ctx, const ll_loss *loss, ll_listwise_list *l, double *value) {
  (void)ctx, (void)loss;
  double wanted = exponents(l->relevance, l->n, l->first, l->second), expected = 0;
  for (size_t i = 0; i < l->n; i++) l->numbers[i] = (double)l->second[i] / wanted;
  double total = exponents(l->scores, l->n, l->first, l->second);
  for (size_t i = 0; i < l->n; i++) {
    expected += l->numbers[i] * (double)l->first[i];
    l->grads[i] = (double)l->second[i] / total - l->numbers[i];
  }
  *value = ll_log(total) - expected;
  return LL_OK;
}

static ll_status list_net(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_listwise_eval(ctx, loss, call, list_net_form, false);
}

const ll_loss_desc ll_loss_list_net = {
    .name = "list_net",
    .family = "ranking",
    .summary = "ListNet: cross entropy of two distributions of who is on top, the softmax of the relevance and that of the scores",
    .formula = "mean over lists (columns) of -sum_i p_i ln softmax(scores)_i, p = softmax(relevance)",
    .gradient = "",
    .cost = "O(n)",
    .source = "Cao et al. 2007, top one",
    .note = "allRank's listNet but for an epsilon in its logarithm. A softmax loss whose weights are the grades themselves, as TF-"
            "Ranking's SoftmaxLoss, is another loss",
    .output = "identity",
    .params = {"list_net", NULL, 0},
    .inputs = ll_loss_scores_relevance,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = list_net,
};
