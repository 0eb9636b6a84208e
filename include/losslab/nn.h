/* losslab/nn.h: multilayer perceptrons, and what other networks are composed from: initial weights, dropout, and the
 * parameters of any network as bytes. */
#ifndef LOSSLAB_NN_H
#define LOSSLAB_NN_H

#include "losslab/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- multilayer perceptrons ------------------------------------------------------------------------------------------ */

/* h_0 = x; h_l = activation(h_{l-1} W_l' + b_l), with W_l (sizes[l], sizes[l-1]) and b_l (1, sizes[l]); the last layer
 * takes the output activation. */
typedef struct ll_mlp ll_mlp;

/* Activations by name, each an op (engine/matrix/activations.def): "sigmoid", "tanh", "relu", "softplus", "leaky_relu", "elu",
 * "selu", "gelu", "silu" (also known as "swish"), "mish", "softsign", "hardtanh", "hardsigmoid", "log_sigmoid", "identity".
 * NULL-terminated. */
extern const char *const ll_mlp_activations[];
/* Initial weights by name; fan_in and fan_out are a layer's inputs and outputs; biases start at 0. NULL-terminated.
 *   "xavier"         uniform on ±sqrt(6 / (fan_in + fan_out))     Glorot and Bengio 2010, eq. 16
 *   "xavier_normal"  normal, variance 2 / (fan_in + fan_out)      the same
 *   "he"             normal, variance 2 / fan_in                  He et al. 2015, eq. 10
 *   "he_uniform"     uniform on ±sqrt(6 / fan_in)                 the same
 *   "normal"         normal, variance 1 / fan_in                  LeCun et al. 1998, eq. 16
 *   "uniform"        uniform on ±1 / sqrt(fan_in)
 *   "orthogonal"     rows (or columns, if there are fewer) orthonormal, uniform among such    Saxe et al. 2014
 *   "zeros"          0 */
extern const char *const ll_init_names[];
/* weights (fan_out, fan_in), drawn from the stream, in row order. LL_ERR_NAME with the nearest, LL_ERR_MEMORY. */
ll_status ll_init_weights(ll_ctx *ctx, const char *name, ll_matrix *weights, ll_random *stream);

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

/* Sizes and activations (init is NULL): borrowed, valid as long as the network. */
ll_mlp_options ll_mlp_describe(const ll_mlp *net);

/* ---- dropout ---------------------------------------------------------------------------------------------------------- */

/* [out] x with each element 0 with probability rate, else divided by 1 - rate. Which ones is a function of the stream's
 * key, the step and the element's place: nothing is drawn from the stream, and a run that is replayed drops the same elements.
 * rate on [0, 1), or LL_ERR_RANGE; LL_ERR_MEMORY. (Srivastava et al. 2014.) */
ll_status ll_dropout(ll_ctx *ctx, ll_node *x, double rate, const ll_random *stream, uint64_t step, ll_node **out);

/* ---- points between --------------------------------------------------------------------------------------------------- */

/* [out] epsilon_i real_i + (1 - epsilon_i) fake_i, row by row, epsilon uniform on [0, 1) from the stream: where a gradient penalty
 * is taken (Gulrajani et al. 2017, algorithm 1). LL_ERR_SHAPE, LL_ERR_MEMORY. */
ll_status ll_interpolate(ll_ctx *ctx, const ll_matrix *real, const ll_matrix *fake, ll_random *stream, ll_matrix *out);

/* ---- parameters as bytes ------------------------------------------------------------------------------------------------
 * One line of text that `head -1` shows:
 *   losslab network 2 PRECISION KIND; NAME ROWSxCOLS; NAME ROWSxCOLS; …
 * then the elements, matrix by matrix in row order, little-endian, in the build's precision. */

typedef struct ll_entry {
  const char *name; /* letters, digits, '.', '_' and '-'; at most 100 */
  ll_matrix *value; /* borrowed */
} ll_entry;

/* [out] n entries as bytes, to be freed by ll_free. kind says what they belong to: words without ';'. LL_ERR_ARGUMENT for a
 * name or kind that cannot be written, LL_ERR_MEMORY. */
ll_status ll_state_save(ll_ctx *ctx, const char *kind, const ll_entry *entries, size_t n, void **bytes, size_t *size);

typedef struct ll_state ll_state;
/* [out] such bytes, checked to the last one: LL_ERR_FORMAT says what is wrong, LL_ERR_NUMBER which element is NaN or
 * infinite. The bytes are borrowed and must outlive it. Nothing in them is ever run. */
ll_status ll_state_read(ll_ctx *ctx, const void *bytes, size_t size, ll_state **out);
void ll_state_free(ll_ctx *ctx, ll_state *state);
const char *ll_state_kind(const ll_state *state);
size_t ll_state_count(const ll_state *state);
void ll_state_shape(const ll_state *state, size_t i, size_t *rows, size_t *cols);
/* The elements into entries of the same names and shapes in the same order, converted if they were saved in the other
 * precision. Nothing is changed unless all fit. LL_ERR_SHAPE. */
ll_status ll_state_fill(ll_ctx *ctx, const ll_state *state, const ll_entry *entries, size_t n);

/* An MLP's: kind "mlp hidden NAME output NAME", entries 1.weights, 1.bias, 2.weights, … */
ll_status ll_mlp_save(ll_ctx *ctx, const ll_mlp *net, void **bytes, size_t *n);
/* [out] the network of such bytes. LL_ERR_FORMAT, LL_ERR_NUMBER, LL_ERR_MEMORY. */
ll_status ll_mlp_load(ll_ctx *ctx, const void *bytes, size_t n, ll_mlp **out);
/* Puts the parameters of such bytes into a network of the same sizes and activations. LL_ERR_FORMAT, LL_ERR_SHAPE. */
ll_status ll_mlp_restore(ll_ctx *ctx, ll_mlp *net, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
