/* gzip and zstd, piece by piece. */
#ifndef LOSSLAB_ENGINE_UNPACK_H
#define LOSSLAB_ENGINE_UNPACK_H

#include "engine/data/read/source.h"

typedef struct ll_unpacker ll_unpacker;

/* [out] an unpacker of the file that begins with these n bytes, which are copied; NULL if they are neither gzip's nor zstd's. */
ll_status ll_unpacker_open(ll_ctx *ctx, const unsigned char *first, size_t n, ll_unpacker **out);
/* Unpacks up to room bytes more; fewer (*got) only at the end. LL_ERR_FORMAT: damaged, says at which byte of the file. */
ll_status ll_unpacker_read(ll_ctx *ctx, ll_unpacker *u, ll_source *source, unsigned char *to, size_t room, size_t *got);
/* Packed bytes that were read and not yet unpacked. */
size_t ll_unpacker_held(const ll_unpacker *u);
/* For a file that is read from its first byte again. */
void ll_unpacker_repeat(ll_unpacker *u);
void ll_unpacker_close(ll_ctx *ctx, ll_unpacker *u);

#endif
