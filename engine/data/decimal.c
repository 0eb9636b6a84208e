/* Where the digits of a decimal number begin and end once the zeros on both sides are gone, and what power of ten they stand at. */
#include "engine/data/decimal.h"

#include <stdio.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* [e [+-] digits] up to the end of the text. */
static bool parse_exponent(const char *p, const char *stop, int64_t *out) {
  enum { MOST = 17 };
  bool down = false;
  *out = 0;
  if (p == stop) return true;
  if ((*p | 0x20) != 'e' || ++p == stop) return false;
  if (*p == '-' || *p == '+') down = *p++ == '-';
  const char *first = p;
  while (p < stop && *p == '0') p++;
  if (p == stop) return p > first;
  for (first = p; p < stop; p++) {
    if (!is_digit(*p) || p - first == MOST) return false;
    *out = 10 * *out + (*p - '0');
  }
  if (down) *out = -*out;
  return true;
}

bool ll_decimal_parse(const char *text, size_t size, ll_decimal *out) {
  const char *p = text, *stop = text + size, *point = NULL;
  while (p < stop && *p == ' ') p++;
  while (p < stop && stop[-1] == ' ') stop--;
  if (p == stop) return false;
  bool negative = *p == '-';
  p += *p == '-' || *p == '+';
  const char *start = p;
  while (p < stop && (is_digit(*p) || (*p == '.' && !point))) {
    if (*p == '.') point = p;
    p++;
  }
  const char *first = start, *end = p;
  if (p - start == (point != NULL) || !parse_exponent(p, stop, &out->exponent)) return false;
  if (!point) point = p;
  while (first < end && (*first == '0' || *first == '.')) first++;
  while (end > first && (end[-1] == '0' || end[-1] == '.')) end--;
  out->first = first, out->end = end;
  out->negative = negative && first < end;
  if (first == end) out->exponent = 0;
  else out->exponent += first < point ? point - first : point + 1 - first;
  return true;
}

size_t ll_decimal_key(const ll_decimal *number, char *key) {
  char *to = key;
  if (number->negative) *to++ = '-';
  for (const char *p = number->first; p < number->end; p++)
    if (*p != '.') *to++ = *p;
  return (size_t)(to - key) + (size_t)snprintf(to, LL_DECIMAL_KEY, "e%lld", (long long)number->exponent);
}

int ll_decimal_compare(const ll_decimal *a, const ll_decimal *b) {
  bool no_a = a->first == a->end, no_b = b->first == b->end;
  if (no_a || no_b) return no_a && no_b ? 0 : no_a ? (b->negative ? 1 : -1) : a->negative ? -1 : 1;
  if (a->negative != b->negative) return a->negative ? -1 : 1;
  int sign = a->negative ? -1 : 1;
  if (a->exponent != b->exponent) return a->exponent < b->exponent ? -sign : sign;
  const char *p = a->first, *q = b->first;
  for (; p < a->end && q < b->end; p++, q++) {
    p += *p == '.', q += *q == '.';
    if (*p != *q) return *p < *q ? -sign : sign;
  }
  return p < a->end ? sign : q < b->end ? -sign : 0;
}

bool ll_decimal_is_plain(const char *text, size_t size) {
  size_t i = size > 1 && text[0] == '-';
  if (i == size || (text[i] == '0' && size > 1)) return false;
  while (i < size && is_digit(text[i])) i++;
  return i == size;
}
