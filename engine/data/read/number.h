/* Decimal numbers out of text, to the bits that strtod gives in the C locale, in any locale.
 *
 * Up to 19 digits fit an integer w, and the number is w × 10^q. Where w < 2^53 and |q| <= 22 both are exact doubles and
 * one rounded product or quotient is the answer (Clinger 1990); where |q| <= 27, 5^|q| fits 64 bits, and a 128-bit
 * product or quotient with its remainder is rounded once (number.c). The rest goes to strtod. */
#ifndef LOSSLAB_ENGINE_NUMBER_H
#define LOSSLAB_ENGINE_NUMBER_H

#include <stdbool.h>
#include <string.h>

#include "engine/base/isa.h"

extern const double ll_number_powers[23];
/* w × 10^q correctly rounded, w > 0, |q| <= 27. */
double ll_number_exact(uint64_t w, int q);
/* The number that strtod reads at p. */
double ll_number_slow(const unsigned char *p);

/* Up to eight digits at p at once, without a branch on how many: *w = *w × 10^n + their number; returns n. Bytes that are no digit
 * turn a high bit on, the lowest of which tells n; shifting out what follows leaves zeros in front. Reads eight bytes. */
static inline size_t ll_number_digits(const unsigned char *p, uint64_t *w) {
  static const uint64_t powers[9] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  uint64_t t;
  memcpy(&t, p, 8);
  t ^= 0x3030303030303030u;
  uint64_t other = ((t + 0x7676767676767676u) | t) & 0x8080808080808080u;
  unsigned n = other ? (unsigned)__builtin_ctzll(other) / 8 : 8, half = 32 - 4 * n;
  t = t << half << half;
  t = t * 10 + (t >> 8);
  t = ((t & 0x000000ff000000ffu) * 0x000f424000000064u + ((t >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
  *w = *w * powers[n] + t;
  return n;
}

/* [+-] digits [. digits] [e [+-] digits], at least one digit before or after the point. Returns one past it, or NULL if
 * there is none at p. The text must end in a byte that belongs to no number; padded: in eight of them. */
__attribute__((always_inline)) static inline const unsigned char *ll_number_decimal_with(const unsigned char *p, double *out,
                                                                                         bool padded) {
  const unsigned char *begin = p;
  int negative = *p == '-';
  p += *p == '-' || *p == '+';
  const unsigned char *first = p, *point = NULL;
  uint64_t w = 0;
  while ((unsigned)(*p - '0') < 10) w = 10 * w + (uint64_t)(*p++ - '0');
  size_t digits = (size_t)(p - first);
  int64_t q = 0;
  if (*p == '.') {
    point = ++p;
    if (padded) p += ll_number_digits(p, &w);
    while ((unsigned)(*p - '0') < 10) w = 10 * w + (uint64_t)(*p++ - '0');
    digits += (size_t)(p - point);
    q = -(int64_t)(p - point);
  }
  if (digits == 0) return NULL;
  if ((*p | 0x20) == 'e') {
    const unsigned char *e = p + 1;
    int down = *e == '-';
    e += *e == '-' || *e == '+';
    if ((unsigned)(*e - '0') < 10) {
      int64_t exponent = 0;
      for (; (unsigned)(*e - '0') < 10; e++)
        if (exponent < 100000000) exponent = 10 * exponent + (*e - '0');
      q += down ? -exponent : exponent;
      p = e;
    }
  }
  if (digits > 19) {
    while (*first == '0' || *first == '.') digits -= *first == '0', first++;
    if (digits > 19) {
      *out = ll_number_slow(begin);
      return p;
    }
  }
  double value;
  if (w == 0) value = 0;
  else if (w >> 53 == 0 && q <= 22 && q >= -22) value = q < 0 ? (double)w / ll_number_powers[-q] : (double)w * ll_number_powers[q];
  else if (q <= 27 && q >= -27) value = ll_number_exact(w, (int)q);
  else {
    *out = ll_number_slow(begin);
    return p;
  }
  *out = negative ? -value : value;
  return p;
}

static inline const unsigned char *ll_number_decimal(const unsigned char *p, double *out) {
  return ll_number_decimal_with(p, out, false);
}

/* Whether rounding the double to ll_real could give another number than rounding the decimal at once: it lies halfway between two
 * floats, or where they are denormal. */
static inline bool ll_number_halfway(double value) {
#ifdef LL_DOUBLE
  (void)value;
  return false;
#else
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (bits & 0x1fffffff) == 0x10000000 || (bits << 1) - 1 < (UINT64_C(0x3810000000000000) << 1) - 1; /* 0 < |value| < 2^-126 */
#endif
}
/* The ll_real nearest to the number at p, which ll_number_decimal read as value; the text must end as it does for that. */
ll_real ll_number_round(const unsigned char *p, double value);

typedef struct ll_number_kernels {
  /* Reads up to n plain numbers at *at, each followed by the separator, the n-th by the byte after; to[0..n) gets them rounded to
   * ll_real, exact[0..n), unless it is NULL, as they are; *digits [inout] is at least as large as each without its point
   * (UINT64_MAX: not known), so that it is below 2^23 only if all have no more digits than single precision tells apart. Returns
   * how many; *at is one past the byte that followed the last of them. Reads 17 bytes from where a number begins.
   */
  size_t (*run)(const unsigned char **at, unsigned char separator, unsigned char after, size_t n, ll_real *to, double *exact,
                uint64_t *digits);
  /* Whether one of n numbers is at least as large as `size`, up or down. */
  bool (*far)(const ll_real *numbers, size_t n, ll_real size);
  /* How many of n bytes are line ends. */
  size_t (*lines)(const unsigned char *p, size_t n);
} ll_number_kernels;
LL_ISA_DECLARE(ll_number_kernels, ll_number_kernels);

#endif
