/* The elementwise loops, in a form that the compiler vectorises: simple bodies, restrict where nothing overlaps, one exit. */
#include "engine/matrix/kernels.h"

#include "engine/base/lanes.h"
#include "engine/base/simd_math.h"
#include "engine/matrix/gated.h"

#define SELU_S R(1.0507009873554804934)
#define SELU_SA R(1.0507009873554804934 * 1.6732632423543772848)
#define NORMAL_DENSITY(x) (R(0.39894228040143267794) * EXP(R(-0.5) * (x) * (x)))

#define PRODUCT(g, slope) ((g) * (slope))
#define NONE_THROUGH_0(g, slope) ((slope) == R(0) ? R(0) : (g) * (slope))
#define UNARY(...) UNARY_LOOPS(PRODUCT, __VA_ARGS__)
#define UNARY_FLAT(...) UNARY_LOOPS(NONE_THROUGH_0, __VA_ARGS__)
#define UNARY_LOOPS(times, name, formula, low, high, f, f1, f2)                                                                    \
  static void name##_0(const ll_real *xs, ll_real *out, size_t n) {                                                                \
    EACH {                                                                                                                         \
      ll_real x = xs[i];                                                                                                           \
      out[i] = f;                                                                                                                  \
    }                                                                                                                              \
  }                                                                                                                                \
  static void name##_1(const ll_real *xs, const ll_real *ys, const ll_real *g, ll_real *out, size_t n) {                           \
    EACH {                                                                                                                         \
      ll_real x = xs[i], y = ys[i];                                                                                                \
      (void)x, (void)y;                                                                                                            \
      out[i] = times(g[i], f1);                                                                                                    \
    }                                                                                                                              \
  }                                                                                                                                \
  static void name##_2(const ll_real *xs, const ll_real *ys, const ll_real *g, ll_real *out, size_t n) {                           \
    EACH {                                                                                                                         \
      ll_real x = xs[i], y = ys[i];                                                                                                \
      (void)x, (void)y;                                                                                                            \
      out[i] = times(g[i], f2);                                                                                                    \
    }                                                                                                                              \
  }
#include "engine/matrix/functions.def"
#undef UNARY

#define BINARY(name, f)                                                                                                            \
  static void name##_vv(const ll_real *as, const ll_real *bs, ll_real *out, size_t n) {                                            \
    EACH {                                                                                                                         \
      ll_real a = as[i], b = bs[i];                                                                                                \
      out[i] = f;                                                                                                                  \
    }                                                                                                                              \
  }                                                                                                                                \
  static void name##_vs(const ll_real *as, const ll_real *bs, ll_real *out, size_t n) {                                            \
    ll_real b = *bs;                                                                                                               \
    EACH {                                                                                                                         \
      ll_real a = as[i];                                                                                                           \
      out[i] = f;                                                                                                                  \
    }                                                                                                                              \
  }                                                                                                                                \
  static void name##_sv(const ll_real *as, const ll_real *bs, ll_real *out, size_t n) {                                            \
    ll_real a = *as;                                                                                                               \
    EACH {                                                                                                                         \
      ll_real b = bs[i];                                                                                                           \
      out[i] = f;                                                                                                                  \
    }                                                                                                                              \
  }
BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a *b)
BINARY(div, a / b)
BINARY(max, a > b || isnan(a) ? a : b)
BINARY(min, a < b || isnan(a) ? a : b)
BINARY(greater, a > b ? R(1) : R(0))
BINARY(pow, POW(a, b))
BINARY(less, a < b ? R(1) : R(0))
BINARY(equal, a == b ? R(1) : R(0))
BINARY(not_equal, a == b ? R(0) : R(1))
BINARY(greater_equal, a >= b ? R(1) : R(0))
BINARY(less_equal, a <= b ? R(1) : R(0))

static void scale(const ll_real *x, double a, double b, ll_real *out, size_t n) {
  ll_real ra = R(a), rb = R(b);
  EACH out[i] = ra * x[i] + rb;
}

static double dot(const ll_real *x, const ll_real *y, size_t n) {
  double part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] = FMA_WIDE(x[i + l], y[i + l], part[l]);
  for (; i < n; i++) part[i % LANES] = FMA_WIDE(x[i], y[i], part[i % LANES]);
  return fold(part);
}

/* Four rows at a time, in the same order for every column; the sums are read and written once for sixteen rows. */
#define FOUR_ROWS(r)                                                                                                               \
  (((double)x[(r)*stride + j] + (double)x[((r) + 1) * stride + j]) +                                                               \
   ((double)x[((r) + 2) * stride + j] + (double)x[((r) + 3) * stride + j]))
static void add_rows(const ll_real *restrict x, size_t rows, size_t cols, size_t stride, double *restrict sums) {
  for (; rows >= 16; rows -= 16, x += 16 * stride)
    for (size_t j = 0; j < cols; j++) {
      double part = sums[j] + FOUR_ROWS(0);
      part += FOUR_ROWS(4);
      part += FOUR_ROWS(8);
      sums[j] = part + FOUR_ROWS(12);
    }
  for (; rows >= 4; rows -= 4, x += 4 * stride)
    for (size_t j = 0; j < cols; j++) sums[j] += FOUR_ROWS(0);
  for (; rows; rows--, x += stride)
    for (size_t j = 0; j < cols; j++) sums[j] += (double)x[j];
}

/* x - x is 0 for numbers, NaN for the rest; a sum of zeros stays zero. */
static bool all_finite(const ll_real *x, size_t n) {
  ll_real part[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) part[l] += x[i + l] - x[i + l];
  for (; i < n; i++) part[0] += x[i] - x[i];
  for (size_t l = 1; l < LANES; l++) part[0] += part[l];
  return part[0] == 0;
}

extern const ll_kernels LL_ISA_NAME(ll_kernels);
const ll_kernels LL_ISA_NAME(ll_kernels) = {
#define UNARY(name, ...) name##_0,
    .unary =
        {
#include "engine/matrix/functions.def"
        },
#undef UNARY
#define UNARY(name, ...) name##_1,
    .unary1 =
        {
#include "engine/matrix/functions.def"
        },
#undef UNARY
#define UNARY(name, ...) name##_2,
    .unary2 =
        {
#include "engine/matrix/functions.def"
        },
#undef UNARY
    .vv = {add_vv, sub_vv, mul_vv, div_vv, max_vv, min_vv, greater_vv, pow_vv, less_vv, equal_vv, not_equal_vv, greater_equal_vv,
           less_equal_vv},
    .vs = {add_vs, sub_vs, mul_vs, div_vs, max_vs, min_vs, greater_vs, pow_vs, less_vs, equal_vs, not_equal_vs, greater_equal_vs,
           less_equal_vs},
    .sv = {add_sv, sub_sv, mul_sv, div_sv, max_sv, min_sv, greater_sv, pow_sv, less_sv, equal_sv, not_equal_sv, greater_equal_sv,
           less_equal_sv},
    .scale = scale,
    .sum = sum,
    .dot = dot,
    .add_rows = add_rows,
    .all_finite = all_finite,
};
