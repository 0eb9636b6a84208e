/* Cells of Percolator's input: numbers, words that stand for none, labels. */
#include <math.h>
#include <strings.h>

#include "engine/data/read/pin.h"

bool ll_pin_is(const unsigned char *p, size_t n, const char *word) {
  return strlen(word) == n && strncasecmp((const char *)p, word, n) == 0;
}

static bool is_any(const unsigned char *p, size_t n, const char *const *words) {
  for (; *words; words++)
    if (ll_pin_is(p, n, *words)) return true;
  return false;
}

ll_pin_value ll_pin_number(const unsigned char *p, const unsigned char *end, double *value, ll_real *rounded) {
  static const char *const absent[] = {"na", "n/a", "null", "none", "?", NULL};
  static const char *const infinite[] = {"inf", "infinity", NULL};
  while (p < end && *p == ' ') p++;
  while (p < end && end[-1] == ' ') end--;
  *value = NAN;
  if (p == end) return LL_PIN_MISSING;
  if (ll_number_decimal(p, value) == end) {
    *rounded = ll_number_round(p, *value);
    return LL_PIN_NUMBER;
  }
  *value = NAN;
  size_t n = (size_t)(end - p), sign = *p == '-' || *p == '+';
  if (is_any(p, n, absent) || ll_pin_is(p + sign, n - sign, "nan")) return LL_PIN_MISSING;
  return is_any(p + sign, n - sign, infinite) ? LL_PIN_INFINITE : LL_PIN_WORD;
}

int ll_pin_label(const unsigned char *p, const unsigned char *end, ll_real *label) {
  double value;
  ll_real rounded;
  while (p < end && *p == ' ') p++;
  while (p < end && end[-1] == ' ') end--;
  size_t n = (size_t)(end - p);
  *label = 1;
  if (n == 1 && *p == '1') return LL_PIN_ONE;
  if (ll_pin_is(p, n, "true")) return LL_PIN_BOOLEAN;
  if (ll_pin_is(p, n, "target")) return LL_PIN_WORDS;
  bool number = n && ll_pin_number(p, end, &value, &rounded) == LL_PIN_NUMBER;
  if (number && value == 1) return LL_PIN_ONE;
  *label = 0;
  if (number && value == -1) return LL_PIN_MINUS;
  if (number && value == 0) return LL_PIN_ZERO;
  return ll_pin_is(p, n, "false") ? LL_PIN_BOOLEAN : ll_pin_is(p, n, "decoy") ? LL_PIN_WORDS : LL_PIN_WAYS;
}

bool ll_pin_mixed(const ll_pin_ways *ways, ll_pin_bad *bad) {
  /* the ways that a one goes with: zero or minus; each of the others goes with itself alone */
  static const unsigned char fits[LL_PIN_WAYS] = {1 << LL_PIN_ONE | 1 << LL_PIN_ZERO | 1 << LL_PIN_MINUS,
                                                  1 << LL_PIN_ONE | 1 << LL_PIN_ZERO, 1 << LL_PIN_ONE | 1 << LL_PIN_MINUS,
                                                  1 << LL_PIN_BOOLEAN, 1 << LL_PIN_WORDS};
  bad->wrong = LL_PIN_FINE;
  for (int a = 0; a < LL_PIN_WAYS; a++)
    for (int b = 0; b < LL_PIN_WAYS; b++) {
      if (ways->row[a] == SIZE_MAX || ways->row[b] == SIZE_MAX || fits[a] >> b & 1 || ways->row[b] > ways->row[a]) continue;
      if (bad->wrong && (bad->row < ways->row[a] || (bad->row == ways->row[a] && bad->before <= ways->row[b]))) continue;
      *bad = (ll_pin_bad){
          .wrong = LL_PIN_MIXED_LABELS, .row = ways->row[a], .line = ways->line[a], .other = b, .before = ways->row[b]};
    }
  return bad->wrong != LL_PIN_FINE;
}
