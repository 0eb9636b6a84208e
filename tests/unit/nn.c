/* Networks: what they compute, that saving and loading keeps every bit, and that loading believes nothing. */
#include "losslab/losslab.h"
#include "tests/tap.h"

static ll_ctx *ctx;

static ll_mlp *made(const char *hidden, const char *output, const char *init) {
  static const size_t sizes[] = {3, 5, 4, 2};
  ll_mlp_options options = {.sizes = sizes, .n_sizes = 4, .hidden = hidden, .output = output, .init = init};
  ll_random stream = ll_random_stream(1, 1, "init");
  ll_mlp *net = NULL;
  works(ctx, ll_mlp_new(ctx, &options, &stream, &net));
  return net;
}

static double activated(const char *name, double x) {
  if (strcmp(name, "sigmoid") == 0) return 1 / (1 + exp(-x));
  if (strcmp(name, "tanh") == 0) return tanh(x);
  if (strcmp(name, "relu") == 0) return x > 0 ? x : 0;
  if (strcmp(name, "softplus") == 0) return log1p(exp(x));
  if (strcmp(name, "leaky_relu") == 0) return x > 0 ? x : 0.01 * x;
  if (strcmp(name, "elu") == 0) return x > 0 ? x : exp(x) - 1;
  if (strcmp(name, "selu") == 0) return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543773 * (exp(x) - 1));
  if (strcmp(name, "gelu") == 0) return x * (1 + erf(x / sqrt(2))) / 2;
  if (strcmp(name, "silu") == 0) return x / (1 + exp(-x));
  if (strcmp(name, "mish") == 0) return x * tanh(log(1 + exp(x)));
  if (strcmp(name, "softsign") == 0) return x / (1 + fabs(x));
  if (strcmp(name, "hardtanh") == 0) return fmin(fmax(x, -1), 1);
  if (strcmp(name, "hardsigmoid") == 0) return fmin(fmax(x / 6 + 0.5, 0), 1);
  if (strcmp(name, "log_sigmoid") == 0) return log(1 / (1 + exp(-x)));
  if (strcmp(name, "identity") != 0) ok(false, "the activation %s has a plain formula here", name);
  return x;
}

/* The outputs by plain loops in double. */
static double worst_difference(ll_mlp *net, ll_node *x, ll_node *y) {
  ll_mlp_options o = ll_mlp_describe(net);
  double worst = 0;
  for (size_t i = 0; i < x->value.rows; i++) {
    double h[8], next[8];
    for (size_t j = 0; j < o.sizes[0]; j++) h[j] = (double)ll_matrix_row(&x->value, i)[j];
    for (size_t l = 0; l + 1 < o.n_sizes; l++) {
      const ll_matrix *w = &ll_mlp_parameter(net, 2 * l)->value, *b = &ll_mlp_parameter(net, 2 * l + 1)->value;
      for (size_t k = 0; k < o.sizes[l + 1]; k++) {
        next[k] = (double)b->data[k];
        for (size_t j = 0; j < o.sizes[l]; j++) next[k] += (double)ll_matrix_row(w, k)[j] * h[j];
        next[k] = activated(l + 2 < o.n_sizes ? o.hidden : o.output, next[k]);
      }
      memcpy(h, next, sizeof h);
    }
    for (size_t k = 0; k < o.sizes[o.n_sizes - 1]; k++) worst = fmax(worst, fabs((double)ll_matrix_row(&y->value, i)[k] - h[k]));
  }
  return worst;
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  ll_random r = ll_random_stream(3, 0, "x");
  ll_matrix m;
  ll_node *x = NULL, *y = NULL, *again = NULL;
  works(ctx, ll_matrix_new(ctx, 7, 3, &m));
  ll_matrix_normal(&m, &r, 0, 1);
  works(ctx, ll_node_new(ctx, &m, false, &x));
  for (size_t a = 0; ll_activation_names[a]; a++)
    for (size_t b = 0; ll_activation_names[b]; b++) {
      ll_mlp *net = made(ll_activation_names[a], ll_activation_names[b], NULL);
      works(ctx, ll_mlp_forward(ctx, net, x, &y));
      double worst = worst_difference(net, x, y);
      ok(worst < 20 * LL_EPS * 10, "hidden %s, output %s: difference %.2g", ll_activation_names[a], ll_activation_names[b], worst);
      ll_node_release(ctx, y);
      ll_mlp_free(ctx, net);
    }

  for (size_t i = 0; ll_init_names[i]; i++) { /* variance of the first layer's weights over many networks of the kind */
    double sum = 0, n = 0;
    static const size_t sizes[] = {200, 100, 1};
    ll_mlp_options options = {.sizes = sizes, .n_sizes = 3, .init = ll_init_names[i]};
    ll_random stream = ll_random_stream(1, i, "init");
    ll_mlp *net = NULL;
    works(ctx, ll_mlp_new(ctx, &options, &stream, &net));
    const ll_matrix *w = &ll_mlp_parameter(net, 0)->value;
    for (size_t k = 0; k < ll_matrix_count(w); k++) sum += (double)w->data[k] * (double)w->data[k], n++;
    near(sum / n, i < 2 ? 2.0 / 300 : 2.0 / 200, 0.05, 0, "%s: the variance of the weights", ll_init_names[i]);
    ok(ll_matrix_sum(&ll_mlp_parameter(net, 1)->value) == 0, "%s: biases start at 0", ll_init_names[i]);
    ll_mlp_free(ctx, net);
  }

  ll_mlp *net = made("sigmoid", "identity", "he"), *copy = NULL;
  void *bytes;
  size_t n;
  works(ctx, ll_mlp_save(ctx, net, &bytes, &n));
  works(ctx, ll_mlp_load(ctx, bytes, n, &copy));
  works(ctx, ll_mlp_forward(ctx, net, x, &y));
  works(ctx, ll_mlp_forward(ctx, copy, x, &again));
  ok(memcmp(y->value.data, again->value.data, 14 * sizeof(ll_real)) == 0, "a network saved and loaded gives the same bits");
  ll_mlp_free(ctx, copy);
  ll_node_release(ctx, y);
  ll_node_release(ctx, again);

  /* every shorter text, and every text with one byte changed, is either refused or a network; never a crash */
  size_t refused = 0;
  unsigned char *bent = malloc(n);
  for (size_t cut = 0; cut < n; cut++) {
    copy = NULL;
    if (ll_mlp_load(ctx, bytes, cut, &copy) != LL_OK && copy == NULL) refused++;
    ll_mlp_free(ctx, copy);
  }
  ok(refused == n, "every network cut short is refused");
  for (size_t at = 0; at < n; at++)
    for (int bit = 0; bit < 8; bit += 3) {
      memcpy(bent, bytes, n);
      bent[at] ^= (unsigned char)(1 << bit);
      copy = NULL;
      if (ll_mlp_load(ctx, bent, n, &copy) == LL_OK) ll_mlp_free(ctx, copy);
    }
  ok(true, "no single changed bit is fatal");
  memcpy(bent, bytes, n);
  const float nan_value = NAN;
  memcpy(bent + n - sizeof(ll_real), &(ll_real){(ll_real)nan_value}, sizeof(ll_real));
  ok(ll_mlp_load(ctx, bent, n, &copy) == LL_ERR_NUMBER && copy == NULL, "a parameter that is NaN is refused");
  ok(ll_mlp_restore(ctx, net, bent, n) == LL_ERR_NUMBER, "and does not touch a network");
  free(bent);
  static const size_t other_sizes[] = {3, 5, 2};
  ll_mlp_options other = {.sizes = other_sizes, .n_sizes = 3};
  works(ctx, ll_mlp_new(ctx, &other, &r, &copy));
  ok(ll_mlp_restore(ctx, copy, bytes, n) == LL_ERR_SHAPE, "a network of other sizes is refused");
  ll_mlp_free(ctx, copy);
  ll_free(ctx, bytes);

  ok(ll_mlp_forward(ctx, net, ll_mlp_parameter(net, 2), &y) == LL_ERR_SHAPE, "a matrix with another number of features");
  is_text(ll_message(ctx), "the network takes 3 features, the matrix given is 4x5", "says both");
  ll_mlp_free(ctx, net);
  other.hidden = "sigmod";
  ok(ll_mlp_new(ctx, &other, &r, &net) == LL_ERR_NAME && strstr(ll_message(ctx), "\"sigmoid\"") != NULL,
     "an unknown activation names the nearest");
  other.hidden = NULL, other.init = "xaver";
  ok(ll_mlp_new(ctx, &other, &r, &net) == LL_ERR_NAME && strstr(ll_message(ctx), "\"xavier\"") != NULL,
     "so does an unknown initialisation");
  other.init = NULL, other.n_sizes = 1;
  ok(ll_mlp_new(ctx, &other, &r, &net) == LL_ERR_RANGE, "one size is no network");
  ll_node_release(ctx, x);
  ll_matrix_trim(ctx);
  ll_ctx_close(ctx);
  return done();
}
