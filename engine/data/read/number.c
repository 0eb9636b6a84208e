/* The exactly rounded middle case of number.h by 128-bit integers, and the rare rest by strtod. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l */
#endif
#include "engine/data/read/number.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>

const double ll_number_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const uint64_t fives[28] = {1u,
                                   5u,
                                   25u,
                                   125u,
                                   625u,
                                   3125u,
                                   15625u,
                                   78125u,
                                   390625u,
                                   1953125u,
                                   9765625u,
                                   48828125u,
                                   244140625u,
                                   1220703125u,
                                   6103515625u,
                                   30517578125u,
                                   152587890625u,
                                   762939453125u,
                                   3814697265625u,
                                   19073486328125u,
                                   95367431640625u,
                                   476837158203125u,
                                   2384185791015625u,
                                   11920928955078125u,
                                   59604644775390625u,
                                   298023223876953125u,
                                   1490116119384765625u,
                                   7450580596923828125u};

double ll_number_exact(uint64_t w, int q) {
  /* the value is (m + a fraction that is not 0 iff rest) × 2^e, m with its top bit set */
  uint64_t m;
  int e;
  bool rest;
  if (q >= 0) {
    unsigned __int128 product = (unsigned __int128)w * fives[q];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int zeros = high ? __builtin_clzll(high) : 64 + __builtin_clzll(low);
    product <<= zeros;
    m = (uint64_t)(product >> 64);
    rest = (uint64_t)product != 0;
    e = q + 64 - zeros;
  } else {
    uint64_t d = fives[-q];
    int zeros_w = __builtin_clzll(w), zeros_d = __builtin_clzll(d);
    w <<= zeros_w, d <<= zeros_d;
    /* w/2 < d, so that the quotient of (w × 2^63) by d fits 64 bits; it is above 2^62 */
    unsigned __int128 n = (unsigned __int128)w << 63;
    m = (uint64_t)(n / d);
    rest = m * d != (uint64_t)n; /* n = m d + r with r < d: equal low halves mean r = 0 */
    int zeros = __builtin_clzll(m);
    m <<= zeros; /* at most one place: what moves in lies far below the rounding place */
    e = q - 63 - zeros_w + zeros_d - zeros;
  }
  uint64_t kept = m >> 11, cut = m & 0x7ff;
  if (cut > 0x400 || (cut == 0x400 && (rest || (kept & 1)))) kept++;
  uint64_t bits = (uint64_t)(e + 11 + 1023) << 52; /* 2^(e+11): |e| < 200, always normal */
  double scale;
  memcpy(&scale, &bits, sizeof scale);
  return (double)kept * scale;
}

/* glibc keeps the C locale as a constant: this allocates nothing */
double ll_number_slow(const unsigned char *p) {
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  double value = strtod_l((const char *)p, NULL, plain);
  freelocale(plain);
  return value;
}

ll_real ll_number_round(const unsigned char *p, double value) {
#ifdef LL_DOUBLE
  (void)p;
  return value;
#else
  if (!ll_number_halfway(value)) return (float)value;
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  float rounded = strtof_l((const char *)p, NULL, plain);
  freelocale(plain);
  return rounded;
#endif
}
