/* nt_xent with labels: every other row of one's class is a positive. */
#include <math.h>

#include "engine/loss/embedding/batch_softmax.h"

static const ll_param params[] = {LL_POSITIVE("temperature", 0.1, "divides the cosines: small, and only the nearest count")};

static ll_status supervised_contrastive(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_UNIT, 0, LL_PAIRING_SELF, ll_batch_softmax_spare(call->inputs[0].rows), &p));
  ll_pairing_labels(&call->inputs[1], p.spare);
  return ll_batch_softmax_eval(ctx, loss, call, &p);
}

const ll_loss_desc ll_loss_supervised_contrastive = {
    .name = "supervised_contrastive",
    .family = "embedding",
    .summary = "nt_xent with labels (SupCon): every row of the class is a positive",
    .formula = "mean over rows i with positives P(i) of -1/|P(i)| sum_{p in P(i)} ln(e^(s_ip/T) / sum_{k != i} e^(s_ik/T)), s = "
               "cosine, T = temperature",
    .gradient = "through the norms; by hand a zero row is an error",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Khosla et al. 2020, eq. 2 (L_out, its mean over anchors)",
    .note = "the authors' code multiplies by temperature / 0.07 (SupContrast, issue 1) and gives NaN for a row without a positive "
            "(issue 141)",
    .output = "identity",
    .params = {"supervised_contrastive", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = supervised_contrastive,
};
