/* Each cosine is pushed the harder the farther it is from its aim: 1 - margin for positives, margin for negatives. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/embedding/anchors.h"

enum { MARGIN, GAMMA, ALPHA_GRADIENT };
static const char *const alpha_gradients[] = {"stop", "full", NULL};
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 0.25, -1, 1, "m: positives aim at 1 - m, negatives at m; also the relaxation of both"),
    [GAMMA] = LL_POSITIVE("gamma", 256, "scale of the cosines (80 to 256 in the paper)"),
    [ALPHA_GRADIENT] = LL_CHOICE("alpha_gradient", 0, alpha_gradients,
                                 "stop: a pair's weight is constant in the gradient, as in the paper; full: it is not"),
};

static bool circle_row(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare, ll_sum *total) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  double *logits = spare, *slopes = spare + n, *shares = spare + 2 * n;
  const ll_columns_choice own = ll_columns_choose(labels, labels[i], true), other = ll_columns_choose(labels, labels[i], false);
  k->circle(row, n, &own, loss->params[MARGIN], loss->params[GAMMA], loss->params[ALPHA_GRADIENT] > 0, logits, slopes);
  logits[i] = INFINITY, slopes[i] = 0;
  double both = ll_columns_log_sum(logits, n, &own, 1, 0, false, false, shares);
  both += ll_columns_log_sum(logits, n, &other, 1, 0, false, true, shares);
  if (isinf(both)) return false;
  double e = ll_exp(-fabs(both));
  ll_sum_add(total, (both > 0 ? both : 0) + ll_log1p(e));
  memset(row, 0, n * sizeof *row);
  ll_pairing_kernels_get()->add_scaled((both > 0 ? 1 : e) / (1 + e), shares, row, n);
  k->multiply(row, slopes, n);
  return true;
}

static ll_status circle(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_anchors_eval(ctx, loss, call, circle_row, false);
}

const ll_loss_desc ll_loss_circle = {
    .name = "circle",
    .family = "embedding",
    .summary = "each cosine is pushed the harder the farther it is from its aim",
    .formula =
        "mean over usable anchors of ln(1 + sum_n e^(gamma [s_n + m]+ (s_n - m)) sum_p e^(-gamma [1 + m - s_p]+ (s_p - 1 + m))), "
        "s = cosine, m = margin; usable as in batch_hard_triplet",
    .gradient = "through the norms; by hand a zero row is an error; the weights [.]+ constant unless alpha_gradient = \"full\"",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Sun et al. 2020, eq. 6, 8",
    .note = "sums are those of one anchor, as in the paper and pytorch-metric-learning; TinyZeaMays/CircleLoss, widely copied, sums"
            " over all pairs of the batch at once, and ReID-Survey's sets cosines of the wrong side to 0 and counts them",
    .output = "identity",
    .params = {"circle", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .of_cosines = true,
    .rtol = 1e-5,
    .atol = 1e-6,
    .check = "alpha_gradient=full",
    .eval = circle,
};
