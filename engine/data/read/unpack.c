/* gzip and zstd, told by their first bytes: the packed bytes come through a buffer of one chunk, the unpacked ones go where the
 * caller wants them. A file of several members or frames is one text. */
#include "engine/data/read/unpack.h"

#define ZSTD_STATIC_LINKING_ONLY /* for memory of our own: the shared library exports it, too */
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct ll_unpacker {
  bool is_gzip, inside, drained; /* inside a member or frame; there is no more in the file */
  z_stream gzip;
  ZSTD_DStream *zstd;
  unsigned char *bytes; /* packed */
  size_t capacity, size, at;
  uint64_t before; /* bytes of the file before these */
};

static voidpf gzip_alloc(voidpf ctx, uInt count, uInt size) {
  void *block;
  return ll_calloc(ctx, &block, count, size) == LL_OK ? block : Z_NULL;
}
static void gzip_free(voidpf ctx, voidpf block) { ll_free(ctx, block); }

/* A frame may ask for a window of up to 128 MB, zstd's own bound for streams. */
static void *zstd_alloc(void *ctx, size_t size) {
  void *block;
  return ll_alloc(ctx, &block, size) == LL_OK ? block : NULL;
}
static void zstd_free(void *ctx, void *block) { ll_free(ctx, block); }

ll_status ll_unpacker_open(ll_ctx *ctx, const unsigned char *first, size_t n, ll_unpacker **out) {
  static const unsigned char gzip_magic[2] = {0x1f, 0x8b}, zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
  /* A frame of zstd that is to be skipped begins with 5x 2a 4d 18; pzstd's files begin with one. */
  static const unsigned char skippable[3] = {0x2a, 0x4d, 0x18};
  bool is_gzip = n >= sizeof gzip_magic && memcmp(first, gzip_magic, sizeof gzip_magic) == 0;
  bool is_zstd = n >= sizeof zstd_magic && (memcmp(first, zstd_magic, sizeof zstd_magic) == 0 ||
                                            (first[0] >> 4 == 5 && memcmp(first + 1, skippable, sizeof skippable) == 0));
  ll_status status = LL_OK;
  void *block;
  *out = NULL;
  if (!is_gzip && !is_zstd) return LL_OK;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_unpacker)));
  ll_unpacker *u = block;
  LL_GOTO(cleanup, ll_alloc(ctx, &block, n));
  u->bytes = memcpy(block, first, n);
  u->capacity = u->size = n;
  u->inside = true;
  if (is_gzip) {
    u->gzip = (z_stream){.zalloc = gzip_alloc, .zfree = gzip_free, .opaque = ctx};
    if (inflateInit2(&u->gzip, 15 + 16) != Z_OK) { /* its only failure here is memory, and ll_calloc has left the message */
      status = LL_ERR_MEMORY;
      goto cleanup;
    }
    u->is_gzip = true;
  } else {
    u->zstd = ZSTD_createDStream_advanced((ZSTD_customMem){zstd_alloc, zstd_free, ctx});
    if (!u->zstd) status = LL_ERR_MEMORY; /* ll_alloc has left the message */
  }
cleanup:
  if (status == LL_OK) *out = u;
  else ll_unpacker_close(ctx, u);
  return status;
}

void ll_unpacker_close(ll_ctx *ctx, ll_unpacker *u) {
  if (!u) return;
  if (u->is_gzip) inflateEnd(&u->gzip);
  ZSTD_freeDStream(u->zstd);
  ll_free(ctx, u->bytes);
  ll_free(ctx, u);
}

size_t ll_unpacker_held(const ll_unpacker *u) { return u->size - u->at; }

void ll_unpacker_repeat(ll_unpacker *u) {
  if (u->is_gzip) inflateReset(&u->gzip);
  else ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
  u->at = u->size = 0, u->before = 0;
  u->inside = true, u->drained = false;
}

static ll_status refill(ll_ctx *ctx, ll_unpacker *u, ll_source *source) {
  if (u->at < u->size || u->drained) return LL_OK;
  u->before += u->size;
  u->at = u->size = 0;
  LL_TRY(ll_source_raw(ctx, source, u->bytes, u->capacity, &u->size));
  u->drained = u->size == 0;
  return LL_OK;
}

/* The file is read to its end, so that the message can say how long it is. */
static ll_status damaged(ll_ctx *ctx, ll_unpacker *u, ll_source *source, const char *what) {
  uint64_t at = u->before + u->at;
  while (!u->drained) {
    u->at = u->size;
    LL_TRY(refill(ctx, u, source));
  }
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: damaged %s data at byte %zu of %zu: %s", source->path, u->is_gzip ? "gzip" : "zstd",
                 (size_t)at, (size_t)u->before, what);
}

/* One call of the library: from u->bytes to `to`. */
static ll_status step(ll_ctx *ctx, ll_unpacker *u, ll_source *source, unsigned char *to, size_t room, size_t *got) {
  size_t at = u->at, left = u->size - at;
  bool at_end = false;
  if (u->is_gzip) {
    z_stream *z = &u->gzip;
    uInt in = left < 1u << 30 ? (uInt)left : 1u << 30, out = room < 1u << 30 ? (uInt)room : 1u << 30;
    z->next_in = u->bytes + at, z->avail_in = in, z->next_out = to, z->avail_out = out;
    int code = inflate(z, Z_NO_FLUSH);
    u->at += in - z->avail_in, *got = out - z->avail_out;
    if (code == Z_MEM_ERROR) return LL_ERR_MEMORY;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      LL_TRY(refill(ctx, u, source));
      return damaged(ctx, u, source, u->drained ? "it ends too early" : z->msg ? z->msg : "not understood");
    }
    at_end = code == Z_STREAM_END;
    if (at_end) inflateReset(z);
  } else {
    ZSTD_inBuffer in = {u->bytes, u->size, at};
    ZSTD_outBuffer out = {to, room, 0};
    size_t code = ZSTD_decompressStream(u->zstd, &out, &in);
    u->at = in.pos, *got = out.pos;
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) return LL_ERR_MEMORY;
    if (ZSTD_isError(code)) return damaged(ctx, u, source, ZSTD_getErrorName(code));
    at_end = code == 0;
  }
  u->inside = !at_end;
  if (u->drained && u->inside && *got == 0 && u->at == at) return damaged(ctx, u, source, "it ends too early");
  return LL_OK;
}

ll_status ll_unpacker_read(ll_ctx *ctx, ll_unpacker *u, ll_source *source, unsigned char *to, size_t room, size_t *got) {
  for (*got = 0; *got < room;) {
    size_t more;
    LL_TRY(refill(ctx, u, source));
    if (u->drained && !u->inside) return LL_OK;
    LL_TRY(step(ctx, u, source, to + *got, room - *got, &more));
    *got += more;
  }
  return LL_OK;
}
