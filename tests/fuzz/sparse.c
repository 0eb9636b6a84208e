/* LIBSVM's sparse text. An input is a byte of options and the file. Indices are at most some thousands here: a wider matrix is
 * honest work, refused only by the machine's memory. */
#include "tests/fuzz/read.h"

static bool is_wide(const uint8_t *bytes, size_t size) {
  size_t digits = 0;
  for (size_t i = 0; i < size; i++) {
    bool digit = bytes[i] - (unsigned)'0' < 10;
    if (bytes[i] == ':' && digits > 4) return true;
    digits = digit ? digits + 1 : 0;
  }
  return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  unsigned how = take(&bytes, &size);
  ll_read_options o = {.format = "svm"};
  if (how & 1) o.features = 7;
  if (how & 2) o.positive = "1";
  if (!is_wide(bytes, size)) reads_alike(in_memory(0, bytes, size), &o, 4 + how / 4);
  return 0;
}
