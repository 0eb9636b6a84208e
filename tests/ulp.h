/* How far elementwise kernels are from exact values, over all floats or a sample of the doubles, in every instruction set that
 * this machine has. The exact value is that of the next wider type: double for float (its own error is 1e-8 of a float's last
 * place), long double for double. */
#ifndef LOSSLAB_TESTS_ULP_H
#define LOSSLAB_TESTS_ULP_H

#include "engine/matrix/kernels.h"
#include "losslab/losslab.h"
#include "tests/tap.h"

/* glibc's vector forms: to look at all floats takes them. */
#if !defined(LL_DOUBLE) && defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
__attribute__((__simd__("notinbranch"))) extern double exp(double), log(double), tanh(double), log1p(double), expm1(double),
    erf(double), erfc(double), pow(double, double);
#endif

LL_ISA_DECLARE(ll_kernels, ll_kernels);
static const ll_kernels *const tables[] = {LL_ISA_ALL(ll_kernels)};
#define isas ll_isa_names

#ifdef LL_DOUBLE
typedef long double real;
typedef uint64_t bits;
#define E(f) f##l
#define LARGEST 1.7976931348623157e308L
enum { DIGITS = 53, LOWEST = -1074, HALF = 32 };
static inline real power_of_two(int e) { return ldexpl(1, e); }
static inline int exponent_of(real size) {
  int e;
  frexpl(size, &e);
  return e;
}
#else
typedef double real;
typedef uint32_t bits;
#define E(f) f
#define LARGEST 3.40282346638528859812e38
enum { DIGITS = 24, LOWEST = -149, HALF = 0 };
static inline real power_of_two(int e) {
  uint64_t b = (uint64_t)(e + 1023) << 52;
  real x;
  memcpy(&x, &b, sizeof x);
  return x;
}
static inline int exponent_of(real size) {
  uint64_t b;
  memcpy(&b, &size, sizeof b);
  return (int)(b >> 52) - 1022;
}
#endif

/* What a kernel may be wrong by: units in the last place of the exact value, and of 1 where digits are lost by design. */
typedef struct bound {
  double ulps, of_one;
} bound;

/* The error in units of the last place of the exact value, beyond what `of_one` forgives. */
static inline double ulps_off(ll_real got, real exact, double of_one) {
  if (isnan(got) || isnan(exact)) return isnan(got) && isnan(exact) ? 0 : (double)INFINITY;
  real size = exact < 0 ? -exact : exact;
  if (isinf(got) || size > LARGEST) { /* both infinite or, within the error allowed, the largest number, and of one sign */
    real limit = LARGEST * (1 - 4 * power_of_two(-DIGITS)), reached = (real)got < 0 ? -(real)got : (real)got;
    return size >= limit && reached >= limit && (exact < 0) == (got < 0) ? 0 : (double)INFINITY;
  }
  int place = exponent_of(size) - DIGITS;
  real off = (real)got > exact ? (real)got - exact : exact - (real)got;
  off -= of_one * LL_EPS;
  return off > 0 ? (double)(off / power_of_two(place < LOWEST ? LOWEST : place)) : 0;
}

/* A float's bits in the order of the numbers, so that neighbours differ by one. */
static inline bits in_order(ll_real x) {
  bits b;
  memcpy(&b, &x, sizeof b);
  return b >> (8 * sizeof b - 1) ? ~b : b | (bits)1 << (8 * sizeof b - 1);
}
static inline bits steps_between(ll_real a, ll_real b) {
  bits p = in_order(a), q = in_order(b);
  return isnan(a) && isnan(b) ? 0 : p > q ? p - q : q - p;
}

typedef struct worst {
  double ulps;
  ll_real x, got;
  real exact;
} worst;

/* Two numbers n steps apart differ by at most 2 n units of the last place: most need no closer look. */
static inline void keep_worst(const ll_real *x, const ll_real *got, const real *exact, size_t n, bound b, worst *found) {
  bits near = found->ulps > 1 ? (bits)((found->ulps < 64 ? found->ulps : 64) / 2 - 0.5) : 0, most = 0;
  for (size_t i = 0; i < n; i++) {
    bits steps = steps_between(got[i], (ll_real)exact[i]);
    most = steps > most ? steps : most;
  }
  if (found->ulps > 1 && most <= near) return;
  for (size_t i = 0; i < n; i++) {
    if (found->ulps > 1 && steps_between(got[i], (ll_real)exact[i]) <= near) continue;
    double ulps = ulps_off(got[i], exact[i], b.of_one);
    if (ulps > found->ulps) *found = (worst){ulps, x[i], got[i], exact[i]};
  }
}

enum { CHUNK = 4096, SAMPLES = 21 };

static inline ll_real of_bits(bits b) {
  ll_real x;
  memcpy(&x, &b, sizeof x);
  return isnan(x) ? (ll_real)NAN : x; /* a quiet one: pow(NaN, 0) is 1, of a signalling one NaN */
}

/* From one call to the next, at first 0: the next numbers into x[CHUNK], and how many; 0 after the last. All bit patterns with the
 * stride, then SAMPLES chunks: evenly over the ranges where functions live, and what is special. */
static inline size_t next_numbers(uint64_t *at, uint64_t stride, ll_real *x) {
  const uint64_t end = (uint64_t)1 << 32;
  size_t n = 0;
  for (; *at < end && n < CHUNK; *at += stride) x[n++] = of_bits((bits)*at << HALF | (HALF ? (bits)(*at * 2654435761u) : 0));
  if (n) {
    if (*at >= end) *at = end;
    return n;
  }
  uint64_t chunk = (*at)++ - end;
  static const double special[] = {0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 4e-324, -4e-324, 1e-45, -1e-45, 1e-310, -1e-40};
  if (chunk >= SAMPLES) return 0;
  for (size_t i = 0; i < CHUNK; i++)
    x[i] =
        chunk == SAMPLES - 1
            ? (ll_real)special[i % (sizeof special / sizeof *special)]
            : (ll_real)((double[]){1, 8, 40, 100, 800}[chunk / 4] * (((double)(chunk % 4 * CHUNK + i) + 0.37) / (2.0 * CHUNK) - 1));
  return CHUNK;
}

/* LOSSLAB_STRIDE=1 looks at all floats; of the doubles it is always a sample. */
static inline uint64_t stride_asked(void) {
  const char *all = getenv("LOSSLAB_STRIDE");
  uint64_t stride = all ? strtoull(all, NULL, 10) : 0;
  return stride == 0 || sizeof(ll_real) == 8 ? 8191 : stride;
}

static inline void verdict(const char *name, int table, bound b, const worst *w) {
  char also[64] = "";
  if (b.of_one > 0) snprintf(also, sizeof also, " beyond %g of 1's", b.of_one);
  if (!ok(w->ulps <= b.ulps, "%s, %s: within %g ulp%s (%.2f)", name, isas[table], b.ulps, also, w->ulps))
    fprintf(stderr, "#   at %.17g (%a): got %.17g, exact %.20Lg\n", (double)w->x, (double)w->x, (double)w->got,
            (long double)w->exact);
}

#endif
