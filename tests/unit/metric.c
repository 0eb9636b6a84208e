/* Metrics: values worked out by hand, the conventions at ties and thresholds, and the messages about bad input. */
#include "losslab/metric.h"

#include "tests/tap.h"

static ll_ctx *ctx;

#define COLUMN(...) ll_matrix_wrap((ll_real[]){__VA_ARGS__}, sizeof((ll_real[]){__VA_ARGS__}) / sizeof(ll_real), 1)

static const ll_metric_desc *metric(const char *name) {
  const ll_metric_desc *m;
  works(ctx, ll_metric_find(ctx, name, &m));
  return m;
}

static double value_with(const char *name, ll_matrix scores, ll_matrix labels, const double *params) {
  double out;
  works(ctx, ll_metric_eval(ctx, metric(name), &scores, &labels, NULL, params, &out));
  return out;
}
static double value(const char *name, ll_matrix scores, ll_matrix labels) { return value_with(name, scores, labels, NULL); }
static double weighted(const char *name, ll_matrix scores, ll_matrix labels, ll_matrix weights) {
  double out;
  works(ctx, ll_metric_eval(ctx, metric(name), &scores, &labels, &weights, NULL, &out));
  return out;
}

static void fails(const char *name, ll_matrix scores, ll_matrix labels, const ll_matrix *weights, ll_status want,
                  const char *text) {
  double out;
  ll_status got = ll_metric_eval(ctx, metric(name), &scores, &labels, weights, NULL, &out);
  if (!ok(got == want && strstr(ll_message(ctx), text), "%s: %s", name, text))
    printf("#   got %s: %s\n", ll_status_name(got), ll_message(ctx));
}

static void values(void) {
  ll_matrix s = COLUMN(4, 3, 3, 2, 1), y = COLUMN(1, 1, 0, 1, 0);
  /* six pairs: 4 beats two; 3 beats one and ties one; 2 beats one: 2 + 1.5 + 1 of 6 */
  near(value("auc", s, y), 4.5 / 6, 1e-15, 0, "auc, a tie counts half");
  near(value("auc", s, COLUMN(1, 1, -1, 1, -1)), 4.5 / 6, 1e-15, 0, "labels -1 and +1 mean the same");
  near(value("auc", COLUMN((ll_real)-0.0, 0), COLUMN(1, 0)), 0.5, 0, 0, "-0 and +0 are a tie");
  /* up to FPR 0.25 the curve goes (0,0) (0,1/3) then the tie's diagonal to (1/2,2/3): at 1/4 it is 1/2 high */
  double area = 0.25 * (1.0 / 3 + 0.5) / 2, least = 0.25 * 0.25 / 2;
  near(value_with("partial_auc", s, y, (double[]){0.25}), 0.5 * (1 + (area - least) / (0.25 - least)), 1e-14, 0,
       "partial_auc(0.25)");
  near(value_with("partial_auc", s, y, (double[]){1}), 0.75, 1e-14, 0, "partial_auc(1) = auc");
  /* recall steps 1/3 at precision 1, 1/3 at 2/3, 1/3 at 3/4 */
  near(value("average_precision", s, y), (1 + 2.0 / 3 + 0.75) / 3, 1e-15, 0, "average_precision");

  ll_matrix p = COLUMN(0.5, 0.75, 0.25, 0.5), q = COLUMN(1, 1, 1, 0);
  near(value("accuracy", p, q), 0.5, 0, 0, "accuracy: a probability at the threshold is negative");
  near(value_with("accuracy", p, q, (double[]){0.2, 0}), 0.75, 0, 0, "accuracy at threshold 0.2");
  near(value_with("accuracy", COLUMN(-3, 0.5, 3, 0), COLUMN(0, 1, 0, 0), (double[]){0.5, 1}), 0.75, 0, 0, "accuracy from logits");
  near(value_with("accuracy", COLUMN(-3, 3), COLUMN(0, 1), (double[]){1, 1}), 0.5, 0, 0,
       "threshold 1 from logits: none is positive");
  near(value("log_loss", p, q), -(log(0.5) + log(0.75) + log(0.25) + log(0.5)) / 4, 1e-15, 0, "log_loss");
  near(value("log_loss", COLUMN(0, 1), COLUMN(1, 1)), 50, 1e-15, 0, "log_loss: a logarithm is at least -100");
  near(value_with("log_loss", COLUMN(800, -800), COLUMN(0, 1), (double[]){1}), 800, 1e-15, 0, "log_loss from logits at 800");
  near(value_with("log_loss", COLUMN(30, 40), COLUMN(1, 1), (double[]){1}), (exp(-30) + exp(-40)) / 2, 1e-12, 0,
       "log_loss from logits keeps its digits near 0");
  near(value("brier", p, q), (0.25 + 0.0625 + 0.5625 + 0.25) / 4, 1e-15, 0, "brier");
  near(value_with("brier", COLUMN(0, 800), COLUMN(1, 0), (double[]){1}), (0.25 + 1) / 2, 1e-15, 0, "brier from logits");

  /* from the top: T T T D T T, then a tie of T and D: FDR 1/1 1/2 1/3 2/3 2/4 2/5 3/6 */
  ll_matrix fs = COLUMN(9, 8, 7, 6, 5, 4, 3, 3), fy = COLUMN(1, 1, 1, 0, 1, 1, 1, 0);
  double want[] = {1.0 / 3, 1.0 / 3, 1.0 / 3, 0.4, 0.4, 0.4, 0.5, 0.5};
  ll_matrix out;
  works(ctx, ll_metric_qvalues(ctx, &fs, &fy, &out));
  for (size_t i = 0; i < 8; i++) near((double)out.data[i], want[i], (double)LL_EPS, 0, "q-value of row %zu", i + 1);
  ll_matrix_release(ctx, &out);
  near(value_with("targets_at_fdr", fs, fy, (double[]){0.4}), 5, 0, 0, "five targets at q <= 0.4");
  near(value_with("targets_at_fdr", fs, fy, (double[]){0.39}), 3, 0, 0, "three at 0.39");
  near(value("targets_at_fdr", fs, fy), 0, 0, 0, "none at 0.01");
  near(value_with("targets_at_fdr", COLUMN(1, 2), COLUMN(1, 0), (double[]){1}), 1, 0, 0, "all at level 1: q is at most 1");
}

static void weights(void) {
  ll_matrix s = COLUMN(4, 3, 3, 2, 1), y = COLUMN(1, 1, 0, 1, 0), w = COLUMN(1, 2, 0, 3, 2);
  /* the same as rows 2, 4 and 5 repeated and row 3 dropped */
  ll_matrix s2 = COLUMN(4, 3, 3, 2, 2, 2, 1, 1), y2 = COLUMN(1, 1, 1, 1, 1, 1, 0, 0);
  for (size_t i = 0; i < ll_metric_count; i++) {
    const ll_metric_desc *m = ll_metrics[i];
    /* weights of lists, and of embeddings that are asked about, are no repetitions: tests/property/metric_lists.c,
     * metric_neighbours.c */
    if (m->needs == LL_NEEDS_CLASSES || m->needs == LL_NEEDS_LISTS || m->needs == LL_NEEDS_EMBEDDINGS) continue;
    double one, two, params[LL_MAX_PARAMS];
    ll_params_default(&m->params, params);
    if (m->needs == LL_NEEDS_PROBABILITY) works(ctx, ll_params_set_choice(ctx, &m->params, params, "from", "logits"));
    if (!m->weighted) {
      ok(ll_metric_eval(ctx, m, &s, &y, &w, params, &one) == LL_ERR_ARGUMENT, "%s refuses weights: %s", m->name, ll_message(ctx));
      continue;
    }
    works(ctx, ll_metric_eval(ctx, m, &s, &y, &w, params, &one));
    works(ctx, ll_metric_eval(ctx, m, &s2, &y2, NULL, params, &two));
    near(one, two, 1e-14, 0, "%s: weights are repetitions", m->name);
  }
  near(weighted("auc", s, y, COLUMN(1, 1, 1, 0, 0)), 0.75, 1e-15, 0, "auc with weights 0");
  ll_matrix none = COLUMN(1, 1, 0, 1, 0), all = COLUMN(0, 0, 0, 0, 0), bad = COLUMN(1, 1, 1, -2, 1), few = COLUMN(1, 2);
  fails("auc", s, y, &none, LL_ERR_LABEL, "the weights of all 2 decoys");
  fails("brier", COLUMN(0, 0, 0, 0, 0), y, &all, LL_ERR_RANGE, "all 5 weights are 0");
  fails("auc", s, y, &bad, LL_ERR_RANGE, "weights, row 4: -2 is negative");
  fails("auc", s, y, &few, LL_ERR_SHAPE, "weights (n,1) is 2x1, which does not fit scores (n,1), 5x1");
}

static void errors(void) {
  ll_matrix s = COLUMN(1, 2, 3), y = COLUMN(0, 1, 1);
  fails("auc", s, COLUMN(0, 1), NULL, LL_ERR_SHAPE, "labels (n,1) is 2x1, which does not fit scores (n,1), 3x1");
  fails("auc", ll_matrix_wrap((ll_real[6]){0}, 3, 2), y, NULL, LL_ERR_SHAPE, "3x2");
  fails("auc", ll_matrix_wrap(NULL, 0, 1), ll_matrix_wrap(NULL, 0, 1), NULL, LL_ERR_SHAPE, "scores is empty, 0x1");
  fails("auc", COLUMN(1, (ll_real)NAN, 3), y, NULL, LL_ERR_NUMBER, "scores, row 2: NaN");
  fails("brier", COLUMN(0, 0, (ll_real)INFINITY), y, NULL, LL_ERR_NUMBER, "scores, row 3: inf");
  fails("auc", s, COLUMN(0, 2, 1), NULL, LL_ERR_LABEL, "labels, row 2: 2 is no label: {0, 1} or {-1, +1} expected");
  fails("auc", s, COLUMN(1, 0, -1), NULL, LL_ERR_LABEL, "labels mix 0 and -1: row 3 is -1, but row 2 is 0");
  fails("auc", s, COLUMN(-1, 1, 0), NULL, LL_ERR_LABEL, "labels mix 0 and -1: row 3 is 0, but row 1 is -1");
  fails("auc", s, COLUMN(-1, (ll_real)NAN, 1), NULL, LL_ERR_NUMBER, "labels, row 2: NaN");
  static const char *const both[] = {"auc", "partial_auc", "average_precision", "targets_at_fdr"};
  for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
    fails(both[i], s, COLUMN(1, 1, 1), NULL, LL_ERR_LABEL, "all 3 labels are 1: there are no decoys");
    fails(both[i], s, COLUMN(-1, -1, -1), NULL, LL_ERR_LABEL, "all 3 labels are -1: there are no targets");
  }
  fails("accuracy", COLUMN(0.5, 1.5, 0), y, NULL, LL_ERR_RANGE, "row 2 is 1.5");
  fails("log_loss", COLUMN(0.5, -0.5, 0), y, NULL, LL_ERR_RANGE, "from = \"logits\"");
  const ll_metric_desc *m;
  ok(ll_metric_find(ctx, "average_precison", &m) == LL_ERR_NAME && !m, "an unknown metric");
  is_text(ll_message(ctx), "there is no metric \"average_precison\"; did you mean \"average_precision\"?", "names the nearest");
  char all[80];
  snprintf(all, sizeof all, "there are %s, %s", ll_metrics[0]->name, ll_metrics[1]->name);
  ok(ll_metric_find(ctx, "zzzzz", &m) == LL_ERR_NAME && strstr(ll_message(ctx), all), "or all");
  ll_matrix out;
  ok(ll_metric_qvalues(ctx, &s, &(ll_matrix){.data = (ll_real[]){1, 1, 1}, .rows = 3, .cols = 1, .stride = 1}, &out) ==
             LL_ERR_LABEL &&
         !out.data,
     "q-values without decoys: %s", ll_message(ctx));
}

static void table(void) {
  for (size_t i = 0; i < ll_metric_count; i++) {
    const ll_metric_desc *m = ll_metrics[i];
    ok(m->name && m->summary && m->formula && m->source && !m->eval == !!m->ranked && metric(m->name) == m,
       "the row of %s is whole", m->name);
    is_text(m->params.owner, m->name, "its parameters say whose they are");
    double params[LL_MAX_PARAMS];
    ll_params_default(&m->params, params);
    for (size_t k = 0; k < m->params.count; k++) {
      const ll_param *p = &m->params.params[k];
      if (p->kind == LL_PARAM_NUMBER) works(ctx, ll_params_set_number(ctx, &m->params, params, p->name, p->value));
    }
  }
}

static void roc(void) {
  ll_matrix s = COLUMN(6, 5, 4, 3, 3, 2, 1), y = COLUMN(1, 1, 0, 1, 0, 0, 0), out;
  double want[][3] = {{0, 0, INFINITY}, {0, 2.0 / 3, 5}, {0.25, 2.0 / 3, 4}, {0.5, 1, 3}, {1, 1, 1}};
  works(ctx, ll_metric_roc(ctx, &s, &y, NULL, 0, &out));
  if (ok(out.rows == 5 && out.cols == 3, "five corners (got %zux%zu)", out.rows, out.cols))
    for (size_t i = 0; i < 5; i++)
      for (size_t j = 0; j < 3; j++)
        near((double)ll_matrix_row(&out, i)[j], want[i][j], (double)LL_EPS, 0, "corner %zu, %zu", i, j);
  ll_matrix_release(ctx, &out);
}

static void delong(void) {
  /* T = 3, D = 2: V10 = 1, .75, .5 (AUC .75), V01 = 5/6, 4/6... worked out by hand below */
  ll_matrix s = COLUMN(4, 3, 3, 2, 1), y = COLUMN(1, 1, 0, 1, 0);
  double v10[] = {1, 0.75, 0.5}, v01[] = {1.5 / 3, 1}, auc = 0.75, var10 = 0, var01 = 0;
  for (int i = 0; i < 3; i++) var10 += (v10[i] - auc) * (v10[i] - auc) / 2;
  for (int i = 0; i < 2; i++) var01 += (v01[i] - auc) * (v01[i] - auc);
  ll_delong d;
  works(ctx, ll_metric_delong(ctx, &s, &y, 0.95, &d));
  near(d.auc, auc, 1e-15, 0, "DeLong's auc");
  near(d.variance, var10 / 3 + var01 / 2, 1e-14, 0, "DeLong's variance");
  near(d.low, auc - 1.959963984540054 * sqrt(d.variance), 1e-12, 0, "95 %% interval, low");
  near(d.high, 1, 0, 0, "95 %% interval, cut at 1");
  ll_delong_difference e;
  works(ctx, ll_metric_delong_compare(ctx, &s, &s, &y, 0.95, &e));
  near(e.p, 1, 0, 0, "equal scores: p = 1");
  near(e.covariance, d.variance, 1e-14, 0, "equal scores: covariance = variance");
  ok(ll_metric_delong(ctx, &s, &y, 1, &d) == LL_ERR_RANGE, "level 1: %s", ll_message(ctx));
  ll_matrix one = COLUMN(1, 0, 0, 0, 0);
  ok(ll_metric_delong(ctx, &s, &one, 0.95, &d) == LL_ERR_LABEL, "one target: %s", ll_message(ctx));
}

int main(void) {
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  values();
  weights();
  errors();
  table();
  roc();
  delong();
  ll_ctx_close(ctx);
  return done();
}
