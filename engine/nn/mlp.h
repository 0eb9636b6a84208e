/* What an MLP holds. */
#ifndef LOSSLAB_ENGINE_MLP_H
#define LOSSLAB_ENGINE_MLP_H

#include "engine/autograd/node.h"
#include "losslab/nn.h"

typedef struct layer {
  ll_node *weights, *bias;
  const ll_op *activation; /* NULL: identity */
  size_t kernel;           /* its place among those of one matrix */
} layer;

struct ll_mlp {
  size_t n_layers;
  size_t *sizes; /* n_layers + 1 */
  const char *hidden, *output;
  layer layers[];
};

/* LL_ERR_SHAPE unless x has as many columns as the network has inputs. */
ll_status ll_mlp_takes(ll_ctx *ctx, const ll_mlp *net, const ll_matrix *x);
/* Whether an activation's derivatives are functions of its result alone, so that what went into it need not be kept. */
bool ll_mlp_by_result(size_t kernel);
/* Networks of so many layers are one node; those of more are the nodes of their layers. */
enum { LL_MLP_MOST_CHAINED = (LL_MOST_INPUTS - 1) / 2 };
/* ll_mlp_forward by one node (mlp_chain.c), for inputs that were checked. */
ll_status ll_mlp_chain(ll_ctx *ctx, const ll_mlp *net, ll_node *x, ll_node **out);

/* [out] a network with its parameters allocated and zero. */
ll_status ll_mlp_blank(ll_ctx *ctx, const ll_mlp_options *options, ll_mlp **out);

#endif
