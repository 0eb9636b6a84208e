/* Kernels for several instruction sets, one source. A file named *.simd.c is compiled once per instruction set with
 * LL_ISA set to base (any x86-64), v3 (AVX2, FMA) or v4 (AVX-512); it ends in one table of functions named by
 * LL_ISA_NAME, and LL_ISA_PICK gives the table for the machine the program runs on. */
#ifndef LOSSLAB_ENGINE_ISA_H
#define LOSSLAB_ENGINE_ISA_H

#include "losslab/base.h"

enum { LL_ISA_base, LL_ISA_v3, LL_ISA_v4, LL_ISA_COUNT };

/* The best of them that this machine has; LOSSLAB_ISA=base or v3 in the environment asks for less. */
int ll_isa(void);

#define LL_ISA_JOIN_(a, b) a##_##b
#define LL_ISA_JOIN(a, b) LL_ISA_JOIN_(a, b)
#define LL_ISA_NAME(table) LL_ISA_JOIN(table, LL_ISA)
#define LL_ISA_DECLARE(type, table) extern const type table##_base, table##_v3, table##_v4
#define LL_ISA_PICK(table) ((const void *[]){&table##_base, &table##_v3, &table##_v4}[ll_isa()])

#endif
