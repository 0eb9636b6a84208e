/* Collaborative metric learning against its definitions in plain double loops, over random sizes, ties, points that coincide and
 * shifts far from 0; the sampler of negatives: what it never returns, that it returns all else equally often, and its failures. */
#include "losslab/loss.h"
#include "losslab/negatives.h"
#include "tests/tap.h"

enum { MOST = 3000 };
static const uint64_t seed = 20240615;
static ll_ctx *ctx;

static ll_loss *loss_named(const char *name) {
  const ll_loss_desc *d = NULL;
  ll_loss *loss = NULL;
  works(ctx, ll_loss_find(ctx, name, &d));
  works(ctx, ll_loss_new(ctx, d, &loss));
  return loss;
}

static ll_status evaluate(ll_loss *loss, const ll_matrix *inputs, ll_real grads[][MOST], double *value) {
  ll_matrix g[3];
  ll_loss_call call = {.inputs = inputs};
  for (size_t i = 0; i < loss->desc->n_inputs; i++) {
    g[i] = ll_matrix_wrap(grads[i], inputs[i].rows, inputs[i].cols);
    call.grads[i] = &g[i];
  }
  ll_status status = ll_loss_eval(ctx, loss, &call);
  *value = call.value;
  return status;
}

static bool same(const ll_real *got, const double *want, size_t n, double tolerance) {
  double top = 0, off = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan((double)got[i])) return false;
    top = fmax(top, fabs(want[i])), off = fmax(off, fabs((double)got[i] - want[i]));
  }
  return off <= tolerance * top;
}

static double square_of(const ll_real *x, const ll_real *y, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; j++) sum += ((double)x[j] - (double)y[j]) * ((double)x[j] - (double)y[j]);
  return sum;
}

/* The definition; g: users, positives, negatives. */
static double metric(const ll_matrix *in, double margin, double items, bool hardest, double g[][MOST]) {
  size_t n = in[0].rows, d = in[0].cols, sampled = in[2].rows / n;
  double total = 0;
  for (int k = 0; k < 3; k++) memset(g[k], 0, sizeof g[k]);
  for (size_t i = 0; i < n; i++) {
    const ll_real *u = in[0].data + i * d, *v = in[1].data + i * d;
    size_t impostors = 0, nearest = 0;
    for (size_t k = 0; k < sampled; k++) {
      const ll_real *x = in[2].data + (i * sampled + k) * d;
      if (margin + square_of(u, v, d) - square_of(u, x, d) > 0) impostors++;
      if (square_of(u, x, d) < square_of(u, in[2].data + (i * sampled + nearest) * d, d)) nearest = k;
    }
    double w = log(floor((items > 0 ? items : (double)sampled) * (double)impostors / (double)sampled) + 1);
    for (size_t k = 0; k < sampled; k++) {
      const ll_real *x = in[2].data + (i * sampled + k) * d;
      double hinge = margin + square_of(u, v, d) - square_of(u, x, d);
      if (!(hinge > 0) || (hardest && k != nearest)) continue;
      total += w * hinge;
      for (size_t j = 0; j < d; j++) {
        g[0][i * d + j] += 2 * w * ((double)u[j] - (double)v[j]) - 2 * w * ((double)u[j] - (double)x[j]);
        g[1][i * d + j] += 2 * w * ((double)v[j] - (double)u[j]);
        g[2][(i * sampled + k) * d + j] -= 2 * w * ((double)x[j] - (double)u[j]);
      }
    }
  }
  return total;
}

static void draw(ll_random *r, ll_real *x, size_t n, int kind) {
  for (size_t i = 0; i < n; i++)
    x[i] = (ll_real)(kind == 0   ? ll_random_normal(r)
                     : kind == 1 ? (double)ll_random_below(r, 4) / 2
                                 : 1000 + 0.25 * (double)ll_random_below(r, 8));
}

static void metric_cases(void) {
  static ll_real x[3][MOST], grads[3][MOST];
  static double want[3][MOST];
  int wrong = 0, busy = 0;
  for (uint64_t trial = 0; trial < 200; trial++) {
    ll_random r = ll_random_stream(seed, trial, "metric");
    size_t n = 1 + (size_t)ll_random_below(&r, 12), d = 1 + (size_t)ll_random_below(&r, 9),
           sampled = 1 + (size_t)ll_random_below(&r, 20);
    ll_matrix in[3] = {ll_matrix_wrap(x[0], n, d), ll_matrix_wrap(x[1], n, d), ll_matrix_wrap(x[2], n * sampled, d)};
    for (int k = 0; k < 3; k++) draw(&r, x[k], ll_matrix_count(&in[k]), (int)(trial % 3));
    double margin = (double)ll_random_below(&r, 5) / 4, items = trial % 4 ? (double)ll_random_below(&r, 100000) : 0, got;
    ll_loss *loss = loss_named("cml_metric");
    works(ctx, ll_params_set_number(ctx, &loss->desc->params, loss->params, "margin", margin));
    works(ctx, ll_params_set_number(ctx, &loss->desc->params, loss->params, "items", items));
    bool hardest = trial / 3 % 2;
    works(ctx, ll_params_set_choice(ctx, &loss->desc->params, loss->params, "negatives", hardest ? "hardest" : "sum"));
    double value = metric(in, margin, items, hardest, want);
    works(ctx, evaluate(loss, in, grads, &got));
    bool fine = fabs(got - value) <= 1e-12 * value;
    for (int k = 0; k < 3; k++) fine = fine && same(grads[k], want[k], ll_matrix_count(&in[k]), 64 * LL_EPS);
    busy += value > 0;
    if (!fine && !wrong++) printf("# trial %d, seed %d: %.17g, expected %.17g\n", (int)trial, (int)seed, got, value);
    ll_loss_release(ctx, loss);
  }
  ok(wrong == 0 && busy > 100, "cml_metric: random users agree with the plain loop (%d of 200 are not 0)", busy);
}

static void feature_cases(void) {
  static ll_real x[2][MOST], grads[2][MOST];
  static double want[2][MOST];
  ll_random r = ll_random_stream(seed, 0, "feature");
  ll_matrix in[2] = {ll_matrix_wrap(x[0], 13, 7), ll_matrix_wrap(x[1], 13, 7)};
  draw(&r, x[0], 91, 0), draw(&r, x[1], 91, 0);
  double value = square_of(x[0], x[1], 91), got;
  for (size_t i = 0; i < 91; i++) want[0][i] = 2 * ((double)x[0][i] - (double)x[1][i]), want[1][i] = -want[0][i];
  ll_loss *loss = loss_named("cml_feature");
  works(ctx, evaluate(loss, in, grads, &got));
  ok(fabs(got - value) <= 1e-12 * value && same(grads[0], want[0], 91, 4 * LL_EPS) && same(grads[1], want[1], 91, 4 * LL_EPS),
     "cml_feature agrees with the plain loop");
  ll_loss_release(ctx, loss);
}

/* The definition, and its gradient by way of every pair of dimensions. */
static double covariance(const ll_real *y, size_t n, size_t d, bool printed, double *g) {
  double mean[20] = {0}, square = 0, diagonal = 0, c[20][20];
  memset(g, 0, n * d * sizeof *g);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) mean[j] += (double)y[i * d + j] / (double)n;
  for (size_t a = 0; a < d; a++)
    for (size_t b = 0; b < d; b++) {
      c[a][b] = 0;
      for (size_t i = 0; i < n; i++) c[a][b] += ((double)y[i * d + a] - mean[a]) * ((double)y[i * d + b] - mean[b]) / (double)n;
      square += c[a][b] * c[a][b];
      if (a == b) diagonal += c[a][b] * c[a][b];
    }
  for (size_t a = 0; a < d; a++)
    for (size_t b = 0; b < d; b++) {
      double slope = (printed ? square > 0 ? c[a][b] / sqrt(square) : 0 : 2 * c[a][b]) - (a == b ? 2 * c[a][b] : 0);
      for (size_t i = 0; i < n; i++) {
        g[i * d + a] += slope * ((double)y[i * d + b] - mean[b]) / (double)n / (double)n;
        g[i * d + b] += slope * ((double)y[i * d + a] - mean[a]) / (double)n / (double)n;
      }
    }
  return ((printed ? sqrt(square) : square) - diagonal) / (double)n;
}

static void covariance_cases(void) {
  static ll_real y[MOST], grads[1][MOST];
  static double want[MOST];
  int wrong = 0;
  for (uint64_t trial = 0; trial < 60; trial++) {
    ll_random r = ll_random_stream(seed, trial, "covariance");
    size_t n = 1 + (size_t)ll_random_below(&r, 40), d = 1 + (size_t)ll_random_below(&r, 19);
    draw(&r, y, n * d, (int)(trial % 3));
    if (trial == 7) memset(y, 0, sizeof y); /* nothing varies */
    ll_loss *loss = loss_named("covariance");
    bool printed = trial / 3 % 2;
    works(ctx, ll_params_set_choice(ctx, &loss->desc->params, loss->params, "form", printed ? "printed" : "decov"));
    double got, value = covariance(y, n, d, printed, want), top = 0;
    for (size_t i = 0; i < n * d; i++) top = fmax(top, fabs(want[i]));
    ll_matrix in = ll_matrix_wrap(y, n, d);
    works(ctx, evaluate(loss, &in, grads, &got));
    double rounding = (trial % 3 == 2 ? 1e5 : 1e3) * LL_EPS * (fabs(value) + top); /* far from 0 the means have few digits */
    bool fine = fabs(got - value) <= rounding + 1e-30;
    for (size_t i = 0; i < n * d; i++) fine = fine && fabs((double)grads[0][i] - want[i]) <= rounding + 1e-25;
    if (!fine && !wrong++) printf("# trial %d, seed %d: %.17g, expected %.17g\n", (int)trial, (int)seed, got, value);
    ll_loss_release(ctx, loss);
  }
  ok(wrong == 0, "covariance: random embeddings agree with the plain loop in both forms");
}

static void fails(ll_status got, ll_status want, const char *words) {
  if (!ok(got == want && strstr(ll_message(ctx), words), "%s: %s", ll_status_name(want), words))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void bad_inputs(void) {
  static ll_real x[3][MOST], grads[3][MOST];
  ll_matrix in[3] = {ll_matrix_wrap(x[0], 4, 3), ll_matrix_wrap(x[1], 4, 3), ll_matrix_wrap(x[2], 9, 3)};
  ll_loss *loss = loss_named("cml_metric");
  double value;
  fails(evaluate(loss, in, grads, &value), LL_ERR_SHAPE, "negatives (m,d) has 9 rows, which is not as many for each of 4 users");
  in[2] = ll_matrix_wrap(x[2], 8, 2);
  fails(evaluate(loss, in, grads, &value), LL_ERR_SHAPE, "negatives (m,d) is 8x2, which does not fit users (n,d), 4x3");
  in[2] = ll_matrix_wrap(x[2], 0, 3);
  fails(evaluate(loss, in, grads, &value), LL_ERR_SHAPE, "negatives is empty, 0x3");
  ll_loss_release(ctx, loss);
}

/* ---- the sampler ------------------------------------------------------------------------------------------------------- */

static void sampler(void) {
  enum { ITEMS = 40, USERS = 30, EACH = 4000 };
  size_t offsets[USERS + 1] = {0};
  static uint32_t liked[USERS * ITEMS], out[EACH];
  static bool likes[USERS][ITEMS];
  ll_random r = ll_random_stream(seed, 0, "likes");
  for (size_t u = 0; u < USERS; u++) {
    offsets[u + 1] = offsets[u];
    for (uint32_t i = 0; i < ITEMS; i++) {
      likes[u][i] = u == 1 ? i != 17 : u == 2 ? i >= 10 : u == 3 ? i < 30 : u > 0 && ll_random_uniform(&r) < (double)u / USERS;
      if (likes[u][i]) liked[offsets[u + 1]++] = i;
    }
  }
  ll_negatives *negatives = NULL;
  works(ctx, ll_negatives_new(ctx, ITEMS, USERS, offsets, liked, &negatives));
  int bad = 0, uneven = 0;
  for (uint32_t u = 0; u < USERS; u++) {
    size_t count[ITEMS] = {0}, left = ITEMS - (offsets[u + 1] - offsets[u]);
    works(ctx, ll_negatives_draw(ctx, negatives, &r, &u, 1, EACH, out));
    for (size_t k = 0; k < EACH; k++) {
      if (out[k] >= ITEMS || likes[u][out[k]]) bad++;
      else count[out[k]]++;
    }
    double mean = (double)EACH / (double)left, spread = sqrt(mean * (1 - 1 / (double)left));
    for (size_t i = 0; i < ITEMS; i++) uneven += !likes[u][i] && fabs((double)count[i] - mean) > 5 * spread;
  }
  ok(bad == 0, "no user gets an item it likes (%d)", bad);
  ok(uneven == 0, "and every other as often, within five deviations (%d)", uneven);

  const uint32_t both[2] = {5, 9}, stranger = USERS;
  ll_random first = ll_random_stream(1, 2, "draw"), second = first;
  uint32_t a[20], b[20];
  works(ctx, ll_negatives_draw(ctx, negatives, &first, both, 2, 10, a));
  works(ctx, ll_negatives_draw(ctx, negatives, &second, &both[0], 1, 10, b));
  works(ctx, ll_negatives_draw(ctx, negatives, &second, &both[1], 1, 10, b + 10));
  ok(memcmp(a, b, sizeof a) == 0, "users together or one by one draw the same");
  fails(ll_negatives_draw(ctx, negatives, &r, &stranger, 1, 1, out), LL_ERR_RANGE, "user 31, but there are 30 users");
  ll_negatives_free(ctx, negatives);

  const size_t one[] = {0, 2}, backwards[] = {0, 2, 1};
  const uint32_t all[] = {0, 1}, twice[] = {1, 1};
  const uint32_t user = 0;
  fails(ll_negatives_new(ctx, 1, 1, one, all, &negatives), LL_ERR_RANGE, "user 1 likes item 2, but there are 1 items");
  fails(ll_negatives_new(ctx, 3, 1, one, twice, &negatives), LL_ERR_ARGUMENT, "user 1: item 2 after item 2");
  fails(ll_negatives_new(ctx, 3, 2, backwards, all, &negatives), LL_ERR_ARGUMENT, "user 2 goes from 2 to 1");
  fails(ll_negatives_new(ctx, 0, 1, one, all, &negatives), LL_ERR_RANGE, "0 items");
  works(ctx, ll_negatives_new(ctx, 2, 1, one, all, &negatives));
  fails(ll_negatives_draw(ctx, negatives, &r, &user, 1, 1, out), LL_ERR_RANGE, "user 1 likes all 2 items");
  ll_negatives_free(ctx, negatives);

  size_t before = ll_memory_used(ctx);
  uint64_t nth = 1;
  for (;; nth++) {
    ll_memory_fail_at(ctx, nth);
    ll_status status = ll_negatives_new(ctx, ITEMS, USERS, offsets, liked, &negatives);
    ll_memory_fail_at(ctx, 0);
    if (status == LL_OK) break;
    if (status != LL_ERR_MEMORY || negatives || ll_memory_used(ctx) != before) ok(false, "allocation %d fails", (int)nth);
  }
  ll_negatives_free(ctx, negatives);
  ok(nth == 4 && ll_memory_used(ctx) == before, "a sampler survives each of its %d allocations failing", (int)nth - 1);
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  metric_cases();
  feature_cases();
  covariance_cases();
  bad_inputs();
  sampler();
  ll_ctx_close(ctx);
  return done();
}
