/* The optimizers' loops: what updates.def says of one weight, over all of a parameter. */
#include <float.h>

#include "engine/base/simd_math.h"
#include "engine/optim/optim.h"

/* d cut to the largest number with a finite square. Infinity and NaN stay: a run that has them is lost, and is to say so. */
#ifdef LL_DOUBLE
#define ROOT 0x1.fffffffffffffp511
#define MOST DBL_MAX
#else
#define ROOT 0x1.fffffep63f
#define MOST FLT_MAX
#endif
#define WITHIN(d) ((d) > ROOT && (d) <= MOST ? ROOT : (d) < -ROOT && (d) >= -MOST ? -ROOT : (d))

#define UPDATE(name, ...)                                                                                                          \
  static void name(ll_real *restrict x, const ll_real *restrict g, ll_real *restrict s0, ll_real *restrict s1, size_t n,           \
                   const double *c) {                                                                                              \
    const ll_real decay = R(c[0]), step = R(c[1]), c2 = R(c[2]), c3 = R(c[3]), c4 = R(c[4]), c5 = R(c[5]), c6 = R(c[6]);           \
    (void)s0, (void)s1, (void)step, (void)c2, (void)c3, (void)c4, (void)c5, (void)c6;                                              \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      ll_real d = g[i] + decay * x[i];                                                                                             \
      __VA_ARGS__                                                                                                                  \
    }                                                                                                                              \
  }
#include "engine/optim/updates.def"
#undef UPDATE

extern const ll_updates LL_ISA_NAME(ll_updates);
const ll_updates LL_ISA_NAME(ll_updates) = {{
#define UPDATE(name, ...) name,
#include "engine/optim/updates.def"
#undef UPDATE
}};
