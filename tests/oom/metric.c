/* Every metric function with each of its allocations failing in turn: the status says so and nothing is left behind. */
#include "losslab/metric.h"

#include "tests/tap.h"

enum { N = 300 };
static ll_real scores[N], labels[N], weights[N];
static ll_matrix s, y, w;

typedef ll_status (*attempt)(ll_ctx *ctx, size_t which);

static ll_status metric(ll_ctx *ctx, size_t which) {
  double out;
  const ll_metric_desc *m = ll_metrics[which / 2];
  return ll_metric_eval(ctx, m, &s, &y, which % 2 && m->weighted ? &w : NULL, NULL, &out);
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
  }
  s = ll_matrix_wrap(scores, N, 1), y = ll_matrix_wrap(labels, N, 1), w = ll_matrix_wrap(weights, N, 1);
  for (size_t i = 0; i < 2 * ll_metric_count; i++) sweep(ll_metrics[i / 2]->name, metric, i);
  sweep("qvalues", qvalues, 0);
  sweep("roc", roc, 0);
  sweep("roc, weighted", roc, 1);
  sweep("delong", delong, 0);
  sweep("delong_compare", delong_compare, 0);
  return done();
}
