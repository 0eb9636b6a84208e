/* States as bytes: what an object goes on with, written field by field and read back in the same order. A line of text that
 * `head -1` shows, `losslab KIND 1 PRECISION NAME`; the fields, little-endian, as they stand in memory; the SHA-256 of all before
 * it as 64 hex digits, so that a damaged state is told from a whole one before a field of it is believed. */
#ifndef LOSSLAB_ENGINE_SNAPSHOT_H
#define LOSSLAB_ENGINE_SNAPSHOT_H

#include "losslab/base.h"

/* Being written: begin, fields, end. */
struct ll_snapshot {
  unsigned char *bytes;
  size_t n, room;
};
/* kind: what it is of, one word ("optimizer"); name: which of them ("adam"). Both short and without a line's end. LL_ERR_MEMORY. */
ll_status ll_snapshot_begin(ll_ctx *ctx, ll_snapshot *to, const char *kind, const char *name);
ll_status ll_snapshot_put(ll_ctx *ctx, ll_snapshot *to, const void *field, size_t n);
ll_status ll_snapshot_put_count(ll_ctx *ctx, ll_snapshot *to, size_t count);
/* [out] the bytes, to be freed by ll_free. status: how the writing of the fields ended; where that failed, all is freed. */
ll_status ll_snapshot_end(ll_ctx *ctx, ll_snapshot *to, ll_status status, void **bytes, size_t *n);

/* Being read; a copy of it reads the same fields once more. */
struct ll_snapshot_reader {
  const char *kind;
  const unsigned char *at;
  size_t left;
};
/* The state of an object of this kind and name. The bytes are borrowed. LL_ERR_FORMAT: it is none, of another kind, name, format or
 * precision, or its hash does not fit. */
ll_status ll_snapshot_open(ll_ctx *ctx, const void *bytes, size_t n, const char *kind, const char *name, ll_snapshot_reader *out);
/* LL_ERR_FORMAT where fewer bytes are left. field NULL: they are passed over. */
ll_status ll_snapshot_take(ll_ctx *ctx, ll_snapshot_reader *from, void *field, size_t n);
ll_status ll_snapshot_take_count(ll_ctx *ctx, ll_snapshot_reader *from, size_t *count);
/* LL_ERR_FORMAT where something is left. */
ll_status ll_snapshot_close(ll_ctx *ctx, const ll_snapshot_reader *from);

#endif
