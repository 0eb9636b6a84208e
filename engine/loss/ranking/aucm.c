/* The AUC-margin loss: the squared AUC loss, but once targets lead by the margin they are pushed no further. Over a batch the
 * optimum of its min-max form is known (a, b are the classes' means, alpha is what their difference lacks of the margin): that is
 * `aucm`. `aucm_minmax` takes the three from outside, so that they can be learnt over many batches. Both take one pass for the
 * classes' means and one for their variances. */
#include <math.h>
#include <string.h>

#include "engine/loss/ranking/pair_sums.h"

enum { DECOYS, TARGETS };

static const char *const alpha_gradients[] = {"reversed", "true", NULL};
enum { MARGIN, ALPHA_GRADIENT };
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how far the targets' mean should lead"),
    [ALPHA_GRADIENT] = LL_CHOICE("alpha_gradient", 0, alpha_gradients,
                                 "reversed: any optimizer that descends in a and b ascends in alpha; true: the derivative"),
};

/* The classes' means relative to base, the first score, so that they keep their digits; and their counts. */
typedef struct means {
  double base, of[2], count[2];
} means;

static bool take_means(ll_loss_call *call, means *m) {
  size_t count[2];
  if (!ll_pair_sums_exist(call, count)) return false;
  m->base = (double)call->inputs[0].data[0];
  ll_pair_sums sums = ll_pair_sums_kernels_get()->totals(call->inputs[0].data, call->inputs[1].data, call->inputs[0].rows, m->base);
  for (int side = 0; side < 2; side++) m->count[side] = (double)count[side], m->of[side] = sums.sum[side] / m->count[side];
  return true;
}

/* The classes' variances, summed; the gradients are 2 (s - mean) / count + push / count. */
static double variances(ll_loss_call *call, const means *m, const double push[2]) {
  const double slope[2] = {2 / m->count[DECOYS], 2 / m->count[TARGETS]};
  const double offset[2] = {push[DECOYS] / m->count[DECOYS], push[TARGETS] / m->count[TARGETS]};
  ll_pair_sums sums = ll_pair_sums_kernels_get()->centred(call->inputs[0].data, call->inputs[1].data, call->inputs[0].rows, m->base,
                                                          m->of, slope, offset, call->grads[0] ? call->grads[0]->data : NULL);
  return sums.sum[DECOYS] / m->count[DECOYS] + sums.sum[TARGETS] / m->count[TARGETS];
}

static ll_status aucm(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  means m;
  if (!take_means(call, &m)) return LL_OK;
  double u = fmax(0, loss->params[MARGIN] - (m.of[TARGETS] - m.of[DECOYS]));
  call->value = variances(call, &m, (double[]){2 * u, -2 * u}) + u * u;
  return LL_OK;
}

static ll_status aucm_minmax(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx;
  const ll_real *auxiliary = call->inputs[2].data;
  means m;
  if (call->grads[2]) memset(call->grads[2]->data, 0, 3 * sizeof(ll_real));
  if (!take_means(call, &m)) return LL_OK;
  double alpha = fmax(0, (double)auxiliary[2]), u = loss->params[MARGIN] - (m.of[TARGETS] - m.of[DECOYS]);
  double a = m.of[TARGETS] + (m.base - (double)auxiliary[0]), b = m.of[DECOYS] + (m.base - (double)auxiliary[1]);
  call->value =
      variances(call, &m, (double[]){2 * b + 2 * alpha, 2 * a - 2 * alpha}) + a * a + b * b + 2 * alpha * u - alpha * alpha;
  if (!call->grads[2]) return LL_OK;
  bool reversed = loss->params[ALPHA_GRADIENT]<1, inside = auxiliary[2]> 0;
  double rise = 2 * (u - alpha); /* the derivative by alpha; where alpha <= 0, it is followed upwards only */
  ll_real *grads = call->grads[2]->data;
  grads[0] = (ll_real)(-2 * a), grads[1] = (ll_real)(-2 * b);
  grads[2] = (ll_real)(reversed ? (inside || rise > 0 ? -rise : 0) : inside ? rise : 0);
  return LL_OK;
}

const ll_loss_desc ll_loss_aucm = {
    .name = "aucm",
    .family = "ranking",
    .summary =
        "AUC margin: each class close to its mean, the means a margin apart; robust where pair_square is pulled by easy rows",
    .formula = "var_t + var_d + [margin - (mean_t - mean_d)]+^2 = min over a, b of the max over alpha >= 0 of aucm_minmax",
    .gradient = LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Yuan et al. 2021 (ICCV)",
    .output = "identity",
    .params = {"aucm", params, 1},
    .inputs = ll_loss_scores_labels,
    .n_inputs = 2,
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = aucm,
};

static const ll_input minmax_inputs[] = {
    {"scores", "n,1", LL_INPUT_MATRIX}, {"labels", "n,1", LL_INPUT_BINARY}, {"auxiliary", "3,1", LL_INPUT_MATRIX}};

/* They stand in an input, which an optimizer moves beside the network. */
static const ll_learnt minmax_learnt[] = {{.name = "a", .symbol = "a", .low = -INFINITY, .input = 3, .element = 0},
                                          {.name = "b", .symbol = "b", .low = -INFINITY, .input = 3, .element = 1},
                                          {.name = "alpha", .symbol = "α", .low = -INFINITY, .input = 3, .element = 2}};

/* The paper's objective divided by p (1 - p). */
const ll_loss_desc ll_loss_aucm_minmax = {
    .name = "aucm_minmax",
    .family = "ranking",
    .summary = "AUC margin's min-max form: a, b, alpha are learnt beside the network, and so over many batches",
    .formula = "mean_t (s - a)^2 + mean_d (s - b)^2 + 2 alpha (margin - mean_t s + mean_d s) - alpha^2; auxiliary = (a, b, alpha), "
               "alpha < 0 counts as 0",
    .gradient = "alpha's is reversed unless alpha_gradient = \"true\", 0 where it would push alpha below 0; " LL_PAIR_GRADIENT,
    .cost = "O(n)",
    .source = "Yuan et al. 2021 (ICCV), by class as LibAUC's second version",
    .note = "means are by class, so that nothing depends on the batch's share of targets. LibAUC's AUCMLoss (v2) divides by the "
            "number of terms that are not 0, which loses rows whose score is 0 or equals a or b, and its brackets take the decoys' "
            "mean over all rows",
    .output = "identity",
    .params = {"aucm_minmax", params, LL_ROWS(params)},
    .inputs = minmax_inputs,
    .n_inputs = LL_ROWS(minmax_inputs),
    .rtol = 1e-6,
    .atol = 1e-8,
    .check = "alpha_gradient=true",
    .eval = aucm_minmax,
    .learnt = minmax_learnt,
    .n_learnt = LL_ROWS(minmax_learnt),
};
