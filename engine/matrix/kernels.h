/* Elementwise loops over contiguous elements, one table for each instruction set. Outputs may be one of the inputs. */
#ifndef LOSSLAB_ENGINE_KERNELS_H
#define LOSSLAB_ENGINE_KERNELS_H

#include "engine/base/isa.h"

typedef enum ll_unary {
#define UNARY(name, ...) LL_UNARY_##name,
#include "engine/matrix/functions.def"
#undef UNARY
  LL_UNARY_COUNT
} ll_unary;

typedef enum ll_binary {
  LL_BINARY_add,
  LL_BINARY_sub,
  LL_BINARY_mul,
  LL_BINARY_div,
  LL_BINARY_max,
  LL_BINARY_min,
  LL_BINARY_greater,
  LL_BINARY_pow,
  LL_BINARY_less,
  LL_BINARY_equal,
  LL_BINARY_not_equal,
  LL_BINARY_greater_equal,
  LL_BINARY_less_equal,
  LL_BINARY_COUNT
} ll_binary;

typedef struct ll_kernels {
  /* out = f(x) */
  void (*unary[LL_UNARY_COUNT])(const ll_real *x, ll_real *out, size_t n);
  /* out = g f'(x), with y = f(x) at hand */
  void (*unary1[LL_UNARY_COUNT])(const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n);
  /* out = g f''(x) */
  void (*unary2[LL_UNARY_COUNT])(const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n);
  /* out = a o b, with b one element (vs), a one element (sv), or neither (vv) */
  void (*vv[LL_BINARY_COUNT])(const ll_real *a, const ll_real *b, ll_real *out, size_t n);
  void (*vs[LL_BINARY_COUNT])(const ll_real *a, const ll_real *b, ll_real *out, size_t n);
  void (*sv[LL_BINARY_COUNT])(const ll_real *a, const ll_real *b, ll_real *out, size_t n);
  void (*scale)(const ll_real *x, double a, double b, ll_real *out, size_t n);               /* out = a x + b */
  double (*sum)(const ll_real *x, size_t n);                                                 /* in double */
  double (*dot)(const ll_real *x, const ll_real *y, size_t n);                               /* in double */
  void (*add_rows)(const ll_real *x, size_t rows, size_t cols, size_t stride, double *sums); /* sums[j] += x[i][j] */
  bool (*all_finite)(const ll_real *x, size_t n);
} ll_kernels;

const ll_kernels *ll_kernels_get(void);

/* f(x, out, n), f(a, b, out, n) and f(x, y, g, out, n) of the table above, by the crew (engine/base/crew.h) where n is large. */
typedef void ll_kernels_unary(const ll_real *x, ll_real *out, size_t n);
typedef void ll_kernels_unary1(const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n);
void ll_kernels_run_unary(ll_kernels_unary *f, const ll_real *x, ll_real *out, size_t n);
void ll_kernels_run_unary1(ll_kernels_unary1 *f, const ll_real *x, const ll_real *y, const ll_real *g, ll_real *out, size_t n);
void ll_kernels_run_vv(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n);
void ll_kernels_run_vs(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n);
void ll_kernels_run_sv(ll_binary op, const ll_real *a, const ll_real *b, ll_real *out, size_t n);
void ll_kernels_run_scale(const ll_real *x, double a, double b, ll_real *out, size_t n);

#endif
