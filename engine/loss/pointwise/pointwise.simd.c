/* The loops of the pointwise losses. */
#include "engine/loss/pointwise/pointwise.h"
#include "engine/loss/each_row.h"

#define POINTWISE(name, shared, value, slope)                                                                                      \
  EACH_ROW(name, int t = y > R(0); ll_real side = t ? R(1) : R(-1); ll_real z = side * f; (void)z;                                 \
           shared, value, side * scale * (slope))
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE

extern const ll_pointwise_kernels LL_ISA_NAME(ll_pointwise_kernels);
const ll_pointwise_kernels LL_ISA_NAME(ll_pointwise_kernels) = {.form = {
#define POINTWISE(name, ...) name,
#include "engine/loss/pointwise/pointwise.def"
#undef POINTWISE
                                                                }};
