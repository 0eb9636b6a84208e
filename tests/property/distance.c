/* Distances against their definitions as plain loops, row by row and for all pairs; the axioms of a metric, for those that are one
 * and against those that are not; points far from the origin and close to each other. Then each allocation failing. */
#include "losslab/distance.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

enum { N = 23, M = 17, MOST_D = 33, CASES = 30 };
static const uint64_t seed = 20240721;
static ll_ctx *ctx;
static ll_real rows_a[N * MOST_D], rows_b[N * MOST_D], precision[MOST_D * MOST_D];
static size_t d;

static double definition(const char *name, double p, const ll_real *x, const ll_real *y) {
  double sum = 0, most = 0, xy = 0, xx = 0, yy = 0, form = 0, powers = 0, jeffreys = 0;
  long double js = 0; /* logarithms of near rows cancel */
  for (size_t j = 0; j < d; j++) {
    double a = (double)x[j], b = (double)y[j], u = fabs(a - b);
    sum += u, most = fmax(most, u);
    xy += a * b, xx += a * a, yy += b * b;
    powers += pow(u, p);
    long double la = a, lb = b;
    js += (a > 0 ? la * logl(2 * la / (la + lb)) : 0) + (b > 0 ? lb * logl(2 * lb / (la + lb)) : 0);
    jeffreys += a > 0 || b > 0 ? (a - b) * log(a / b) : 0;
    for (size_t k = 0; k < d; k++) form += (a - b) * (double)precision[j * d + k] * ((double)x[k] - (double)y[k]);
  }
  if (!strcmp(name, "manhattan")) return sum;
  if (!strcmp(name, "chebyshev")) return most;
  if (!strcmp(name, "jensen_shannon")) return sqrt(fmax(0, (double)js) / 2);
  if (!strcmp(name, "jeffreys")) return jeffreys;
  if (!strcmp(name, "minkowski")) return pow(powers, 1 / p);
  if (!strcmp(name, "mahalanobis")) return sqrt(fmax(0, form));
  if (!strcmp(name, "squared") || !strcmp(name, "euclidean")) {
    double square = 0;
    for (size_t j = 0; j < d; j++) square += ((double)x[j] - (double)y[j]) * ((double)x[j] - (double)y[j]);
    return name[0] == 's' ? square : sqrt(square);
  }
  if (!strcmp(name, "cosine")) { /* half the square between unit rows */
    double half = 0;
    for (size_t j = 0; j < d; j++) half += 0.5 * pow((double)x[j] / sqrt(xx) - (double)y[j] / sqrt(yy), 2);
    return half;
  }
  return NAN; /* a distance without its definition here fails */
}

static ll_node *node_of(const ll_real *x, size_t n, size_t m) {
  ll_matrix matrix;
  ll_node *node = NULL;
  works(ctx, ll_matrix_new(ctx, n, m, &matrix));
  memcpy(matrix.data, x, n * m * sizeof *x);
  works(ctx, ll_node_new(ctx, &matrix, true, &node));
  return node;
}

/* A precision matrix G G' / d + 1/2; of rank 1 now and then. */
static void draw_precision(ll_random *r, bool low_rank) {
  static double g[MOST_D * MOST_D];
  for (size_t i = 0; i < d * d; i++) g[i] = low_rank && i % d ? 0 : (double)ll_random_below(r, 9) / 4 - 1;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double sum = i == j && !low_rank ? 0.5 : 0;
      for (size_t k = 0; k < d; k++) sum += g[i * d + k] * g[j * d + k] / (double)d;
      precision[i * d + j] = (ll_real)sum;
    }
}

static void draw(ll_random *r, ll_real *x, size_t n, unsigned kind) {
  for (size_t i = 0; i < n * d; i++) {
    double u = ll_random_normal(r);
    if (kind == 1) u = (double)ll_random_below(r, 5);
    if (kind == 2) u = 1000 + 0.01 * u;
    if (kind == 1 && i % d == 0) u += 1; /* no zero row */
    x[i] = (ll_real)u;
  }
}

/* Each row over its sum; of kind 1 with zeros in some places, of kind 2 all rows near each other. */
static void normalise(ll_real *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < d; j++) sum += fabs((double)x[i * d + j]);
    for (size_t j = 0; j < d; j++) x[i * d + j] = (ll_real)(fabs((double)x[i * d + j]) / sum);
  }
}

static void values(const ll_distance_desc *desc) {
  int wrong = 0;
  for (uint64_t number = 0; number < CASES; number++) {
    ll_random r = ll_random_stream(seed, number, desc->name);
    unsigned kind = (unsigned)(number % 3);
    d = 1 + (size_t)ll_random_below(&r, MOST_D);
    draw(&r, rows_a, N, kind), draw(&r, rows_b, N, kind);
    if (desc->distributions) normalise(rows_a, N), normalise(rows_b, N);
    memcpy(rows_b + 3 * d, rows_a + 3 * d, d * sizeof *rows_a);
    bool low_rank = number % 5 == 4;
    draw_precision(&r, low_rank);
    ll_matrix given = ll_matrix_wrap(precision, d, d);
    ll_distance_options o = {.precision = desc->precision ? &given : NULL};
    ll_params_default(&desc->params, o.params);
    if (desc->params.count) o.params[0] = 1 + (double)ll_random_below(&r, 8) / 2;
    for (int pairwise = 0; pairwise < 2; pairwise++) {
      size_t m = pairwise ? M : N;
      o.pairwise = pairwise;
      ll_node *a = node_of(rows_a, N, d), *b = node_of(rows_b, m, d), *out = NULL;
      works(ctx, ll_distance_apply(ctx, desc, &o, a, b, &out));
      double most = 0;
      for (size_t i = 0; out && i < N * (pairwise ? M : 1); i++) most = fmax(most, fabs((double)out->value.data[i]));
      for (size_t i = 0; out && i < N; i++)
        for (size_t k = pairwise ? 0 : i; k < (pairwise ? M : i + 1); k++) {
          double got = (double)ll_matrix_row(&out->value, i)[pairwise ? k : 0];
          double want = definition(desc->name, o.params[0], rows_a + i * d, rows_b + k * d);
          /* a singular precision matrix is known to the rounding of its root */
          double slack = desc->precision ? (low_rank ? 40 * sqrt((double)LL_EPS) : 200 * (double)LL_EPS) * most : 0;
          double rtol = 100 * LL_EPS + (kind == 2 && !strcmp(desc->name, "cosine") ? 0.01 : 0);
          if (!strcmp(desc->name, "cosine")) slack = (double)LL_EPS * (double)LL_EPS * 4e2 + (kind == 2 ? 1e-3 * most : 0);
          if (desc->distributions && kind == 2) rtol += 1e-5, slack = 1e-12;
          if (isinf(want) ? got >= want : fabs(got - want) <= rtol * want + slack + 1e-300) continue;
          if (!wrong++)
            printf("#   %s%s, case %d, seed %d, d = %zu: rows %zu, %zu give %.17g, expected %.17g\n", desc->name,
                   pairwise ? ", pairwise" : "", (int)number, (int)seed, d, i + 1, k + 1, got, want);
        }
      ll_node_release(ctx, a), ll_node_release(ctx, b), ll_node_release(ctx, out);
    }
  }
  ok(wrong == 0, "%s agrees with its definition, row by row and for all pairs", desc->name);
}

/* Over whole numbers all pairs of N rows: D(i,i) = 0, symmetry, every triangle. */
static void axioms(const ll_distance_desc *desc) {
  ll_random r = ll_random_stream(seed, 99, desc->name);
  d = 3;
  draw(&r, rows_a, N, 1);
  if (desc->distributions) {
    for (size_t i = 0; i < N * d; i++) rows_a[i] += (ll_real)0.25; /* none is infinite */
    normalise(rows_a, N);
  }
  draw_precision(&r, false);
  ll_matrix given = ll_matrix_wrap(precision, d, d);
  ll_distance_options o = {.pairwise = true, .precision = desc->precision ? &given : NULL};
  ll_params_default(&desc->params, o.params);
  ll_node *a = node_of(rows_a, N, d), *out = NULL;
  works(ctx, ll_distance_apply(ctx, desc, &o, a, a, &out));
  if (!out) return;
  double itself = 0, turned = 0, triangle = -INFINITY, least = INFINITY, most = 0;
#define D(i, j) ((double)ll_matrix_row(&out->value, i)[j])
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++) {
      bool equal = memcmp(rows_a + i * d, rows_a + j * d, d * sizeof *rows_a) == 0;
      if (equal) itself = fmax(itself, fabs(D(i, j)));
      else least = fmin(least, D(i, j));
      turned = fmax(turned, fabs(D(i, j) - D(j, i))), most = fmax(most, D(i, j));
      for (size_t k = 0; k < N; k++) triangle = fmax(triangle, D(i, k) - D(i, j) - D(j, k));
    }
  ok(itself <= 0, "%s of a row to itself is 0", desc->name);
  ok(turned <= 4 * LL_EPS * most, "%s is symmetric", desc->name);
  if (desc->axioms.hold == LL_AXIOMS_METRIC) {
    ok(least > 0, "%s of different rows is more than 0 (%g)", desc->name, least);
    ok(triangle <= 8 * LL_EPS * most, "%s keeps the triangle inequality", desc->name);
  } else {
    ok(triangle > 0.01 * most, "%s does not keep the triangle inequality, and does not say so", desc->name);
  }
  ll_node_release(ctx, a), ll_node_release(ctx, out);
}

/* The identity as precision is Euclid; minkowski's ends. */
static void relatives(void) {
  ll_random r = ll_random_stream(seed, 7, "relatives");
  d = 6;
  draw(&r, rows_a, N, 0), draw(&r, rows_b, N, 0);
  static ll_real eye[MOST_D * MOST_D];
  for (size_t i = 0; i < d; i++) eye[i * d + i] = 1;
  ll_matrix one = ll_matrix_wrap(eye, d, d);
  static const struct {
    const char *name, *of;
    double p;
    bool eye;
  } equal[] = {{"minkowski", "manhattan", 1, false},
               {"minkowski", "euclidean", 2, false},
               {"minkowski", "chebyshev", 1e6, false},
               {"mahalanobis", "euclidean", 0, true}};
  for (size_t k = 0; k < sizeof equal / sizeof *equal; k++) {
    const ll_distance_desc *x = NULL, *y = NULL;
    works(ctx, ll_distance_find(ctx, equal[k].name, &x));
    works(ctx, ll_distance_find(ctx, equal[k].of, &y));
    ll_distance_options ox = {.params = {equal[k].p}, .precision = equal[k].eye ? &one : NULL}, oy = {0};
    ll_node *a = node_of(rows_a, N, d), *b = node_of(rows_b, N, d), *first = NULL, *second = NULL;
    works(ctx, ll_distance_apply(ctx, x, &ox, a, b, &first));
    works(ctx, ll_distance_apply(ctx, y, &oy, a, b, &second));
    double worst = 0;
    for (size_t i = 0; i < N; i++) worst = fmax(worst, fabs((double)first->value.data[i] / (double)second->value.data[i] - 1));
    ok(worst <= 8 * LL_EPS + (equal[k].p > 2 ? 3e-6 : 0), "%s {%g} is %s", equal[k].name, equal[k].p, equal[k].of);
    ll_node_release(ctx, a), ll_node_release(ctx, b), ll_node_release(ctx, first), ll_node_release(ctx, second);
  }
}

/* The fitted matrix times the covariance is the identity. */
static void fit(void) {
  ll_random r = ll_random_stream(seed, 8, "fit");
  d = 5;
  draw(&r, rows_a, N, 0);
  for (size_t i = 0; i < N; i++) rows_a[i * d + 4] = rows_a[i * d] + (ll_real)0.25 * rows_a[i * d + 4] + 3;
  ll_matrix x = ll_matrix_wrap(rows_a, N, d), inverse = {0};
  works(ctx, ll_mahalanobis_fit(ctx, &x, 0.125, &inverse));
  double worst = 0, mean[5] = {0};
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < d; j++) mean[j] += (double)rows_a[i * d + j] / N;
  for (size_t i = 0; i < d; i++)
    for (size_t k = 0; k < d; k++) {
      double sum = i == k ? -1 : 0;
      for (size_t j = 0; j < d; j++) {
        double s = j == i ? 0.125 : 0;
        for (size_t n = 0; n < N; n++) s += ((double)rows_a[n * d + i] - mean[i]) * ((double)rows_a[n * d + j] - mean[j]) / (N - 1);
        sum += s * (double)ll_matrix_row(&inverse, j)[k];
      }
      worst = fmax(worst, fabs(sum));
    }
  ok(worst < 200 * LL_EPS, "the fitted matrix is the inverse of the covariance (%g)", worst);
  ll_matrix_release(ctx, &inverse);
  for (size_t i = 0; i < N; i++) rows_a[i * d + 3] = rows_a[i * d + 1] - rows_a[i * d];
  ok(ll_mahalanobis_fit(ctx, &x, 0, &inverse) == LL_ERR_SINGULAR && strstr(ll_message(ctx), "column 4 "),
     "a dependent column is named: %s", ll_message(ctx));
}

/* A wide matrix is factored block by block: a dependent column is named in whichever block it is, and without it there is none. */
static void wide_fit(void) {
  enum { WIDE = 96, ROWS = 200 };
  static ll_real x[ROWS * WIDE];
  static const size_t dependent[] = {1, 31, 40, 63, 64, 90, 95};
  for (size_t k = 0; k < sizeof dependent / sizeof *dependent; k++) {
    ll_random r = ll_random_stream(seed, 9, "wide");
    size_t j = dependent[k];
    char column[40];
    snprintf(column, sizeof column, "column %zu of X", j + 1);
    for (size_t i = 0; i < ROWS * WIDE; i++) x[i] = (ll_real)ll_random_below(&r, 64);
    ll_matrix m = ll_matrix_wrap(x, ROWS, WIDE), inverse = {0};
    works(ctx, ll_mahalanobis_fit(ctx, &m, 0, &inverse));
    ll_matrix_release(ctx, &inverse);
    for (size_t i = 0; i < ROWS; i++) x[i * WIDE + j] = j > 1 ? x[i * WIDE] - x[i * WIDE + j - 1] : 3 * x[i * WIDE];
    ok(ll_mahalanobis_fit(ctx, &m, 0, &inverse) == LL_ERR_SINGULAR && strstr(ll_message(ctx), column), "it is %s: %s", column,
       ll_message(ctx));
  }
}

/* Forward, backward and fit. */
static ll_status once(ll_ctx *own, const ll_distance_desc *desc, bool pairwise) {
  ll_matrix x = {0}, y = {0}, p = {0};
  ll_node *a = NULL, *b = NULL, *out = NULL, *sum = NULL;
  ll_status status;
  ll_matrix wrapped = ll_matrix_wrap(rows_a, N, d), other = ll_matrix_wrap(rows_b, N, d);
  LL_GOTO(end, ll_matrix_copy(own, &wrapped, &x));
  LL_GOTO(end, ll_node_new(own, &x, true, &a));
  LL_GOTO(end, ll_matrix_copy(own, &other, &y));
  LL_GOTO(end, ll_node_new(own, &y, true, &b));
  LL_GOTO(end, ll_mahalanobis_fit(own, &wrapped, 1, &p));
  ll_distance_options o = {.pairwise = pairwise, .precision = desc->precision ? &p : NULL};
  ll_params_default(&desc->params, o.params);
  LL_GOTO(end, ll_distance_apply(own, desc, &o, a, b, &out));
  LL_GOTO(end, ll_apply(own, ll_op_find("sum"), &out, NULL, &sum));
  LL_GOTO(end, ll_backward(own, sum, NULL, false));
end:
  ll_node_release(own, a), ll_node_release(own, b), ll_node_release(own, out), ll_node_release(own, sum);
  ll_matrix_release(own, &p);
  return status;
}

static void allocations(const ll_distance_desc *desc) {
  d = 12;
  memcpy(rows_b + 5 * d, rows_a + 5 * d, d * sizeof *rows_a), rows_b[5 * d] += (ll_real)1e-4; /* near pairs go another way */
  if (desc->distributions) normalise(rows_a, N), normalise(rows_b, N);
  for (int pairwise = 0; pairwise < 2; pairwise++)
    for (uint64_t nth = 1;; nth++) {
      ll_ctx *own;
      if (ll_ctx_open(&own) != LL_OK) return;
      ll_memory_fail_at(own, nth);
      ll_status status = once(own, desc, pairwise);
      ll_memory_fail_at(own, 0);
      bool right = status == LL_OK || (status == LL_ERR_MEMORY && once(own, desc, pairwise) == LL_OK);
      ll_ctx_close(own);
      if (right && status != LL_OK) continue;
      ok(right && nth > 5, "%s%s survives each of its %d allocations failing", desc->name, pairwise ? ", pairwise," : "",
         (int)nth - 1);
      break;
    }
}

int main(void) {
  if (ll_ctx_open(&ctx)) return 1;
  for (size_t k = 0; k < ll_distance_count; k++) values(ll_distances[k]), axioms(ll_distances[k]);
  relatives();
  fit();
  wide_fit();
  for (size_t k = 0; k < ll_distance_count; k++) allocations(ll_distances[k]);
  ll_ctx_close(ctx);
  return done();
}
