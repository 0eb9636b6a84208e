/* A text from a file is shown in a message only as far as it is safe on a terminal: well-formed UTF-8, no control characters,
 * nothing that turns the direction of a line. */
#include "engine/data/printable.h"

#include <stdio.h>
#include <string.h>

/* The bytes of the well-formed character at p, or 0. */
static size_t well_formed(const unsigned char *p, size_t left) {
  if (*p < 0x80) return 1;
  size_t n = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xc2 && *p < 0xe0 ? 2 : 0;
  if (n == 0 || n > left) return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  bool surrogate = *p == 0xed && p[1] >= 0xa0, beyond = *p == 0xf4 && p[1] >= 0x90;
  bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
  return surrogate || beyond || overlong ? 0 : n;
}

/* Line ends, embeddings and overrides (U+2028 to U+202E), and isolates (U+2066 to U+2069). */
static bool turns(const unsigned char *p, size_t n) {
  if (n != 3 || p[0] != 0xe2) return false;
  return p[1] == 0x80 ? p[2] >= 0xa8 && p[2] <= 0xae : p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

size_t ll_printable_character(const unsigned char *p, size_t left) {
  if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && left > 1 && p[1] < 0xa0)) return 0;
  size_t n = well_formed(p, left);
  return turns(p, n) ? 0 : n;
}

bool ll_printable_utf8(const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  size_t left = strlen(text), n = 1;
  for (; left && n; p += n, left -= n) n = well_formed(p, left);
  return n > 0;
}

const char *ll_printable_bytes(char out[LL_PRINTABLE], const void *text, size_t size) {
  const unsigned char *p = text;
  size_t at = 0, i = 0;
  while (i < size && i < 40) {
    size_t n = ll_printable_character(p + i, size - i);
    if (n) {
      memcpy(out + at, p + i, n);
      at += n, i += n;
    } else {
      at += (size_t)snprintf(out + at, 5, "\\x%02x", p[i++]);
    }
  }
  snprintf(out + at, LL_PRINTABLE - at, "%s", i < size ? "…" : "");
  return out;
}

const char *ll_printable(char out[LL_PRINTABLE], const char *text) { return ll_printable_bytes(out, text, strlen(text)); }
