/* Which instruction set the kernels may use. */
#include "engine/base/isa.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
const char *const ll_isa_names[] = {"base", "v3", "v4"};
#else
const char *const ll_isa_names[] = {"base"};
#endif

static int detect(void) {
  int best = LL_ISA_base;
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) best = LL_ISA_v3;
  if (best == LL_ISA_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    best = LL_ISA_v4;
#endif
  const char *asked = getenv("LOSSLAB_ISA");
  for (int i = 0; asked && i < best; i++)
    if (strcmp(asked, ll_isa_names[i]) == 0) best = i;
  return best;
}

int ll_isa(void) {
  static int isa = -1; /* every thread finds the same value: a race here is harmless */
  if (isa < 0) isa = detect();
  return isa;
}
