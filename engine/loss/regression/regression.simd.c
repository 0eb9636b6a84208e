/* The loops of the regression losses. */
#include "engine/loss/regression/regression.h"
#include "engine/loss/each_row.h"

#define REGRESSION(name, shared, value, slope) EACH_ROW(name, ll_real r = f - y; (void)r; shared, value, scale * (slope))
#include "engine/loss/regression/regression.def"
#undef REGRESSION

extern const ll_regression_kernels LL_ISA_NAME(ll_regression_kernels);
const ll_regression_kernels LL_ISA_NAME(ll_regression_kernels) = {.form = {
#define REGRESSION(name, ...) name,
#include "engine/loss/regression/regression.def"
#undef REGRESSION
                                                                  }};
