/* What the readers share: the bytes of a file, the set being built, ids for words, cells shown in messages. */
#ifndef LOSSLAB_ENGINE_SOURCE_H
#define LOSSLAB_ENGINE_SOURCE_H

#include "engine/base/hasher.h"
#include "losslab/data.h"

/* ---- bytes (source.c) ------------------------------------------------------------------------------------------------ */

enum { LL_PADDING = 160 };
struct ll_source {
  const char *path;
  const ll_read_options *options; /* never NULL where a reader gets it */
  unsigned char *bytes;           /* uncompressed; LL_PADDING zeros follow, so that a scan needs no bound */
  size_t size, capacity;
  bool ended;            /* the last of these bytes are the file's last */
  int file;              /* its descriptor, or -1 */
  uint64_t taken, total; /* bytes of the file read so far, and in all (0: not known) */
  size_t gone, lines;    /* uncompressed bytes before these, and the line ends among them */
  ll_hasher hasher;      /* of the uncompressed bytes */
  struct ll_unpacker *unpacker;
};
/* How many bytes are read at a time; tests make them few. */
extern size_t ll_source_chunk;
/* Bytes of a file from which its hash is taken by a thread beside the parsing; tests make them none. */
extern uint64_t ll_source_threaded;

/* Opens a file, to be uncompressed if its first bytes are gzip's or zstd's, and reads a first chunk. LL_ERR_IO, LL_ERR_FORMAT. */
ll_status ll_source_open(ll_ctx *ctx, const char *path, ll_source *out);
/* Forgets the bytes before keep, which moves to the front of bytes, and reads at least one more unless the file has ended. */
ll_status ll_source_more(ll_ctx *ctx, ll_source *source, const unsigned char *keep);
/* Reads all the rest after what there is. */
ll_status ll_source_whole(ll_ctx *ctx, ll_source *source);
void ll_source_close(ll_ctx *ctx, ll_source *source);
/* The line of a place in bytes, from 1. */
size_t ll_source_line(const ll_source *source, const unsigned char *at);
/* About how many uncompressed bytes there are from a place in bytes to the end of the file. */
double ll_source_left(const ll_source *source, const unsigned char *at);
/* Up to room bytes as they are in the file; none: it has ended. */
ll_status ll_source_raw(ll_ctx *ctx, ll_source *source, unsigned char *to, size_t room, size_t *got);

/* ---- words (words.c): each different text gets the next number ----------------------------------------------------------- */

typedef struct ll_words {
  char *text; /* the words, each ending in 0 */
  size_t used, capacity;
  size_t *starts; /* of each word in text */
  size_t count, starts_capacity;
  uint32_t *table; /* open addressing: number + 1, or 0 */
  size_t table_size;
} ll_words;

/* The number of a word, a new one if it was not there (then *is_new, if given, is true). */
ll_status ll_words_add(ll_ctx *ctx, ll_words *words, const void *text, size_t size, uint32_t *number, bool *is_new);
static inline const char *ll_words_at(const ll_words *words, size_t number) { return words->text + words->starts[number]; }
void ll_words_free(ll_ctx *ctx, ll_words *words);

/* ---- the set being built (build.c) ----------------------------------------------------------------------------------------- */

struct ll_builder {
  ll_matrix x, y;
  ll_words columns, classes;
  bool missing;    /* x holds NaN for missing cells */
  bool multiclass; /* y holds numbers of classes in order of appearance, from 0; finish sorts them */
  uint32_t *groups, *domains;
  ll_words group_words, domain_words;
};

/* Makes the set of what was built: checks that there are two classes, numbers the classes. Frees the builder, also on failure. */
ll_status ll_builder_finish(ll_ctx *ctx, ll_builder *builder, const char *path, const char *name, ll_data **out);
void ll_builder_free(ll_ctx *ctx, ll_builder *builder);
/* The number of the class that is called as a finite number is written, as short as it can be. */
ll_status ll_builder_class(ll_ctx *ctx, ll_words *classes, double value, uint32_t *number);
/* Names the d columns x1, x2, … */
ll_status ll_builder_columns(ll_ctx *ctx, ll_words *columns, size_t d);
/* Takes a label 0/1 or -1/1 to 0 or 1; refuses other values and files that mix 0 and -1. *seen: bits of what came before. */
bool ll_builder_label(double value, unsigned *seen, ll_real *out);

/* ---- messages ------------------------------------------------------------------------------------------------------------------
 */

/* A text as it may be shown: cut at 40 bytes, control characters and broken UTF-8 as \xNN. Returns out. */
enum { LL_SHOWN = 200 };
const char *ll_words_show(char out[LL_SHOWN], const void *text, size_t size);

#endif
