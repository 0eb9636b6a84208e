/* Packed data sets. An input is a byte and a packed set: damaged as it is, or, where the byte is odd, the line and the bytes that
 * its frame of zstd holds, which are packed here, so that what lies behind the checksum is tried, too. */
#include <zstd.h>

#include "tests/fuzz/target.h"

static void unpack(const void *bytes, size_t size) {
  ll_ctx *ctx = context();
  ll_data *d = NULL, *again = NULL;
  ll_memory_limit(ctx, (size_t)1 << 28);
  ll_status status = ll_data_unpack(ctx, bytes, size, "input", &d);
  must_be_told(ctx, status, d != NULL);
  if (d) { /* what was read is whole, and is packed and read again to the bit */
    void *packed[2] = {NULL, NULL};
    size_t n[2];
    must(d->x.rows > 0 && d->y.rows == d->x.rows && d->info->n_columns == d->x.cols, "%zu rows", d->x.rows);
    must(strlen(d->info->hash) == 64, "hash %s", d->info->hash);
    size_t counts = 0, *of = calloc(d->info->n_classes, sizeof *of);
    ll_data_class_counts(d, of);
    for (size_t k = 0; k < d->info->n_classes; k++) counts += of[k];
    must(counts == d->x.rows, "%zu labels", counts);
    free(of);
    must(ll_data_pack(ctx, d, &packed[0], &n[0]) == LL_OK, "%s", ll_message(ctx));
    must(ll_data_unpack(ctx, packed[0], n[0], "packed", &again) == LL_OK, "%s", ll_message(ctx));
    must(ll_data_pack(ctx, again, &packed[1], &n[1]) == LL_OK, "%s", ll_message(ctx));
    must(n[0] == n[1] && memcmp(packed[0], packed[1], n[0]) == 0, "%zu and %zu bytes", n[0], n[1]);
    ll_data_free(ctx, again);
    for (int k = 0; k < 2; k++) ll_free(ctx, packed[k]);
  }
  ll_data_free(ctx, d);
  ll_ctx_close(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  unsigned how = take(&bytes, &size);
  const uint8_t *end = size ? memchr(bytes, '\n', size) : NULL;
  if (how % 2 == 0 || !end) {
    unpack(bytes, size);
    return 0;
  }
  size_t line = (size_t)(end - bytes) + 1, room = line + ZSTD_compressBound(size - line);
  unsigned char *packed = malloc(room);
  must(packed, "no memory");
  memcpy(packed, bytes, line);
  size_t n = ZSTD_compress(packed + line, room - line, bytes + line, size - line, 1);
  must(!ZSTD_isError(n), "%s", ZSTD_getErrorName(n));
  unpack(packed, line + n);
  free(packed);
  return 0;
}
