/* What elimination takes from a row. */
#include "engine/matrix/factor.h"
#include "engine/base/fma.h"
#include "engine/base/isa.h"

static void take(float a, const float *x, float *y, size_t n) {
  for (size_t j = 0; j < n; j++) y[j] = FMAF(-a, x[j], y[j]);
}

static void take_double(double a, const double *x, double *y, size_t n) {
  for (size_t j = 0; j < n; j++) y[j] = FMAD(-a, x[j], y[j]);
}

const ll_factor_kernels LL_ISA_NAME(ll_factor_kernels) = {take, take_double};
