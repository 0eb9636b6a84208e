/* Products for one instruction set: the same files once for float and once for double. */
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "engine/base/fma.h"
#include "engine/base/isa.h"
#include "engine/matrix/gemm_kernels.h"

#if defined(__AVX512F__)
#define GEMM_BYTES 64 /* a vector's */
#elif defined(__AVX2__)
#define GEMM_BYTES 32
#else
#define GEMM_BYTES 16
#endif

#define GEMM_DOUBLE 0
#include "engine/matrix/gemm_blocks.h"
#undef GEMM_DOUBLE
#define GEMM_DOUBLE 1
#include "engine/matrix/gemm_blocks.h"

const ll_gemm_kernels LL_ISA_NAME(ll_gemm_kernels) = {run_f, run_d};
