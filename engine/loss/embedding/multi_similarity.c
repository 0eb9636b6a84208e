/* For each anchor a log-sum over its positives and one over its negatives; in both the hardest weigh most. */
#include <math.h>
#include <string.h>

#include "engine/loss/embedding/anchors.h"

enum { ALPHA, BETA, BASE, MINING, EPSILON };
static const ll_param params[] = {
    [ALPHA] = LL_POSITIVE("alpha", 2, "sharpness among positives"),
    [BETA] = LL_POSITIVE("beta", 50, "sharpness among negatives"),
    [BASE] =
        LL_NUMBER("base", 1, -INFINITY, INFINITY, "the cosine that divides near from far (the paper's lambda; its code has 0.5)"),
    [MINING] = LL_BOOLEAN(
        "mining", 1, "only negatives above the farthest positive - epsilon, only positives below the nearest negative + epsilon"),
    [EPSILON] = LL_NUMBER("epsilon", 0.1, 0, INFINITY, "the slack of the mining"),
};

static bool multi_row(const ll_loss *loss, double *row, size_t n, size_t i, const double *labels, double *spare, ll_sum *total) {
  const ll_columns_kernels *k = ll_columns_kernels_get();
  double alpha = loss->params[ALPHA], beta = loss->params[BETA], base = loss->params[BASE], *shares = spare;
  ll_columns_choice own = ll_columns_choose(labels, labels[i], true), other = ll_columns_choose(labels, labels[i], false);
  double farthest = -k->most(row, n, &own, -1), nearest = k->most(row, n, &other, 1);
  bool alone = isinf(farthest), only = isinf(nearest); /* alone in its class; its class the only one */
  if (loss->params[MINING] > 0 ? alone || only : alone && only) return false;
  if (loss->params[MINING] > 0) own.high = nearest + loss->params[EPSILON], other.low = farthest - loss->params[EPSILON];
  memset(shares, 0, n * sizeof *shares);
  double positives = ll_columns_log_sum(row, n, &own, -alpha, alpha * base, true, true, shares);
  double negatives = ll_columns_log_sum(row, n, &other, beta, -beta * base, true, true, shares);
  ll_sum_add(total, positives / alpha + negatives / beta);
  /* the derivative by the cosines: minus the shares of positives, the shares of negatives */
  const ll_columns_choice every_own = ll_columns_choose(labels, labels[i], true);
  k->scale(shares, n, &every_own, -1, shares);
  memcpy(row, shares, n * sizeof *row);
  return true;
}

static ll_status multi_similarity(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  return ll_anchors_eval(ctx, loss, call, multi_row, true);
}

const ll_loss_desc ll_loss_multi_similarity = {
    .name = "multi_similarity",
    .family = "embedding",
    .summary = "hard pairs weigh more, by their own cosine and by those of their neighbours",
    .formula = "mean over rows i of ln(1 + sum_{p in P_i} e^(-alpha (s_ip - base)))/alpha + ln(1 + sum_{k in N_i} e^(beta (s_ik - "
               "base)))/beta, s = cosine; P_i, N_i: the mined positives and negatives",
    .gradient = "through the norms; by hand a zero row is an error; which pairs are mined is held constant",
    .cost = "O(n^2 d) as products, O(n d) memory",
    .source = "Wang, Han, Huang, Dong and Scott 2019, eq. 7-9",
    .note = "the authors' code has base 0.5 and beta 40 where the paper's text has 1 and 50, and takes every cosine above 1 - 1e-5 "
            "for the row itself, so that a duplicate is no positive; pytorch-metric-learning's loss is mining = false",
    .output = "identity",
    .params = {"multi_similarity", params, LL_ROWS(params)},
    .inputs = ll_loss_embeddings_labels,
    .n_inputs = 2,
    .of_cosines = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = multi_similarity,
};
