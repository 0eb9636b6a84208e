/* Metrics against their quadratic definitions over random sizes, ties and weights, and what must not change them. */
#include "losslab/metric.h"

#include "tests/tap.h"

enum { MOST = 200, CASES = 200 };
static ll_ctx *ctx;
static const unsigned seed = 20240607;

typedef struct sample {
  size_t n;
  ll_real scores[MOST], labels[MOST], weights[MOST];
} sample;

/* Both classes present; levels distinct scores: few give long ties, 0 gives none to speak of. */
static sample draw(ll_random *r) {
  static const uint64_t levels[] = {1, 2, 5, 40, 0};
  sample c = {.n = 2 + ll_random_below(r, ll_random_below(r, 2) ? 12 : MOST - 2)};
  uint64_t level = levels[ll_random_below(r, 5)];
  double share = ll_random_uniform(r);
  bool signs = ll_random_below(r, 2);
  for (size_t i = 0; i < c.n; i++) {
    bool target = i == 0 || (i > 1 && ll_random_uniform(r) < share);
    c.labels[i] = target ? 1 : signs ? -1 : 0;
    double x = level ? (double)ll_random_below(r, level) - 2 : ll_random_normal(r);
    c.scores[i] = (ll_real)(x + (target && level != 1 ? 0.5 * (level > 2 || !level) : 0));
    c.weights[i] = (ll_real)(i < 2 ? 1 : (double)ll_random_below(r, 4));
  }
  return c;
}

static double eval(const char *name, const sample *c, bool weighted, const double *params) {
  ll_matrix s = ll_matrix_wrap((ll_real *)c->scores, c->n, 1), y = ll_matrix_wrap((ll_real *)c->labels, c->n, 1);
  ll_matrix w = ll_matrix_wrap((ll_real *)c->weights, c->n, 1);
  const ll_metric_desc *m;
  double out = NAN;
  if (ll_metric_find(ctx, name, &m) != LL_OK || ll_metric_eval(ctx, m, &s, &y, weighted ? &w : NULL, params, &out) != LL_OK)
    ok(false, "%s: %s", name, ll_message(ctx));
  return out;
}

static double weight_of(const sample *c, size_t i, bool weighted) { return weighted ? (double)c->weights[i] : 1; }

static double slow_auc(const sample *c, bool weighted) {
  double won = 0, all = 0;
  for (size_t i = 0; i < c->n; i++)
    for (size_t j = 0; j < c->n; j++) {
      if (c->labels[i] != 1 || c->labels[j] == 1) continue;
      double w = weight_of(c, i, weighted) * weight_of(c, j, weighted);
      won += w * (c->scores[i] > c->scores[j] ? 1 : c->scores[i] == c->scores[j] ? 0.5 : 0);
      all += w;
    }
  return won / all;
}

/* Targets (or decoys) at or above a score. */
static double at_or_above(const sample *c, ll_real score, bool targets, bool weighted) {
  double count = 0;
  for (size_t i = 0; i < c->n; i++)
    if (c->scores[i] >= score && (c->labels[i] == 1) == targets) count += weight_of(c, i, weighted);
  return count;
}

static double slow_average_precision(const sample *c, bool weighted) {
  double sum = 0, all = 0;
  for (size_t i = 0; i < c->n; i++) {
    if (c->labels[i] != 1 || weight_of(c, i, weighted) == 0) continue;
    double t = at_or_above(c, c->scores[i], true, weighted), d = at_or_above(c, c->scores[i], false, weighted);
    sum += weight_of(c, i, weighted) * t / (t + d);
    all += weight_of(c, i, weighted);
  }
  return sum / all;
}

/* The curve's height at a false positive rate, its corners found one by one; the area by a rule that is exact between
 * corners, so by summing trapezoids over all corners up to max_fpr. */
static double slow_partial_auc(const sample *c, double max_fpr, bool weighted) {
  double t_all = at_or_above(c, -1000, true, weighted), d_all = at_or_above(c, -1000, false, weighted);
  double area = 0, x0 = 0, y0 = 0;
  ll_real last = 1000;
  while (x0 < max_fpr) {
    ll_real next = -1000; /* the next lower distinct score */
    for (size_t i = 0; i < c->n; i++)
      if (c->scores[i] < last && c->scores[i] > next) next = c->scores[i];
    if (next == -1000) break;
    double x1 = at_or_above(c, next, false, weighted) / d_all, y1 = at_or_above(c, next, true, weighted) / t_all;
    if (x1 > max_fpr) y1 = y0 + (y1 - y0) * (max_fpr - x0) / (x1 - x0), x1 = max_fpr;
    area += (x1 - x0) * (y0 + y1) / 2;
    x0 = x1, y0 = y1, last = next;
  }
  double least = max_fpr * max_fpr / 2;
  return 0.5 * (1 + (area - least) / (max_fpr - least));
}

static double slow_qvalue(const sample *c, size_t row) {
  double q = 1;
  for (size_t i = 0; i < c->n; i++) {
    if (c->scores[i] > c->scores[row]) continue;
    double fdr = (at_or_above(c, c->scores[i], false, false) + 1) / at_or_above(c, c->scores[i], true, false);
    if (fdr < q) q = fdr;
  }
  return q;
}

static double slow_delong(const sample *c) {
  double auc = slow_auc(c, false), sums[2] = {0}, counts[2] = {0};
  for (size_t i = 0; i < c->n; i++) {
    double won = 0, all = 0;
    for (size_t j = 0; j < c->n; j++) {
      if ((c->labels[i] == 1) == (c->labels[j] == 1)) continue;
      ll_real target = c->labels[i] == 1 ? c->scores[i] : c->scores[j], decoy = c->labels[i] == 1 ? c->scores[j] : c->scores[i];
      won += target > decoy ? 1 : target == decoy ? 0.5 : 0, all++;
    }
    sums[c->labels[i] == 1] += (won / all - auc) * (won / all - auc);
    counts[c->labels[i] == 1]++;
  }
  return sums[0] / (counts[0] - 1) / counts[0] + sums[1] / (counts[1] - 1) / counts[1];
}

static void definitions(void) {
  ll_random r = ll_random_stream(seed, 1, "metric");
  for (int k = 0; k < CASES; k++) {
    sample c = draw(&r);
    double max_fpr = 0.01 + 0.99 * ll_random_uniform(&r);
    for (int weighted = 0; weighted < 2; weighted++) {
      all_near(eval("auc", &c, weighted, NULL), slow_auc(&c, weighted), 1e-13, "auc, case %d, n %zu", k, c.n);
      all_near(eval("average_precision", &c, weighted, NULL), slow_average_precision(&c, weighted), 1e-13, "ap, case %d", k);
      all_near(eval("partial_auc", &c, weighted, &max_fpr), slow_partial_auc(&c, max_fpr, weighted), 1e-11,
               "pauc, case %d, n %zu, %g", k, c.n, max_fpr);
      all_near(eval("partial_auc", &c, weighted, (double[]){1}), slow_auc(&c, weighted), 1e-12, "partial_auc(1) = auc, case %d", k);
    }
  }
  ok(true, "auc, average_precision and partial_auc are what they are defined to be, weighted or not (seed %u)", seed);
}

static void false_discoveries(void) {
  ll_random r = ll_random_stream(seed, 2, "metric");
  for (int k = 0; k < CASES; k++) {
    sample c = draw(&r);
    ll_matrix s = ll_matrix_wrap(c.scores, c.n, 1), y = ll_matrix_wrap(c.labels, c.n, 1), q;
    double level = ll_random_below(&r, 8) ? ll_random_uniform(&r) : 1;
    size_t accepted = 0;
    works(ctx, ll_metric_qvalues(ctx, &s, &y, &q));
    for (size_t i = 0; i < c.n; i++) {
      double want = slow_qvalue(&c, i);
      accepted += c.labels[i] == 1 && want <= level;
      all_near((double)q.data[i], want, (double)LL_EPS, "q-value, case %d, n %zu, row %zu", k, c.n, i + 1);
      for (size_t j = 0; j < i; j++)
        if ((c.scores[i] > c.scores[j] && q.data[i] > q.data[j]) || (c.scores[i] == c.scores[j] && q.data[i] != q.data[j])) {
          ok(false, "q-values fall as scores rise, ties share one: case %d, rows %zu and %zu", k, j + 1, i + 1);
          return;
        }
    }
    ll_matrix_release(ctx, &q);
    all_near(eval("targets_at_fdr", &c, false, &level), (double)accepted, 0, "targets_at_fdr(%g), case %d", level, k);
  }
  ok(true, "q-values and targets_at_fdr are what they are defined to be (seed %u)", seed);
}

/* All of the ranking metrics, as one list to compare. */
static void ranking_metrics(const sample *c, double out[4]) {
  out[0] = eval("auc", c, false, NULL);
  out[1] = eval("partial_auc", c, false, NULL);
  out[2] = eval("average_precision", c, false, NULL);
  out[3] = eval("targets_at_fdr", c, false, (double[]){0.3});
}

static void invariances(void) {
  ll_random r = ll_random_stream(seed, 3, "metric");
  for (int k = 0; k < CASES; k++) {
    sample c = draw(&r), mapped = c, mixed = c, turned = c;
    uint32_t order[MOST];
    double plain[4], other[4];
    ll_random_permutation(&r, order, c.n);
    for (size_t i = 0; i < c.n; i++) {
      mapped.scores[i] = c.scores[i] * 8 - 1024; /* monotone; in float it may join scores, never turn them */
      mixed.scores[i] = c.scores[order[i]], mixed.labels[i] = c.labels[order[i]];
      turned.scores[i] = -c.scores[i];
    }
    for (size_t i = 0; i < c.n; i++) /* so compare with the scores that the map kept apart */
      c.scores[i] = (mapped.scores[i] + 1024) / 8;
    ranking_metrics(&c, plain);
    ranking_metrics(&mapped, other);
    for (int i = 0; i < 4; i++) all_near(other[i], plain[i], 0, "a monotone map changes nothing: metric %d, case %d", i, k);
    for (size_t i = 0; i < c.n; i++) c.scores[i] = -turned.scores[i];
    ranking_metrics(&c, plain);
    ranking_metrics(&mixed, other);
    for (int i = 0; i < 4; i++) all_near(other[i], plain[i], 0, "the order of rows changes nothing: metric %d, case %d", i, k);
    all_near(plain[0] + eval("auc", &turned, false, NULL), 1, 1e-15, "auc(s) + auc(-s) = 1: case %d", k);
  }
  ok(true, "ranking metrics ignore monotone maps and row order, auc(s) + auc(-s) = 1 (seed %u)", seed);
}

/* The area under the points given is the AUC, few as they are; thinned, it is close. */
static void curves(void) {
  ll_random r = ll_random_stream(seed, 4, "metric");
  for (int k = 0; k < CASES; k++) {
    sample c = draw(&r);
    ll_matrix s = ll_matrix_wrap(c.scores, c.n, 1), y = ll_matrix_wrap(c.labels, c.n, 1), w = ll_matrix_wrap(c.weights, c.n, 1),
              roc;
    for (int kind = 0; kind < 3; kind++) { /* plain, weighted, thinned */
      size_t points = kind == 2 ? 20 : 0;
      works(ctx, ll_metric_roc(ctx, &s, &y, kind == 1 ? &w : NULL, points, &roc));
      double area = 0;
      for (size_t i = 1; i < roc.rows; i++) {
        const ll_real *a = ll_matrix_row(&roc, i - 1), *b = ll_matrix_row(&roc, i);
        area += (double)(b[0] - a[0]) * (double)(a[1] + b[1]) / 2;
        if (!(b[0] >= a[0] && b[1] >= a[1] && b[2] < a[2])) ok(false, "rates rise and thresholds fall: case %d, point %zu", k, i);
      }
      const ll_real *last = ll_matrix_row(&roc, roc.rows - 1);
      if (last[0] != 1 || last[1] != 1 || roc.data[0] != 0 || roc.data[1] != 0) ok(false, "from (0, 0) to (1, 1): case %d", k);
      if (points && roc.rows > 2 * points + 2) ok(false, "thinned to %zu points: case %d", roc.rows, k);
      double tol = points ? 0.05 : 100 * (double)LL_EPS;
      all_near(area, eval("auc", &c, kind == 1, NULL), tol, "area under the ROC points, case %d, kind %d, n %zu", k, kind, c.n);
      ll_matrix_release(ctx, &roc);
    }
  }
  ok(true, "the area under the ROC points is the AUC (seed %u)", seed);
}

static void confidence(void) {
  ll_random r = ll_random_stream(seed, 5, "metric");
  for (int k = 0; k < CASES; k++) {
    sample c = draw(&r);
    if (c.n < 4) continue;
    c.labels[2] = 1, c.labels[3] = c.labels[1];
    ll_matrix s = ll_matrix_wrap(c.scores, c.n, 1), y = ll_matrix_wrap(c.labels, c.n, 1);
    ll_delong d;
    works(ctx, ll_metric_delong(ctx, &s, &y, 0.9, &d));
    all_near(d.auc, slow_auc(&c, false), 1e-13, "DeLong's auc, case %d", k);
    all_near(d.variance, slow_delong(&c), 1e-13, "DeLong's variance, case %d, n %zu", k, c.n);
    sample other = draw(&r);
    for (size_t i = other.n; i < c.n; i++) other.scores[i] = (ll_real)ll_random_normal(&r);
    ll_matrix b = ll_matrix_wrap(other.scores, c.n, 1);
    ll_delong_difference e, f;
    works(ctx, ll_metric_delong_compare(ctx, &s, &b, &y, 0.9, &e));
    works(ctx, ll_metric_delong_compare(ctx, &b, &s, &y, 0.9, &f));
    all_near(e.variance[0], d.variance, 1e-13, "compared: the first variance, case %d", k);
    all_near(e.difference, -f.difference, 0, "compared: turned round, case %d", k);
    all_near(e.p, f.p, 1e-12, "compared: p either way, case %d", k);
    double deviation = sqrt(fmax(0, e.variance[0] + e.variance[1] - 2 * e.covariance));
    all_near(e.high - e.difference, 1.6448536269514722 * deviation, 1e-7, "compared: the interval, case %d", k);
  }
  ok(true, "DeLong's variance is what it is defined to be (seed %u)", seed);
}

/* Columns of wider matrices are inputs like others. */
static void views(void) {
  ll_random r = ll_random_stream(seed, 6, "metric");
  sample c = draw(&r);
  ll_matrix wide, s, y, w;
  works(ctx, ll_matrix_new(ctx, c.n, 3, &wide));
  for (size_t i = 0; i < c.n; i++) {
    ll_real *row = ll_matrix_row(&wide, i);
    row[0] = c.weights[i], row[1] = c.labels[i], row[2] = c.scores[i] / 16 + (ll_real)0.5;
    c.scores[i] = row[2];
  }
  works(ctx, ll_matrix_view(ctx, &wide, 0, 0, c.n, 1, &w));
  works(ctx, ll_matrix_view(ctx, &wide, 0, 1, c.n, 1, &y));
  works(ctx, ll_matrix_view(ctx, &wide, 0, 2, c.n, 1, &s));
  for (size_t i = 0; i < ll_metric_count; i++) {
    const ll_metric_desc *m = ll_metrics[i];
    if (m->needs == LL_NEEDS_CLASSES) continue;                /* tests/property/metric_classes.c */
    bool weighted = m->weighted && m->needs != LL_NEEDS_LISTS; /* of which there is one */
    double got;
    works(ctx, ll_metric_eval(ctx, m, &s, &y, weighted ? &w : NULL, NULL, &got));
    near(got, eval(m->name, &c, weighted, NULL), 0, 0, "%s of columns of a wider matrix", m->name);
  }
  ll_matrix_release(ctx, &s);
  ll_matrix_release(ctx, &y);
  ll_matrix_release(ctx, &w);
  ll_matrix_release(ctx, &wide);
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  definitions();
  false_discoveries();
  invariances();
  curves();
  confidence();
  views();
  ll_ctx_close(ctx);
  return done();
}
