/* The bytes of a file that is being read: chunk by chunk, uncompressed, with their hash and the lines gone by. */
#ifndef LOSSLAB_ENGINE_SOURCE_H
#define LOSSLAB_ENGINE_SOURCE_H

#include "engine/base/hasher.h"
#include "losslab/base.h"

enum { LL_SOURCE_PADDING = 160 };
typedef struct ll_source {
  const char *path;
  unsigned char *bytes; /* uncompressed; LL_SOURCE_PADDING zeros follow, so that a scan needs no bound */
  size_t size, capacity;
  bool ended;            /* the last of these bytes are the file's last */
  int file;              /* its descriptor, or -1 */
  uint64_t taken, total; /* bytes of the file read so far, and in all (0: not known) */
  size_t gone, lines;    /* uncompressed bytes before these, and the line ends among them */
  ll_hasher hasher;      /* of the uncompressed bytes */
  ll_hasher *after;      /* [opt] another file's: these bytes go there, after that file's */
  bool again;            /* the file is read a second time, and its bytes are no more hashed */
  struct ll_unpacker *unpacker;
  bool packed; /* there is an unpacker, or was until the source was closed */
} ll_source;

/* How many bytes are read at a time; tests make them few. */
extern size_t ll_source_chunk;
/* Bytes of a file from which its hash is taken by a thread beside the parsing; tests make them none. */
extern uint64_t ll_source_threaded;

/* Opens a file, to be uncompressed if its first bytes are gzip's or zstd's, and reads a first chunk. LL_ERR_IO, LL_ERR_FORMAT. */
ll_status ll_source_open(ll_ctx *ctx, const char *path, ll_source *out);
/* The same, with the bytes going into the hash of `first` after its own, all of which have been read. */
ll_status ll_source_open_after(ll_ctx *ctx, const char *path, ll_source *first, ll_source *out);
/* Forgets the bytes before keep, which moves to the front of bytes, and reads at least one more unless the file has ended. */
ll_status ll_source_more(ll_ctx *ctx, ll_source *source, const unsigned char *keep);
/* Moves *at to the front of bytes and reads on until n bytes follow it or the file has ended. */
ll_status ll_source_need(ll_ctx *ctx, ll_source *source, const unsigned char **at, size_t n);
/* Room for so many bytes at a time, and as many of them as the file has; before any is used. */
ll_status ll_source_widen(ll_ctx *ctx, ll_source *source, size_t bytes);
/* Reads all the rest after what there is. */
ll_status ll_source_whole(ll_ctx *ctx, ll_source *source);
/* Whether the file can be read a second time: it is neither a pipe nor a device. */
static inline bool ll_source_can_repeat(const ll_source *source) { return source->total > 0; }
/* Goes back to the first byte of a file that has been read to its end; nothing is read where all of it is in memory. LL_ERR_IO. */
ll_status ll_source_repeat(ll_ctx *ctx, ll_source *source);
/* LL_ERR_FORMAT if the bytes are a line that has not ended after very many of them, and hold a zero byte from `searched` on: no
 * device or file of zeros is read until memory ends. For readers that look for the end of a line. */
ll_status ll_source_is_text(ll_ctx *ctx, const ll_source *source, size_t searched);
void ll_source_close(ll_ctx *ctx, ll_source *source);
/* status; the message of LL_ERR_MEMORY, which names bytes alone, gets the file before it and how much of it had been read. To be
 * asked once for each error, where the reading of the file ends; the source may be closed. */
ll_status ll_source_told(ll_ctx *ctx, const ll_source *source, ll_status status);
/* The line of a place in bytes, from 1. */
size_t ll_source_line(const ll_source *source, const unsigned char *at);
/* [out] how many uncompressed bytes the file has from a place in bytes on; false: that is not known before it has been read. */
bool ll_source_left_exactly(const ll_source *source, const unsigned char *at, size_t *left);
/* About how many. */
double ll_source_left(const ll_source *source, const unsigned char *at);
/* Lines a byte in samples of a large plain file, all over it; 0: not known. */
double ll_source_density(const ll_source *source);
/* Up to room bytes as they are in the file; none: it has ended. */
ll_status ll_source_raw(ll_ctx *ctx, ll_source *source, unsigned char *to, size_t room, size_t *got);

#endif
