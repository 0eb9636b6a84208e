/* Collaborative metric learning: users and items in one space, items that a user likes nearer than others. Distances are computed
 * from differences of rows, not from products, so that those of near points keep their digits. */
#include <math.h>
#include <string.h>

#include "engine/base/scalar.h"
#include "engine/loss/pairs/couple.h"

enum { MARGIN, ITEMS, NEGATIVES };
static const char *const negative_forms[] = {"sum", "hardest", NULL};
static const ll_param params[] = {
    [MARGIN] = LL_NUMBER("margin", 1, 0, INFINITY, "how much nearer a liked item should be, in squared distance"),
    [ITEMS] = LL_INTEGER("items", 0, 0, 4294967295.0, "items in the catalogue, for the rank; 0: as many as are sampled for a user"),
    [NEGATIVES] = LL_CHOICE("negatives", 0, negative_forms, "which sampled items count: all, or the nearest"),
};
static const ll_input inputs[] = {
    {"users", "n,d", LL_INPUT_MATRIX}, {"positives", "n,d", LL_INPUT_MATRIX}, {"negatives", "m,d", LL_INPUT_MATRIX}};

/* to += factor (x - y); to may be NULL */
static void add_difference(double factor, const ll_real *x, const ll_real *y, size_t d, ll_real *to) {
  if (!to) return;
  for (size_t j = 0; j < d; j++) to[j] += (ll_real)(factor * ((double)x[j] - (double)y[j]));
}

static ll_real *row_of(const ll_matrix *m, size_t i) { return m ? ll_matrix_row(m, i) : NULL; }

/* The gradients of w [margin + |u - v|^2 - |u - n|^2]+ where it is positive. */
static void pull(double w, const ll_loss_call *call, size_t i, size_t k) {
  size_t d = call->inputs[0].cols;
  const ll_real *user = ll_matrix_row(&call->inputs[0], i), *liked = ll_matrix_row(&call->inputs[1], i),
                *other = ll_matrix_row(&call->inputs[2], k);
  add_difference(2 * w, other, liked, d, row_of(call->grads[0], i));
  add_difference(2 * w, liked, user, d, row_of(call->grads[1], i));
  add_difference(2 * w, user, other, d, row_of(call->grads[2], k));
}

/* The weighed sum of user i's hinges that count; adds its gradient. hinges: room for as many as were sampled. */
static double of_user(const ll_loss *loss, const ll_loss_call *call, size_t i, size_t sampled, double *hinges) {
  const ll_couple_kernels *kernels = ll_couple_kernels_get();
  const ll_real *user = ll_matrix_row(&call->inputs[0], i);
  size_t d = call->inputs[0].cols, impostors = 0, nearest = 0, first = i * sampled;
  double reach = loss->params[MARGIN] + kernels->square(user, ll_matrix_row(&call->inputs[1], i), d), sum = 0;
  for (size_t k = 0; k < sampled; k++) {
    hinges[k] = reach - kernels->square(user, ll_matrix_row(&call->inputs[2], first + k), d);
    if (hinges[k] > hinges[nearest]) nearest = k;
    if (hinges[k] > 0) impostors++, sum += hinges[k];
  }
  if (impostors == 0) return 0;
  /* the product of two whole numbers below 2^32 fits, so the quotient is the exact floor */
  uint64_t items = loss->params[ITEMS] > 0 ? (uint64_t)loss->params[ITEMS] : sampled;
  uint64_t rank = items * impostors / sampled;
  double w = ll_log1p((double)rank);
  if (loss->params[NEGATIVES] > 0) {
    pull(w, call, i, first + nearest);
    return w * hinges[nearest];
  }
  for (size_t k = 0; k < sampled; k++)
    if (hinges[k] > 0) pull(w, call, i, first + k);
  return w * sum;
}

static ll_status cml_metric(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  size_t n = call->inputs[0].rows, all = call->inputs[2].rows;
  if (all % n)
    return ll_fail(ctx, LL_ERR_SHAPE, "cml_metric: negatives (m,d) has %zu rows, which is not as many for each of %zu users", all,
                   n);
  void *scratch;
  LL_TRY(ll_loss_scratch(ctx, loss, all / n * sizeof(double), &scratch));
  for (int k = 0; k < 3; k++)
    if (call->grads[k]) memset(call->grads[k]->data, 0, ll_matrix_count(call->grads[k]) * sizeof(ll_real));
  double total = 0;
  for (size_t i = 0; i < n; i++) total += of_user(loss, call, i, all / n, scratch);
  call->value = total;
  return LL_OK;
}

const ll_loss_desc ll_loss_cml_metric = {
    .name = "cml_metric",
    .family = "collaborative",
    .summary = "a user's liked item nearer than sampled others, weighed by how far down it would be ranked (WARP)",
    .formula = "sum_i w_i sum_k [margin + ‖u_i - v_i‖^2 - ‖u_i - n_ik‖^2]+, or its largest term alone; "
               "w_i = ln(1 + floor(items x impostors / U)), an impostor has a positive hinge; "
               "negatives: U rows for user 1, U for user 2, …",
    .gradient = "w is held constant; 0 at a hinge's margin; of tied nearest items the first",
    .cost = "O(n U d)",
    .source = "Hsieh et al. 2017",
    .output = "identity",
    .params = {"cml_metric", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .rtol = 1e-6,
    .atol = 1e-7,
    .eval = cml_metric,
};
