/* Multi-similarity and circle: for each anchor a log-sum over its positives and one over its negatives, of cosines weighed by how
 * far they are from where they should be. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/pairing.h"

static ll_column_choice choose(const double *labels, size_t i, bool same) {
  return (ll_column_choice){.labels = labels, .label = labels[i], .same = same, .low = -INFINITY, .high = INFINITY};
}

/* spare: labels, then what the row needs. An anchor that add_row calls unusable counts in no mean but the one over all rows. */
typedef bool add_row(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare, ll_sum *total);

static ll_status each_anchor(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call, add_row *add, bool over_all) {
  ll_pairing p;
  size_t n = call->inputs[0].rows, usable = 0;
  LL_TRY(ll_pairing_open(ctx, loss, call, LL_CLOUD_UNIT, 0, LL_PAIRING_SELF, 4 * n, &p));
  ll_pairing_labels(&call->inputs[1], p.spare);
  ll_sum total = {0};
  LL_EACH_BLOCK(&p) {
    ll_pairing_products(&p, at, rows);
    for (size_t r = 0; r < rows; r++) {
      double *row = ll_pairing_row(&p, r);
      row[at + r] = INFINITY; /* not its own positive */
      bool is = add(loss, row, n, at + r, p.spare, p.spare + n, &total);
      if (!is) memset(row, 0, n * sizeof *row);
      usable += is;
    }
    ll_pairing_pull_products(&p, at, rows);
  }
  if (!usable)
    return ll_fail(ctx, LL_ERR_LABEL,
                   "%s: none of the %zu rows is an anchor: one needs another row of its class and one of another class",
                   loss->desc->name, n);
  double count = (double)(over_all ? n : usable);
  call->value = ll_sum_value(&total) / count;
  ll_pairing_close(&p, call, 1 / count);
  return LL_OK;
}

/* ---- multi-similarity -------------------------------------------------------------------------------------------------------- */

enum { ALPHA, BETA, BASE, MINING, EPSILON };
static const ll_param multi_params[] = {
    [ALPHA] = {.name = "alpha",
               .kind = LL_PARAM_NUMBER,
               .value = 2,
               .low = 0,
               .low_open = true,
               .high = INFINITY,
               .doc = "sharpness among positives"},
    [BETA] = {.name = "beta",
              .kind = LL_PARAM_NUMBER,
              .value = 50,
              .low = 0,
              .low_open = true,
              .high = INFINITY,
              .doc = "sharpness among negatives"},
    [BASE] = {.name = "base",
              .kind = LL_PARAM_NUMBER,
              .value = 1,
              .low = -INFINITY,
              .high = INFINITY,
              .doc = "the cosine that divides near from far (the paper's lambda; its code has 0.5)"},
    [MINING] = {.name = "mining",
                .kind = LL_PARAM_BOOLEAN,
                .value = 1,
                .doc = "only negatives above the farthest positive - epsilon, only positives below the nearest negative + epsilon"},
    [EPSILON] =
        {.name = "epsilon", .kind = LL_PARAM_NUMBER, .value = 0.1, .low = 0, .high = INFINITY, .doc = "the slack of the mining"},
};

static bool multi_row(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare, ll_sum *total) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  double alpha = loss->params[ALPHA], beta = loss->params[BETA], base = loss->params[BASE], *shares = spare;
  ll_column_choice own = choose(labels, i, true), other = choose(labels, i, false);
  double farthest = -k->most(row, n, &own, -1), nearest = k->most(row, n, &other, 1);
  bool alone = isinf(farthest), only = isinf(nearest); /* in its class; the batch is one class */
  if (loss->params[MINING] > 0 ? alone || only : alone && only) return false;
  if (loss->params[MINING] > 0) own.high = nearest + loss->params[EPSILON], other.low = farthest - loss->params[EPSILON];
  memset(shares, 0, n * sizeof *shares);
  double positives = ll_pairing_log_sum(row, n, &own, -alpha, alpha * base, true, true, shares);
  double negatives = ll_pairing_log_sum(row, n, &other, beta, -beta * base, true, true, shares);
  ll_sum_add(total, positives / alpha + negatives / beta);
  /* d / d cosine: minus the positives' shares, the negatives' shares */
  const ll_column_choice every_own = choose(labels, i, true);
  k->scale(shares, n, &every_own, -1, shares);
  memcpy(row, shares, n * sizeof *row);
  return true;
}

static ll_status multi_similarity(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return each_anchor(ctx, loss, call, multi_row, true);
}

const ll_loss_desc ll_loss_multi_similarity = {
    .name = "multi_similarity",
    .family = "embedding",
    .summary = "hard pairs weigh more, by their own cosine and by those of their neighbours",
    .formula = "mean over rows i of ln(1 + sum_{p in P_i} e^(-alpha (s_ip - base)))/alpha + ln(1 + sum_{k in N_i} e^(beta (s_ik - "
               "base)))/beta, s = cosine; P_i, N_i: the mined positives and negatives",
    .gradient = "through the norms; a zero row is an error; which pairs are mined is held constant",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Wang, Han, Huang, Dong and Scott 2019, eq. 7-9",
    .note = "the authors' code has base 0.5 and beta 40 where the paper's text has 1 and 50, and takes every cosine above 1 - 1e-5 "
            "for the row itself, so that a duplicate is no positive; pytorch-metric-learning's loss is mining = false",
    .output = "identity",
    .params = {"multi_similarity", multi_params, LL_ROWS(multi_params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = multi_similarity,
};

/* ---- circle ---------------------------------------------------------------------------------------------------------------- */

enum { MARGIN, GAMMA, ALPHA_GRADIENT };
static const char *const alpha_gradients[] = {"stop", "full", NULL};
static const ll_param circle_params[] = {
    [MARGIN] = {.name = "margin",
                .kind = LL_PARAM_NUMBER,
                .value = 0.25,
                .low = -1,
                .high = 1,
                .doc = "m: positives aim at 1 - m, negatives at m; also the relaxation of both"},
    [GAMMA] = {.name = "gamma",
               .kind = LL_PARAM_NUMBER,
               .value = 256,
               .low = 0,
               .low_open = true,
               .high = INFINITY,
               .doc = "scale of the cosines (80 to 256 in the paper)"},
    [ALPHA_GRADIENT] = {.name = "alpha_gradient",
                        .kind = LL_PARAM_CHOICE,
                        .choices = alpha_gradients,
                        .doc = "stop: a pair's weight is constant in the gradient, as in the paper; full: it is not"},
};

static bool circle_row(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare, ll_sum *total) {
  const ll_pairing_kernels *k = ll_pairing_kernels_get();
  double *logits = spare, *slopes = spare + n, *shares = spare + 2 * n;
  const ll_column_choice own = choose(labels, i, true), other = choose(labels, i, false);
  k->circle(row, n, &own, loss->params[MARGIN], loss->params[GAMMA], loss->params[ALPHA_GRADIENT] > 0, logits, slopes);
  logits[i] = INFINITY, slopes[i] = 0;
  double both = ll_pairing_log_sum(logits, n, &own, 1, 0, false, false, shares);
  both += ll_pairing_log_sum(logits, n, &other, 1, 0, false, true, shares);
  if (isinf(both)) return false;
  double e = exp(-fabs(both));
  ll_sum_add(total, (both > 0 ? both : 0) + log1p(e));
  memset(row, 0, n * sizeof *row);
  k->add_scaled((both > 0 ? 1 : e) / (1 + e), shares, row, n);
  k->multiply(row, slopes, n);
  return true;
}

static ll_status circle(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) { return each_anchor(ctx, loss, call, circle_row, false); }

const ll_loss_desc ll_loss_circle = {
    .name = "circle",
    .family = "embedding",
    .summary = "each cosine is pushed the harder the farther it is from its aim",
    .formula =
        "mean over usable anchors of ln(1 + sum_n e^(gamma [s_n + m]+ (s_n - m)) sum_p e^(-gamma [1 + m - s_p]+ (s_p - 1 + m))), "
        "s = cosine, m = margin; usable as in batch_hard_triplet",
    .gradient = "through the norms; a zero row is an error; the weights [.]+ constant unless alpha_gradient = \"full\"",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Sun et al. 2020, eq. 6, 8",
    .note = "sums are those of one anchor, as in the paper and pytorch-metric-learning; TinyZeaMays/CircleLoss, widely copied, sums"
            " over all pairs of the batch at once, and ReID-Survey's sets cosines of the wrong side to 0 and counts them",
    .output = "identity",
    .params = {"circle", circle_params, LL_ROWS(circle_params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .rtol = 1e-5,
    .atol = 1e-6,
    .check = "alpha_gradient=full",
    .eval = circle,
};
