/* What an MLP holds. */
#ifndef LOSSLAB_ENGINE_MLP_H
#define LOSSLAB_ENGINE_MLP_H

#include "losslab/nn.h"

typedef struct layer {
  ll_node *weights, *bias;
  const ll_op *activation; /* NULL: identity */
} layer;

struct ll_mlp {
  size_t n_layers;
  size_t *sizes; /* n_layers + 1 */
  const char *hidden, *output;
  layer layers[];
};

/* [out] a network with its parameters allocated and zero. */
ll_status ll_mlp_blank(ll_ctx *ctx, const ll_mlp_options *options, ll_mlp **out);

#endif
