/* csv, tsv and pin. An input is a byte for the format and how a missing cell is taken, one for the other options, and the file. */
#include "tests/fuzz/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char *const formats[] = {"csv", "tsv", "pin"}, *const colour[] = {"colour"}, *const some[] = {"*a*", "Charge?"};
  unsigned how = take(&bytes, &size), more = take(&bytes, &size);
  ll_read_options o = {.format = formats[how % 3]};
  bool pin = how % 3 == 2;
  o.missing = (ll_missing)(how / 3 % LL_MISSING_COUNT);
  o.constant = o.missing == LL_MISSING_CONSTANT ? -1 : 0;
  if (pin && more & 3) o.ignore = some, o.n_ignore = 1 + (more & 1);
  if (!pin && more & 1) o.comment = '#';
  if (!pin && more & 2) o.categorical = colour, o.n_categorical = 1;
  if (!pin && more & 4) o.positive = "1";
  if (!pin && more & 128) o.weight = "a";
  if (!pin && more & 64 && !o.positive) o.values = "label";
  reads_alike(in_memory(0, bytes, size), &o, 4 + more / 8);
  return 0;
}
