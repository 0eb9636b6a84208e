/* OpenBLAS, for its LAPACK: products are losslab's own. It is loaded when something first asks for it, since to load it takes
 * longer than all else that a start does. */
#ifndef LOSSLAB_ENGINE_BLAS_H
#define LOSSLAB_ENGINE_BLAS_H

#include "losslab/base.h"

/* Loads it, and makes it take the buffer that it packs matrices into, once in a process. LL_ERR_MEMORY: there is no room for that;
 * LL_ERR_UNSUPPORTED: it cannot be loaded, with the system's reason. Both may be tried again. */
ll_status ll_blas_open(ll_ctx *ctx);
/* A function of it by its name, once it is open; NULL if it has none of that name. */
void *ll_blas_function(const char *name);
/* Its configuration and, in parentheses, the kernels that it has chosen; loads it. Where it cannot be loaded "no OpenBLAS (none)".
 */
const char *ll_blas_says(void);

#endif
