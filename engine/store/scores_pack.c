/* Scores to bytes (losslab/scores.h). Each epoch is predicted from the two before it; how far their difference is carried on is
 * chosen for each epoch from a sample: 0 is best where training is noisy, 4 (in quarters) where it runs smoothly. */
#include <zlib.h>

#include "engine/base/sort.h"
#include "engine/store/scores.h"

static void *zstd_alloc(void *ctx, size_t size) {
  void *block;
  return ll_alloc(ctx, &block, size) == LL_OK ? block : NULL;
}
static void zstd_free(void *ctx, void *block) { ll_free(ctx, block); }
ZSTD_customMem ll_scores_memory(ll_ctx *ctx) { return (ZSTD_customMem){zstd_alloc, zstd_free, ctx}; }

/* ---- scores as integers of the same order ---- */

static void ordered(const float *scores, size_t n, uint32_t *to) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, &scores[i], sizeof bits);
    to[i] = ll_scores_ordered(bits);
  }
}

/* values, order: room for count each. */
static ll_status ranked(ll_ctx *ctx, const float *scores, size_t epochs, size_t count, ll_real *values, uint32_t *order,
                        uint32_t *to) {
  for (size_t e = 0; e < epochs; e++, scores += count, to += count) {
    for (size_t i = 0; i < count; i++) {
      values[i] = (ll_real)scores[i];
      if (scores[i] != scores[i])
        return ll_fail(ctx, LL_ERR_NUMBER, "scores: number %zu of epoch %zu is NaN, which has no rank", i + 1, e + 1);
    }
    LL_TRY(ll_argsort(ctx, values, count, order));
    uint32_t rank = 0;
    for (size_t i = 0; i < count; i++) {
      if (i && values[order[i]] != values[order[i - 1]]) rank++;
      to[order[i]] = rank;
    }
  }
  return LL_OK;
}

static ll_status integers(ll_ctx *ctx, const float *scores, size_t epochs, size_t count, ll_scores_coding asked, uint32_t *to) {
  if (asked == LL_SCORES_PACKED) {
    ordered(scores, epochs * count, to);
    return LL_OK;
  }
  void *values = NULL, *order = NULL;
  ll_status status;
  LL_GOTO(cleanup, ll_alloc(ctx, &values, count * sizeof(ll_real)));
  LL_GOTO(cleanup, ll_alloc(ctx, &order, count * sizeof(uint32_t)));
  LL_GOTO(cleanup, ranked(ctx, scores, epochs, count, values, order, to));
cleanup:
  ll_free(ctx, values);
  ll_free(ctx, order);
  return status;
}

/* ---- what is left of an epoch when the prediction is taken from it ---- */

enum { SAMPLE = 256 }; /* scores that a slope is chosen by, about */

static int slope_of(const uint32_t *now, const uint32_t *last, const uint32_t *before, size_t count) {
  static const int slopes[] = {0, 1, 2, 3, 4, -1, -2};
  size_t step = count / SAMPLE + 1;
  uint64_t least = UINT64_MAX;
  int best = 0;
  for (size_t k = 0; k < sizeof slopes / sizeof *slopes; k++) {
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i += step) {
      uint32_t rest = ll_scores_folded(now[i] - ll_scores_predicted(last[i], before[i], slopes[k]));
      bits += 32 - (unsigned)__builtin_clz(rest | 1);
    }
    if (bits < least) least = bits, best = slopes[k];
  }
  return best;
}

/* Writes the slopes and, plane after plane, what is left. all: epochs × count integers. */
static void split(const uint32_t *all, size_t epochs, size_t count, unsigned char *slopes, unsigned char *planes) {
  size_t n = epochs * count;
  unsigned char *first = planes, *second = first + n, *third = second + n, *fourth = third + n;
  for (size_t e = 0, at = 0; e < epochs; e++) {
    const uint32_t *now = all + e * count, *last = e > 0 ? now - count : now, *before = e > 1 ? last - count : last;
    int slope = e > 1 ? slope_of(now, last, before, count) : 0;
    slopes[e] = (unsigned char)slope;
    for (size_t i = 0; i < count; i++, at++) {
      uint32_t rest = ll_scores_folded(now[i] - (e ? ll_scores_predicted(last[i], before[i], slope) : 0));
      first[at] = (unsigned char)(rest >> 24), second[at] = (unsigned char)(rest >> 16);
      third[at] = (unsigned char)(rest >> 8), fourth[at] = (unsigned char)rest;
    }
  }
}

/* ---- the planes ---- */

static ll_status compressor(ll_ctx *ctx, ZSTD_CCtx **out) {
  *out = ZSTD_createCCtx_advanced(ll_scores_memory(ctx));
  if (!*out) return LL_ERR_MEMORY;                          /* ll_alloc has left the message */
  ZSTD_CCtx_setParameter(*out, ZSTD_c_compressionLevel, 1); /* higher ones take longer and give nothing: it is noise */
  ZSTD_CCtx_setParameter(*out, ZSTD_c_windowLog, LL_SCORES_WINDOW);
  return LL_OK;
}

/* [out] *used: bytes written to `to`, which has room for n: the plane made smaller, or as it is. */
static ll_status pack_plane(ZSTD_CCtx *zstd, const unsigned char *plane, size_t n, unsigned char *to, size_t *used) {
  size_t got = ZSTD_compress2(zstd, to, n ? n - 1 : 0, plane, n);
  if (ZSTD_isError(got)) {
    if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation) return LL_ERR_MEMORY; /* ll_alloc has left the message */
    memcpy(to, plane, got = n); /* there was no room: it would not be smaller */
  }
  *used = got;
  return LL_OK;
}

/* [out] *size: of all, which `to` has room for, as there is no plane larger than it was. */
static ll_status pack_all(ll_ctx *ctx, const uint32_t *all, size_t epochs, size_t count, ll_scores_coding coding,
                          unsigned char *planes, unsigned char *to, size_t *size) {
  size_t n = epochs * count, at = LL_SCORES_HEAD + epochs, used;
  ZSTD_CCtx *zstd = NULL;
  ll_status status;
  memcpy(to, "lscr\1", 5);
  to[5] = (unsigned char)coding, to[6] = to[7] = 0;
  ll_scores_put(to + 12, (uint32_t)epochs);
  ll_scores_put(to + 16, (uint32_t)count);
  split(all, epochs, count, to + LL_SCORES_HEAD, planes);
  LL_GOTO(cleanup, compressor(ctx, &zstd));
  for (int k = 0; k < LL_SCORES_PLANES; k++, at += used) {
    LL_GOTO(cleanup, pack_plane(zstd, planes + (size_t)k * n, n, to + at + 4, &used));
    ll_scores_put(to + at, (uint32_t)used);
    at += 4;
  }
  size_t summed = LL_SCORES_SUM + 4;
  ll_scores_put(to + LL_SCORES_SUM, (uint32_t)crc32_z(0, to + summed, at - summed));
  *size = at;
cleanup:
  ZSTD_freeCCtx(zstd);
  return status;
}

static ll_status as_they_are(ll_ctx *ctx, const float *scores, size_t n, ll_scores_coding *coding, void **bytes, size_t *size) {
  LL_TRY(ll_alloc(ctx, bytes, 4 * n));
  if (n) memcpy(*bytes, scores, 4 * n);
  *size = 4 * n, *coding = LL_SCORES_RAW;
  return LL_OK;
}

ll_status ll_scores_pack(ll_ctx *ctx, const float *scores, size_t epochs, size_t count, ll_scores_coding asked,
                         ll_scores_coding *coding, void **bytes, size_t *size) {
  void *all = NULL, *planes = NULL, *to = NULL;
  size_t n, used, room;
  ll_status status;
  *bytes = NULL, *size = 0, *coding = LL_SCORES_RAW;
  if ((unsigned)asked >= LL_SCORES_CODINGS) return ll_fail(ctx, LL_ERR_RANGE, "scores: there is no coding %d", (int)asked);
  if (__builtin_mul_overflow(epochs, count, &n) || n > SIZE_MAX / 64)
    return ll_fail(ctx, LL_ERR_MEMORY, "scores: out of memory: %zu epochs of %zu scores", epochs, count);
  bool fits = n <= UINT32_MAX && epochs <= UINT32_MAX;
  if (asked == LL_SCORES_RANKS && (count > (size_t)1 << 24 || !fits))
    return ll_fail(ctx, LL_ERR_RANGE, "scores: ranks of %zu epochs of %zu scores; of at most 2^24 scores, 2^32 - 1 in all", epochs,
                   count);
  if (asked == LL_SCORES_RAW || !fits || (asked == LL_SCORES_PACKED && n == 0))
    return as_they_are(ctx, scores, n, coding, bytes, size);
  room = LL_SCORES_HEAD + epochs + LL_SCORES_PLANES * (4 + n);
  LL_GOTO(cleanup, ll_alloc(ctx, &all, 4 * n));
  LL_GOTO(cleanup, integers(ctx, scores, epochs, count, asked, all));
  LL_GOTO(cleanup, ll_alloc(ctx, &planes, LL_SCORES_PLANES * n));
  LL_GOTO(cleanup, ll_alloc(ctx, &to, room));
  LL_GOTO(cleanup, pack_all(ctx, all, epochs, count, asked, planes, to, &used));
  if (asked == LL_SCORES_PACKED && used >= 4 * n) {
    LL_GOTO(cleanup, as_they_are(ctx, scores, n, coding, bytes, size));
  } else {
    LL_GOTO(cleanup, ll_realloc(ctx, &to, room, used));
    *bytes = to, *size = used, *coding = asked;
    to = NULL;
  }
cleanup:
  ll_free(ctx, all);
  ll_free(ctx, planes);
  ll_free(ctx, to);
  return status;
}
