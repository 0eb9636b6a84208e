/* Networks: what they compute, that saving and loading keeps every bit, and that loading checks everything. */
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

/* Rows of a wide orthogonal matrix, columns of a tall one. */
static void check_orthogonal(size_t rows, size_t cols) {
  ll_random stream = ll_random_stream(4, 0, "init");
  ll_matrix w;
  double worst = 0;
  works(ctx, ll_matrix_new(ctx, rows, cols, &w));
  works(ctx, ll_init_weights(ctx, "orthogonal", &w, &stream));
  size_t k = rows < cols ? rows : cols, n = rows < cols ? cols : rows;
  for (size_t a = 0; a < k; a++)
    for (size_t b = 0; b <= a; b++) {
      double dot = 0;
      for (size_t j = 0; j < n; j++)
        dot += rows < cols ? (double)ll_matrix_row(&w, a)[j] * (double)ll_matrix_row(&w, b)[j]
                           : (double)ll_matrix_row(&w, j)[a] * (double)ll_matrix_row(&w, j)[b];
      worst = fmax(worst, fabs(dot - (a == b)));
    }
  ok(worst < 4 * LL_EPS, "orthogonal %dx%d: products off by %.2g", (int)rows, (int)cols, worst);
  ll_matrix_release(ctx, &w);
}

/* How much is dropped, what is kept, and that mask, step and gradient go together. */
static void check_dropout(double rate) {
  enum { ROWS = 300, COLS = 101 };
  ll_matrix m;
  ll_node *x = NULL, *y[4], *sum = NULL;
  ll_random stream = ll_random_stream(7, 3, "dropout 1"), other = ll_random_stream(7, 3, "dropout 2"), before = stream;
  works(ctx, ll_matrix_new(ctx, ROWS, COLS, &m));
  ll_matrix_fill(&m, 3);
  works(ctx, ll_node_new(ctx, &m, true, &x));
  works(ctx, ll_dropout(ctx, x, rate, &stream, 1, &y[0]));
  works(ctx, ll_dropout(ctx, x, rate, &stream, 1, &y[1]));
  works(ctx, ll_dropout(ctx, x, rate, &stream, 2, &y[2]));
  works(ctx, ll_dropout(ctx, x, rate, &other, 1, &y[3]));
  double n = ROWS * COLS, zeros[4] = {0}, both[4] = {0};
  bool clean = true;
  for (size_t i = 0; i < ROWS * COLS; i++)
    for (size_t k = 0; k < 4; k++) {
      ll_real v = y[k]->value.data[i];
      clean = clean && (v == 0 || fabs((double)v - 3 / (1 - rate)) < 20 * LL_EPS / (1 - rate));
      zeros[k] += v == 0;
      both[k] += v == 0 && y[0]->value.data[i] == 0;
    }
  ok(clean, "rate %g: dropped, or divided by 1 - rate", rate);
  for (size_t k = 0; k < 4; k++) { /* six deviations */
    near(zeros[k] / n, rate, 0, 6 * sqrt(rate * (1 - rate) / n), "rate %g: mask %d drops as much as it should", rate, (int)k + 1);
    double share = k < 2 ? rate : rate * rate;
    near(both[k] / n, share, 0, 6 * sqrt(share * (1 - share) / n), "rate %g: mask %d %s the first", rate, (int)k + 1,
         k < 2 ? "is" : "is independent of");
  }
  ok(memcmp(y[0]->value.data, y[1]->value.data, ROWS * COLS * sizeof(ll_real)) == 0, "the same stream and step drop the same");
  ok(memcmp(&stream, &before, sizeof stream) == 0, "the stream is not used up");
  works(ctx, ll_apply(ctx, ll_op_find("sum"), &y[0], NULL, &sum));
  works(ctx, ll_backward(ctx, sum, NULL, false));
  bool same = true;
  for (size_t i = 0; i < ROWS * COLS; i++) same = same && (x->grad->value.data[i] == 0) == (y[0]->value.data[i] == 0);
  ok(same, "the gradient passes where the value did");
  ll_node_release(ctx, sum);
  for (size_t k = 0; k < 4; k++) ll_node_release(ctx, y[k]);
  ok(ll_dropout(ctx, x, 1, &stream, 1, &y[0]) == LL_ERR_RANGE && y[0] == NULL, "rate 1 would leave nothing");
  works(ctx, ll_dropout(ctx, x, 0, &stream, 1, &y[0]));
  ok(y[0] == x, "rate 0 changes nothing");
  ll_node_release(ctx, y[0]);
  ll_node_release(ctx, x);
}

/* What a state refuses to write and to read, by message. */
static void check_state(void) {
  ll_matrix m, bias;
  void *bytes;
  size_t n;
  ll_state *state = NULL;
  works(ctx, ll_matrix_new(ctx, 2, 3, &m));
  works(ctx, ll_matrix_new(ctx, 1, 3, &bias));
  ll_matrix_fill(&m, 1.5);
  ll_matrix_fill(&bias, -2);
  ll_entry entries[] = {{"enc.1-w_x", &m}, {"b", &bias}};
  works(ctx, ll_state_save(ctx, "parameters", entries, 2, &bytes, &n));
  char line[100] = {0}, want[100];
  memcpy(line, bytes, strcspn(bytes, "\n"));
  snprintf(want, sizeof want, "losslab network 2 %s parameters; enc.1-w_x 2x3; b 1x3", LL_PRECISION);
  is_text(line, want, "a person can read what is in it");
  works(ctx, ll_state_read(ctx, bytes, n, &state));
  is_text(ll_state_kind(state), "parameters", "its kind");
  ok(ll_state_count(state) == 2, "its entries");
  ll_matrix_fill(&bias, 7);
  entries[1].name = "c";
  ok(ll_state_fill(ctx, state, entries, 2) == LL_ERR_SHAPE, "another name is refused");
  is_text(ll_message(ctx), "parameter 2 of the saved network is b 1x3, of this one c 1x3", "says both");
  ok(ll_state_fill(ctx, state, entries, 1) == LL_ERR_SHAPE && bias.data[0] == 7, "fewer are refused; nothing was touched");
  entries[1].name = "b";
  works(ctx, ll_state_fill(ctx, state, entries, 2));
  ok(bias.data[2] == -2, "what was saved is back");
  ll_state_free(ctx, state);
  ll_free(ctx, bytes);
  entries[1].name = "b;";
  ok(ll_state_save(ctx, "parameters", entries, 2, &bytes, &n) == LL_ERR_ARGUMENT && !bytes, "a name with a mark in it");
  entries[1].name = "";
  ok(ll_state_save(ctx, "parameters", entries, 2, &bytes, &n) == LL_ERR_ARGUMENT, "no name");
  ok(ll_state_save(ctx, "a;b", entries, 1, &bytes, &n) == LL_ERR_ARGUMENT, "a kind with a mark in it");
  static const char *const bad[] = {
      "",
      "\n",
      "losslab network 2 float\n",
      "losslab network \n",
      "losslab network 1 float hidden sigmoid output identity sizes 3 4 1\n",
      "losslab network 2 half parameters\n",
      "losslab network 2 float parameters; a\n",
      "losslab network 2 float parameters; a 2\n",
      "losslab network 2 float parameters; a 2x\n",
      "losslab network 2 float parameters; a 0x2\n",
      "losslab network 2 float parameters; a -1x2\n",
      "losslab network 2 float parameters; a 1x1 \n1234",
      "losslab network 2 float parameters;; a 1x1\n1234",
      "losslab network 2 float parameters; a 4294967296x4294967296\n",
      "losslab network 2 float parameters; a 99999999999999999999999x1\n",
      "losslab network 2 float parameters; a 1x1\n12345",
      "losslab network 2 float ; a 1x1\n1234",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ok(ll_state_read(ctx, bad[i], strlen(bad[i]), &state) == LL_ERR_FORMAT && !state, "refused: %.60s", bad[i]);
  ll_mlp *net = NULL;
  static const char no_mlp[] = "losslab network 2 float mlp hidden tanh output tanh; 1.weights 1x1; 1.bias 1x2\n____________";
  ok(ll_mlp_load(ctx, no_mlp, sizeof no_mlp - 1, &net) == LL_ERR_FORMAT && !net, "an mlp whose shapes do not fit together");
  ll_matrix_release(ctx, &m);
  ll_matrix_release(ctx, &bias);
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
  check_orthogonal(7, 40);
  check_orthogonal(40, 7);
  check_orthogonal(12, 12);
  check_dropout(0.5);
  check_dropout(0.1);
  check_dropout(0.9);
  check_state();
  ll_random r = ll_random_stream(3, 0, "x");
  ll_matrix m;
  ll_node *x = NULL, *y = NULL, *again = NULL;
  works(ctx, ll_matrix_new(ctx, 7, 3, &m));
  ll_matrix_normal(&m, &r, 0, 1);
  works(ctx, ll_node_new(ctx, &m, false, &x));
  for (size_t a = 0; ll_mlp_activations[a]; a++)
    for (size_t b = 0; ll_mlp_activations[b]; b++) {
      ll_mlp *net = made(ll_mlp_activations[a], ll_mlp_activations[b], NULL);
      works(ctx, ll_mlp_forward(ctx, net, x, &y));
      double worst = worst_difference(net, x, y);
      ok(worst < 20 * LL_EPS * 10, "hidden %s, output %s: difference %.2g", ll_mlp_activations[a], ll_mlp_activations[b], worst);
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
    static const double variance[] = {2.0 / 300, 2.0 / 300, 2.0 / 200, 2.0 / 200, 1.0 / 200, 1.0 / 600, 1.0 / 200, 0};
    near(sum / n, variance[i], 0.05, 0, "%s: the variance of the weights", ll_init_names[i]);
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
