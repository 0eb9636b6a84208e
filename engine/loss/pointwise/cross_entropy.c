/* Cross entropy, from logits or from probabilities. */
#include "engine/loss/pointwise/pointwise.h"

enum { FROM };
static const char *const forms[] = {"logits", "probabilities", NULL};
static const ll_param params[] = {
    [FROM] =
        LL_CHOICE("from", 0, forms, "what the scores are: logits f, or probabilities (then the network must end in a sigmoid)"),
};

static ll_status cross_entropy(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  if (loss->params[FROM] < 1) return ll_pointwise_eval(loss, call, LL_POINTWISE_log1p_exp, 1, 0);
  const ll_matrix *p = &call->inputs[0];
  for (size_t i = 0; i < p->rows; i++)
    if (!(p->data[i] >= 0 && p->data[i] <= 1))
      return ll_fail(ctx, LL_ERR_RANGE,
                     "cross_entropy: scores, row %zu: %g is no probability; are these logits (from = \"logits\")?", i + 1,
                     (double)p->data[i]);
  return ll_pointwise_eval(loss, call, LL_POINTWISE_cross_entropy_probability, 0, 0);
}

const ll_loss_desc ll_loss_cross_entropy = {
    .name = "cross_entropy",
    .family = "pointwise",
    .summary = "the likelihood of the labels: calibrated probabilities, the usual first choice",
    .formula =
        "-t ln sigma(f) - (1-t) ln(1 - sigma(f)), t = (1+y)/2; from = \"probabilities\": sigma(f) is given, each ln at least -100",
    .gradient = "from = \"probabilities\": 0 where the ln is at its floor",
    .cost = "O(n)",
    .source = "Goodfellow, Bengio and Courville 2016, section 6.2.2",
    .output = "identity",
    .params = {"cross_entropy", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = cross_entropy,
};
