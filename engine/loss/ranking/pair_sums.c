/* All-pairs losses that need no order: pair_square by the classes' means and variances, pair_exponential as a product of two
 * sums, both O(n); pair_logistic pair by pair. */
#include "engine/loss/ranking/pair_sums.h"

#include <math.h>
#include <string.h>

LL_ISA_DECLARE(ll_pair_sums_kernels, ll_pair_sums_kernels);
const ll_pair_sums_kernels *ll_pair_sums_kernels_get(void) { return LL_ISA_PICK(ll_pair_sums_kernels); }

enum { DECOYS, TARGETS };

bool ll_pair_sums_exist(ll_loss_call *call, size_t count[2]) {
  size_t n = call->inputs[0].rows, targets = ll_label_kernels_get()->targets(call->inputs[1].data, n);
  count[DECOYS] = n - targets, count[TARGETS] = targets;
  call->value = 0;
  if (targets && targets < n) return true;
  if (call->grads[0]) memset(call->grads[0]->data, 0, n * sizeof(ll_real));
  return false;
}

static inline ll_real *grads_of(const ll_loss_call *call) { return call->grads[0] ? call->grads[0]->data : NULL; }

/* mean (margin - s_t + s_d)^2 = (margin - mean_t + mean_d)^2 + var_t + var_d: no term cancels another. Scores are taken from the
 * first one, so that the means of scores far from 0 and close to each other keep their digits. */
static ll_status pair_square(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_pair_sums_kernels *k = ll_pair_sums_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2];
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  double base = (double)scores[0], nd = (double)count[DECOYS], nt = (double)count[TARGETS];
  ll_pair_sums first = k->totals(scores, labels, n, base);
  double mean[2] = {first.sum[DECOYS] / nd, first.sum[TARGETS] / nt};
  double u = loss->params[0] - (mean[TARGETS] - mean[DECOYS]);
  ll_pair_sums second =
      k->centred(scores, labels, n, base, mean, (double[]){2 / nd, 2 / nt}, (double[]){2 * u / nd, -2 * u / nt}, grads_of(call));
  call->value = u * u + second.sum[DECOYS] / nd + second.sum[TARGETS] / nt;
  return LL_OK;
}

/* e^margin mean_t e^(-s) mean_d e^s, with the largest terms taken out: it overflows only if the value does. */
static ll_status pair_exponential(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_pair_sums_kernels *k = ll_pair_sums_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2];
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  double top[2];
  k->largest(scores, labels, n, top);
  ll_pair_sums w = k->weigh(scores, labels, n, top, grads_of(call));
  double means = w.sum[DECOYS] / (double)count[DECOYS] * (w.sum[TARGETS] / (double)count[TARGETS]);
  double power = loss->params[0] + top[DECOYS] + top[TARGETS];
  call->value = power < 700 ? exp(power) * means : exp(power + log(means));
  /* the derivative is the value, shared out by weight */
  const double factor[2] = {call->value / w.sum[DECOYS], -call->value / w.sum[TARGETS]};
  ll_real *grads = grads_of(call);
  if (grads) k->scale(labels, n, factor, grads);
  if (grads && isinf(call->value)) /* 0 × inf: a weight too small to be seen is none */
    for (size_t i = 0; i < n; i++) grads[i] = isnan(grads[i]) ? 0 : grads[i];
  return LL_OK;
}

static ll_status pair_logistic(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2], at[2] = {0, 0};
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (sizeof(double) + sizeof(ll_real) + sizeof(uint32_t)), &scratch));
  double *sums = scratch;
  ll_real *side_scores = (ll_real *)(sums + n);
  uint32_t *rows = (uint32_t *)(side_scores + n);
  memset(sums, 0, n * sizeof *sums);
  at[DECOYS] = count[TARGETS]; /* targets first */
  for (size_t i = 0; i < n; i++) {
    size_t to = at[ll_is_target(labels[i])]++;
    side_scores[to] = scores[i], rows[to] = (uint32_t)i;
  }
  size_t nt = count[TARGETS], nd = count[DECOYS];
  double share = 1 / ((double)nt * (double)nd);
  call->value =
      share * ll_pair_sums_kernels_get()->logistic(side_scores, nt, side_scores + nt, nd, loss->params[0], sums, sums + nt);
  ll_real *grads = grads_of(call);
  for (size_t j = 0; grads && j < n; j++) grads[rows[j]] = (ll_real)((j < nt ? -share : share) * sums[j]);
  return LL_OK;
}

static const ll_param margin_1[] = {LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at")};
static const ll_param margin_0[] = {LL_NUMBER("margin", 0, -INFINITY, INFINITY, "shifts the curve")};

const ll_loss_desc ll_loss_pair_square = {
    .name = "pair_square",
    .family = "ranking",
    .summary = "every target a margin above every decoy, deviations either way squared",
    .formula = "mean over targets x decoys of (margin - (s_t - s_d))^2",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Gao et al. 2013 (one-pass AUC)",
    .output = "identity",
    .params = {"pair_square", margin_1, 1},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_square,
};

const ll_loss_desc ll_loss_pair_exponential = {
    .name = "pair_exponential",
    .family = "ranking",
    .summary = "RankBoost's loss: misordered pairs dominate exponentially",
    .formula = "mean over targets x decoys of e^(margin - (s_t - s_d))",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Freund et al. 2003",
    .output = "identity",
    .params = {"pair_exponential", margin_0, 1},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_exponential,
};

const ll_loss_desc ll_loss_pair_logistic = {
    .name = "pair_logistic",
    .family = "ranking",
    .summary = "RankNet's loss: a smooth bound of the share of misordered pairs",
    .formula = "mean over targets x decoys of ln(1 + e^(margin - (s_t - s_d)))",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x decoys), O(n) memory",
    .source = "Burges et al. 2005",
    .output = "identity",
    .params = {"pair_logistic", margin_0, 1},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pair_logistic,
};
