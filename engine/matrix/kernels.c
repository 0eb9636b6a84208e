/* The kernels of this machine. */
#include "engine/matrix/kernels.h"

LL_ISA_DECLARE(ll_kernels, ll_kernels);

const ll_kernels *ll_kernels_get(void) { return LL_ISA_PICK(ll_kernels); }
