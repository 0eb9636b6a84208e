/* All digits that may be needed come from printf once. Fewer are got by rounding those, unless what is cut off looks like exactly a
 * half, which they may have been rounded to; then printf is asked again. Each is read back by number.h to see whether it is enough.
 */
#include "engine/data/read/shortest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/read/number.h"

/* w × 10^(exponent - digits + 1), w > 0 of so many digits */
typedef struct decimal {
  uint64_t w;
  int digits, exponent;
} decimal;

/* By how many digits; "%.*e" would take printf's slow way. */
static const char *const formats[18] = {
    [6] = "%.5e", [7] = "%.6e", [8] = "%.7e", [9] = "%.8e", [15] = "%.14e", [16] = "%.15e", [17] = "%.16e"};

static decimal print(double size, int digits) {
  char text[48];
  decimal d = {0, digits, 0};
  const char *p = text;
  snprintf(text, sizeof text, formats[digits], size);
  for (; *p != 'e'; p++)
    if (*p >= '0' && *p <= '9') d.w = 10 * d.w + (uint64_t)(*p - '0'); /* else the point, which some locales write otherwise */
  bool down = p[1] == '-';
  for (p += 2; *p; p++) d.exponent = 10 * d.exponent + (*p - '0');
  if (down) d.exponent = -d.exponent;
  return d;
}

static double value_of(decimal d) {
  char text[48];
  int q = d.exponent - d.digits + 1;
  if (q >= -27 && q <= 27) return ll_number_exact(d.w, q);
  snprintf(text, sizeof text, "%llue%d", (unsigned long long)d.w, q);
  return ll_number_slow((const unsigned char *)text);
}

static decimal shorter(double size, decimal all, int digits) {
  uint64_t unit = 1, top = 1;
  for (int k = 0; k < all.digits; k++) *(k < digits ? &top : &unit) *= 10;
  uint64_t rest = all.w % unit, w = all.w / unit;
  if (rest == unit / 2) return print(size, digits);
  w += rest > unit / 2;
  return w == top ? (decimal){w / 10, digits, all.exponent + 1} : (decimal){w, digits, all.exponent};
}

static size_t put_whole(uint64_t w, char *to) {
  char text[24], *p = text + sizeof text;
  do *--p = (char)('0' + w % 10);
  while (w /= 10);
  size_t n = (size_t)(text + sizeof text - p);
  memcpy(to, p, n);
  return n;
}

/* As printf's %g with a precision of so many digits. */
static size_t put(decimal d, char *to) {
  char digits[24], *out = to;
  int precision = d.digits;
  while (d.w % 10 == 0) d.w /= 10;
  int n = (int)put_whole(d.w, digits), e = d.exponent;
  bool scientific = e < -4 || e >= precision;
  if (!scientific && e < 0) {
    *out++ = '0', *out++ = '.';
    for (int k = -1; k > e; k--) *out++ = '0';
  }
  int whole = scientific ? 1 : e < 0 ? n : e + 1; /* digits before the point, or all of them */
  for (int k = 0; k < n || k < whole; k++) {
    if (k == whole) *out++ = '.';
    *out++ = k < n ? digits[k] : '0';
  }
  if (scientific) {
    unsigned size = (unsigned)(e < 0 ? -e : e);
    *out++ = 'e', *out++ = e < 0 ? '-' : '+';
    if (size < 10) *out++ = '0';
    out += put_whole(size, out);
  }
  return (size_t)(out - to);
}

size_t ll_shortest_double(double value, char to[LL_SHORTEST]) {
  double size = fabs(value);
  size_t sign = signbit(value) != 0;
  to[0] = '-';
  if (value == 0 && sign) return to[1] = to[3] = '0', to[2] = '.', 4;
  if (size <= 0x1p53 && size == floor(size)) return sign + put_whole((uint64_t)size, to + sign);
  decimal all = print(size, 17);
  for (int digits = 15; digits < 17; digits++) {
    decimal d = shorter(size, all, digits);
    if (value_of(d) == size) return sign + put(d, to + sign);
  }
  return sign + put(all, to + sign);
}

size_t ll_shortest_float_slow(float value, char to[LL_SHORTEST]) {
  double size = fabs((double)value);
  if (size < 1e6 && size == floor(size)) return ll_shortest_double((double)value + 0, to);
  decimal all = print(size, 9), d = all;
  for (int digits = 6; digits < 9; digits++) {
    d = shorter(size, all, digits);
    if ((double)(float)value_of(d) == size) break;
    d = all;
  }
  double near = value_of(d);
  if (near <= 0x1p53 && near == floor(near)) return ll_shortest_double(value < 0 ? -near : near, to);
  to[0] = '-';
  d.w *= 1000000, d.digits += 6; /* %.15g */
  return (value < 0) + put(d, to + (value < 0));
}
