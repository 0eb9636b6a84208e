/* A file's bytes: read by chunks that stay in the processor's cache while they are hashed and parsed, uncompressed if the first
 * of them say so. What a reader still needs is kept in front of the next chunk; a reader that needs all keeps all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ctx.h"
#include "engine/data/read/number.h"
#include "engine/data/read/unpack.h"

size_t ll_source_chunk = (size_t)1 << 18;
uint64_t ll_source_threaded = (uint64_t)8 << 20;

static const ll_number_kernels *kernels(void) { return LL_ISA_PICK(ll_number_kernels); }

static ll_hasher *hasher_of(ll_source *s) { return s->after ? s->after : &s->hasher; }

/* Room for `capacity` bytes, or for fewer where the limit on memory leaves no more; none is made while there is some left and not
 * more can be had. */
static ll_status reserve(ll_ctx *ctx, ll_source *s, size_t capacity) {
  enum { LEAST = 4096 };
  void *block = s->bytes;
  capacity = ll_alloc_grown(ctx, s->size + LEAST + LL_SOURCE_PADDING, capacity + LL_SOURCE_PADDING) - LL_SOURCE_PADDING;
  if (block && capacity <= s->capacity && s->capacity - s->size >= LEAST) return LL_OK;
  ll_hasher_wait(hasher_of(s));
  LL_TRY(ll_realloc(ctx, &block, s->size, capacity + LL_SOURCE_PADDING));
  s->bytes = block, s->capacity = capacity;
  return LL_OK;
}

ll_status ll_source_raw(ll_ctx *ctx, ll_source *s, unsigned char *to, size_t room, size_t *got) {
  ssize_t n;
  do {
    LL_TRY(ll_ctx_go_on(ctx));
    n = read(s->file, to, room);
  } while (n < 0 && errno == EINTR);
  *got = n < 0 ? 0 : (size_t)n;
  if (n < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", s->path, strerror(errno));
  s->taken += *got;
  return LL_OK;
}

/* Until the buffer is full or the file ends. */
static ll_status fill(ll_ctx *ctx, ll_source *s) {
  size_t before = s->size, got;
  while (s->size < s->capacity && !s->ended) {
    unsigned char *to = s->bytes + s->size;
    size_t room = s->capacity - s->size;
    if (s->unpacker) LL_TRY(ll_unpacker_read(ctx, s->unpacker, s, to, room, &got));
    else LL_TRY(ll_source_raw(ctx, s, to, room, &got));
    s->size += got;
    s->ended = got == 0 || (s->unpacker && got < room);
  }
  if (!s->again) ll_hasher_add(hasher_of(s), s->bytes + before, s->size - before);
  memset(s->bytes + s->size, 0, LL_SOURCE_PADDING);
  return LL_OK;
}

ll_status ll_source_open_after(ll_ctx *ctx, const char *path, ll_source *first, ll_source *out) {
  ll_status status = LL_OK;
  *out = (ll_source){.path = path, .after = first ? &first->hasher : NULL};
  out->file = open(path, O_RDONLY | O_CLOEXEC);
  if (out->file < 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  struct stat about;
  if (fstat(out->file, &about) != 0) {
    status = ll_fail(ctx, LL_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    goto cleanup;
  }
  if (S_ISBLK(about.st_mode) || (S_ISCHR(about.st_mode) && !isatty(out->file))) { /* /dev/zero has no end */
    status = ll_fail(ctx, LL_ERR_IO, "%s is a device, not a file", path);
    goto cleanup;
  }
  out->total = about.st_size > 0 ? (uint64_t)about.st_size : 0;
  ll_hasher_start(&out->hasher, !first && out->total >= ll_source_threaded);
  size_t chunk = ll_source_chunk < 4 ? 4 : ll_source_chunk, got;        /* the first four bytes tell what it is */
  if (out->total && out->total < chunk) chunk = (size_t)out->total + 1; /* room to see the end without growing */
  LL_GOTO(cleanup, reserve(ctx, out, chunk));
  do {
    LL_GOTO(cleanup, ll_source_raw(ctx, out, out->bytes + out->size, chunk - out->size, &got));
    out->size += got;
  } while (got && out->size < chunk);
  LL_GOTO(cleanup, ll_unpacker_open(ctx, out->bytes, out->size, &out->unpacker));
  out->packed = out->unpacker != NULL;
  if (out->packed) out->size = 0;
  else ll_hasher_add(hasher_of(out), out->bytes, out->size), out->ended = got == 0;
  LL_GOTO(cleanup, fill(ctx, out));
cleanup:
  if (status != LL_OK) ll_source_close(ctx, out);
  return ll_source_told(ctx, out, status);
}

ll_status ll_source_open(ll_ctx *ctx, const char *path, ll_source *out) { return ll_source_open_after(ctx, path, NULL, out); }

ll_status ll_source_more(ll_ctx *ctx, ll_source *s, const unsigned char *keep) {
  size_t gone = (size_t)(keep - s->bytes);
  s->lines += kernels()->lines(s->bytes, gone);
  s->gone += gone;
  s->size -= gone;
  ll_hasher_wait(hasher_of(s));
  memmove(s->bytes, keep, s->size);
  if (s->size > s->capacity / 2 && !s->ended) LL_TRY(reserve(ctx, s, 2 * s->capacity));
  return fill(ctx, s);
}

ll_status ll_source_widen(ll_ctx *ctx, ll_source *s, size_t bytes) {
  if (s->ended || s->capacity >= bytes) return LL_OK;
  size_t left = !s->unpacker && s->total ? (size_t)(s->total - s->taken) + s->size + 1 : bytes; /* room to see the end */
  LL_TRY(reserve(ctx, s, left < bytes ? left : bytes));
  return fill(ctx, s);
}

ll_status ll_source_whole(ll_ctx *ctx, ll_source *s) {
  size_t expected = s->unpacker ? 4 * (size_t)s->total : (size_t)s->total;
  if (!s->ended && s->capacity <= expected) LL_TRY(reserve(ctx, s, expected + 1));
  while (!s->ended) LL_TRY(ll_source_more(ctx, s, s->bytes));
  return LL_OK;
}

ll_status ll_source_need(ll_ctx *ctx, ll_source *s, const unsigned char **at, size_t n) {
  while ((size_t)(s->bytes + s->size - *at) < n && !s->ended) {
    LL_TRY(ll_source_more(ctx, s, *at));
    *at = s->bytes;
  }
  return LL_OK;
}

ll_status ll_source_repeat(ll_ctx *ctx, ll_source *s) {
  if (s->gone == 0) return LL_OK;
  if (lseek(s->file, 0, SEEK_SET) != 0) return ll_fail(ctx, LL_ERR_IO, "%s: cannot be read again: %s", s->path, strerror(errno));
  ll_hasher_wait(hasher_of(s));
  if (s->unpacker) ll_unpacker_repeat(s->unpacker);
  s->again = true, s->ended = false;
  s->size = s->gone = s->lines = 0, s->taken = 0;
  return fill(ctx, s);
}

ll_status ll_source_told(ll_ctx *ctx, const ll_source *s, ll_status status) {
  char what[512];
  if (status != LL_ERR_MEMORY) return status;
  size_t n =
      (size_t)snprintf(what, sizeof what, "%.400s: after %zu bytes%s", s->path, s->gone + s->size, s->packed ? ", unpacked" : "");
  if (s->lines) snprintf(what + n, sizeof what - n, ", at line %zu or later", s->lines + 1);
  return ll_ctx_memory_for(ctx, status, what);
}

void ll_source_close(ll_ctx *ctx, ll_source *source) {
  ll_hasher_wait(hasher_of(source));
  ll_hasher_end(&source->hasher);
  if (source->file >= 0) close(source->file);
  source->file = -1;
  ll_unpacker_close(ctx, source->unpacker);
  source->unpacker = NULL;
  ll_free(ctx, source->bytes);
  source->bytes = NULL;
  source->size = source->capacity = 0;
}

ll_status ll_source_is_text(ll_ctx *ctx, const ll_source *s, size_t searched) {
  const size_t enough = (size_t)1 << 20;
  if (s->size <= enough || !memchr(s->bytes + searched, 0, s->size - searched)) return LL_OK;
  return ll_fail(ctx, LL_ERR_FORMAT, "%s: line %zu: not text: zero bytes, and no end of the line within %zu bytes", s->path,
                 ll_source_line(s, s->bytes), s->size);
}

size_t ll_source_line(const ll_source *source, const unsigned char *at) {
  return 1 + source->lines + kernels()->lines(source->bytes, (size_t)(at - source->bytes));
}

bool ll_source_left_exactly(const ll_source *s, const unsigned char *at, size_t *left) {
  size_t here = (size_t)(s->bytes + s->size - at);
  bool plain = s->total && !s->unpacker;
  if (s->ended || plain) *left = s->ended || s->total < s->taken ? here : here + (size_t)(s->total - s->taken);
  return s->ended || plain;
}

double ll_source_left(const ll_source *s, const unsigned char *at) {
  double here = (double)(s->bytes + s->size - at), made = (double)s->gone + (double)s->size;
  uint64_t used = s->taken - (s->unpacker ? ll_unpacker_held(s->unpacker) : 0);
  return s->ended || used == 0 || s->total < used ? here : here + made * (double)(s->total - used) / (double)used;
}

double ll_source_density(const ll_source *s) {
  enum { SAMPLES = 64, SAMPLE = 16384 };
  unsigned char sample[SAMPLE];
  size_t lines = 0, bytes = 0;
  if (s->unpacker || s->file < 0 || s->total < (uint64_t)16 * SAMPLES * SAMPLE) return 0;
  for (uint64_t k = 0; k < SAMPLES; k++) {
    ssize_t n = pread(s->file, sample, SAMPLE, (off_t)(s->total / SAMPLES * k));
    if (n > 0) lines += kernels()->lines(sample, (size_t)n), bytes += (size_t)n;
  }
  return bytes ? (double)lines / (double)bytes : 0;
}
