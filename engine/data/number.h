/* Decimal numbers out of text, to the bits strtod gives in the C locale, whatever the locale is.
 *
 * Up to 19 digits fit an integer w, and the number is w × 10^q. Where w < 2^53 and |q| <= 22 both are exact doubles and
 * one rounded product or quotient is the answer (Clinger 1990); where |q| <= 27, 5^|q| fits 64 bits, and a 128-bit
 * product or quotient with its remainder is rounded once (number.c). The rest goes to strtod. */
#ifndef LOSSLAB_ENGINE_NUMBER_H
#define LOSSLAB_ENGINE_NUMBER_H

#include <stdint.h>
#include <string.h>

extern const double ll_exact_powers[23];
/* w × 10^q correctly rounded, w > 0, |q| <= 27. */
double ll_decimal_exact(uint64_t w, int q);
/* The number that strtod reads at p. */
double ll_decimal_slow(const unsigned char *p);

/* [+-] digits [. digits] [e [+-] digits], at least one digit before or after the point. Returns one past it, or NULL if
 * there is none at p. The text must end in a byte that belongs to no number. */
static inline const unsigned char *ll_decimal(const unsigned char *p, double *out) {
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
      *out = ll_decimal_slow(begin);
      return p;
    }
  }
  double value;
  if (w == 0) value = 0;
  else if (w >> 53 == 0 && q <= 22 && q >= -22) value = q < 0 ? (double)w / ll_exact_powers[-q] : (double)w * ll_exact_powers[q];
  else if (q <= 27 && q >= -27) value = ll_decimal_exact(w, (int)q);
  else {
    *out = ll_decimal_slow(begin);
    return p;
  }
  *out = negative ? -value : value;
  return p;
}

#endif
