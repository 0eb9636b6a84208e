/* Softmax losses with an angular margin. cos(m theta) is its Chebyshev polynomial in cos theta: it and its slope are finite at
 * theta = 0 and pi, where acos has none. */
#include <math.h>

#include "engine/loss/multiclass/classes.h"

enum { M, LAMBDA };

/* psi = (-1)^k cos(m theta) - 2k, k such that theta lies in [k pi / m, (k + 1) pi / m]; continuous with its slope by theta. */
static ll_angular_bend multiple_angle(const double *params, double c, double sine) {
  static const double ends[5][3] = {
      [2] = {0}, [3] = {0.5, -0.5}, [4] = {0.70710678118654752440, 0, -0.70710678118654752440}}; /* cos(k pi / m) */
  (void)sine;
  int m = (int)params[M], k = 0;
  double lambda = params[LAMBDA], cm = c, slope = 1;
  if (m == 2) cm = 2 * c * c - 1, slope = 4 * c;
  if (m == 3) cm = (4 * c * c - 3) * c, slope = 12 * c * c - 3;
  if (m == 4) cm = 8 * c * c * (c * c - 1) + 1, slope = 16 * c * (2 * c * c - 1);
  while (k < m - 1 && c < ends[m][k]) k++;
  double sign = k % 2 ? -1 : 1, psi = sign * cm - 2 * k;
  return (ll_angular_bend){(lambda * c + psi) / (1 + lambda), (lambda + sign * slope) / (1 + lambda), 0};
}

static ll_status l_softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.bend = multiple_angle};
  return ll_angular_eval(ctx, loss, call, &form, 1);
}

static ll_status a_softmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  static const ll_angular_form form = {.unit_weights = true, .bend = multiple_angle};
  return ll_angular_eval(ctx, loss, call, &form, 1);
}

static const ll_param l_params[] = {
    [M] = LL_INTEGER("m", 2, 1, 4, "how many times the label's angle counts"),
    [LAMBDA] = LL_NUMBER("lambda", 0, 0, INFINITY, "annealing: psi becomes (lambda cos theta + psi) / (1 + lambda)"),
};
static const ll_param a_params[] = {
    [M] = LL_INTEGER("m", 4, 1, 4, "how many times the label's angle counts"),
    [LAMBDA] = LL_NUMBER("lambda", 0, 0, INFINITY, "annealing: psi becomes (lambda cos theta + psi) / (1 + lambda)"),
};

const ll_loss_desc ll_loss_l_softmax = {
    .name = "l_softmax",
    .family = "multiclass",
    .summary = "large-margin softmax: the label's angle must be m times smaller to cost as little",
    .formula = "softmax of ‖w_j‖ ‖a‖ cos theta_j, the label's ‖w_y‖ ‖a‖ psi(theta_y); "
               "psi = (-1)^k cos(m theta) - 2k for theta in [k pi/m, (k+1) pi/m]",
    .gradient = "to features and weights, through their norms; a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Liu et al. 2016 (L-Softmax); 002",
    .output = "identity",
    .params = {"l_softmax", l_params, LL_ROWS(l_params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = l_softmax,
};

const ll_loss_desc ll_loss_a_softmax = {
    .name = "a_softmax",
    .family = "multiclass",
    .summary = "SphereFace: large-margin softmax whose classes have unit weights",
    .formula = "softmax of ‖a‖ cos theta_j, the label's ‖a‖ psi(theta_y); "
               "psi = (-1)^k cos(m theta) - 2k for theta in [k pi/m, (k+1) pi/m]",
    .gradient = "to features and weights, through their norms; a zero row is an error",
    .cost = "O(n k d), blocks of rows: no n x k matrix",
    .source = "Liu et al. 2017 (SphereFace); 002",
    .output = "identity",
    .params = {"a_softmax", a_params, LL_ROWS(a_params)},
    .inputs = ll_loss_features_weights_labels,
    .n_inputs = 3,
    .by_row = true,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = a_softmax,
};
