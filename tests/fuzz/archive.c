/* Files packed by gzip and zstd: truncated, several in one, with wrong sums, larger than they look. An input is a byte for the
 * pieces and the file. What is in it is CSV; inputs that unpack to more than a megabyte are honest work and left alone. */
#include <zlib.h>
#include <zstd.h>

#include "tests/fuzz/read.h"

enum { MOST = 1 << 20 };

/* How much a stream gives before it ends or is broken, at most a little more than MOST. */
static size_t gzip_gives(const uint8_t *bytes, size_t size) {
  static unsigned char to[1 << 16];
  z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
  size_t total = 0;
  if (inflateInit2(&z, 15 + 16) != Z_OK) return 0;
  for (int code = Z_OK; total <= MOST && (code == Z_OK || code == Z_STREAM_END);) {
    z.next_out = to, z.avail_out = sizeof to;
    if (code == Z_STREAM_END && (z.avail_in == 0 || inflateReset(&z) != Z_OK)) break;
    code = inflate(&z, Z_NO_FLUSH);
    total += sizeof to - z.avail_out;
  }
  inflateEnd(&z);
  return total;
}

static size_t zstd_gives(const uint8_t *bytes, size_t size) {
  static unsigned char to[1 << 16];
  ZSTD_DStream *z = ZSTD_createDStream();
  ZSTD_inBuffer in = {bytes, size, 0};
  size_t total = 0, code = 0;
  while (z && total <= MOST && !ZSTD_isError(code)) {
    ZSTD_outBuffer out = {to, sizeof to, 0};
    size_t before = in.pos;
    code = ZSTD_decompressStream(z, &out, &in);
    total += out.pos;
    if (out.pos == 0 && in.pos == before) break;
  }
  ZSTD_freeDStream(z);
  return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  unsigned how = take(&bytes, &size);
  ll_read_options o = {.format = "csv"};
  if (size < 4 || gzip_gives(bytes, size) > MOST || zstd_gives(bytes, size) > MOST) return 0;
  reads_alike(in_memory(0, bytes, size), &o, 4 + how);
  return 0;
}
