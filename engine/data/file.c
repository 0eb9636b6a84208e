/* A file's bytes: one read into memory, then uncompressed if its first bytes say so. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "engine/data/source.h"

static ll_status reserve(ll_ctx *ctx, ll_source *s, size_t capacity) {
  void *block = s->bytes;
  LL_TRY(ll_realloc(ctx, &block, s->size, capacity + LL_PADDING));
  s->bytes = block, s->capacity = capacity;
  return LL_OK;
}

static ll_status read_all(ll_ctx *ctx, int file, size_t expected, ll_source *s) {
  LL_TRY(reserve(ctx, s, expected + 1)); /* room to see the end without growing */
  for (;;) {
    if (s->size == s->capacity) LL_TRY(reserve(ctx, s, 2 * s->capacity + 4096));
    ssize_t got = read(file, s->bytes + s->size, s->capacity - s->size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", s->path, strerror(errno));
    if (got == 0) return LL_OK;
    s->size += (size_t)got;
  }
}

static voidpf gzip_alloc(voidpf ctx, uInt count, uInt size) {
  void *block;
  return ll_calloc(ctx, &block, count, size) == LL_OK ? block : Z_NULL;
}
static void gzip_free(voidpf ctx, voidpf block) { ll_free(ctx, block); }

static ll_status gunzip(ll_ctx *ctx, const ll_source *from, ll_source *to) {
  ll_status status = LL_OK;
  z_stream z = {.zalloc = gzip_alloc, .zfree = gzip_free, .opaque = ctx};
  /* its only failure here is memory, and ll_calloc has left the message */
  if (inflateInit2(&z, 15 + 16) != Z_OK) return LL_ERR_MEMORY;
  const unsigned char *next = from->bytes, *end = from->bytes + from->size;
  for (;;) {
    if (to->size == to->capacity) LL_GOTO(cleanup, reserve(ctx, to, to->capacity ? 2 * to->capacity : 4 * from->size + 4096));
    size_t left = (size_t)(end - next), room = to->capacity - to->size;
    z.next_in = (Bytef *)(uintptr_t)next, z.avail_in = left < 1u << 30 ? (uInt)left : 1u << 30;
    z.next_out = to->bytes + to->size, z.avail_out = room < 1u << 30 ? (uInt)room : 1u << 30;
    int code = inflate(&z, Z_NO_FLUSH);
    next = z.next_in;
    to->size = (size_t)(z.next_out - to->bytes);
    if (code == Z_MEM_ERROR) {
      status = LL_ERR_MEMORY;
      goto cleanup;
    }
    if (code == Z_STREAM_END) {
      if (next == end) break;
      inflateReset(&z); /* a file of several members */
    } else if (code != Z_OK && !(code == Z_BUF_ERROR && (to->size == to->capacity))) {
      status = ll_fail(ctx, LL_ERR_FORMAT, "%s: damaged gzip data at byte %zu of %zu: %s", from->path, (size_t)(next - from->bytes),
                       from->size,
                       next == end ? "it ends too early"
                       : z.msg     ? z.msg
                                   : "not understood");
      goto cleanup;
    }
  }
cleanup:
  inflateEnd(&z);
  return status;
}

static ll_status unzstd(ll_ctx *ctx, const ll_source *from, ll_source *to) {
  ll_status status = LL_OK;
  ZSTD_DStream *z = ZSTD_createDStream();
  if (!z) return ll_fail(ctx, LL_ERR_MEMORY, "out of memory: zstd's state");
  ZSTD_inBuffer in = {from->bytes, from->size, 0};
  size_t code;
  do {
    if (to->size == to->capacity) LL_GOTO(cleanup, reserve(ctx, to, to->capacity ? 2 * to->capacity : 4 * from->size + 4096));
    ZSTD_outBuffer out = {to->bytes, to->capacity, to->size};
    code = ZSTD_decompressStream(z, &out, &in);
    bool stuck = out.pos == to->size && in.pos == in.size;
    to->size = out.pos;
    if (ZSTD_isError(code) || (code != 0 && stuck)) {
      status = ll_fail(ctx, LL_ERR_FORMAT, "%s: damaged zstd data at byte %zu of %zu: %s", from->path, in.pos, from->size,
                       ZSTD_isError(code) ? ZSTD_getErrorName(code) : "it ends too early");
      goto cleanup;
    }
  } while (code != 0 || in.pos < in.size);
cleanup:
  ZSTD_freeDStream(z);
  return status;
}

ll_status ll_source_open(ll_ctx *ctx, const char *path, ll_source *out) {
  ll_status status = LL_OK;
  ll_source packed = {.path = path};
  static const ll_read_options none;
  *out = (ll_source){.path = path, .options = &none};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  struct stat about;
  if (fstat(file, &about) != 0) {
    status = ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    goto cleanup;
  }
  LL_GOTO(cleanup, read_all(ctx, file, about.st_size > 0 ? (size_t)about.st_size : 4096, out));
  static const unsigned char gzip_magic[2] = {0x1f, 0x8b}, zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
  bool gzip = out->size >= 2 && memcmp(out->bytes, gzip_magic, 2) == 0;
  bool zstd = out->size >= 4 && memcmp(out->bytes, zstd_magic, 4) == 0;
  if (gzip || zstd) {
    packed = *out;
    *out = (ll_source){.path = path, .options = &none};
    LL_GOTO(cleanup, gzip ? gunzip(ctx, &packed, out) : unzstd(ctx, &packed, out));
  }
  memset(out->bytes + out->size, 0, LL_PADDING);
cleanup:
  close(file);
  ll_free(ctx, packed.bytes);
  if (status != LL_OK) ll_source_close(ctx, out);
  return status;
}

void ll_source_close(ll_ctx *ctx, ll_source *source) {
  ll_free(ctx, source->bytes);
  source->bytes = NULL;
  source->size = source->capacity = 0;
}

size_t ll_source_line(const ll_source *source, const unsigned char *at) {
  size_t line = 1;
  for (const unsigned char *p = source->bytes; (p = memchr(p, '\n', (size_t)(at - p))) != NULL; p++) line++;
  return line;
}
