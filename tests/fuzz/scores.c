/* Packed scores as a damaged or hostile database holds them. An input is a byte for the coding, one for the epochs, one for where
 * reading begins, and the bytes; their sum is made right, unless the first byte says not to, so that what is behind it is reached.
 * What can be read gives the same epochs however it is read, and memory goes by what is expected. */
#include <zlib.h>

#include "tests/fuzz/target.h"

enum { MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static float all[MOST], some[MOST];
  unsigned how = take(&bytes, &size), epochs = take(&bytes, &size), from = take(&bytes, &size);
  int coding = (int)(how % 4) - (how % 32 == 31 ? 4 : 0);
  size_t count;
  ll_ctx *ctx = context();
  uint8_t *copy = malloc(size ? size : 1);
  must(copy != NULL, "no memory");
  memcpy(copy, bytes, size);
  if (how < 128 && size >= 12) {
    uint32_t sum = (uint32_t)crc32_z(0, copy + 12, size - 12);
    for (int k = 0; k < 4; k++) copy[8 + k] = (uint8_t)(sum >> 8 * k);
  }
  ll_status status = ll_scores_count(ctx, coding, copy, size, epochs, &count);
  must_be_told(ctx, status, status == LL_OK);
  if (status == LL_OK && (epochs == 0 || count <= MOST / epochs)) {
    ll_memory_limit(ctx, ll_memory_used(ctx) + 8 * MOST + (4 << 20));
    status = ll_scores_unpack(ctx, coding, copy, size, epochs, count, 0, epochs, all);
    must(status == LL_OK || status == LL_ERR_FORMAT, "%s: %s", ll_status_name(status), ll_message(ctx));
    if (status == LL_OK && from < epochs) {
      status = ll_scores_unpack(ctx, coding, copy, size, epochs, count, from, epochs - from, some);
      must(status == LL_OK, "%s: %s", ll_status_name(status), ll_message(ctx));
      must(memcmp(some, all + from * count, 4 * (epochs - from) * count) == 0, "other epochs from %u of %u", from, epochs);
    }
    if (status == LL_OK && coding == LL_SCORES_RAW && epochs && count) { /* any floats: packed and back */
      ll_scores_coding made;
      void *packed;
      size_t n;
      must(ll_scores_pack(ctx, all, epochs, count, LL_SCORES_PACKED, &made, &packed, &n) == LL_OK, "%s", ll_message(ctx));
      must(ll_scores_unpack(ctx, (int)made, packed, n, epochs, count, 0, epochs, some) == LL_OK, "%s", ll_message(ctx));
      must(memcmp(some, all, 4 * epochs * count) == 0, "%u epochs of %zu come back otherwise", epochs, count);
      ll_free(ctx, packed);
    }
    must(ll_scores_unpack(ctx, coding, copy, size, epochs, count + 1, 0, 0, all) == LL_ERR_FORMAT || epochs == 0, "one more");
  }
  ll_ctx_close(ctx);
  free(copy);
  return 0;
}
