/* Partial AUC below a false positive rate, as a mean over targets of the worst decoys' hinges. The hinge rises with a decoy's
 * score, so every target's worst decoys are the same ones, those with the largest scores: CVaR's inner minimum is solved by one
 * sort, and what is left is an all-pairs hinge of the targets and those decoys. The soft form weighs all decoys, pair by pair. */
#include <math.h>
#include <string.h>

#include "engine/loss/ranking/listwise.h"
#include "engine/loss/ranking/pair_sums.h"
#include "engine/matrix/kernels.h"

enum { DECOYS, TARGETS };
enum { MARGIN, BETA, LAMBDA = BETA };

/* Of decoys tied with the one at `place` those that come first count first: they go to the group's upper end. */
static void first_of_ties_last(ll_record *decoys, size_t n, size_t place) {
  size_t low = place, high = place + 1;
  while (low > 0 && ll_record_key(&decoys[low - 1]) == ll_record_key(&decoys[place])) low--;
  while (high < n && ll_record_key(&decoys[high]) == ll_record_key(&decoys[place])) high++;
  for (; low + 1 < high; low++, high--) {
    ll_record other = decoys[low];
    decoys[low] = decoys[high - 1], decoys[high - 1] = other;
  }
}

/* The decoy at the tail's end counts in part. */
static double part_of(const ll_pair_sides *sides, const ll_record *decoy, double margin, double part, double share,
                      ll_real *grads) {
  double total = 0, slopes = 0, score = (double)ll_record_value(decoy);
  for (size_t i = 0; i < sides->count[TARGETS]; i++) {
    double u = margin - ((double)ll_record_value(&sides->records[TARGETS][i]) - score);
    if (!(u > 0)) break; /* targets ascend */
    total += u * u, slopes += u;
    if (grads) grads[ll_record_row(&sides->records[TARGETS][i])] -= (ll_real)(2 * part * share * u);
  }
  if (grads) grads[ll_record_row(decoy)] = (ll_real)(2 * part * share * slopes);
  return part * total;
}

static ll_status pauc_cvar(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pair_sides sides;
  size_t n = call->inputs[0].rows;
  if (!ll_pair_sums_exist(call, sides.count)) return LL_OK;
  LL_TRY(ll_pair_hinge_sort(ctx, loss, call, &sides));
  ll_real *grads = call->grads[0] ? call->grads[0]->data : NULL;
  if (grads) memset(grads, 0, n * sizeof *grads);
  size_t decoys = sides.count[DECOYS];
  double tail = loss->params[BETA] * (double)decoys, share = 1 / (tail * (double)sides.count[TARGETS]);
  size_t whole = (size_t)tail < decoys ? (size_t)tail : decoys;
  double part = tail - (double)whole, total = 0;
  ll_record *all = sides.records[DECOYS];
  size_t end = decoys - whole - (whole < decoys && part > 0); /* where the tail begins */
  first_of_ties_last(all, decoys, end < decoys ? end : decoys - 1);
  if (whole) {
    ll_pair_sides worst = {{all + (decoys - whole), sides.records[TARGETS]}, {whole, sides.count[TARGETS]}};
    total = ll_pair_hinge_squared(&worst, loss->params[MARGIN], share, grads);
  }
  if (whole < decoys && part > 0) total += part_of(&sides, &all[end], loss->params[MARGIN], part, share, grads);
  call->value = share * total;
  return LL_OK;
}

/* lambda ln mean_j e^(h_j / lambda) for each target: its largest hinge taken out, so nothing overflows; where all hinges are small
 * beside lambda, from e^x - 1 and ln(1 + x), or their weights would differ from 1 by rounding alone. */
static ll_status pauc_kl(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  const ll_listwise_kernels *k = ll_listwise_kernels_get();
  const ll_real *scores = call->inputs[0].data, *labels = call->inputs[1].data;
  size_t n = call->inputs[0].rows, count[2], at[2] = {0, 0};
  if (!ll_pair_sums_exist(call, count)) return LL_OK;
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, n * (sizeof(double) + 3 * sizeof(ll_real) + sizeof(uint32_t)), &scratch));
  double *sums = scratch;
  ll_real *sorted = (ll_real *)(sums + n), *weights = sorted + n, *slopes = weights + n;
  uint32_t *rows = (uint32_t *)(slopes + n);
  memset(sums, 0, n * sizeof *sums);
  at[TARGETS] = count[DECOYS]; /* decoys first */
  for (size_t i = 0; i < n; i++) {
    size_t to = at[ll_is_target(labels[i])]++;
    sorted[to] = scores[i], rows[to] = (uint32_t)i;
  }
  size_t nd = count[DECOYS];
  double lambda = loss->params[LAMBDA], share = 1 / (double)count[TARGETS], total = 0;
  ll_real largest = sorted[0];
  for (size_t j = 1; j < nd; j++) largest = sorted[j] > largest ? sorted[j] : largest;
  for (size_t i = nd; i < n; i++) {
    double shift = loss->params[MARGIN] - (double)sorted[i], top = fmax(0, shift + (double)largest);
    double weight = k->tilt(sorted, nd, (ll_real)shift, largest, (ll_real)lambda, weights, slopes);
    if (top * top > lambda / 16) total += top * top + lambda * log(weight / (double)nd);
    else total += lambda * log1p(k->lift(sorted, nd, (ll_real)shift, (ll_real)lambda, weights) / (double)nd);
    k->add(slopes, nd, share / weight, sums);
    sums[i] = -share / weight * ll_kernels_get()->sum(slopes, nd);
  }
  call->value = share * total;
  for (size_t j = 0; call->grads[0] && j < n; j++) call->grads[0]->data[rows[j]] = (ll_real)sums[j];
  return LL_OK;
}

static const ll_param cvar_params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at"),
    [BETA] =
        {.name = "beta", .value = 0.1, .low = 0, .low_open = true, .high = 1, .doc = "the largest false positive rate that counts"},
};
static const ll_param kl_params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at"),
    [LAMBDA] = LL_NUMBER("lambda", 1, 1e-6, INFINITY, "how evenly decoys count: large is all alike, small is the worst one only"),
};

const ll_loss_desc ll_loss_pauc_cvar = {
    .name = "pauc_cvar",
    .family = "ranking",
    .summary = "partial AUC up to a false positive rate: targets against the worst decoys only",
    .formula = "mean over targets of min_s s + sum over decoys [h - s]+ / (beta n_d), h = [margin - (s_t - s_d)]+^2: "
               "the mean of its beta n_d largest h, the last in part",
    .gradient = "of tied decoys at the tail's end the first ones count; " LL_PAIR_GRADIENT,
    .cost = "O(n log n)",
    .source = "Zhu et al. 2022 (SOPA), its inner minimum solved exactly over the batch",
    .note = "LibAUC's pAUC_CVaR_Loss keeps an s for each target, learnt beside the network: it sees the tail meant here once they "
            "have settled",
    .output = "identity",
    .params = {"pauc_cvar", cvar_params, LL_ROWS(cvar_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pauc_cvar,
};

const ll_loss_desc ll_loss_pauc_kl = {
    .name = "pauc_kl",
    .family = "ranking",
    .summary = "partial AUC, soft: targets against all decoys, the worst weighing most",
    .formula = "mean over targets of lambda ln mean over decoys e^(h / lambda), h = [margin - (s_t - s_d)]+^2",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(targets x decoys), O(n) memory",
    .source = "Zhu et al. 2022 (SOPA-s)",
    .note = "LibAUC's pAUC_DRO_Loss weighs by moving averages: with gamma = 1 its gradient is this one's, its value is not",
    .output = "identity",
    .params = {"pauc_kl", kl_params, LL_ROWS(kl_params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pauc_kl,
};
