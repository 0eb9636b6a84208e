/* Floats are written by the fewest digits that read back: of every LOSSLAB_STRIDE-th float the text gives its bits to strtof, the
 * quick way and the slow one write the same, and one digit less would not do. LOSSLAB_STRIDE=1: all of them. */
#include <stdint.h>

#include "engine/data/read/shortest.h"
#include "tests/tap.h"

static char wrong[160];

static size_t digits_in(const char *text) {
  size_t n = 0, zeros = 0;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9' || (n == 0 && *text == '0')) continue;
    n++, zeros = *text == '0' ? zeros + 1 : 0;
  }
  return n - zeros;
}

static void try(uint32_t bits, bool twice) {
  char text[LL_SHORTEST + 1], slow[LL_SHORTEST + 1], less[64];
  float value;
  memcpy(&value, &bits, sizeof value);
  if (!isfinite(value)) return;
  text[ll_shortest_float(value, text)] = 0;
  float back = strtof(text, NULL);
  if (back != value) snprintf(wrong, sizeof wrong, "%08x: %s reads back as %.9g", bits, text, (double)back);
  if (!twice) return;
  slow[ll_shortest_float_slow(value, slow)] = 0;
  if (strcmp(slow, text) != 0) snprintf(wrong, sizeof wrong, "%08x: %s, the slow way %s", bits, text, slow);
  size_t n = digits_in(text);
  if (n < 2 || fabsf(value) < 1.17549435e-38f) return;
  snprintf(less, sizeof less, "%.*e", (int)n - 2, (double)value);
  if (strtof(less, NULL) == value) snprintf(wrong, sizeof wrong, "%08x: %s, and %s would do", bits, text, less);
}

int main(void) {
  const char *text = getenv("LOSSLAB_STRIDE");
  uint64_t stride = text ? strtoull(text, NULL, 10) : 1301, n = 0;
  for (uint64_t bits = 0; bits <= UINT32_MAX && !*wrong; bits += stride, n++) try((uint32_t)bits, n % 4 == 0 || stride == 1);
  ok(!*wrong, "every %d-th float of all%s%s", (int)stride, *wrong ? ": " : "", wrong);
  for (uint32_t power = 0; power < 255 && !*wrong; power++) /* where the gaps below and above differ, and beside it */
    for (uint32_t i = 0; i < 200; i++) try((power << 23) + i - 100, true);
  ok(!*wrong, "around the powers of two%s%s", *wrong ? ": " : "", wrong);
  for (int e = -30; e < 16 && !*wrong; e++) /* decimals that people write, and the floats around them */
    for (int k = 1; k < 1000; k++) {
      float value = (float)(k * pow(10, e));
      uint32_t bits;
      memcpy(&bits, &value, sizeof bits);
      try(bits - 1, true), try(bits, true), try(bits + 1, true);
    }
  ok(!*wrong, "around short decimals%s%s", *wrong ? ": " : "", wrong);
  for (uint32_t bits = 0x3f800000 - 2000000; bits < 0x3f800000 && !*wrong; bits += 3) try(bits, bits % 64 == 0);
  ok(!*wrong, "just below 1, where sigmoids end%s%s", *wrong ? ": " : "", wrong);
  return done();
}
