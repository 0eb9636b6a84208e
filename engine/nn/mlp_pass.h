/* Steps of training an MLP without a graph, on buffers that are kept from step to step. To the bit what ll_mlp_forward and
 * ll_backward compute. */
#ifndef LOSSLAB_ENGINE_MLP_PASS_H
#define LOSSLAB_ENGINE_MLP_PASS_H

#include "losslab/nn.h"

typedef struct ll_mlp_pass ll_mlp_pass;

/* [out] what is kept for a network. The network is borrowed in each call; it is not touched by ll_mlp_pass_free. LL_ERR_MEMORY. */
ll_status ll_mlp_pass_new(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass **out);
void ll_mlp_pass_free(ll_ctx *ctx, ll_mlp_pass *pass);
/* Whether a step may go this way now: recording is on, nothing is watched, some parameter requires a gradient, and none has one yet
 * to which another would have to be added; but with a pass [opt], those that it left itself, to which it adds. */
bool ll_mlp_pass_fits(ll_ctx *ctx, const ll_mlp *net, const ll_mlp_pass *pass);
/* [out] the network's outputs for x, borrowed until the next call. LL_ERR_SHAPE, LL_ERR_MEMORY, LL_ERR_INTERRUPTED. */
ll_status ll_mlp_pass_forward(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass *pass, const ll_matrix *x, const ll_matrix **out);
/* g: the gradient of the outputs, which is overwritten. Leaves each parameter's gradient in its grad, or adds it to the one there:
 * of all, or of none after a failure. x is that of the forward. LL_ERR_MEMORY, LL_ERR_INTERRUPTED. */
ll_status ll_mlp_pass_backward(ll_ctx *ctx, const ll_mlp *net, ll_mlp_pass *pass, const ll_matrix *x, const ll_matrix *g);

#endif
