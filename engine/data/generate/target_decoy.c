/* Rows as a search of spectra gives them: decoys, wrong targets, which are distributed as decoys are, and right targets. */
#include "engine/base/scalar.h"
#include "engine/data/generate/generate.h"

static const ll_param params[] = {
    LL_INTEGER("n", 5000, 2, 1e8, "rows"),
    LL_INTEGER("features", 10, 1, 1e5, "columns"),
    LL_NUMBER("wrong", 0.5, 0, 1, "share of the targets that are wrong: distributed as decoys"),
    LL_NUMBER("shift", 3, 0, 100, "distance of the right targets' mean from the decoys', in deviations"),
    {.name = "decoys",
     .kind = LL_PARAM_NUMBER,
     .value = 0.5,
     .low = 0,
     .low_open = true,
     .high = 1,
     .doc = "share of the rows that are decoys"},
    LL_GENERATE_SEED,
};

typedef struct shares {
  size_t decoys, wrong, right;
} shares;

static ll_status share(ll_ctx *ctx, const double *p, shares *out) {
  LL_TRY(ll_shifted_share(ctx, "target_decoy", "decoys", p[0], p[4], &out->decoys));
  size_t targets = (size_t)p[0] - out->decoys;
  out->wrong = (size_t)floor((double)targets * p[2] + 0.5);
  out->right = targets - out->wrong;
  return LL_OK;
}

/* The likelihood ratio of target to decoy is wrong + (1 - wrong) exp(shift u·x - shift²/2): it grows with u·x, so u·x is
 * an optimal score; a wrong target is above a decoy with probability 1/2, a right one with probability Phi(shift/sqrt 2). */
static ll_status make(ll_ctx *ctx, const double *p, ll_data **out) {
  shares of;
  LL_TRY(share(ctx, p, &of));
  double wrong = (double)of.wrong / (double)(of.wrong + of.right), auc = wrong * 0.5 + (1 - wrong) * ll_shifted_auc(p[3]);
  ll_shifted_kind kinds[] = {{of.decoys, 0, false, false}, {of.wrong, 0, true, false}, {of.right, p[3], true, true}};
  return ll_shifted_draw(ctx, &ll_generator_target_decoy, p, (size_t)p[1], kinds, 3, (uint64_t)p[5], auc, out);
}

/* By the same ratio, with the rows' own shares. A large exponent makes the odds infinite, and the probability 1. */
static ll_status probability(ll_ctx *ctx, const double *p, const ll_matrix *x, double *out) {
  shares of;
  LL_TRY(share(ctx, p, &of));
  LL_TRY(ll_shifted_check(ctx, "target_decoy", x, (size_t)p[1]));
  for (size_t i = 0; i < x->rows; i++) {
    double ratio = ll_exp(p[3] * (ll_shifted_score(ll_matrix_row(x, i), x->cols) - p[3] / 2));
    double odds = ((double)of.wrong + (of.right ? (double)of.right * ratio : 0)) / (double)of.decoys;
    out[i] = isinf(odds) ? 1 : odds / (1 + odds);
  }
  return LL_OK;
}

const ll_generator ll_generator_target_decoy = {
    .name = "target_decoy",
    .summary = "decoys N(0, I); right targets N(shift u, I), |u| = 1; wrong targets as decoys",
    .params = LL_GENERATE_TABLE("target_decoy", params),
    .make = make,
    .probability = probability,
};
