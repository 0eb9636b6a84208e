/* Several metrics at once: each to the bit what it is alone, in any order, with ties and weights; the first that fails ends it,
 * with its own message. */
#include "tests/metric_cases.h"

enum { CALLS = 12 };

/* A metric that reads a column of scores and two classes. */
static const ll_metric_desc *drawn(ll_random *r, bool weighted) {
  for (;;) {
    const ll_metric_desc *m = ll_metrics[ll_random_below(r, ll_metric_count)];
    if (m->needs <= LL_NEEDS_PROBABILITY && (!weighted || m->weighted)) return m;
  }
}

static void draw_params(ll_random *r, ll_metric_call *call) {
  ll_params_default(&call->metric->params, call->params);
  for (size_t k = 0; k < call->metric->params.count; k++) {
    const ll_param *p = &call->metric->params.params[k];
    if (p->kind == LL_PARAM_NUMBER && p->low == 0 && p->high == 1) call->params[k] = 0.05 * (double)(1 + ll_random_below(r, 19));
  }
}

static void as_alone(void) {
  ll_random r = ll_random_stream(seed, 2, "metric_several");
  size_t wrong = 0, compared = 0;
  for (int k = 0; k < CASES; k++) {
    size_t n = draw_binary(&r), count = 1 + ll_random_below(&r, CALLS);
    bool weighted = ll_random_below(&r, 2);
    ll_matrix s = ll_matrix_wrap(scores, n, 1), y = ll_matrix_wrap(labels, n, 1), w = ll_matrix_wrap(weights, n, 1);
    ll_metric_call calls[CALLS];
    double together[CALLS], alone;
    for (size_t i = 0; i < count; i++) {
      calls[i].metric = drawn(&r, weighted);
      draw_params(&r, &calls[i]);
    }
    works(ctx, ll_metric_eval_several(ctx, calls, count, &s, &y, weighted ? &w : NULL, together));
    for (size_t i = 0; i < count; i++, compared++) {
      works(ctx, ll_metric_eval(ctx, calls[i].metric, &s, &y, weighted ? &w : NULL, calls[i].params, &alone));
      if (memcmp(&alone, &together[i], sizeof alone) == 0) continue;
      if (wrong++ == 0) printf("# %s, place %zu: %.17g alone, %.17g together\n", calls[i].metric->name, i, alone, together[i]);
    }
  }
  ok(wrong == 0 && compared > 300, "each is what it is alone (%zu of %zu differ, seed %u)", wrong, compared, seed);
}

static void failures(void) {
  const ll_metric_desc *found[3];
  static const char *const names[] = {"auc", "accuracy", "average_precision"};
  ll_metric_call calls[3];
  double out[3];
  for (size_t i = 0; i < 3; i++) {
    works(ctx, ll_metric_find(ctx, names[i], &found[i]));
    calls[i].metric = found[i];
    ll_params_default(&found[i]->params, calls[i].params);
  }
  ll_matrix s = ll_matrix_wrap((ll_real[]){3, 2, 1}, 3, 1), y = ll_matrix_wrap((ll_real[]){1, 0, 1}, 3, 1);
  refused(ll_metric_eval_several(ctx, calls, 3, &s, &y, NULL, out), LL_ERR_RANGE, "accuracy: the score of row 1 is 3");
  ok(out[0] == 0.5 && isnan(out[1]) && isnan(out[2]), "those before it are there (%g), the others not", out[0]);
  y = ll_matrix_wrap((ll_real[]){1, 1, 1}, 3, 1);
  refused(ll_metric_eval_several(ctx, calls + 2, 1, &s, &y, NULL, out), LL_ERR_LABEL, "average_precision needs both classes");
  y = ll_matrix_wrap((ll_real[]){1, 0, 2}, 3, 1);
  refused(ll_metric_eval_several(ctx, calls, 1, &s, &y, NULL, out), LL_ERR_LABEL, "labels, row 3: 2 is no label");
  works(ctx, ll_metric_find(ctx, "recall", &calls[1].metric));
  calls[1].params[0] = 2, calls[1].params[1] = 0;
  s = ll_matrix_wrap((ll_real[]){0.5, 0.25, 1}, 3, 1), y = ll_matrix_wrap((ll_real[]){1, 0, 1}, 3, 1);
  refused(ll_metric_eval_several(ctx, calls, 3, &s, &y, NULL, out), LL_ERR_RANGE, "the threshold is 2");
}

int main(void) {
  void (*const tests[])(void) = {as_alone, failures};
  return run(tests, sizeof tests / sizeof *tests);
}
