/* Rows as a search of spectra gives them: decoys, wrong targets, which are distributed as decoys are, and right targets. */
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_INTEGER("n", 5000, 2, 1e8, "rows"),
    LL_INTEGER("features", 10, 1, 1e5, "columns"),
    LL_NUMBER("wrong", 0.5, 0, 1, "share of the targets that are wrong: distributed as decoys"),
    LL_NUMBER("shift", 3, 0, 100, "distance of the right targets' mean from the decoys', in deviations"),
    {"decoys", LL_PARAM_NUMBER, 0.5, 0, 1, true, false, NULL, "share of the rows that are decoys"},
    LL_GENERATE_SEED,
};

/* The likelihood ratio of target to decoy is wrong + (1 - wrong) exp(shift u·x - shift²/2): it grows with u·x, so u·x is
 * an optimal score; a wrong target is above a decoy with probability 1/2, a right one with probability Phi(shift/sqrt 2). */
static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  double n = p[0], shift = p[3];
  size_t decoys;
  LL_TRY(ll_shifted_share(ctx, "target_decoy", "decoys", n, p[4], &decoys));
  size_t targets = (size_t)n - decoys, wrong = (size_t)floor((double)targets * p[2] + 0.5);
  double share = (double)wrong / (double)targets, auc = share * 0.5 + (1 - share) * ll_shifted_auc(shift);
  ll_shifted_kind kinds[] = {{decoys, 0, false, false}, {wrong, 0, true, false}, {targets - wrong, shift, true, true}};
  return ll_shifted_draw(ctx, &ll_generator_target_decoy, p, (size_t)p[1], kinds, 3, (uint64_t)p[5], auc, out);
}

const ll_generator ll_generator_target_decoy = {
    .name = "target_decoy",
    .summary = "decoys N(0, I); right targets N(shift u, I), |u| = 1; wrong targets as decoys",
    .params = LL_GENERATE_TABLE("target_decoy", params),
    .make = make,
};
