/* Metrics of real values against their definitions in plain loops, over drawn cases with ties, far from 0 and with weights; what
 * maps of scores and values leave as it is; and what is refused. */
#include "tests/metric_cases.h"

static double w_of(size_t i, bool weighted) { return weighted ? (double)weights[i] : 1; }

static double mean_cost(size_t n, bool weighted, double tau, char which) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < n; i++) {
    double s = (double)scores[i], y = (double)labels[i], r = s - y, cost = 0;
    if (which == 's') cost = r * r;
    if (which == 'a') cost = fabs(r);
    if (which == 'q') cost = fmax(tau * -r, (1 - tau) * r);
    if (which == 'p') cost = 2 * ((y > 0 ? y * log(y / s) : 0) - y + s);
    sum += w_of(i, weighted) * cost, total += w_of(i, weighted);
  }
  return sum / total;
}

static double plain_correlation(const double *x, const double *y, size_t n, bool weighted) {
  double w = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < n; i++) w += w_of(i, weighted), mx += w_of(i, weighted) * x[i], my += w_of(i, weighted) * y[i];
  mx /= w, my /= w;
  for (size_t i = 0; i < n; i++) {
    double a = x[i] - mx, b = y[i] - my;
    xx += w_of(i, weighted) * a * a, yy += w_of(i, weighted) * b * b, xy += w_of(i, weighted) * a * b;
  }
  return xx > 0 ? xy / sqrt(xx * yy) : 0;
}

static double plain_spread(size_t n, bool weighted) {
  double w = 0, mean = 0, spread = 0;
  for (size_t i = 0; i < n; i++) w += w_of(i, weighted), mean += w_of(i, weighted) * (double)labels[i];
  mean /= w;
  for (size_t i = 0; i < n; i++) spread += w_of(i, weighted) * ((double)labels[i] - mean) * ((double)labels[i] - mean);
  return spread / w;
}

/* 1 + how many are below + half of how many others are equal. */
static void plain_ranks(const ll_real *x, size_t n, double *out) {
  for (size_t i = 0; i < n; i++) {
    out[i] = 1;
    for (size_t j = 0; j < n; j++) out[i] += x[j] < x[i] ? 1 : j != i && x[j] == x[i] ? 0.5 : 0;
  }
}

static double plain_concordance(size_t n) {
  double right = 0, pairs = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      if (labels[i] > labels[j]) pairs++, right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
  return right / pairs;
}

static double plain_median(size_t n) {
  double sizes[MOST];
  for (size_t i = 0; i < n; i++) {
    double size = fabs((double)scores[i] - (double)labels[i]);
    size_t at = i;
    for (; at > 0 && sizes[at - 1] > size; at--) sizes[at] = sizes[at - 1];
    sizes[at] = size;
  }
  return n % 2 ? sizes[n / 2] : (sizes[n / 2 - 1] + sizes[n / 2]) / 2;
}

static size_t draw(ll_random *r, int kind) {
  size_t n = 2 + ll_random_below(r, MOST - 2);
  double base = kind == 2 ? 1000 : 0;
  for (size_t i = 0; i < n; i++) {
    labels[i] = (ll_real)(base + (kind == 1 ? (double)ll_random_below(r, 5) : fabs(ll_random_normal(r))));
    scores[i] = (ll_real)(base + (kind == 1 ? 0.5 * (double)(1 + ll_random_below(r, 6)) : 0.1 + fabs(ll_random_normal(r))));
    weights[i] = (ll_real)(i < 2 ? 1 : (double)ll_random_below(r, 4) / 2);
  }
  labels[0] = (ll_real)(base + 6); /* not all the same */
  return n;
}

static void definitions(void) {
  ll_random r = ll_random_stream(seed, 0, "metric_values");
  double a[MOST], b[MOST];
  for (int c = 0; c < CASES; c++) {
    size_t n = draw(&r, c % 3);
    bool weighted = c % 2;
    double near_to = c % 3 == 2 ? 1e-8 : 1e-12, tau[] = {0.05 + 0.9 * ll_random_uniform(&r)};
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), m = ll_matrix_wrap(weights, n, 1);
    const ll_matrix *w = weighted ? &m : NULL;
    double mse = mean_cost(n, weighted, 0, 's');
    all_near(eval("mse", s, y, w, NULL), mse, near_to, "mse, case %d, seed %u", c, seed);
    all_near(eval("rmse", s, y, w, NULL), sqrt(mse), near_to, "rmse, case %d", c);
    all_near(eval("mae", s, y, w, NULL), mean_cost(n, weighted, 0, 'a'), near_to, "mae, case %d", c);
    all_near(eval("pinball", s, y, w, tau), mean_cost(n, weighted, tau[0], 'q'), near_to, "pinball at %g, case %d", tau[0], c);
    all_near(eval("pinball", s, y, w, NULL), mean_cost(n, weighted, 0.5, 'q'), near_to, "pinball, case %d", c);
    all_near(eval("poisson_deviance", s, y, w, NULL), mean_cost(n, weighted, 0, 'p'), 1e-8, "poisson_deviance, case %d", c);
    all_near(eval("r2", s, y, w, NULL), 1 - mse / plain_spread(n, weighted), near_to, "r2, case %d", c);
    for (size_t i = 0; i < n; i++) a[i] = (double)scores[i], b[i] = (double)labels[i];
    all_near(eval("pearson", s, y, w, NULL), plain_correlation(a, b, n, weighted), near_to, "pearson, case %d", c);
    plain_ranks(scores, n, a), plain_ranks(labels, n, b);
    all_near(eval("spearman", s, y, NULL, NULL), plain_correlation(a, b, n, false), 1e-12, "spearman, case %d", c);
    all_near(eval("concordance", s, y, NULL, NULL), plain_concordance(n), 1e-12, "concordance, case %d", c);
    all_near(eval("median_absolute_error", s, y, NULL, NULL), plain_median(n), 1e-12, "median_absolute_error, case %d", c);
  }
  ok(true, "metrics of real values are what their definitions say, in %d cases", CASES);
}

/* Of two values concordance is auc; correlations do not see scales, ranks no monotone map. */
static void relations(void) {
  ll_random r = ll_random_stream(seed, 1, "metric_values");
  static ll_real mapped[MOST];
  for (int c = 0; c < CASES; c++) {
    size_t n = draw_binary(&r);
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), t = ll_matrix_wrap(mapped, n, 1);
    for (size_t i = 0; i < n; i++) mapped[i] = 4 * scores[i] - 2;
    all_near(eval("concordance", s, y, NULL, NULL), eval("auc", s, y, NULL, NULL), 1e-14, "concordance is auc, case %d, seed %u", c,
             seed);
    all_near(eval("pearson", t, y, NULL, NULL), eval("pearson", s, y, NULL, NULL), 1e-6, "pearson of another scale, case %d", c);
    all_near(eval("spearman", t, y, NULL, NULL), eval("spearman", s, y, NULL, NULL), 0, "spearman, case %d", c);
  }
  ok(true, "concordance of two values is auc; correlations do not see scales");
}

static void edges(void) {
  ll_real zero[] = {3, 3, 3, 3}, values[] = {1, 2, 3, 4};
  ll_matrix flat = ll_matrix_wrap(zero, 4, 1), y = ll_matrix_wrap(values, 4, 1), one = ll_matrix_wrap(values, 1, 1);
  near(eval("pearson", flat, y, NULL, NULL), 0, 0, 0, "scores that are all the same go along with nothing");
  near(eval("spearman", flat, y, NULL, NULL), 0, 0, 0, "their ranks neither");
  near(eval("concordance", flat, y, NULL, NULL), 0.5, 0, 0, "each pair is half right");
  near(eval("r2", y, y, NULL, NULL), 1, 0, 0, "r2 of the values themselves");
  near(eval("median_absolute_error", one, one, NULL, NULL), 0, 0, 0, "a single row");
  static const char *const spread[] = {"r2", "pearson", "spearman", "concordance"};
  for (size_t i = 0; i < LL_ROWS(spread); i++) {
    refuse(spread[i], &y, &flat, NULL, LL_ERR_LABEL, "all 4 values are the same (3)");
    refuse(spread[i], &one, &one, NULL, LL_ERR_LABEL, "all 1 values are the same (1)");
  }
  ll_real none[] = {1, 0, 2, 3}, below[] = {1, 2, -1, 0};
  ll_matrix bad = ll_matrix_wrap(none, 4, 1), minus = ll_matrix_wrap(below, 4, 1);
  refuse("poisson_deviance", &bad, &y, NULL, LL_ERR_RANGE, "the score of row 2 is 0, no rate: a number > 0 expected");
  refuse("poisson_deviance", &y, &minus, NULL, LL_ERR_RANGE, "the value of row 3 is -1, no count: a number >= 0 expected");
  refuse("mse", &y, &(ll_matrix){.data = (ll_real[]){1, 2, (ll_real)NAN, 4}, .rows = 4, .cols = 1, .stride = 1}, NULL,
         LL_ERR_NUMBER, "values, row 3: NaN");
  refuse("mae", &y, &one, NULL, LL_ERR_SHAPE, "values (n,1) is 1x1");
}

int main(void) {
  void (*const tests[])(void) = {definitions, relations, edges};
  return run(tests, sizeof tests / sizeof *tests);
}
