/* Costs between points, and the debiased divergence between two sets of them: the graph's ops give their gradients. */
#include <math.h>

#include "engine/transport/sinkhorn.h"

static ll_status apply(ll_ctx *ctx, const char *op, ll_node *a, ll_node *b, const ll_op_args *args, ll_node **out) {
  ll_node *inputs[2] = {a, b};
  return ll_apply(ctx, ll_op_find(op), inputs, args, out);
}

ll_status ll_transport_cost(ll_ctx *ctx, ll_node *x, ll_node *y, double power, ll_node **out) {
  *out = NULL;
  if (!(power >= 1) || isinf(power)) return ll_fail(ctx, LL_ERR_RANGE, "cost: the power must be a number >= 1, not %g", power);
  if (power >= 2 && power <= 2) return apply(ctx, "squared_distances", x, y, NULL, out);
  if (power <= 1) return apply(ctx, "distances", x, y, NULL, out);
  ll_node *distances = NULL;
  LL_TRY(apply(ctx, "distances", x, y, NULL, &distances));
  ll_status status = apply(ctx, "pow", distances, NULL, &(ll_op_args){.a = power}, out);
  ll_node_release(ctx, distances);
  return status;
}

enum { POWER = LL_SINKHORN_COUNT };
static const ll_param params[] = {LL_SINKHORN_PARAMS, LL_NUMBER("p", 2, 1, 1e3, "exponent of the Euclidean distance in the cost")};

typedef struct side {
  ll_node *points; /* n×d, a leaf */
  ll_matrix mass;  /* n×1 */
} side;

static ll_status side_new(ll_ctx *ctx, const ll_matrix *points, const ll_matrix *weights, bool wanted, side *out) {
  ll_matrix m = ll_matrix_share(points);
  size_t n = points->rows;
  LL_TRY(ll_node_new(ctx, &m, wanted, &out->points));
  if (weights->data) {
    out->mass = ll_matrix_share(weights);
    return LL_OK;
  }
  LL_TRY(ll_matrix_new(ctx, n, 1, &out->mass));
  ll_matrix_fill(&out->mass, 1 / (double)n);
  return LL_OK;
}

/* Adds factor × the entropic transport from a to b to the value, and to the gradients asked for. */
static ll_status add_term(ll_ctx *ctx, const double *values, const side *a, const side *b, double factor, ll_matrix *const to[2],
                          ll_divergence_call *call) {
  ll_sinkhorn_options options = ll_sinkhorn_options_of("sinkhorn_divergence", values);
  options.symmetric = a == b;
  ll_node *cost = NULL, *seed = NULL, *grads[2] = {NULL, NULL};
  ll_node *points[2] = {a->points, b->points};
  bool wanted = to[0] || to[1];
  ll_matrix plan = {0};
  ll_status status;
  LL_GOTO(done, ll_transport_cost(ctx, a->points, b->points, values[POWER], &cost));
  if (wanted) LL_GOTO(done, ll_matrix_new(ctx, cost->value.rows, cost->value.cols, &plan));
  const ll_matrix inputs[3] = {a->mass, b->mass, cost->value};
  ll_divergence_call term = {.inputs = inputs, .plan = wanted ? &plan : NULL};
  LL_GOTO(done, ll_sinkhorn(ctx, &options, &term));
  call->value += factor * term.value;
  call->report.transport += factor * term.report.transport;
  call->report.iterations += term.report.iterations;
  call->report.error = fmax(call->report.error, term.report.error);
  call->report.converged = call->report.converged && term.report.converged;
  if (!wanted) goto done;
  LL_GOTO(done, ll_node_new(ctx, &plan, false, &seed));
  size_t n = a == b ? 1 : 2;
  LL_GOTO(done, ll_grad(ctx, cost, seed, points, n, false, false, grads));
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; to[k] && i < ll_matrix_count(to[k]); i++)
      to[k]->data[i] += (ll_real)(factor * (double)grads[k]->value.data[i]);
done:
  for (size_t k = 0; k < 2; k++) ll_node_release(ctx, grads[k]);
  ll_node_release(ctx, seed);
  ll_node_release(ctx, cost);
  ll_matrix_release(ctx, &plan);
  return status;
}

static ll_status eval(ll_ctx *ctx, const double *values, ll_divergence_call *call) {
  side x = {0}, y = {0};
  ll_matrix *gx = call->grads[0], *gy = call->grads[1];
  bool recording = ll_recording(ctx, gx || gy);
  ll_status status;
  call->value = 0;
  if (gx) ll_matrix_fill(gx, 0);
  if (gy) ll_matrix_fill(gy, 0);
  LL_GOTO(done, side_new(ctx, &call->inputs[0], &call->inputs[2], gx || gy, &x));
  LL_GOTO(done, side_new(ctx, &call->inputs[1], &call->inputs[3], gx || gy, &y));
  LL_GOTO(done, add_term(ctx, values, &x, &y, 1, (ll_matrix *const[]){gx, gy}, call));
  LL_GOTO(done, add_term(ctx, values, &x, &x, -0.5, (ll_matrix *const[]){gx, NULL}, call));
  LL_GOTO(done, add_term(ctx, values, &y, &y, -0.5, (ll_matrix *const[]){gy, NULL}, call));
done:
  ll_recording(ctx, recording);
  ll_node_release(ctx, x.points);
  ll_node_release(ctx, y.points);
  ll_matrix_release(ctx, &x.mass);
  ll_matrix_release(ctx, &y.mass);
  return status;
}

static const ll_input inputs[] = {{"x", "n,d", LL_INPUT_MATRIX},
                                  {"y", "m,d", LL_INPUT_MATRIX},
                                  {"x_weights", "n", LL_INPUT_PROBABILITIES},
                                  {"y_weights", "m", LL_INPUT_PROBABILITIES}};

const ll_divergence_desc ll_divergence_sinkhorn_divergence = {
    .name = "sinkhorn_divergence",
    .family = "transport",
    .summary = "entropic transport between two sets of points without its bias: 0 where they are the same",
    .formula = "S(x, y) - S(x, x)/2 - S(y, y)/2, S = sinkhorn with cost_ij = ‖x_i - y_j‖^p and uniform weights, or those given",
    .gradient = "to the points, through the cost; weights: none",
    .cost = "that of three sinkhorn; memory n m + n n + m m, one after the other",
    .source = "Genevay, Peyre and Cuturi 2018; Feydy et al. 2019",
    .axioms = {LL_AXIOM_NONNEGATIVE | LL_AXIOM_IDENTITY | LL_AXIOM_SYMMETRIC, "samples of the same distribution count as equal",
               "triangle: (0), (1), (2)"},
    .params = {"sinkhorn_divergence", params, LL_ROWS(params)},
    .inputs = inputs,
    .n_inputs = LL_ROWS(inputs),
    .n_optional = 2,
    .rtol = 1e-5,
    .atol = 1e-7,
    .eval = eval,
};
