/* Floats as text without printf: a float and half the gap to its neighbours are scaled to nine digits before the point, in double,
 * where both are off by less than 1e-6. Rounded to 6, 7, 8, 9 digits it is tried whether what is left out is less than that half
 * gap. A rounding or a comparison that lies within 1e-6 of being undecided, and the numbers of rare sizes, go the slow way
 * (shortest.c), so the text is always the same. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/data/read/number.h"
#include "engine/data/read/shortest.h"

static const double margin = 1e-6;

/* size × 10^k with a relative error below 2^-52; -6 <= k <= 44 */
static double scaled(double size, int k) {
  if (k < 0) return size / ll_number_powers[-k];
  if (k <= 22) return size * ll_number_powers[k];
  return size * ll_number_powers[22] * ll_number_powers[k - 22];
}

typedef struct scaling {
  double w, above, below; /* 1e8 <= w < 1e9; half the gaps to the neighbours */
  uint32_t whole;         /* of w, and what is left of it */
  double rest;
} scaling;

enum { NO, YES, UNDECIDED };

/* Whether w rounded to a multiple of unit reads back; [out] how many units it is. */
__attribute__((always_inline)) static inline int fits(const scaling *s, uint32_t unit, uint32_t *units) {
  double rest = (double)(s->whole % unit) + s->rest, half = unit / 2.0;
  if (fabs(rest - half) < margin) return UNDECIDED;
  *units = s->whole / unit + (rest > half);
  if (unit == 1) return YES; /* nine digits always do */
  double off = rest > half ? unit - rest : rest, gap = rest > half ? s->above : s->below;
  return off < gap - margin ? YES : off < gap + margin ? UNDECIDED : NO;
}

/* Sixteen digits of nine = 1e8 … 1e9 - 1, of which the last are 0; returns how many there are without the zeros at their end. Eight
 * are taken apart at once: halves of four in one integer, then quarters of two, then each. */
static int digits_of(uint32_t nine, char digits[16]) {
  uint32_t first = nine / 100000000, rest = nine % 100000000;
  uint64_t v = rest / 10000 | (uint64_t)(rest % 10000) << 32, high;
  high = (v * 10486 >> 20) & 0x0000007f0000007fu;
  v = high | (v - 100 * high) << 16;
  high = (v * 103 >> 10) & 0x000f000f000f000fu;
  v = high | (v - 10 * high) << 8;
  uint64_t text = v | 0x3030303030303030u;
  digits[0] = (char)('0' + first);
  memcpy(digits + 1, &text, 8);
  memset(digits + 9, '0', 7);
  return v ? 9 - __builtin_clzll(v) / 8 : 1;
}

/* As printf's %.15g: n digits with the point behind the first, times 10^e, e < 15. Copies more than is needed, as there is room. */
static size_t put(const char digits[16], int n, int e, char to[LL_SHORTEST - 1]) {
  if (e >= 0) {
    memcpy(to, digits, 16);
    if (n <= e + 1) return (size_t)e + 1;
    to[e + 1] = '.';
    memcpy(to + e + 2, digits + e + 1, 8);
    return (size_t)n + 1;
  }
  if (e >= -4) {
    static const char zeros[6] = {'0', '.', '0', '0', '0', '0'};
    memcpy(to, zeros, sizeof zeros);
    memcpy(to + 1 - e, digits, 9);
    return (size_t)(n + 1 - e);
  }
  char *out = to;
  *out++ = digits[0], *out = '.';
  memcpy(out + 1, digits + 1, 8);
  if (n > 1) out += n;
  *out++ = 'e', *out++ = '-', *out++ = (char)('0' + -e / 10), *out++ = (char)('0' + -e % 10);
  return (size_t)(out - to);
}

/* 0: to be done the slow way. 1e-30 <= size < 1e15, a normal float. */
static size_t fast(double size, char to[LL_SHORTEST - 1]) {
  uint64_t bits;
  memcpy(&bits, &size, sizeof bits);
  int two = (int)(bits >> 52) - 1023, e = (two * 1233) >> 12; /* log10 2 is about 1233 / 4096 */
  while (scaled(size, 8 - e) >= 1e9) e++;
  double gap, w = scaled(size, 8 - e);
  if (w < 1e8) return 0;
  uint64_t half_gap = (uint64_t)(two - 24 + 1023) << 52;
  memcpy(&gap, &half_gap, sizeof gap);
  gap = scaled(gap, 8 - e);
  bool at_power = (bits & 0xfffffffffffffu) == 0; /* below a power of two floats are twice as dense */
  scaling s = {w, gap, at_power ? gap / 2 : gap, (uint32_t)w, w - (uint32_t)w};
  uint32_t unit = 1000, units;
  int is = fits(&s, 1000, &units);
  if (is == NO) is = fits(&s, unit = 100, &units);
  if (is == NO) is = fits(&s, unit = 10, &units);
  if (is == NO) is = fits(&s, unit = 1, &units);
  if (is == UNDECIDED) return 0;
  uint32_t nine = units * unit;
  if (nine == 1000000000) nine = 100000000, e++;
  char digits[16];
  int n = digits_of(nine, digits);
  return put(digits, n, e, to);
}

size_t ll_shortest_float(float value, char to[LL_SHORTEST]) {
  double size = fabs((double)value);
  if (size >= 1e-30 && size < 1e15 && !(size < 1e6 && size == (double)(int32_t)size)) {
    size_t sign = value < 0, n = fast(size, to + sign);
    to[0] = sign ? '-' : to[0];
    if (n) return sign + n;
  }
  return ll_shortest_float_slow(value, to);
}
