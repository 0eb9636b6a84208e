/* ListMLE: the likelihood of the order by relevance, place by place. */
#include <math.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/listwise.h"

/* L_i is the logarithm of the sum of e^s over place i and all below it; place i costs L_i - s_i. The first loop goes from the
 * bottom up: the cost and the rise L_i - L_(i+1) both follow from s_i - L_(i+1), while a difference of two L would lose the digits
 * of a small one. The second loop goes down: with P_j = sum over i <= j of e^(L_j - L_i), the derivative at place j is e^(s_j -
 * L_j) P_j - 1, in which no exponent is above 0. */
static ll_status list_mle_form(ll_ctx *ctx, const ll_loss *loss, ll_listwise_list *l, double *value) {
  (void)ctx, (void)loss;
  double *rises = l->numbers, log_sum = -INFINITY, reach = 0;
  *value = 0;
  for (size_t i = l->n; i-- > 0;) {
    size_t row = ll_record_row(&l->order[i]);
    double s = (double)l->scores[row], more = s - log_sum, small = ll_log1p(ll_exp(-fabs(more)));
    double cost = more > 0 ? small : small - more;
    log_sum = more > 0 ? s + small : log_sum + small;
    rises[i] = more > 0 ? small + more : small;
    l->grads[row] = cost; /* for the second loop */
    *value += cost;
  }
  for (size_t j = 0; j < l->n; j++) {
    double *grad = &l->grads[ll_record_row(&l->order[j])], own = -*grad;
    double before = j ? reach * ll_exp(-rises[j - 1]) : 0;
    reach = before + 1;
    *grad = ll_exp(own) * before + ll_expm1(own);
  }
  return LL_OK;
}

static ll_status list_mle(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_listwise_eval(ctx, loss, call, list_mle_form, true);
}

const ll_loss_desc ll_loss_list_mle = {
    .name = "list_mle",
    .family = "ranking",
    .summary = "ListMLE: the likelihood of the order by relevance, place by place (Plackett and Luce)",
    .formula =
        "mean over lists (columns) of sum_i ln(sum over j at or below place i of e^s_j) - s_i, places by relevance downwards",
    .gradient = "equal relevance stands in row order",
    .cost = "O(n log n)",
    .source = "Xia et al. 2008",
    .note = "TF-Ranking and allRank draw the order of equal relevance anew at each call, so that their value of ties is random",
    .output = "identity",
    .params = {"list_mle", NULL, 0},
    .inputs = ll_loss_scores_relevance,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = list_mle,
};
