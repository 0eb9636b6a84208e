/* Initial weights by name. */
#ifndef LOSSLAB_ENGINE_INIT_H
#define LOSSLAB_ENGINE_INIT_H

#include "losslab/nn.h"

typedef void (*ll_init)(ll_matrix *weights, ll_random *stream); /* weights (fan_out, fan_in) */
ll_status ll_init_find(ll_ctx *ctx, const char *name, ll_init *out);

#endif
