/* States as bytes. */
#include "engine/base/snapshot.h"

#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "states are written as they stand in memory: little-endian"
#endif

enum { DIGITS = 64, LONGEST_LINE = 200 };
#define MAGIC "losslab "
#define VERSION "1"

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

ll_status ll_snapshot_begin(ll_ctx *ctx, ll_snapshot *to, const char *kind, const char *name) {
  char line[LONGEST_LINE];
  *to = (ll_snapshot){0};
  int n = snprintf(line, sizeof line, MAGIC "%s " VERSION " " LL_PRECISION " %s\n", kind, name);
  return ll_snapshot_put(ctx, to, line, (size_t)n);
}

ll_status ll_snapshot_put(ll_ctx *ctx, ll_snapshot *to, const void *field, size_t n) {
  if (n > to->room - to->n) {
    void *block = to->bytes;
    size_t room;
    if (__builtin_add_overflow(to->n, n, &room) || __builtin_add_overflow(room, room / 2 + 256, &room))
      return ll_fail(ctx, LL_ERR_MEMORY, "a state of more than %zu bytes", to->n);
    LL_TRY(ll_realloc(ctx, &block, to->n, room));
    to->bytes = block, to->room = room;
  }
  if (n) memcpy(to->bytes + to->n, field, n);
  to->n += n;
  return LL_OK;
}

ll_status ll_snapshot_put_count(ll_ctx *ctx, ll_snapshot *to, size_t count) {
  uint64_t wide = count;
  return ll_snapshot_put(ctx, to, &wide, sizeof wide);
}

ll_status ll_snapshot_end(ll_ctx *ctx, ll_snapshot *to, ll_status status, void **bytes, size_t *n) {
  char digest[DIGITS + 1];
  *bytes = NULL, *n = 0;
  if (status == LL_OK) {
    ll_sha256(to->bytes, to->n, digest);
    status = ll_snapshot_put(ctx, to, digest, DIGITS);
  }
  if (status == LL_OK) *bytes = to->bytes, *n = to->n;
  else ll_free(ctx, to->bytes);
  *to = (ll_snapshot){0};
  return status;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

ll_status ll_snapshot_open(ll_ctx *ctx, const void *bytes, size_t n, const char *kind, const char *name, ll_snapshot_reader *out) {
  char magic[LONGEST_LINE], line[LONGEST_LINE], digest[DIGITS + 1];
  *out = (ll_snapshot_reader){.kind = kind};
  size_t start = (size_t)snprintf(magic, sizeof magic, MAGIC "%s ", kind);
  if (n < start || memcmp(bytes, magic, start) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "not the state of a losslab %s: it does not begin with \"%s" VERSION "\"", kind, magic);
  const char *newline = memchr(bytes, '\n', n < sizeof line ? n : sizeof line);
  if (!newline) return ll_fail(ctx, LL_ERR_FORMAT, "the first line of the state of the %s does not end", kind);
  size_t length = (size_t)(newline - (const char *)bytes);
  memcpy(line, bytes, length);
  line[length] = '\0';
  const char *at = line + start, *words = at + strcspn(at, " ");
  if (strncmp(at, VERSION " ", sizeof VERSION) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s is in format %.*s: " VERSION " expected", kind, (int)(words - at), at);
  at += sizeof VERSION;
  words = at + strcspn(at, " ");
  if (strncmp(at, LL_PRECISION " ", sizeof LL_PRECISION) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s is in precision \"%.*s\": " LL_PRECISION " expected", kind,
                   (int)(words - at), at);
  at += sizeof LL_PRECISION;
  if (strcmp(at, name) != 0 || strlen(line) != length)
    return ll_fail(ctx, LL_ERR_FORMAT, "the state is of a %s \"%.60s\", not of %s", kind, at, name);
  if (n - length - 1 < DIGITS) return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s (%s) ends too early", kind, name);
  ll_sha256(bytes, n - DIGITS, digest);
  if (memcmp(digest, (const char *)bytes + n - DIGITS, DIGITS) != 0)
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s (%s) is damaged: the hash at its end is of other bytes", kind, name);
  out->at = (const unsigned char *)newline + 1, out->left = n - DIGITS - length - 1;
  return LL_OK;
}

ll_status ll_snapshot_take(ll_ctx *ctx, ll_snapshot_reader *from, void *field, size_t n) {
  if (n > from->left)
    return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s ends too early: %zu bytes are left where a field has %zu", from->kind,
                   from->left, n);
  if (field && n) memcpy(field, from->at, n);
  from->at += n, from->left -= n;
  return LL_OK;
}

ll_status ll_snapshot_take_count(ll_ctx *ctx, ll_snapshot_reader *from, size_t *count) {
  uint64_t wide;
  *count = 0;
  LL_TRY(ll_snapshot_take(ctx, from, &wide, sizeof wide));
  *count = (size_t)wide;
  return LL_OK;
}

ll_status ll_snapshot_close(ll_ctx *ctx, const ll_snapshot_reader *from) {
  if (from->left == 0) return LL_OK;
  return ll_fail(ctx, LL_ERR_FORMAT, "the state of the %s has %zu bytes behind its last field", from->kind, from->left);
}
