/* The table of divergences and what all of them share: finding, and the checks before every evaluation. */
#include "engine/transport/transport.h"

#include <math.h>

#define DIVERGENCE(name) extern const ll_divergence_desc ll_divergence_##name;
#include "engine/transport/divergences.def"
#undef DIVERGENCE
const ll_divergence_desc *const ll_divergences[] = {
#define DIVERGENCE(name) &ll_divergence_##name,
#include "engine/transport/divergences.def"
#undef DIVERGENCE
};
const size_t ll_divergence_count = LL_ROWS(ll_divergences);

const ll_input ll_divergence_p_q[2] = {{"p", "n", LL_INPUT_PROBABILITIES}, {"q", "n", LL_INPUT_PROBABILITIES}};
const ll_input ll_divergence_p_q_cost[3] = {
    {"p", "n", LL_INPUT_PROBABILITIES}, {"q", "m", LL_INPUT_PROBABILITIES}, {"cost", "n,m", LL_INPUT_MATRIX}};

LL_ISA_DECLARE(ll_transport_kernels, ll_transport_kernels);
const ll_transport_kernels *ll_transport_kernels_get(void) { return LL_ISA_PICK(ll_transport_kernels); }

ll_status ll_divergence_find(ll_ctx *ctx, const char *name, const ll_divergence_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "divergence", name, ll_divergences, ll_divergence_count, &place));
  *out = ll_divergences[place];
  return LL_OK;
}

ll_status ll_divergence_eval(ll_ctx *ctx, const ll_divergence_desc *desc, const double *params, ll_divergence_call *call) {
  double defaults[LL_MAX_PARAMS];
  ll_matrix inputs[LL_MAX_INPUTS] = {{0}};
  ll_divergence_call inner = *call;
  ll_status status = ll_inputs_check(ctx, desc->name, desc->inputs, desc->n_inputs, desc->n_optional, call->inputs);
  if (status != LL_OK) return status;
  for (size_t i = 0; i < desc->n_inputs; i++)
    if (call->grads[i] && i >= desc->n_inputs - desc->n_optional)
      return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s: %s have no gradient", desc->name, desc->inputs[i].name);
  for (size_t i = 0; i < desc->n_inputs; i++) {
    const ll_matrix *m = &call->inputs[i];
    if (ll_matrix_contiguous(m)) inputs[i] = ll_matrix_share(m);
    else LL_GOTO(done, ll_matrix_copy(ctx, m, &inputs[i]));
  }
  ll_params_default(&desc->params, defaults);
  if (!params) params = defaults;
  LL_GOTO(done, ll_params_check(ctx, &desc->params, params));
  inner.inputs = inputs;
  inner.report = (ll_transport_report){.converged = true};
  LL_GOTO(done, desc->eval(ctx, params, &inner));
  inner.inputs = call->inputs;
  *call = inner;
done:
  for (size_t i = 0; i < desc->n_inputs; i++) ll_matrix_release(ctx, &inputs[i]);
  return status;
}
