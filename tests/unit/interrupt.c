/* What ll_stop_if asks ends the calls that may take long, each by its own status, and leaves what was there: gradients and the
 * memory in use. And a product that goes by blocks, so that it can be ended, is that of one call to the bit. */
#include <stdlib.h>
#include <string.h>

#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;
static long asked, stop_at;
static bool asks(void) { return ++asked >= stop_at; }

/* From now on the question is answered with yes from the n-th time on; 0: nobody asks. */
static void stop_after(long n) {
  asked = 0, stop_at = n;
  ll_stop_if(ctx, n ? asks : NULL);
}

static ll_node *filled(size_t rows, size_t cols, uint64_t seed, bool gradient) {
  ll_matrix m;
  ll_node *node = NULL;
  ll_random stream = ll_random_stream(seed, 0, "test");
  works(ctx, ll_matrix_new(ctx, rows, cols, &m));
  for (size_t i = 0; i < rows * cols; i++) m.data[i] = (ll_real)(ll_random_uniform(&stream) - 0.5);
  works(ctx, ll_node_new(ctx, &m, gradient, &node));
  return node;
}

static ll_node *op(const char *name, ll_node *a, ll_node *b) {
  ll_node *out = NULL;
  works(ctx, ll_apply(ctx, ll_op_find(name), (ll_node *[]){a, b}, NULL, &out));
  return out;
}

static void ended(ll_status status, size_t before, const char *what) {
  ok(status == LL_ERR_INTERRUPTED && strcmp(ll_message(ctx), "interrupted") == 0, "%s is ended: %s, %s", what,
     ll_status_name(status), ll_message(ctx));
  ok(asked >= stop_at, "%s asks: %ld times", what, asked);
  stop_after(0);
  ok(ll_memory_used(ctx) == before, "and leaves %zu bytes of the %zu before", ll_memory_used(ctx), before);
}

static void backward(void) {
  ll_node *x = filled(3, 4, 1, true), *y = filled(3, 4, 2, true), *product = op("mul", x, y), *square = op("mul", product, x),
          *sum = op("sum", square, NULL);
  works(ctx, ll_backward(ctx, sum, NULL, true));
  ll_real first = x->grad->value.data[0], other = y->grad->value.data[0];
  for (long at = 1; at <= 3; at++) { /* sum, mul, mul */
    stop_after(at);
    ll_status status = ll_backward(ctx, sum, NULL, true);
    stop_after(0);
    ok(status == LL_ERR_INTERRUPTED, "a backward is ended at its node %ld", at);
    ok(x->grad->value.data[0] == first && y->grad->value.data[0] == other, "and no gradient has changed");
  }
  works(ctx, ll_backward(ctx, sum, NULL, false));
  ok(x->grad->value.data[0] == 2 * first, "the next one adds as ever");
  ll_node *all[] = {x, y, product, square, sum};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) ll_node_release(ctx, all[i]);
}

static void transport(const char *name) {
  enum { N = 40 };
  const ll_divergence_desc *desc;
  double params[LL_MAX_PARAMS];
  ll_node *cost = filled(N, N, 3, false), *p = filled(N, 1, 4, false);
  for (size_t i = 0; i < N; i++) p->value.data[i] = (ll_real)1 / N;
  works(ctx, ll_divergence_find(ctx, name, &desc));
  ll_params_default(&desc->params, params);
  ll_matrix inputs[] = {p->value, p->value, cost->value};
  ll_divergence_call call = {.inputs = inputs};
  works(ctx, ll_divergence_eval(ctx, desc, params, &call));
  size_t before = ll_memory_used(ctx);
  stop_after(2);
  call = (ll_divergence_call){.inputs = inputs};
  ended(ll_divergence_eval(ctx, desc, params, &call), before, name);
  ll_node_release(ctx, cost), ll_node_release(ctx, p);
}

static void metrics(void) {
  enum { N = 3000 };
  const ll_metric_desc *metric;
  ll_node *x = filled(N, 4, 5, false), *labels = filled(N, 1, 6, false);
  double value;
  for (size_t i = 0; i < N; i++) labels->value.data[i] = (ll_real)(i % 2);
  works(ctx, ll_metric_knn_of(ctx, &x->value, &labels->value, &x->value, &labels->value, 3, LL_BY_EUCLIDEAN, &value));
  size_t before = ll_memory_used(ctx);
  stop_after(2);
  ended(ll_metric_knn_of(ctx, &x->value, &labels->value, &x->value, &labels->value, 3, LL_BY_EUCLIDEAN, &value), before,
        "a search for neighbours");
  works(ctx, ll_metric_find(ctx, "auc", &metric));
  ll_bootstrap_options options = {.resamples = 50, .level = 0.95, .seed = 1};
  ll_bootstrap out;
  ll_node *scores = filled(N, 1, 7, false);
  works(ctx, ll_metric_bootstrap(ctx, metric, &scores->value, &labels->value, NULL, NULL, &options, &out));
  before = ll_memory_used(ctx);
  stop_after(7);
  ended(ll_metric_bootstrap(ctx, metric, &scores->value, &labels->value, NULL, NULL, &options, &out), before, "a bootstrap");
  ll_node_release(ctx, x), ll_node_release(ctx, labels), ll_node_release(ctx, scores);
}

/* A loss over all pairs ends between blocks of rows, and does not say that its batch was empty. */
static void pairs(void) {
  enum { N = 600 };
  const ll_loss_desc *desc;
  ll_loss *loss;
  ll_node *x = filled(N, 4, 8, true), *labels = filled(N, 1, 9, false), *out;
  for (size_t i = 0; i < N; i++) labels->value.data[i] = (ll_real)(i % 3);
  works(ctx, ll_loss_find(ctx, "multi_similarity", &desc));
  works(ctx, ll_loss_new(ctx, desc, &loss));
  ll_node *inputs[] = {x, labels};
  works(ctx, ll_loss_apply(ctx, loss, inputs, 2, &out));
  ll_node_release(ctx, out);
  stop_after(1);
  ll_status status = ll_loss_apply(ctx, loss, inputs, 2, &out);
  stop_after(0);
  ok(status == LL_ERR_INTERRUPTED, "a loss over all pairs is ended: %s", ll_status_name(status));
  ll_loss_release(ctx, loss);
  ll_node_release(ctx, x), ll_node_release(ctx, labels);
}

/* Just above what goes in one call. */
static void products(void) {
  enum { ROWS = 1350, INNER = 1200, COLS = 12400 };
  for (int form = 0; form < 4; form += 3) { /* as they are, both transposed */
    bool ta = form & 1, tb = form & 2;
    ll_node *a = ta ? filled(INNER, ROWS, 10, false) : filled(ROWS, INNER, 10, false), *out = NULL,
            *b = tb ? filled(COLS, INNER, 11, false) : filled(INNER, COLS, 11, false), *both[] = {a, b};
    ll_matrix whole;
    works(ctx, ll_matrix_new(ctx, ROWS, COLS, &whole));
    ll_matrix_gemm(ta, tb, 1, &a->value, &b->value, 0, &whole);
    stop_after(1000);
    works(ctx, ll_apply(ctx, ll_op_find("matmul"), both, &(ll_op_args){.transpose_a = ta, .transpose_b = tb}, &out));
    ok(asked >= 2, "a long product asks %ld times", asked);
    ok(memcmp(out->value.data, whole.data, (size_t)ROWS * COLS * sizeof(ll_real)) == 0, "and is that of one call, form %d", form);
    ll_node_release(ctx, out);
    ll_matrix_release(ctx, &whole);
    if (form == 0) {
      size_t before = ll_memory_used(ctx);
      stop_after(2);
      ended(ll_apply(ctx, ll_op_find("matmul"), both, NULL, &out), before, "a product");
    }
    ll_node_release(ctx, a), ll_node_release(ctx, b);
  }
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  backward();
  transport("sinkhorn");
  transport("wasserstein");
  metrics();
  pairs();
  products();
  ll_ctx_close(ctx);
  return done();
}
