/* Losses over all pairs whose rows have weights: sums of weighed terms in the place of means, row by row in double. Those that walk
 * sorted sides are in pair_walk.c. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

typedef struct row {
  double score, weight;
  int side;
} row;

static row row_of(const ll_loss_call *call, size_t i) {
  return (row){(double)call->inputs[0].data[i], (double)*ll_matrix_row(call->weights, i), ll_is_target(call->inputs[1].data[i])};
}

bool ll_pair_weights(ll_loss_call *call, const size_t count[2], double weight[2]) {
  size_t n = call->inputs[0].rows;
  ll_sum sum[2] = {{0, 0}, {0, 0}};
  weight[DECOYS] = (double)count[DECOYS], weight[TARGETS] = (double)count[TARGETS];
  if (!call->weights) return true;
  for (size_t i = 0; i < n; i++) {
    row r = row_of(call, i);
    ll_sum_add(&sum[r.side], r.weight);
  }
  for (int side = 0; side < 2; side++) weight[side] = ll_sum_value(&sum[side]);
  if (weight[DECOYS] > 0 && weight[TARGETS] > 0) return true;
  call->value = 0, call->empty = true;
  if (call->grads[0]) memset(call->grads[0]->data, 0, n * sizeof(ll_real));
  return false;
}

/* [out] the sums of the weights; false: there is no pair. */
static bool begin(ll_loss_call *call, double weight[2]) {
  size_t count[2];
  return ll_pair_sums_exist(call, count) && ll_pair_weights(call, count, weight);
}

/* (margin - mean_t + mean_d)^2 + var_t + var_d, as without weights. */
ll_status ll_pair_weighed_square(ll_loss_call *call, double margin) {
  size_t n = call->inputs[0].rows;
  double weight[2], mean[2], base = (double)call->inputs[0].data[0];
  ll_sum sum[2] = {{0, 0}, {0, 0}}, squares[2] = {{0, 0}, {0, 0}};
  ll_real *grads = ll_pair_sums_grads(call);
  if (!begin(call, weight)) return LL_OK;
  for (size_t i = 0; i < n; i++) {
    row r = row_of(call, i);
    ll_sum_add(&sum[r.side], r.weight * (r.score - base));
  }
  for (int side = 0; side < 2; side++) mean[side] = ll_sum_value(&sum[side]) / weight[side];
  double u = margin - (mean[TARGETS] - mean[DECOYS]);
  for (size_t i = 0; i < n; i++) {
    row r = row_of(call, i);
    double d = r.score - base - mean[r.side];
    ll_sum_add(&squares[r.side], r.weight * d * d);
    if (grads) grads[i] = (ll_real)(2 * r.weight / weight[r.side] * (d + (r.side == TARGETS ? -u : u)));
  }
  call->value = u * u + ll_sum_value(&squares[DECOYS]) / weight[DECOYS] + ll_sum_value(&squares[TARGETS]) / weight[TARGETS];
  return LL_OK;
}

/* e^margin mean_t e^-s mean_d e^s, with the largest terms taken out. */
ll_status ll_pair_weighed_exponential(ll_loss_call *call, double margin) {
  size_t n = call->inputs[0].rows;
  double weight[2], top[2] = {-INFINITY, -INFINITY};
  ll_sum sum[2] = {{0, 0}, {0, 0}};
  ll_real *grads = ll_pair_sums_grads(call);
  if (!begin(call, weight)) return LL_OK;
  for (size_t i = 0; i < n; i++) {
    row r = row_of(call, i);
    if (r.weight > 0) top[r.side] = fmax(top[r.side], r.side == TARGETS ? -r.score : r.score);
  }
  for (size_t i = 0; i < n; i++) {
    row r = row_of(call, i);
    double term = r.weight > 0 ? r.weight * ll_exp((r.side == TARGETS ? -r.score : r.score) - top[r.side]) : 0;
    ll_sum_add(&sum[r.side], term);
    if (grads) grads[i] = (ll_real)term;
  }
  double means = ll_sum_value(&sum[DECOYS]) / weight[DECOYS] * (ll_sum_value(&sum[TARGETS]) / weight[TARGETS]);
  double power = margin + top[DECOYS] + top[TARGETS];
  call->value = power < 700 ? ll_exp(power) * means : ll_exp(power + ll_log(means));
  for (size_t i = 0; i < n && grads; i++) {
    row r = row_of(call, i);
    double share = (double)grads[i] / ll_sum_value(&sum[r.side]);
    grads[i] = share > 0 ? (ll_real)((r.side == TARGETS ? -share : share) * call->value) : 0;
  }
  return LL_OK;
}

ll_status ll_pair_weighed_logistic(ll_loss_call *call, double margin) {
  size_t n = call->inputs[0].rows;
  double weight[2];
  ll_sum total = {0};
  ll_real *grads = ll_pair_sums_grads(call);
  if (!begin(call, weight)) return LL_OK;
  double share = 1 / (weight[DECOYS] * weight[TARGETS]);
  for (size_t i = 0; i < n; i++) { /* each row against all of the other side: the value from targets alone */
    row r = row_of(call, i);
    double cost = 0, slope = 0;
    for (size_t j = 0; j < n; j++) {
      row o = row_of(call, j);
      if (o.side == r.side) continue;
      double u = margin - (r.side == TARGETS ? r.score - o.score : o.score - r.score), e = ll_exp(-fabs(u));
      if (r.side == TARGETS) cost += o.weight * ((u > 0 ? u : 0) + ll_log1p(e));
      slope += o.weight * (u > 0 ? 1 : e) / (1 + e);
    }
    ll_sum_add(&total, r.weight * cost);
    if (grads) grads[i] = (ll_real)((r.side == TARGETS ? -share : share) * r.weight * slope);
  }
  call->value = share * ll_sum_value(&total);
  return LL_OK;
}
