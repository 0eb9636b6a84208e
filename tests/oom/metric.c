/* Every metric function with each of its allocations failing in turn: the status says so and nothing is left behind. */
#include "losslab/metric.h"

#include "tests/tap.h"

enum { N = 300 };
static ll_real scores[N], labels[N], weights[N], numbers[N], columns[3 * N];
static ll_matrix s, y, w, classes, wide;

/* Inputs of the kind a metric needs. */
static const ll_matrix *scores_of(const ll_metric_desc *m) {
  return m->needs == LL_NEEDS_CLASSES || m->needs == LL_NEEDS_EMBEDDINGS ? &wide : &s;
}
static const ll_matrix *labels_of(const ll_metric_desc *m) { return m->needs == LL_NEEDS_CLASSES ? &classes : &y; }

typedef ll_status (*attempt)(ll_ctx *ctx, size_t which);

static ll_status metric(ll_ctx *ctx, size_t which) {
  double out;
  const ll_metric_desc *m = ll_metrics[which / 2];
  return ll_metric_eval(ctx, m, scores_of(m), labels_of(m), which % 2 && m->weighted && m->needs != LL_NEEDS_LISTS ? &w : NULL,
                        NULL, &out);
}
/* All that read a column of scores and two classes. */
static ll_status several(ll_ctx *ctx, size_t which) {
  ll_metric_call calls[64];
  double out[64];
  size_t n = 0;
  for (size_t i = 0; i < ll_metric_count && n < 64; i++)
    if (ll_metrics[i]->needs <= LL_NEEDS_PROBABILITY && (!which || ll_metrics[i]->weighted))
      ll_params_default(&(calls[n].metric = ll_metrics[i])->params, calls[n].params), n++;
  return ll_metric_eval_several(ctx, calls, n, &s, &y, which ? &w : NULL, out);
}
static ll_status qvalues(ll_ctx *ctx, size_t which) {
  (void)which;
  ll_matrix out;
  ll_status status = ll_metric_qvalues(ctx, &s, &y, &out);
  if (status != LL_OK && out.data) ok(false, "qvalues: nothing is given after a failure");
  ll_matrix_release(ctx, &out);
  return status;
}
static ll_status roc(ll_ctx *ctx, size_t which) {
  ll_matrix out;
  ll_status status = ll_metric_roc(ctx, &s, &y, which ? &w : NULL, 0, &out);
  if (status != LL_OK && out.data) ok(false, "roc: nothing is given after a failure");
  ll_matrix_release(ctx, &out);
  return status;
}
static ll_status delong(ll_ctx *ctx, size_t which) {
  (void)which;
  ll_delong out;
  return ll_metric_delong(ctx, &s, &y, 0.95, &out);
}
static ll_status delong_compare(ll_ctx *ctx, size_t which) {
  (void)which;
  ll_delong_difference out;
  return ll_metric_delong_compare(ctx, &s, &w, &y, 0.95, &out);
}

static ll_status precision_recall(ll_ctx *ctx, size_t which) {
  ll_matrix out;
  ll_status status = ll_metric_precision_recall(ctx, &s, &y, which ? &w : NULL, 0, &out);
  if (status != LL_OK && out.data) ok(false, "precision_recall: nothing is given after a failure");
  ll_matrix_release(ctx, &out);
  return status;
}
static ll_status reliability(ll_ctx *ctx, size_t which) {
  ll_matrix out;
  ll_status status = ll_metric_reliability(ctx, &s, &y, &w, 10, which, LL_FROM_PROBABILITIES, &out);
  if (status != LL_OK && out.data) ok(false, "reliability: nothing is given after a failure");
  ll_matrix_release(ctx, &out);
  return status;
}
static ll_status by_mass(ll_ctx *ctx, size_t which) {
  (void)which;
  double out;
  const ll_metric_desc *m;
  LL_TRY(ll_metric_find(ctx, "calibration_error", &m));
  return ll_metric_eval(ctx, m, &s, &y, NULL, (double[]){15, 1, 0, 0}, &out);
}
static ll_status knn(ll_ctx *ctx, size_t which) {
  double out;
  return ll_metric_knn_of(ctx, &wide, &y, &wide, &y, 3, (ll_measure)which, &out);
}
static ll_status neighbours(ll_ctx *ctx, size_t which) {
  static size_t starts[N + 1];
  static uint32_t items[N], nearest[4 * N];
  for (uint32_t i = 0; i < N; i++) starts[i + 1] = i + 1, items[i] = (i + 1) % N;
  const ll_lists exclude = {N, N, starts, items};
  return ll_metric_neighbours(ctx, &wide, which == LL_BY_DOT ? &wide : NULL, 4, (ll_measure)which, &exclude, nearest);
}
static ll_status recommend(ll_ctx *ctx, size_t which) {
  (void)which;
  static size_t starts[N + 1];
  static uint32_t items[N];
  for (uint32_t i = 0; i < N; i++) starts[i + 1] = i + 1, items[i] = i;
  ll_lists lists = {N, N, starts, items};
  ll_recommended out;
  return ll_metric_recommend(ctx, &wide, &wide, LL_BY_DOT, &lists, NULL, 5, &out);
}
static ll_status bootstrap(ll_ctx *ctx, size_t which) {
  ll_bootstrap out;
  ll_bootstrap_options options = {.resamples = 20, .level = 0.9, .bca = true, .stratify = true, .seed = 1};
  return ll_metric_bootstrap(ctx, ll_metrics[0], &s, &y, which ? &w : NULL, NULL, &options, &out);
}

static ll_status bootstrap_compare(ll_ctx *ctx, size_t which) {
  ll_bootstrap_difference out;
  ll_bootstrap_options options = {.resamples = 20, .level = 0.9, .bca = true, .stratify = true, .seed = 1};
  return ll_metric_bootstrap_compare(ctx, ll_metrics[0], &s, &w, &y, which ? &w : NULL, NULL, &options, &out);
}

static void sweep(const char *name, attempt f, size_t which) {
  ll_ctx *ctx;
  if (ll_ctx_open(&ctx) != LL_OK) return;
  size_t before = ll_memory_used(ctx), failures = 0;
  for (uint64_t nth = 1;; nth++) {
    ll_memory_fail_at(ctx, nth);
    ll_status status = f(ctx, which);
    ll_memory_fail_at(ctx, 0);
    ll_matrix_trim(ctx);
    if (ll_memory_used(ctx) != before) {
      ok(false, "%s, failure %d: %zu bytes are left", name, (int)nth, ll_memory_used(ctx) - before);
      break;
    }
    if (status == LL_OK) {
      ok(failures == nth - 1, "%s survives each of its %d allocations failing", name, (int)failures);
      break;
    }
    if (status != LL_ERR_MEMORY) {
      ok(false, "%s, failure %d: %s", name, (int)nth, ll_message(ctx));
      break;
    }
    failures++;
  }
  ll_ctx_close(ctx);
}

int main(void) {
  ll_random r = ll_random_stream(1, 0, "oom");
  for (size_t i = 0; i < N; i++) {
    labels[i] = (ll_real)(i % 3 == 0), scores[i] = (ll_real)ll_random_uniform(&r), weights[i] = (ll_real)ll_random_uniform(&r);
    numbers[i] = (ll_real)(i % 3 + 1);
    double share = ll_random_uniform(&r) / 2; /* probabilities of three classes */
    columns[3 * i] = (ll_real)share, columns[3 * i + 1] = (ll_real)(0.5 - share / 2),
                columns[3 * i + 2] = (ll_real)(0.5 - share / 2);
  }
  s = ll_matrix_wrap(scores, N, 1), y = ll_matrix_wrap(labels, N, 1), w = ll_matrix_wrap(weights, N, 1);
  classes = ll_matrix_wrap(numbers, N, 1), wide = ll_matrix_wrap(columns, N, 3);
  for (size_t i = 0; i < 2 * ll_metric_count; i++) sweep(ll_metrics[i / 2]->name, metric, i);
  sweep("several", several, 0);
  sweep("several, weighted", several, 1);
  sweep("qvalues", qvalues, 0);
  sweep("roc", roc, 0);
  sweep("roc, weighted", roc, 1);
  sweep("delong", delong, 0);
  sweep("delong_compare", delong_compare, 0);
  sweep("precision_recall", precision_recall, 0);
  sweep("precision_recall, weighted", precision_recall, 1);
  sweep("reliability", reliability, 0);
  sweep("reliability by mass", reliability, 1);
  sweep("calibration_error by mass", by_mass, 0);
  sweep("knn, euclidean", knn, LL_BY_EUCLIDEAN);
  sweep("knn, cosine", knn, LL_BY_COSINE);
  sweep("neighbours, euclidean", neighbours, LL_BY_EUCLIDEAN);
  sweep("neighbours, cosine", neighbours, LL_BY_COSINE);
  sweep("neighbours, dot", neighbours, LL_BY_DOT);
  sweep("recommend", recommend, 0);
  sweep("bootstrap", bootstrap, 0);
  sweep("bootstrap, weighted", bootstrap, 1);
  sweep("bootstrap_compare", bootstrap_compare, 0);
  sweep("bootstrap_compare, weighted", bootstrap_compare, 1);
  return done();
}
