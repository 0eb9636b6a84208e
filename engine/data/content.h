/* The form of a packed data set (content_pack.c, content_unpack.c).
 *
 * A line "losslab data 1 float 208x60": version, precision, rows and features; then one frame of zstd with a checksum, in which
 * stand, little-endian: a head; the texts, each ending in 0 (name, features, classes, notes); the features, and as whole numbers of
 * 32 bits labels, truth, groups, domains and the index, and as doubles weights, as far as there are any. Numbers are packed by
 * blocks of rows: of each column in a block first all lowest bytes, then all next ones, and so on, since those of one place are
 * alike. */
#ifndef LOSSLAB_ENGINE_CONTENT_H
#define LOSSLAB_ENGINE_CONTENT_H

#include "losslab/data.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "data are packed as they stand in memory: little-endian"
#endif

#define LL_CONTENT_MAGIC "losslab data "
enum { LL_CONTENT_VERSION = 1, LL_CONTENT_LINE = 96, LL_CONTENT_BLOCK = 4096, LL_CONTENT_WINDOW = 23 };

enum {
  LL_CONTENT_MULTICLASS = 1,
  LL_CONTENT_MISSING = 2,
  LL_CONTENT_TRUTH = 4,
  LL_CONTENT_GROUPS = 8,
  LL_CONTENT_DOMAINS = 16,
  LL_CONTENT_INDEX = 32,
  LL_CONTENT_VALUES = 64, /* labels are real values: they stand as doubles in the place of whole numbers */
  LL_CONTENT_WEIGHTS = 128,
  LL_CONTENT_FLAGS = 255
};

typedef struct ll_content_head {
  uint64_t flags, n_classes, n_groups, n_domains, n_notes, text; /* text: bytes of the texts */
  double optimal_auc;
  char hash[64];
} ll_content_head;
_Static_assert(sizeof(ll_content_head) == 120, "a head is written as it stands in memory");

/* zstd's memory. */
static inline void *ll_content_alloc(void *ctx, size_t size) {
  void *block;
  return ll_alloc(ctx, &block, size) == LL_OK ? block : NULL;
}
static inline void ll_content_free(void *ctx, void *block) { ll_free(ctx, block); }

#endif
