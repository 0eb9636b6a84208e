/* A text from a file is shown in a message only as far as it is safe on a terminal: well-formed UTF-8, no control characters. */
#include "engine/data/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The bytes of the well-formed character at p that may be shown as it is, or 0. */
static size_t showable(const unsigned char *p, size_t left) {
  if (*p < 0x80) return *p >= 0x20 && *p != 0x7f;
  size_t n = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xc2 && *p < 0xe0 ? 2 : 0;
  if (n == 0 || n > left) return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  bool control = *p == 0xc2 && p[1] < 0xa0, surrogate = *p == 0xed && p[1] >= 0xa0;
  bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90);
  return control || surrogate || overlong ? 0 : n;
}

const char *ll_printable_bytes(char out[LL_PRINTABLE], const void *text, size_t size) {
  const unsigned char *p = text;
  size_t at = 0, i = 0;
  while (i < size && i < 40) {
    size_t n = showable(p + i, size - i);
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
