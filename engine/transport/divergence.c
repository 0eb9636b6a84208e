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

const ll_divergence_input ll_divergence_p_q[2] = {{"p", "n", LL_ROLE_PROBABILITIES, false},
                                                  {"q", "n", LL_ROLE_PROBABILITIES, false}};
const ll_divergence_input ll_divergence_p_q_cost[3] = {
    {"p", "n", LL_ROLE_PROBABILITIES, false}, {"q", "m", LL_ROLE_PROBABILITIES, false}, {"cost", "n,m", LL_ROLE_MATRIX, false}};

LL_ISA_DECLARE(ll_transport_kernels, ll_transport_kernels);
const ll_transport_kernels *ll_transport_kernels_get(void) { return LL_ISA_PICK(ll_transport_kernels); }

ll_status ll_divergence_find(ll_ctx *ctx, const char *name, const ll_divergence_desc **out) {
  size_t place;
  *out = NULL;
  LL_TRY(ll_names_find_row(ctx, "divergence", name, ll_divergences, ll_divergence_count, &place));
  *out = ll_divergences[place];
  return LL_OK;
}

/* ---- checks ---------------------------------------------------------------------------------------------------------------- */

typedef struct binding {
  size_t extent;
  const ll_divergence_input *input; /* which input bound the letter; NULL: none yet */
  const ll_matrix *m;
} binding;

static ll_status bind_letter(ll_ctx *ctx, const char *owner, const ll_divergence_input *in, const ll_matrix *m, char letter,
                             size_t extent, binding bound[26]) {
  binding *b = &bound[letter - 'a'];
  if (!b->input) *b = (binding){extent, in, m};
  if (b->extent == extent) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s (%s) is %zux%zu, which does not fit %s (%s), %zux%zu", owner, in->name, in->shape,
                 m->rows, m->cols, b->input->name, b->input->shape, b->m->rows, b->m->cols);
}

static ll_status check_shape(ll_ctx *ctx, const char *owner, const ll_divergence_input *in, const ll_matrix *m, binding bound[26]) {
  if (ll_matrix_count(m) == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s (%s) is empty, %zux%zu", owner, in->name, in->shape, m->rows, m->cols);
  if (in->role == LL_ROLE_MATRIX) {
    LL_TRY(bind_letter(ctx, owner, in, m, in->shape[0], m->rows, bound));
    return bind_letter(ctx, owner, in, m, in->shape[2], m->cols, bound);
  }
  if (m->rows > 1 && m->cols > 1)
    return ll_fail(ctx, LL_ERR_SHAPE, "%s: %s must be a vector, not %zux%zu", owner, in->name, m->rows, m->cols);
  return bind_letter(ctx, owner, in, m, in->shape[0], ll_matrix_count(m), bound);
}

static ll_status check_numbers(ll_ctx *ctx, const char *owner, const ll_divergence_input *in, const ll_matrix *m) {
  size_t row, col;
  if (ll_matrix_find_bad(m, &row, &col)) {
    double x = (double)ll_matrix_row(m, row)[col];
    return ll_fail(ctx, LL_ERR_NUMBER, "%s: %s, row %zu, column %zu: %s", owner, in->name, row + 1, col + 1,
                   isnan(x) ? "NaN"
                   : x > 0  ? "inf"
                            : "-inf");
  }
  if (in->role != LL_ROLE_PROBABILITIES) return LL_OK;
  ll_sum sum = {0};
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      double x = (double)ll_matrix_row(m, i)[j];
      if (x < 0)
        return ll_fail(ctx, LL_ERR_RANGE, "%s: %s, %s %zu: %g is no probability, it is negative", owner, in->name,
                       m->cols > 1 ? "column" : "row", m->cols > 1 ? j + 1 : i + 1, x);
      ll_sum_add(&sum, x);
    }
  double total = ll_sum_value(&sum);
  if (fabs(total - 1) <= LL_PROBABILITY_TOLERANCE) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: %s sums to %.12g, not to 1 within %g", owner, in->name, total, LL_PROBABILITY_TOLERANCE);
}

static ll_status check(ll_ctx *ctx, const ll_divergence_desc *d, const ll_matrix *inputs) {
  binding bound[26] = {{0}};
  for (size_t i = 0; i < d->n_inputs; i++) {
    if (d->inputs[i].optional && !inputs[i].data) continue;
    LL_TRY(check_shape(ctx, d->name, &d->inputs[i], &inputs[i], bound));
  }
  for (size_t i = 0; i < d->n_inputs; i++)
    if (inputs[i].data) LL_TRY(check_numbers(ctx, d->name, &d->inputs[i], &inputs[i]));
  return LL_OK;
}

ll_status ll_divergence_eval(ll_ctx *ctx, const ll_divergence_desc *desc, const double *params, ll_divergence_call *call) {
  double defaults[LL_MAX_PARAMS];
  ll_matrix inputs[LL_MAX_INPUTS] = {{0}};
  ll_divergence_call inner = *call;
  ll_status status = check(ctx, desc, call->inputs);
  if (status != LL_OK) return status;
  for (size_t i = 0; i < desc->n_inputs; i++)
    if (call->grads[i] && desc->inputs[i].optional)
      return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s: %s have no gradient", desc->name, desc->inputs[i].name);
  for (size_t i = 0; i < desc->n_inputs; i++) {
    const ll_matrix *m = &call->inputs[i];
    if (ll_matrix_contiguous(m)) inputs[i] = ll_matrix_share(m);
    else LL_GOTO(done, ll_matrix_copy(ctx, m, &inputs[i]));
  }
  ll_params_default(&desc->params, defaults);
  inner.inputs = inputs;
  inner.report = (ll_transport_report){.converged = true};
  LL_GOTO(done, desc->eval(ctx, params ? params : defaults, &inner));
  inner.inputs = call->inputs;
  *call = inner;
done:
  for (size_t i = 0; i < desc->n_inputs; i++) ll_matrix_release(ctx, &inputs[i]);
  return status;
}
