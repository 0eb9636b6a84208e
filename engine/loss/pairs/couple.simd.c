/* The squared distance of two rows. */
#include "engine/loss/pairs/couple.h"
#include "engine/base/double_lanes.h"
#include "engine/base/isa.h"

REDUCE(square, ll_real, (a - b) * (a - b))

extern const ll_couple_kernels LL_ISA_NAME(ll_couple_kernels);
const ll_couple_kernels LL_ISA_NAME(ll_couple_kernels) = {square};
