/* Scores from bytes (losslab/scores.h), which may be damaged or hostile: nothing is trusted before it is checked, and memory is
 * taken by what the caller expects, not by what the bytes promise. */
#include <limits.h>
#include <zlib.h>

#include "engine/store/scores.h"

/* Planes are read together, an epoch's worth at a time. */
typedef struct plane {
  const unsigned char *at; /* one that is as it is: what comes next */
  ZSTD_DStream *zstd;      /* else */
  ZSTD_inBuffer in;
  unsigned char *bytes; /* of the epoch under way */
} plane;

struct ll_scores {
  ll_ctx *ctx;
  int coding;
  size_t epochs, count, epoch; /* epoch: the next, from 0 */
  const unsigned char *raw;    /* coding 0 */
  const signed char *slopes;
  plane planes[LL_SCORES_PLANES];
  uint32_t *last, *before; /* the integers of the last two epochs */
  void *block;             /* what those and the planes' bytes stand in */
};

static ll_status damaged(ll_ctx *ctx, const char *what) {
  return ll_fail(ctx, LL_ERR_FORMAT, "packed scores are damaged: %s", what);
}

/* The header; [out] its count. */
static ll_status read_head(ll_ctx *ctx, int coding, const unsigned char *bytes, size_t size, size_t epochs, size_t *count) {
  if (size < LL_SCORES_HEAD || memcmp(bytes, "lscr", 4) != 0) return damaged(ctx, "they do not begin as such");
  if (bytes[4] != 1) return ll_fail(ctx, LL_ERR_FORMAT, "packed scores of version %d; this losslab knows version 1", bytes[4]);
  if (bytes[5] != coding || bytes[6] || bytes[7]) return damaged(ctx, "they are of another coding");
  size_t held = ll_scores_get(bytes + 12), each = ll_scores_get(bytes + 16), n;
  if (held != epochs) return ll_fail(ctx, LL_ERR_FORMAT, "packed scores are of %zu epochs; %zu were expected", held, epochs);
  if (size - LL_SCORES_HEAD < epochs || __builtin_mul_overflow(epochs, each, &n) || n > UINT32_MAX)
    return damaged(ctx, "they end early");
  *count = each;
  return LL_OK;
}

ll_status ll_scores_count(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t *count) {
  *count = 0;
  if (coding < 0 || coding >= LL_SCORES_CODINGS)
    return ll_fail(ctx, LL_ERR_FORMAT, "scores of coding %d; this losslab knows 0 to %d", coding, LL_SCORES_CODINGS - 1);
  if (coding != LL_SCORES_RAW) return read_head(ctx, coding, bytes, size, epochs, count);
  if (epochs == 0 ? size != 0 : size % 4 != 0 || size / 4 % epochs != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "%zu bytes are no float32 scores of %zu epochs", size, epochs);
  *count = epochs ? size / 4 / epochs : 0;
  return LL_OK;
}

/* What a frame of zstd may need: its window, and room for a block. */
static ll_status open_frame(ll_ctx *ctx, plane *p, const unsigned char *bytes, size_t size) {
  p->zstd = ZSTD_createDStream_advanced(ll_scores_memory(ctx));
  if (!p->zstd) return LL_ERR_MEMORY; /* ll_alloc has left the message */
  ZSTD_DCtx_setParameter(p->zstd, ZSTD_d_windowLogMax, LL_SCORES_WINDOW);
  p->in = (ZSTD_inBuffer){bytes, size, 0};
  return LL_OK;
}

static ll_status open_planes(ll_scores *s, const unsigned char *bytes, size_t size) {
  size_t at = LL_SCORES_HEAD + s->epochs, n = s->epochs * s->count;
  for (int k = 0; k < LL_SCORES_PLANES; k++) {
    if (size - at < 4) return damaged(s->ctx, "they end early");
    size_t held = ll_scores_get(bytes + at);
    at += 4;
    if (held > n || held > size - at) return damaged(s->ctx, "they end early");
    if (held == n) s->planes[k].at = bytes + at;
    else LL_TRY(open_frame(s->ctx, &s->planes[k], bytes + at, held));
    at += held;
  }
  return at == size ? LL_OK : damaged(s->ctx, "they are too long");
}

static ll_status open_packed(ll_scores *s, const unsigned char *bytes, size_t size) {
  size_t count, summed = LL_SCORES_SUM + 4;
  LL_TRY(read_head(s->ctx, s->coding, bytes, size, s->epochs, &count));
  if (count != s->count)
    return ll_fail(s->ctx, LL_ERR_FORMAT, "packed scores are of %zu rows and columns an epoch; %zu were expected", count, s->count);
  if (ll_scores_get(bytes + LL_SCORES_SUM) != (uint32_t)crc32_z(0, bytes + summed, size - summed))
    return damaged(s->ctx, "their sum is another");
  s->slopes = (const signed char *)bytes + LL_SCORES_HEAD;
  LL_TRY(open_planes(s, bytes, size));
  LL_TRY(ll_calloc(s->ctx, &s->block, count, 2 * sizeof(uint32_t) + LL_SCORES_PLANES));
  s->last = s->block, s->before = s->last + count;
  for (int k = 0; k < LL_SCORES_PLANES; k++) s->planes[k].bytes = (unsigned char *)(s->before + count) + (size_t)k * count;
  return LL_OK;
}

ll_status ll_scores_open(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t count, ll_scores **out) {
  size_t held;
  void *block;
  *out = NULL;
  LL_TRY(ll_scores_count(ctx, coding, bytes, size, epochs, &held));
  if (held != count && epochs > 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "scores are of %zu rows and columns an epoch; %zu were expected", held, count);
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof(ll_scores)));
  ll_scores *s = block;
  *s = (ll_scores){.ctx = ctx, .coding = coding, .epochs = epochs, .count = count, .raw = bytes};
  ll_status status = coding == LL_SCORES_RAW ? LL_OK : open_packed(s, bytes, size);
  if (status == LL_OK) *out = s;
  else ll_scores_close(s);
  return status;
}

/* The plane's bytes of the next epoch. */
static ll_status read_plane(ll_scores *s, plane *p, const unsigned char **bytes) {
  *bytes = p->zstd ? p->bytes : p->at;
  if (!p->zstd) {
    p->at += s->count;
    return LL_OK;
  }
  ZSTD_outBuffer to = {p->bytes, s->count, 0};
  while (to.pos < to.size) {
    size_t before = p->in.pos, there = to.pos, code = ZSTD_decompressStream(p->zstd, &to, &p->in);
    if (ZSTD_isError(code)) {
      if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) return LL_ERR_MEMORY; /* ll_alloc has left the message */
      return damaged(s->ctx, ZSTD_getErrorName(code));
    }
    if (to.pos == there && p->in.pos == before) return damaged(s->ctx, "a plane ends early");
  }
  return LL_OK;
}

/* After the last epoch nothing may be left of a frame. */
static ll_status read_end(ll_scores *s) {
  for (int k = 0; k < LL_SCORES_PLANES; k++) {
    plane *p = &s->planes[k];
    unsigned char none;
    ZSTD_outBuffer to = {&none, 1, 0};
    if (p->zstd && (ZSTD_isError(ZSTD_decompressStream(p->zstd, &to, &p->in)) || to.pos || p->in.pos < p->in.size))
      return damaged(s->ctx, "a plane is too long");
  }
  return LL_OK;
}

static void put(const ll_scores *s, float *values) {
  for (size_t i = 0; i < s->count; i++) {
    uint32_t bits = ll_scores_bits(s->last[i]);
    if (s->coding == LL_SCORES_RANKS) values[i] = (float)s->last[i] + 1;
    else memcpy(&values[i], &bits, sizeof bits);
  }
}

static ll_status next_packed(ll_scores *s, float *values) {
  const unsigned char *b[LL_SCORES_PLANES];
  for (int k = 0; k < LL_SCORES_PLANES; k++) LL_TRY(read_plane(s, &s->planes[k], &b[k]));
  uint32_t *now = s->before; /* whose place it takes */
  int slope = (unsigned char)s->slopes[s->epoch];
  if (slope > SCHAR_MAX) slope -= UCHAR_MAX + 1; /* it is signed */
  for (size_t i = 0; i < s->count; i++) {
    uint32_t folded = (uint32_t)b[0][i] << 24 | (uint32_t)b[1][i] << 16 | (uint32_t)b[2][i] << 8 | b[3][i];
    uint32_t before = s->epoch > 1 ? s->before[i] : s->last[i];
    now[i] = ll_scores_unfolded(folded) + (s->epoch ? ll_scores_predicted(s->last[i], before, slope) : 0);
  }
  s->before = s->last, s->last = now;
  if (values) put(s, values);
  return ++s->epoch == s->epochs ? read_end(s) : LL_OK;
}

ll_status ll_scores_next(ll_scores *s, float *values) {
  if (s->epoch >= s->epochs) return ll_fail(s->ctx, LL_ERR_RANGE, "scores: there are %zu epochs, and no more", s->epochs);
  if (s->coding != LL_SCORES_RAW) return next_packed(s, values);
  if (values && s->count) memcpy(values, s->raw + 4 * s->epoch * s->count, 4 * s->count);
  s->epoch++;
  return LL_OK;
}

void ll_scores_close(ll_scores *s) {
  if (!s) return;
  for (int k = 0; k < LL_SCORES_PLANES; k++) ZSTD_freeDStream(s->planes[k].zstd);
  ll_free(s->ctx, s->block);
  ll_free(s->ctx, s);
}

ll_status ll_scores_unpack(ll_ctx *ctx, int coding, const void *bytes, size_t size, size_t epochs, size_t count, size_t from,
                           size_t n, float *out) {
  ll_scores *s = NULL;
  ll_status status;
  if (from > epochs || n > epochs - from)
    return ll_fail(ctx, LL_ERR_RANGE, "scores: epochs %zu to %zu of %zu", from + 1, from + n, epochs);
  LL_GOTO(cleanup, ll_scores_open(ctx, coding, bytes, size, epochs, count, &s));
  for (size_t e = 0; e < from + n; e++) LL_GOTO(cleanup, ll_scores_next(s, e < from ? NULL : out + (e - from) * count));
cleanup:
  ll_scores_close(s);
  return status;
}
