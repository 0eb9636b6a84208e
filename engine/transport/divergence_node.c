/* A divergence as a node of the graph: the gradient comes with the value and is only scaled on the way back. */
#include "engine/matrix/kernels.h"
#include "engine/transport/transport.h"

typedef struct evaluated {
  const ll_divergence_desc *desc;
  ll_matrix grads[LL_MAX_INPUTS]; /* 0×0 where none was wanted */
  size_t place[LL_MAX_INPUTS];    /* which of the row's inputs the node's i-th is: optional ones may be left out */
} evaluated;

static void evaluated_free(ll_ctx *ctx, void *payload) {
  evaluated *e = payload;
  for (size_t i = 0; i < LL_MAX_INPUTS; i++) ll_matrix_release(ctx, &e->grads[i]);
  ll_free(ctx, e);
}

static ll_status vjp(ll_ctx *ctx, ll_node *out, ll_node *g, const bool *need, ll_node **grads) {
  const evaluated *e = out->payload;
  if (ll_recording_is_on(ctx))
    return ll_fail(ctx, LL_ERR_UNSUPPORTED, "%s computes its gradient together with its value and has no second derivative",
                   e->desc->name);
  for (size_t i = 0; i < out->n_inputs; i++) {
    const ll_matrix *from = &e->grads[e->place[i]];
    if (!need[i] || !from->data) continue;
    ll_matrix m;
    LL_TRY(ll_matrix_new(ctx, from->rows, from->cols, &m));
    ll_kernels_get()->scale(from->data, (double)*g->value.data, 0, m.data, ll_matrix_count(from));
    LL_TRY(ll_node_new(ctx, &m, false, &grads[i]));
  }
  return LL_OK;
}

static const char *title(const ll_node *out) { return ((const evaluated *)out->payload)->desc->name; }

static const ll_op divergence_op = {.name = "divergence", .formula = "a divergence with its gradient", .vjp = vjp, .title = title};

ll_status ll_divergence_apply(ll_ctx *ctx, const ll_divergence_desc *desc, const double *params, ll_node *const *inputs, size_t n,
                              ll_divergence_call *call, ll_node **out) {
  ll_matrix values[LL_MAX_INPUTS] = {{0}}, value = {0};
  ll_node *given[LL_MAX_INPUTS];
  size_t n_given = 0;
  void *block = NULL;
  ll_status status;
  *out = NULL;
  if (n > desc->n_inputs)
    return ll_fail(ctx, LL_ERR_ARGUMENT, "%s takes %zu inputs; %zu were given", desc->name, desc->n_inputs, n);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(evaluated)));
  evaluated *e = block;
  e->desc = desc;
  for (size_t i = 0; i < desc->n_inputs; i++) {
    ll_node *input = i < n ? inputs[i] : NULL;
    call->grads[i] = NULL;
    if (!input && i < desc->n_inputs - desc->n_optional) {
      status = ll_fail(ctx, LL_ERR_ARGUMENT, "%s: %s (%s) is missing", desc->name, desc->inputs[i].name, desc->inputs[i].shape);
      goto fail;
    }
    if (!input) continue;
    values[i] = input->value;
    if (ll_recording_is_on(ctx) && input->requires_grad) {
      LL_GOTO(fail, ll_matrix_new(ctx, values[i].rows, values[i].cols, &e->grads[i]));
      call->grads[i] = &e->grads[i];
    }
    e->place[n_given] = i;
    given[n_given++] = input;
  }
  call->inputs = values;
  status = ll_divergence_eval(ctx, desc, params, call);
  call->inputs = NULL;
  for (size_t i = 0; i < desc->n_inputs; i++) call->grads[i] = NULL;
  if (status != LL_OK) goto fail;
  LL_GOTO(fail, ll_matrix_new(ctx, 1, 1, &value));
  *value.data = (ll_real)call->value;
  return ll_node_of_op(ctx, &divergence_op, given, n_given, &value, e, evaluated_free, out);
fail:
  evaluated_free(ctx, e);
  return status;
}
