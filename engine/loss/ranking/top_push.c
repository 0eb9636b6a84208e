/* Targets against the best decoy alone. */
#include <math.h>

#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

static const ll_param params[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "how far a target should lead the best decoy")};

static ll_status top_push(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2], top = n;
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  for (size_t i = 0; i < n; i++)
    if (!ll_is_target(labels[i]) && (top == n || scores[i] > scores[top])) top = i;
  ll_real *grads = ll_pair_sums_grads(call);
  double share = 1 / (double)count[TARGETS], total = 0, slopes = 0;
  for (size_t i = 0; i < n; i++) {
    double u = ll_is_target(labels[i]) ? fmax(0, loss->params[0] - ((double)scores[i] - (double)scores[top])) : 0;
    total += u * u, slopes += u;
    if (grads) grads[i] = (ll_real)(-2 * share * u);
  }
  if (grads) grads[top] = (ll_real)(2 * share * slopes);
  call->value = share * total;
  return LL_OK;
}

const ll_loss_desc ll_loss_top_push = {
    .name = "top_push",
    .family = "ranking",
    .summary = "targets above the best decoy: what counts is the list before its first error",
    .formula = "mean over targets of [margin - (s_t - max s_d)]+^2",
    .gradient = "of tied best decoys the first one's; " LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Li, Jin and Zhou 2014 (TopPush), with the truncated quadratic loss",
    .note = "the authors' topPush.m minimizes this beside an L2 term; packages that put a hinge in the square's place have another "
            "loss",
    .output = "identity",
    .params = {"top_push", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = top_push,
};
