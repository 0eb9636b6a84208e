/* Every row of the table of losses against central differences: each element of each gradient, signed, within the row's own
 * tolerance, for the defaults and for every other choice and a second value of every number of its parameters. The tolerance is
 * that of double; in float, whose difference quotients are good to two digits, it is a coarse one. Losses that are wrong on purpose
 * must be caught in both. */
#include "losslab/loss.h"
#include "tests/tap.h"

enum { N = 12, D = 3, K = 4, LAYERS = 2, MOST = 4 * N * K };
static const uint64_t seed = 20240611;
static ll_ctx *ctx;

#ifdef LL_DOUBLE
enum { STEPS = 1 };
static const double steps[STEPS] = {1e-6}, coarse = 0;
#else
enum { STEPS = 2 }; /* the large one where values have the rounding of a float; the small one does not step over kinks */
static const double steps[STEPS] = {1e-3, 3e-5}, coarse = 2e-3;
#endif

static size_t extent(char letter) {
  if (letter >= '0' && letter <= '9') return (size_t)(letter - '0');
  return letter == 'n' ? N : letter == 'm' ? LAYERS * N : letter == 'k' ? K : D;
}

/* probabilities: scores in (0, 1), for losses that take nothing else. */
static void draw(const ll_loss_desc *d, ll_random *r, bool probabilities, ll_real data[][MOST], ll_matrix *inputs) {
  for (size_t i = 0; i < d->n_inputs; i++) {
    const char *shape = d->inputs[i].shape;
    size_t rows = shape[0] == '*' ? N : extent(shape[0]), cols = shape[0] == '*' ? D : extent(shape[2]);
    inputs[i] = ll_matrix_wrap(data[i], rows, cols);
    if (d->inputs[i].role == LL_INPUT_NEIGHBOURS) inputs[i] = (ll_matrix){0}; /* left out: the loss finds them */
    for (size_t j = 0; j < rows * cols; j++) switch (d->inputs[i].role) {
      case LL_INPUT_MATRIX:
        data[i][j] = (ll_real)(probabilities ? 0.05 + 0.9 * ll_random_uniform(r) : ll_random_normal(r));
        for (double kink = -1; kink <= 1; kink++) /* not within a step of a kink at 0 or 1 */
          if (fabs((double)data[i][j] - kink) < 0.02) data[i][j] += (ll_real)0.05;
        break;
      case LL_INPUT_BINARY: data[i][j] = (ll_real)(j < 2 ? j : ll_random_below(r, 2)); break;
      case LL_INPUT_CLASS:
      case LL_INPUT_IDENTITY:
        data[i][j] = (ll_real)(1 + (j < 2 * K ? j % K : ll_random_below(r, K)));
        break; /* two of each at least */
      case LL_INPUT_NUMBERS: data[i][j] = (ll_real)ll_random_normal(r); break;
      case LL_INPUT_SIZES: data[i][j] = (ll_real)ll_random_below(r, 6); break;
      case LL_INPUT_RELEVANCE: data[i][j] = (ll_real)ll_random_below(r, 4); break;
      case LL_INPUT_NEIGHBOURS: break;
      default: ok(false, "%s: this test knows how to draw %s", d->name, ll_input_role_name(d->inputs[i].role));
      }
  }
}

static ll_status value_at(ll_loss *loss, const ll_matrix *inputs, double *value) {
  ll_loss_call call = {.inputs = inputs};
  ll_status status = ll_loss_eval(ctx, loss, &call);
  *value = call.value;
  return status;
}

/* |analytic - numeric| / (atol + rtol |numeric|) for one element of the data; 1 is the limit. NaN if it cannot be evaluated. */
static double element_error(ll_loss *loss, const ll_matrix *inputs, ll_real *element, double analytic, double step) {
  const ll_loss_desc *d = loss->desc;
  ll_real x = *element;
  double up, down;
  *element = (ll_real)((double)x + step);
  double high = (double)*element;
  ll_status status = value_at(loss, inputs, &up);
  *element = (ll_real)((double)x - step);
  double low = (double)*element;
  if (status == LL_OK) status = value_at(loss, inputs, &down);
  *element = x;
  if (status != LL_OK) return NAN;
  double numeric = (up - down) / (high - low);
  return fabs(analytic - numeric) / (coarse * (1 + fabs(numeric)) + d->atol + d->rtol * fabs(numeric));
}

/* The worst error over all elements. */
static double worst_error(ll_loss *loss, const ll_matrix *inputs, ll_real data[][MOST]) {
  const ll_loss_desc *d = loss->desc;
  ll_real grads[LL_MAX_INPUTS][MOST];
  ll_matrix g[LL_MAX_INPUTS];
  ll_loss_call call = {.inputs = inputs};
  for (size_t i = 0; i < d->n_inputs; i++) {
    if (d->inputs[i].role != LL_INPUT_MATRIX) continue;
    g[i] = ll_matrix_wrap(grads[i], inputs[i].rows, inputs[i].cols);
    call.grads[i] = &g[i];
  }
  if (ll_loss_eval(ctx, loss, &call)) return NAN;
  double worst = 0;
  for (size_t i = 0; i < d->n_inputs; i++)
    for (size_t j = 0; call.grads[i] && j < ll_matrix_count(&inputs[i]); j++) {
      double error = INFINITY;
      for (int s = 0; s < STEPS && !(error <= 1); s++)
        error = fmin(error, element_error(loss, inputs, &data[i][j], (double)grads[i][j], steps[s]));
      if (error > worst) worst = error;
    }
  return worst;
}

/* A loss with a history gets one: a batch, trained and ended. */
static void give_history(ll_loss *loss, ll_random *r) {
  const ll_loss_desc *d = loss->desc;
  if (!d->trained) return;
  ll_real data[LL_MAX_INPUTS][MOST];
  ll_matrix inputs[LL_MAX_INPUTS];
  draw(d, r, false, data, inputs);
  works(ctx, ll_loss_start(ctx, loss));
  works(ctx, d->trained(ctx, loss, inputs));
  works(ctx, ll_loss_end_epoch(ctx, loss));
}

/* "parameter=choice" */
static void apply_check(ll_loss *loss) {
  if (!loss->desc->check) return;
  char name[64];
  const char *equals = strchr(loss->desc->check, '=');
  snprintf(name, sizeof name, "%.*s", (int)(equals - loss->desc->check), loss->desc->check);
  works(ctx, ll_params_set_choice(ctx, &loss->desc->params, loss->params, name, equals + 1));
}

static double error_of(const ll_loss_desc *d, const char *param, double value) {
  ll_loss *loss;
  if (ll_loss_new(ctx, d, &loss)) return NAN;
  apply_check(loss);
  size_t place = 0;
  if (param && ll_params_find(ctx, &d->params, param, &place) == LL_OK) loss->params[place] = value;
  double worst = 0;
  for (uint64_t trial = 0; trial < 5; trial++) {
    ll_random r = ll_random_stream(seed, trial, d->name);
    ll_real data[LL_MAX_INPUTS][MOST];
    ll_matrix inputs[LL_MAX_INPUTS];
    double ignored;
    give_history(loss, &r);
    draw(d, &r, false, data, inputs);
    if (value_at(loss, inputs, &ignored) == LL_ERR_RANGE) draw(d, &r, true, data, inputs);
    double error = worst_error(loss, inputs, data);
    if (isnan(error) || error > worst) worst = error;
    if (isnan(error)) break;
  }
  ll_loss_release(ctx, loss);
  return worst;
}

static void expect_right(const ll_loss_desc *d, const char *param, double value, const char *shown) {
  double error = error_of(d, param, value);
  if (!ok(error <= 1, "%s%s%s%s%s", d->name, param ? ", " : "", param ? param : "", param ? " = " : "", shown))
    printf("#   error %.3g of the tolerance rtol %g, atol %g (%s), seed %d\n", error, d->rtol, d->atol, ll_message(ctx), (int)seed);
}

/* Of the powers of norms: the least, one that is no whole number, an odd one, the limit. */
static void expect_powers(const ll_loss_desc *d, const ll_param *param) {
  expect_right(d, param->name, param->low, "the least");
  expect_right(d, param->name, 1.5, "1.5");
  expect_right(d, param->name, 3, "3");
  expect_right(d, param->name, INFINITY, "inf");
}

static void every_row(void) {
  for (size_t k = 0; k < ll_loss_count; k++) {
    const ll_loss_desc *d = ll_losses[k];
    if (d->metric_only) {
      ok(isnan(error_of(d, NULL, 0)), "%s is a metric: it has no gradient", d->name);
      continue;
    }
    ok(d->rtol > 0 && d->rtol <= 1e-4 && d->atol > 0 && d->atol <= 1e-4, "%s declares a tolerance", d->name);
    expect_right(d, NULL, 0, "");
    for (size_t p = 0; p < d->params.count; p++) {
      const ll_param *param = &d->params.params[p];
      char shown[32];
      if (d->check && strncmp(d->check, param->name, strlen(param->name)) == 0) continue;
      switch (param->kind) {
      case LL_PARAM_CHOICE:
        for (size_t c = 0; param->choices[c]; c++)
          if (c != (size_t)param->value) expect_right(d, param->name, (double)c, param->choices[c]);
        break;
      case LL_PARAM_BOOLEAN: expect_right(d, param->name, 1 - param->value, param->value > 0 ? "false" : "true"); break;
      case LL_PARAM_INTEGER:
      case LL_PARAM_NUMBER: {
        double other = param->value + 1 <= param->high ? param->kind == LL_PARAM_INTEGER ? param->value + 1 : param->value + 0.7
                                                       : 0.5 * (param->low + param->high);
        if (param->kind == LL_PARAM_INTEGER) other = floor(other);
        snprintf(shown, sizeof shown, "%g", other);
        expect_right(d, param->name, other, shown);
        if (param->infinite) expect_powers(d, param);
        break;
      }
      }
    }
  }
}

/* ---- losses that are wrong on purpose ---------------------------------------------------------------------------------- */

enum { SIGN, FACTOR, SUM, MISSING, ONE_INPUT, SLIGHT, FAULTS };
static const char *const faults[FAULTS] = {[SIGN] = "a wrong sign",
                                           [FACTOR] = "a factor 2",
                                           [SUM] = "a sum for a mean",
                                           [MISSING] = "a missing gradient",
                                           [ONE_INPUT] = "the gradient of one input alone left 0",
                                           [SLIGHT] = "a thousandth in one element"};
static const ll_loss_desc *truth;
static int fault;
static size_t faulty_input;

static void multiply(ll_matrix *m, double factor) {
  for (size_t i = 0; i < ll_matrix_count(m); i++) m->data[i] *= (ll_real)factor;
}

static void spoil_largest(ll_matrix *m) {
  size_t place = 0;
  for (size_t i = 1; i < ll_matrix_count(m); i++)
    if (fabs((double)m->data[i]) > fabs((double)m->data[place])) place = i;
  m->data[place] *= (ll_real)1.001;
}

/* The true row's value, with a gradient that is not its own. */
static ll_status wrong_eval(ll_ctx *c, ll_loss *loss, ll_loss_call *call) {
  static const double factors[FAULTS] = {[SIGN] = -1, [FACTOR] = 2, [SUM] = N};
  LL_TRY(truth->eval(c, loss, call));
  for (size_t i = 0; i < truth->n_inputs; i++) {
    if (!call->grads[i]) continue;
    if (fault < ONE_INPUT) multiply(call->grads[i], factors[fault]);
    else if (i == faulty_input && fault == ONE_INPUT) multiply(call->grads[i], 0);
    else if (i == faulty_input && fault == SLIGHT) spoil_largest(call->grads[i]);
  }
  return LL_OK;
}

static bool caught(const ll_loss_desc *wrong, int which, size_t input) {
  fault = which, faulty_input = input;
  double error = error_of(wrong, NULL, 0);
  return ok(error > 1, "%s: %s%s%s is caught (%.3g tolerances)", wrong->name, faults[which], which < ONE_INPUT ? "" : ", of ",
            which < ONE_INPUT ? "" : wrong->inputs[input].name, error);
}

/* Every row, since a check that finds errors in one family may be blind in another: gradients that are small, sparse, of several
 * inputs. */
static void planted(void) {
  for (size_t k = 0; k < ll_loss_count; k++) {
    truth = ll_losses[k];
    if (truth->metric_only) continue;
    ll_loss_desc wrong = *truth;
    wrong.eval = wrong_eval;
    for (int f = 0; f < ONE_INPUT; f++) caught(&wrong, f, 0);
    for (size_t i = 0; i < truth->n_inputs; i++) {
      if (truth->inputs[i].role != LL_INPUT_MATRIX) continue;
      caught(&wrong, ONE_INPUT, i);
#ifdef LL_DOUBLE
      caught(&wrong, SLIGHT, i);
#endif
    }
  }
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  every_row();
  planted();
  ll_ctx_close(ctx);
  return done();
}
