/* Kernels for several instruction sets, one source. A file named *.simd.c is compiled once per instruction set with
 * LL_ISA set to base (any x86-64), v3 (AVX2, FMA) or v4 (AVX-512); it ends in one table of functions named by
 * LL_ISA_NAME, and LL_ISA_PICK gives the table for the machine the program runs on. On other machines base is the only one. All
 * sets of all machines give the same bits. */
#ifndef LOSSLAB_ENGINE_ISA_H
#define LOSSLAB_ENGINE_ISA_H

#include "losslab/base.h"

#ifdef __x86_64__
enum { LL_ISA_base, LL_ISA_v3, LL_ISA_v4, LL_ISA_COUNT };
#else
enum { LL_ISA_base, LL_ISA_COUNT };
#endif

/* The best of them that this machine has; LOSSLAB_ISA=base or v3 in the environment asks for less. */
int ll_isa(void);
/* Their names, as LOSSLAB_ISA has them. */
extern const char *const ll_isa_names[LL_ISA_COUNT];

#define LL_ISA_JOIN_(a, b) a##_##b
#define LL_ISA_JOIN(a, b) LL_ISA_JOIN_(a, b)
#define LL_ISA_NAME(table) LL_ISA_JOIN(table, LL_ISA)
#ifdef __x86_64__
#define LL_ISA_DECLARE(type, table) extern const type table##_base, table##_v3, table##_v4
#define LL_ISA_ALL(table) &table##_base, &table##_v3, &table##_v4 /* by LL_ISA_base, …: for tests, which try each */
#else
#define LL_ISA_DECLARE(type, table) extern const type table##_base
#define LL_ISA_ALL(table) &table##_base
#endif
#define LL_ISA_PICK(table) ((const void *[]){LL_ISA_ALL(table)}[ll_isa()])

#endif
