/* losslab/nn.h: multilayer perceptrons: linear layers with an elementwise activation between them. */
#ifndef LOSSLAB_NN_H
#define LOSSLAB_NN_H

#include "losslab/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* h_0 = x; h_l = activation(h_{l-1} W_l' + b_l), with W_l (sizes[l], sizes[l-1]) and b_l (1, sizes[l]); the last layer
 * takes the output activation. */
typedef struct ll_mlp ll_mlp;

/* Activations by name, each an op (engine/matrix/activations.def): "sigmoid", "tanh", "relu", "softplus", "leaky_relu", "elu",
 * "selu", "gelu", "silu" (also known as "swish"), "mish", "softsign", "hardtanh", "hardsigmoid", "log_sigmoid", "identity".
 * NULL-terminated. */
extern const char *const ll_activation_names[];
/* Initial weights by name; fan_in and fan_out are a layer's inputs and outputs; biases start at 0. NULL-terminated.
 *   "xavier"         uniform on ±sqrt(6 / (fan_in + fan_out))     Glorot and Bengio 2010, eq. 16
 *   "xavier_normal"  normal, variance 2 / (fan_in + fan_out)      the same
 *   "he"             normal, variance 2 / fan_in                  He et al. 2015, eq. 10
 *   "he_uniform"     uniform on ±sqrt(6 / fan_in)                 the same */
extern const char *const ll_init_names[];

typedef struct ll_mlp_options {
  const size_t *sizes; /* inputs, hidden layers, outputs: n_sizes >= 2, each >= 1 */
  size_t n_sizes;
  const char *hidden, *output; /* activations; NULL: "sigmoid" and "identity" */
  const char *init;            /* NULL: "xavier" */
} ll_mlp_options;

/* [out] a network with weights drawn from the stream, layer by layer, in row order. LL_ERR_NAME with the nearest,
 * LL_ERR_RANGE, LL_ERR_MEMORY. */
ll_status ll_mlp_new(ll_ctx *ctx, const ll_mlp_options *options, ll_random *stream, ll_mlp **out);
void ll_mlp_free(ll_ctx *ctx, ll_mlp *net);

/* [out] the network's outputs (n, sizes[last]) for x (n, sizes[0]). LL_ERR_SHAPE, LL_ERR_MEMORY. */
ll_status ll_mlp_forward(ll_ctx *ctx, ll_mlp *net, ll_node *x, ll_node **out);

/* Parameters in the order W_1, b_1, W_2, b_2, …; borrowed. */
size_t ll_mlp_parameter_count(const ll_mlp *net);
ll_node *ll_mlp_parameter(const ll_mlp *net, size_t i);

/* What it is: borrowed, valid as long as the network. */
ll_mlp_options ll_mlp_describe(const ll_mlp *net);

/* [out] the network as bytes, to be freed by ll_free: one line of text (format, precision, sizes, activations), then the
 * parameters, little-endian, in the build's precision. LL_ERR_MEMORY. */
ll_status ll_mlp_save(ll_ctx *ctx, const ll_mlp *net, void **bytes, size_t *n);
/* [out] the network of such bytes; a network saved in the other precision is converted. LL_ERR_FORMAT says what is wrong. */
ll_status ll_mlp_load(ll_ctx *ctx, const void *bytes, size_t n, ll_mlp **out);
/* Puts the parameters of such bytes into a network of the same sizes and activations. LL_ERR_FORMAT, LL_ERR_SHAPE. */
ll_status ll_mlp_restore(ll_ctx *ctx, ll_mlp *net, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
