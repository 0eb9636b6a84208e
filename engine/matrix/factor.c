/* Factors and triangular systems: the same source once for float and once for double. */
#include "engine/matrix/factor.h"

#include <math.h>

#include "engine/base/isa.h"
#include "engine/matrix/gemm.h"

LL_ISA_DECLARE(ll_factor_kernels, ll_factor_kernels);
static const ll_factor_kernels *kernels(void) { return LL_ISA_PICK(ll_factor_kernels); }

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

#define REAL float
#define TAKE take
#define JOIN_REAL(what) what##f
#define NAME(what) ll_factor_##what##f
#define PRODUCT ll_gemmf
#include "engine/matrix/factor_blocks.h"
#undef REAL
#undef TAKE
#undef JOIN_REAL
#undef NAME
#undef PRODUCT

#define REAL double
#define TAKE take_double
#define JOIN_REAL(what) what##d
#define NAME(what) ll_factor_##what##d
#define PRODUCT ll_gemmd
#include "engine/matrix/factor_blocks.h"
