/* Losses that look at the top of the ranking: targets against the best decoy, and a smooth average precision. */
#include <math.h>
#include <string.h>

#include "engine/loss/ranking/listwise.h"
#include "engine/loss/ranking/pair_sums.h"
#include "engine/matrix/kernels.h"

enum { DECOYS, TARGETS };

static ll_status top_push(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2], top = n;
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  for (size_t i = 0; i < n; i++)
    if (!ll_is_target(labels[i]) && (top == n || scores[i] > scores[top])) top = i;
  ll_real *grads = call->grads[0] ? call->grads[0]->data : NULL;
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

static const ll_param push_params[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "how far a target should lead the best decoy")};

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
    .params = {"top_push", push_params, LL_ROWS(push_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = top_push,
};

/* Of target i: A = 1 + the other targets' steps, D = the decoys': its precision is A / (A + D), and 1 less it D / (A + D). */
static ll_status smooth_ap(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  const ll_kernels *all = ll_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2], at[2] = {0, 0};
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (sizeof(double) + 3 * sizeof(ll_real) + sizeof(uint32_t)), &scratch));
  double *sums = scratch;
  ll_real *sorted = (ll_real *)(sums + n), *steps = sorted + n, *slopes = steps + n;
  uint32_t *rows = (uint32_t *)(slopes + n);
  memset(sums, 0, n * sizeof *sums);
  at[DECOYS] = count[TARGETS]; /* targets first */
  for (size_t i = 0; i < n; i++) {
    size_t to = at[ll_is_target(labels[i])]++;
    sorted[to] = scores[i], rows[to] = (uint32_t)i;
  }
  size_t nt = count[TARGETS], nd = count[DECOYS];
  double share = 1 / (double)nt, total = 0;
  for (size_t i = 0; i < nt; i++) {
    k->steps(sorted, n, sorted[i], (ll_real)(1 / loss->params[0]), steps, slopes);
    steps[i] = slopes[i] = 0;
    double a = 1 + all->sum(steps, nt), d = all->sum(steps + nt, nd), rank = a + d;
    total += d / rank;
    if (!call->grads[0]) continue;
    double by_target = -share * d / (rank * rank), by_decoy = share * a / (rank * rank);
    k->add(slopes, nt, by_target, sums), k->add(slopes + nt, nd, by_decoy, sums + nt);
    sums[i] -= by_target * all->sum(slopes, nt) + by_decoy * all->sum(slopes + nt, nd);
  }
  call->value = share * total;
  for (size_t j = 0; call->grads[0] && j < n; j++) call->grads[0]->data[rows[j]] = (ll_real)sums[j];
  return LL_OK;
}

static const ll_param ap_params[] = {
    LL_NUMBER("temperature", 0.01, 1e-6, INFINITY, "width of the step that stands in for a comparison")};

const ll_loss_desc ll_loss_smooth_ap = {
    .name = "smooth_ap",
    .family = "ranking",
    .summary = "one less a smooth average precision: ranks are sums of sigmoids",
    .formula = "1 - mean over targets i of (1 + sum over targets j != i of g_ij) / (1 + sum over all j != i of g_ij), "
               "g_ij = sigma((s_j - s_i) / temperature)",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x n), O(n) memory",
    .source = "Brown et al. 2020, the batch as one query",
    .output = "identity",
    .params = {"smooth_ap", ap_params, LL_ROWS(ap_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = smooth_ap,
};
