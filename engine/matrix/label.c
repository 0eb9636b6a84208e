/* The label kernels of this machine. */
#include "engine/matrix/label.h"

#include "engine/base/isa.h"

LL_ISA_DECLARE(ll_label_kernels, ll_label_kernels);

const ll_label_kernels *ll_label_kernels_get(void) { return LL_ISA_PICK(ll_label_kernels); }
