/* The optimizers' loops. c[0] is always the weight decay of g, c[1] the step length. */
#include "engine/base/simd_math.h"
#include "engine/optim/optim.h"

#define LOOP(name, ...)                                                                                                            \
  static void name(ll_real *restrict x, const ll_real *restrict g, ll_real *restrict s0, ll_real *restrict s1, size_t n,           \
                   const double *c) {                                                                                              \
    const ll_real decay = R(c[0]), step = R(c[1]), c2 = R(c[2]), c3 = R(c[3]), c4 = R(c[4]), c5 = R(c[5]);                         \
    (void)s0, (void)s1, (void)step, (void)c2, (void)c3, (void)c4, (void)c5;                                                        \
    for (size_t i = 0; i < n; i++) {                                                                                               \
      ll_real d = g[i] + decay * x[i];                                                                                             \
      __VA_ARGS__                                                                                                                  \
    }                                                                                                                              \
  }

/* c2 momentum of the buffer, c3 share of the buffer and c4 share of g in the direction */
LOOP(sgd, s0[i] = c2 * s0[i] + d; x[i] -= step * (c3 * s0[i] + c4 * d);)
/* c2 alpha, c3 1 - alpha, c4 eps */
LOOP(rmsprop, s0[i] = c2 * s0[i] + c3 * d * d; x[i] -= step * d / (SQRT(s0[i]) + c4);)
LOOP(adagrad, s0[i] += d * d; x[i] -= step * d / (SQRT(s0[i]) + c2);)
/* c2 rho, c3 1 - rho, c4 eps */
LOOP(adadelta, s0[i] = c2 * s0[i] + c3 * d * d; ll_real delta = d * SQRT(s1[i] + c4) / SQRT(s0[i] + c4);
     s1[i] = c2 * s1[i] + c3 * delta * delta; x[i] -= step * delta;)
/* c2 1 - beta1, c3 1 - beta2, c4 1 / sqrt(1 - beta2^t), c5 eps; c[6] the share of the weights that decay leaves (adamw) */
static void adam(ll_real *restrict x, const ll_real *restrict g, ll_real *restrict s0, ll_real *restrict s1, size_t n,
                 const double *c) {
  const ll_real decay = R(c[0]), step = R(c[1]), c2 = R(c[2]), c3 = R(c[3]), c4 = R(c[4]), c5 = R(c[5]), keep = R(c[6]);
  for (size_t i = 0; i < n; i++) {
    ll_real d = g[i] + decay * x[i], m = s0[i] + c2 * (d - s0[i]), v = s1[i] + c3 * (d * d - s1[i]);
    s0[i] = m, s1[i] = v;
    x[i] = keep * x[i] - step * m / (SQRT(v) * c4 + c5);
  }
}
/* as adam, with c[6] the step along g itself */
static void nadam(ll_real *restrict x, const ll_real *restrict g, ll_real *restrict s0, ll_real *restrict s1, size_t n,
                  const double *c) {
  const ll_real decay = R(c[0]), step = R(c[1]), c2 = R(c[2]), c3 = R(c[3]), c4 = R(c[4]), c5 = R(c[5]), direct = R(c[6]);
  for (size_t i = 0; i < n; i++) {
    ll_real d = g[i] + decay * x[i], m = s0[i] + c2 * (d - s0[i]), v = s1[i] + c3 * (d * d - s1[i]);
    s0[i] = m, s1[i] = v;
    x[i] -= (direct * d + step * m) / (SQRT(v) * c4 + c5);
  }
}
/* s0 the gradient before, s1 the step of each weight (0: not set yet); c1 the first step, c2 eta_minus, c3 eta_plus, c4 and
 * c5 the shortest and longest step. Where the sign turns, the step is shortened and not taken, and the gradient kept is 0. */
LOOP(rprop, ll_real turn = d * s0[i]; ll_real length = s1[i] > R(0) ? s1[i] : step; length = turn > R(0)   ? length * c3
                                                                                             : turn < R(0) ? length * c2
                                                                                                           : length;
     length = length < c4   ? c4
              : length > c5 ? c5
                            : length;
     d = turn < R(0) ? R(0) : d; x[i] -= d > R(0)   ? length
                                         : d < R(0) ? -length
                                                    : R(0);
     s0[i] = d; s1[i] = length;)

extern const ll_updates LL_ISA_NAME(ll_updates);
const ll_updates LL_ISA_NAME(ll_updates) = {{
#define UPDATE(name) name,
    LL_UPDATES(UPDATE)
#undef UPDATE
}};
