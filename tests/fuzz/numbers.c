/* Decimal numbers: read as strtod reads them, compared as their values are. An input is two texts with a line end between them. */
#include <math.h>

#include "engine/data/decimal.h"
#include "engine/data/read/number.h"
#include "tests/fuzz/target.h"

enum { MOST = 600, PADDING = 160 };

static const unsigned char *padded(unsigned char *to, const uint8_t *bytes, size_t size) {
  memset(to, 0, MOST + PADDING);
  memcpy(to, bytes, size);
  return to;
}

static void as_strtod(const uint8_t *bytes, size_t size) {
  unsigned char text[MOST + PADDING];
  const unsigned char *p = padded(text, bytes, size);
  double got = 0, again = 0;
  const unsigned char *end = ll_number_decimal(p, &got), *other = ll_number_decimal_with(p, &again, true);
  must(end == other && (!end || memcmp(&got, &again, sizeof got) == 0), "padded or not: %.17g, %.17g", got, again);
  if (!end) return;
  char alone[MOST + 1] = "", *stop;
  memcpy(alone, p, (size_t)(end - p));
  double want = strtod(alone, &stop);
  must(*stop == 0 && memcmp(&got, &want, sizeof got) == 0, "\"%s\": %.17g, not %.17g", alone, got, want);
  ll_real rounded = ll_number_halfway(got) ? ll_number_round(p, got) : (ll_real)got;
#ifdef LL_DOUBLE
  double nearest = want;
#else
  float nearest = strtof(alone, NULL);
#endif
  must(memcmp(&rounded, &nearest, sizeof rounded) == 0, "\"%s\": %.17g, not %.17g", alone, (double)rounded, (double)nearest);
}

static int sign(double x) { return (x > 0) - (x < 0); }

static void ordered(const char *a, size_t n, const char *b, size_t m) {
  ll_decimal one, two;
  char keys[2][MOST + LL_DECIMAL_KEY];
  bool first = ll_decimal_parse(a, n, &one), second = ll_decimal_parse(b, m, &two);
  must(!ll_decimal_is_plain(a, n) || first, "plain, but no number");
  if (!first || !second) return;
  size_t k = ll_decimal_key(&one, keys[0]), l = ll_decimal_key(&two, keys[1]);
  must(k <= n + LL_DECIMAL_KEY && l <= m + LL_DECIMAL_KEY, "keys of %zu and %zu bytes", k, l);
  bool same = k == l && memcmp(keys[0], keys[1], k) == 0;
  int order = sign(ll_decimal_compare(&one, &two));
  must(order == -sign(ll_decimal_compare(&two, &one)) && ll_decimal_compare(&one, &one) == 0, "no order");
  must(same == (order == 0), "keys are %s, compared %d", same ? "equal" : "unequal", order);
  char texts[2][MOST + 1] = {"", ""};
  memcpy(texts[0], a, n), memcpy(texts[1], b, m);
  double x = strtod(texts[0], NULL), y = strtod(texts[1], NULL); /* which rounds, and so keeps the order or loses it */
  must(x == y || sign(x - y) == order || !isfinite(x - y), "%.17g and %.17g are compared %d", x, y, order);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size > MOST || (size && memchr(bytes, 0, size))) return 0;
  as_strtod(bytes, size);
  const uint8_t *line = size ? memchr(bytes, '\n', size) : NULL;
  size_t first = line ? (size_t)(line - bytes) : size;
  const char *text = (const char *)bytes;
  ordered(text, first, text + first + (line != NULL), size - first - (line != NULL));
  return 0;
}
