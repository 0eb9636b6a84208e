/* The products of each instruction set. */
#ifndef LOSSLAB_ENGINE_GEMM_KERNELS_H
#define LOSSLAB_ENGINE_GEMM_KERNELS_H

#include "engine/matrix/gemm.h"

enum { GEMM_ROOM = 256 << 10 }; /* bytes into which x is packed: a part of the second cache */

typedef struct ll_gemm_kernels {
  /* room [opt]: GEMM_ROOM bytes. */
  void (*float_)(const ll_gemm_shape *s, const float *a, const float *b, const float *bias, float *c, void *room);
  void (*double_)(const ll_gemm_shape *s, const double *a, const double *b, const double *bias, double *c, void *room);
} ll_gemm_kernels;

#endif
