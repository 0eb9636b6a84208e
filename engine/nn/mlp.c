/* Multilayer perceptrons: one node, or each layer two nodes, linear and activation, so that gradients of any order are the graph's.
 */
#include "engine/nn/mlp.h"

#include <string.h>

/* An activation's name is its op's name. */
const char *const ll_mlp_activations[] = {"sigmoid",     "tanh",        "relu",     "softplus", "leaky_relu", "elu",
                                          "selu",        "gelu",        "silu",     "mish",     "softsign",   "hardtanh",
                                          "hardsigmoid", "log_sigmoid", "identity", NULL};

static ll_status find_activation(ll_ctx *ctx, const char *name, const char **known, const ll_op **op) {
  size_t count = sizeof ll_mlp_activations / sizeof *ll_mlp_activations - 1, place;
  if (strcmp(name, "swish") == 0) name = "silu";
  LL_TRY(ll_names_find(ctx, "activation", name, ll_mlp_activations, count, &place));
  *known = ll_mlp_activations[place];
  *op = ll_op_find(name); /* identity has none */
  return LL_OK;
}

static ll_status zero_parameter(ll_ctx *ctx, size_t rows, size_t cols, ll_node **out) {
  ll_matrix m;
  LL_TRY(ll_matrix_zeros(ctx, rows, cols, &m));
  return ll_node_new(ctx, &m, true, out);
}

ll_status ll_mlp_blank(ll_ctx *ctx, const ll_mlp_options *options, ll_mlp **out) {
  ll_status status;
  ll_mlp *net = NULL;
  void *block;
  const ll_op *hidden = NULL, *last = NULL;
  *out = NULL;
  if (options->n_sizes < 2)
    return ll_fail(ctx, LL_ERR_RANGE, "a network needs its inputs and its outputs: at least 2 sizes, not %zu", options->n_sizes);
  for (size_t l = 0; l < options->n_sizes; l++)
    if (options->sizes[l] < 1)
      return ll_fail(ctx, LL_ERR_RANGE, "size %zu of the network is %zu: at least 1", l + 1, options->sizes[l]);
  size_t n = options->n_sizes - 1;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof *net + n * sizeof(layer)));
  net = block;
  net->n_layers = n;
  LL_GOTO(fail, ll_calloc(ctx, &block, options->n_sizes, sizeof *net->sizes));
  net->sizes = block;
  memcpy(net->sizes, options->sizes, options->n_sizes * sizeof *net->sizes);
  LL_GOTO(fail, find_activation(ctx, options->hidden ? options->hidden : "sigmoid", &net->hidden, &hidden));
  LL_GOTO(fail, find_activation(ctx, options->output ? options->output : "identity", &net->output, &last));
  for (size_t l = 0; l < n; l++) {
    net->layers[l].activation = l + 1 < n ? hidden : last;
    net->layers[l].kernel = ll_op_unary(net->layers[l].activation);
    LL_GOTO(fail, zero_parameter(ctx, net->sizes[l + 1], net->sizes[l], &net->layers[l].weights));
    LL_GOTO(fail, zero_parameter(ctx, 1, net->sizes[l + 1], &net->layers[l].bias));
  }
  *out = net;
  return LL_OK;
fail:
  ll_mlp_free(ctx, net);
  return status;
}

ll_status ll_mlp_new(ll_ctx *ctx, const ll_mlp_options *options, ll_random *stream, ll_mlp **out) {
  ll_status status = ll_mlp_blank(ctx, options, out);
  for (size_t l = 0; status == LL_OK && l < (*out)->n_layers; l++)
    status = ll_init_weights(ctx, options->init ? options->init : ll_init_names[0], &(*out)->layers[l].weights->value, stream);
  if (status != LL_OK) {
    ll_mlp_free(ctx, *out);
    *out = NULL;
  }
  return status;
}

void ll_mlp_free(ll_ctx *ctx, ll_mlp *net) {
  if (!net) return;
  for (size_t l = 0; l < net->n_layers; l++) {
    ll_node_release(ctx, net->layers[l].weights);
    ll_node_release(ctx, net->layers[l].bias);
  }
  ll_free(ctx, net->sizes);
  ll_free(ctx, net);
}

ll_status ll_mlp_takes(ll_ctx *ctx, const ll_mlp *net, const ll_matrix *x) {
  if (x->cols == net->sizes[0]) return LL_OK;
  return ll_fail(ctx, LL_ERR_SHAPE, "the network takes %zu features, the matrix given is %zux%zu", net->sizes[0], x->rows, x->cols);
}

ll_status ll_mlp_forward(ll_ctx *ctx, ll_mlp *net, ll_node *x, ll_node **out) {
  *out = NULL;
  LL_TRY(ll_mlp_takes(ctx, net, &x->value));
  /* A watch looks at what each op gives, so then there are nodes for all of them. */
  if (net->n_layers <= LL_MLP_MOST_CHAINED && !ll_watch_is_on(ctx)) return ll_mlp_chain(ctx, net, x, out);
  ll_node *h = ll_node_retain(x);
  for (size_t l = 0; l < net->n_layers; l++) {
    const layer *at = &net->layers[l];
    ll_node *next;
    ll_status status = ll_apply(ctx, &ll_op_linear, (ll_node *[]){h, at->weights, at->bias}, NULL, &next);
    ll_node_release(ctx, h);
    if (status != LL_OK) return status;
    h = next;
    if (!at->activation) continue;
    status = ll_apply1(ctx, at->activation, h, &next);
    ll_node_release(ctx, h);
    if (status != LL_OK) return status;
    h = next;
  }
  *out = h;
  return LL_OK;
}

size_t ll_mlp_parameter_count(const ll_mlp *net) { return 2 * net->n_layers; }

ll_node *ll_mlp_parameter(const ll_mlp *net, size_t i) { return i % 2 ? net->layers[i / 2].bias : net->layers[i / 2].weights; }

ll_mlp_options ll_mlp_describe(const ll_mlp *net) {
  return (ll_mlp_options){.sizes = net->sizes, .n_sizes = net->n_layers + 1, .hidden = net->hidden, .output = net->output};
}
