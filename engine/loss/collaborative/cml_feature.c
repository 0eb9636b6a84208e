/* Collaborative metric learning: items near to what their features are projected to. */
#include "engine/loss/pairs/couple.h"
#include "engine/matrix/kernels.h"

static const ll_input inputs[] = {{"projected", "n,d", LL_INPUT_MATRIX}, {"items", "n,d", LL_INPUT_MATRIX}};

static ll_status cml_feature(ll_ctx *ctx, ll_loss *loss, ll_loss_call *call) {
  (void)ctx, (void)loss;
  const ll_matrix *x = &call->inputs[0], *v = &call->inputs[1];
  const ll_kernels *k = ll_kernels_get();
  size_t count = ll_matrix_count(x);
  call->value = 0;
  for (size_t i = 0; i < x->rows; i++)
    call->value += ll_couple_kernels_get()->square(ll_matrix_row(x, i), ll_matrix_row(v, i), x->cols);
  for (int side = 0; side < 2; side++) {
    if (!call->grads[side]) continue;
    ll_real *to = call->grads[side]->data;
    k->vv[LL_BINARY_sub](call->inputs[side].data, call->inputs[1 - side].data, to, count);
    k->scale(to, 2, 0, to, count);
  }
  return LL_OK;
}

const ll_loss_desc ll_loss_cml_feature = {
    .name = "cml_feature",
    .family = "collaborative",
    .summary = "items near to what their features are projected to",
    .formula = "sum_j ‖f(x_j) - v_j‖^2",
    .gradient = "",
    .cost = "O(n d)",
    .source = "Hsieh et al. 2017",
    .output = "identity",
    .params = {"cml_feature", NULL, 0},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .rtol = 1e-6,
    .atol = 1e-8,
    .eval = cml_feature,
};
