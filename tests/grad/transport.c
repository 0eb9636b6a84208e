/* Every divergence's gradient against central differences, element by element, in double. Probabilities move in pairs, one up and
 * one down, since their sum stays 1. A wrong sign or factor planted in a gradient is found. */
#include "losslab/transport.h"
#include "tests/tap.h"

enum { MOST = 80 };
static const uint64_t seed = 20240801;
static ll_ctx *ctx;

#ifdef LL_DOUBLE
static const double step = 1e-6, coarse = 0;
#else
static const double step = 1e-3, coarse = 2e-2; /* values are in double, but the inputs are rounded, and the step is long */
#endif

typedef struct sample {
  ll_real data[LL_MAX_INPUTS][MOST], grads[LL_MAX_INPUTS][MOST];
  ll_matrix inputs[LL_MAX_INPUTS], to[LL_MAX_INPUTS];
} sample;

static size_t extent(char letter) { return letter == 'n' ? 6 : letter == 'm' ? 8 : 2; }

static void draw(const ll_divergence_desc *d, ll_random *r, bool optional, sample *s) {
  for (size_t i = 0; i < d->n_inputs; i++) {
    const ll_input *in = &d->inputs[i];
    bool vector = in->role != LL_INPUT_MATRIX;
    size_t rows = extent(in->shape[0]), cols = vector ? 1 : extent(in->shape[2]);
    double sum = 0;
    s->inputs[i] = s->to[i] = (ll_matrix){0};
    if (i >= d->n_inputs - d->n_optional && !optional) continue;
    for (size_t k = 0; k < rows * cols; k++) {
      double x = in->role == LL_INPUT_PROBABILITIES ? 0.3 + ll_random_uniform(r) : ll_random_normal(r);
      s->data[i][k] = (ll_real)x, sum += x;
    }
    for (size_t k = 0; in->role == LL_INPUT_PROBABILITIES && k < rows; k++) s->data[i][k] = (ll_real)((double)s->data[i][k] / sum);
    s->inputs[i] = ll_matrix_wrap(s->data[i], rows, cols), s->to[i] = ll_matrix_wrap(s->grads[i], rows, cols);
  }
}

/* As sharp as the iteration gets. */
static void sharpen(const ll_divergence_desc *d, double *params) {
  ll_params_default(&d->params, params);
  for (size_t i = 0; i < d->params.count; i++) {
    if (strcmp(d->params.params[i].name, "tolerance") == 0) params[i] = 1e-13;
    if (strcmp(d->params.params[i].name, "epsilon") == 0) params[i] = 0.5;
    if (strcmp(d->params.params[i].name, "iterations") == 0) params[i] = 3000;
  }
}

static double value_of(const ll_divergence_desc *d, const double *params, const sample *s) {
  ll_divergence_call call = {.inputs = s->inputs};
  return ll_divergence_eval(ctx, d, params, &call) == LL_OK ? call.value : NAN;
}

/* (f(up) - f(down)) / (what the element went) with the element after it going the other way if `pair`. */
static double numeric(const ll_divergence_desc *d, const double *params, sample *s, size_t i, size_t k, bool pair, double h) {
  size_t other = (k + 1) % ll_matrix_count(&s->inputs[i]);
  ll_real x = s->data[i][k], y = s->data[i][other];
  s->data[i][k] = (ll_real)((double)x + h);
  double high = (double)s->data[i][k];
  if (pair) s->data[i][other] = (ll_real)((double)y - (high - (double)x));
  double up = value_of(d, params, s);
  s->data[i][k] = (ll_real)((double)x - h);
  double low = (double)s->data[i][k];
  if (pair) s->data[i][other] = (ll_real)((double)y + ((double)x - low));
  double down = value_of(d, params, s);
  s->data[i][k] = x, s->data[i][other] = y;
  return (up - down) / (high - low);
}

/* The worst error in units of the tolerance, with each gradient times `factor`. */
static double worst_error(const ll_divergence_desc *d, const double *params, uint64_t trial, double factor) {
  static sample s;
  double worst = 0;
  ll_random r = ll_random_stream(seed, trial, d->name);
  draw(d, &r, trial % 2, &s);
  ll_divergence_call call = {.inputs = s.inputs};
  for (size_t i = 0; i < d->n_inputs; i++)
    if (s.inputs[i].data && i < d->n_inputs - d->n_optional) call.grads[i] = &s.to[i];
  works(ctx, ll_divergence_eval(ctx, d, params, &call));
  for (size_t i = 0; i < d->n_inputs; i++)
    for (size_t k = 0; call.grads[i] && k < ll_matrix_count(&s.inputs[i]); k++) {
      bool pair = d->inputs[i].role == LL_INPUT_PROBABILITIES;
      size_t other = (k + 1) % ll_matrix_count(&s.inputs[i]);
      double want = numeric(d, params, &s, i, k, pair, step), got = factor * (double)s.grads[i][k];
      if (pair) got -= factor * (double)s.grads[i][other];
      double error = fabs(got - want) / (coarse * (1 + fabs(want)) + 10 * (d->atol + d->rtol * fabs(want)));
      if (!(error <= worst)) worst = error;
    }
  return worst;
}

static void node(void) {
  const ll_divergence_desc *d;
  ll_real x[3] = {1, 2, 4}, y[2] = {0, 3};
  ll_matrix m[2] = {ll_matrix_wrap(x, 3, 1), ll_matrix_wrap(y, 2, 1)};
  ll_node *inputs[2], *value, *scaled, *grad, *second;
  ll_divergence_call call = {0};
  works(ctx, ll_divergence_find(ctx, "wasserstein_1d", &d));
  for (int i = 0; i < 2; i++) works(ctx, ll_node_new(ctx, &m[i], true, &inputs[i]));
  works(ctx, ll_divergence_apply(ctx, d, NULL, inputs, 2, &call, &value));
  near((double)*value->value.data, 7.0 / 6, 1e-6, 0, "wasserstein_1d of {1, 2, 4} and {0, 3}: (2 * 1 + 2 + 1 + 2 * 1) / 6");
  works(ctx, ll_apply(ctx, ll_op_find("scale"), &value, &(ll_op_args){.a = -2}, &scaled));
  works(ctx, ll_grad(ctx, scaled, NULL, inputs, 1, false, true, &grad));
  near((double)grad->value.data[0], -2.0 / 3, 1e-6, 0, "its gradient is scaled by what follows it");
  ok(ll_grad(ctx, scaled, NULL, inputs, 1, true, true, &second) == LL_ERR_UNSUPPORTED, "a second derivative is refused");
  ll_node_release(ctx, grad);
  ll_node_release(ctx, scaled);
  ll_node_release(ctx, value);
  for (int i = 0; i < 2; i++) ll_node_release(ctx, inputs[i]);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  for (size_t k = 0; k < ll_divergence_count; k++) {
    const ll_divergence_desc *d = ll_divergences[k];
    double params[LL_MAX_PARAMS], worst = 0, planted = INFINITY;
    sharpen(d, params);
    for (uint64_t trial = 0; trial < 6; trial++) {
      worst = fmax(worst, worst_error(d, params, trial, 1));
      planted = fmin(planted, fmin(worst_error(d, params, trial, -1), worst_error(d, params, trial, 2)));
    }
    ok(worst <= 1, "%s: gradient (error %.2g of the tolerance, seed %d)", d->name, worst, (int)seed);
    ok(planted > 1, "%s: a wrong sign or a factor 2 is found (%.2g)", d->name, planted);
  }
  node();
  ll_ctx_close(ctx);
  return done();
}
