/* Partial AUC below a false positive rate, as a mean over targets of the hinges of their worst decoys. The hinge rises with a
 * decoy's score, so the worst decoys are the same for every target, those with the largest scores. One sort therefore solves CVaR's
 * inner minimum, and what is left is a hinge over all pairs of the targets and those decoys. */
#include <math.h>
#include <string.h>

#include "engine/loss/ranking/pair_sums.h"
#include "engine/loss/ranking/pair_walk.h"

enum { DECOYS, TARGETS };
enum { MARGIN, BETA };
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, -INFINITY, INFINITY, "the difference aimed at"),
    [BETA] =
        {.name = "beta", .value = 0.1, .low = 0, .low_open = true, .high = 1, .doc = "the largest false positive rate that counts"},
};

/* Turns round the decoys tied with the one at `place`: those that come first in the batch are to be the first that count. */
static void first_of_ties_last(ll_record *decoys, size_t n, size_t place) {
  size_t low = place, high = place + 1;
  while (low > 0 && ll_record_key(&decoys[low - 1]) == ll_record_key(&decoys[place])) low--;
  while (high < n && ll_record_key(&decoys[high]) == ll_record_key(&decoys[place])) high++;
  for (; low + 1 < high; low++, high--) {
    ll_record other = decoys[low];
    decoys[low] = decoys[high - 1], decoys[high - 1] = other;
  }
}

/* Part of one decoy's hinges, the last that the tail holds; adds the gradients of their rows. */
static double part_of(const ll_pair_walk *sides, const ll_record *decoy, double margin, double part, double share, ll_real *grads) {
  double total = 0, slopes = 0, score = (double)ll_record_value(decoy);
  for (size_t i = 0; i < sides->count[TARGETS]; i++) {
    double u = margin - ((double)ll_record_value(&sides->records[TARGETS][i]) - score);
    if (!(u > 0)) break; /* targets ascend: no later one counts either */
    total += u * u, slopes += u;
    if (grads) grads[ll_record_row(&sides->records[TARGETS][i])] -= (ll_real)(2 * part * share * u);
  }
  if (grads) grads[ll_record_row(decoy)] = (ll_real)(2 * part * share * slopes);
  return part * total;
}

static ll_status pauc_cvar(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  ll_pair_walk sides = {.weights = NULL};
  size_t n = call->inputs[0].rows;
  if (!ll_pair_sums_exist(call, sides.count)) return LL_OK;
  LL_TRY(ll_pair_walk_sort(ctx, loss, call, &sides));
  ll_real *grads = ll_pair_sums_grads(call);
  if (grads) memset(grads, 0, n * sizeof *grads);
  size_t decoys = sides.count[DECOYS];
  double tail = loss->params[BETA] * (double)decoys, share = 1 / (tail * (double)sides.count[TARGETS]);
  size_t whole = (size_t)tail < decoys ? (size_t)tail : decoys;
  double part = tail - (double)whole, total = 0;
  ll_record *all = sides.records[DECOYS];
  size_t end = decoys - whole - (whole < decoys && part > 0); /* the lowest decoy of the tail */
  first_of_ties_last(all, decoys, end < decoys ? end : decoys - 1);
  if (whole) {
    ll_pair_walk worst = {{all + (decoys - whole), sides.records[TARGETS]}, {whole, sides.count[TARGETS]}, NULL};
    total = ll_pair_walk_squared(&worst, loss->params[MARGIN], share, grads);
  }
  if (whole < decoys && part > 0) total += part_of(&sides, &all[end], loss->params[MARGIN], part, share, grads);
  call->value = share * total;
  return LL_OK;
}

const ll_loss_desc ll_loss_pauc_cvar = {
    .name = "pauc_cvar",
    .family = "ranking",
    .summary = "partial AUC up to a false positive rate: targets against the worst decoys only",
    .formula = "mean over targets of min_s s + sum over decoys [h - s]+ / (beta n_d), h = [margin - (s_t - s_d)]+^2: "
               "the mean of its beta n_d largest h, the last in part",
    .gradient = "of tied decoys at the tail's end the first ones count; " LL_PAIR_GRADIENT,
    .cost = "O(n log n)",
    .source = "Zhu et al. 2022 (SOPA), its inner minimum solved exactly over the batch",
    .note =
        "LibAUC's pAUC_CVaR_Loss keeps an s for each target, learnt beside the network: once they have settled, its tail is this one",
    .output = "identity",
    .params = {"pauc_cvar", params, LL_ROWS(params)},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = pauc_cvar,
};
