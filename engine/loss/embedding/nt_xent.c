/* SimCLR's loss: two views of each thing, each view against all others of the batch. */
#include <math.h>

#include "engine/loss/embedding/batch_softmax.h"

static const ll_param params[] = {LL_POSITIVE("temperature", 0.5, "divides the cosines: small, and only the nearest count")};
static const ll_input inputs[] = {{"a", "n,d", LL_INPUT_MATRIX}, {"b", "n,d", LL_INPUT_MATRIX}};

static ll_status nt_xent(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pairing p;
  size_t n = call->inputs[0].rows;
  if (n < 2)
    return ll_fail(ctx, LL_ERR_EMPTY, "%s: one pair of views has none to differ from: at least 2 rows expected", loss->desc->name);
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_PAIRING_UNIT, 0, LL_PAIRING_STACK, ll_batch_softmax_spare(2 * n), &p));
  for (size_t i = 0; i < n; i++) p.spare[i] = p.spare[n + i] = (double)i; /* the two views of a thing are one class */
  return ll_batch_softmax_eval(ctx, loss, call, &p);
}

const ll_loss_desc ll_loss_nt_xent = {
    .name = "nt_xent",
    .family = "embedding",
    .summary = "two views of each thing find each other among all views of the batch (SimCLR); no labels needed",
    .formula =
        "mean over the 2n rows i of -ln(e^(s_ij/T) / sum_{k != i} e^(s_ik/T)), j = the other view of i, s = cosine, T = temperature",
    .gradient = "through the norms; by hand a zero row is an error",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Chen, Kornblith, Norouzi and Hinton 2020, eq. 1",
    .note = "pytorch-metric-learning's NTXentLoss keeps a row's other positives out of the denominator, which for two views is the "
            "same",
    .output = "identity",
    .params = {"nt_xent", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = 2,
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = nt_xent,
};
