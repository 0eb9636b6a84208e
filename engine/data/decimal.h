/* Decimal numbers as their text says them, never rounded: ids of more digits than a double holds stay apart. */
#ifndef LOSSLAB_ENGINE_DECIMAL_H
#define LOSSLAB_ENGINE_DECIMAL_H

#include "losslab/base.h"

/* ±0.DIGITS × 10^exponent, the first and the last digit not 0; zero has no digits and no sign. */
typedef struct ll_decimal {
  const char *first, *end; /* the digits in the text, perhaps with a point among them */
  int64_t exponent;
  bool negative;
} ll_decimal;

/* [out] the number that the text is: [+-] digits [. digits] [e [+-] digits], blanks around it allowed. false: it is none, or its
 * exponent has more than 17 digits. *out points into text. */
bool ll_decimal_parse(const char *text, size_t size, ll_decimal *out);
/* Writes what is the same for equal numbers alone into key, at most LL_DECIMAL_KEY bytes more than the text had. Returns its
 * length. */
enum { LL_DECIMAL_KEY = 24 };
size_t ll_decimal_key(const ll_decimal *number, char *key);
/* Below 0, 0 or above 0 as a is below b, equal or above. */
int ll_decimal_compare(const ll_decimal *a, const ll_decimal *b);
/* Whether the text is a whole number as it is usually written: no sign but -, no zeros in front, no point. Two such texts are
 * different numbers. */
bool ll_decimal_is_plain(const char *text, size_t size);

#endif
