/* losslab/interactions.h: pairs of a user and an item that the user likes (implicit feedback), as sorted lists of items by user. */
#ifndef LOSSLAB_INTERACTIONS_H
#define LOSSLAB_INTERACTIONS_H

#include "losslab/lists.h"
#include "losslab/matrix.h"
#include "losslab/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What pairs and all their parts share: the names, in the order of the numbers; freed with the last of them. */
typedef struct ll_interaction_names {
  size_t n_users, n_items;
  const char **users, **items;
  const char *name;
  char hash[65]; /* SHA-256 of the file's uncompressed bytes, or of the lists' items */
} ll_interaction_names;

typedef struct ll_interactions {
  ll_lists lists; /* n_users rows; in a part of a split some may be empty */
  const ll_interaction_names *names;
} ll_interactions;

/* [out] the pairs of a CSV file, or a tab-separated one if its name ends in .tsv (any case; gzip and zstd too), with the columns
 * "user" and "item"; others are ignored. Users and items are any words, numbered in numeric order if all are numbers, of which
 * equal ones ("1", "1.0") are one user or item, else in alphabetic order; a pair that comes again counts once. LL_ERR_IO,
 * LL_ERR_FORMAT (file, row, line, column), LL_ERR_MEMORY. To be given to ll_interactions_free. */
ll_status ll_interactions_read(ll_ctx *ctx, const char *path, ll_interactions *out);
void ll_interactions_free(ll_ctx *ctx, ll_interactions *pairs);

/* [out] the pairs of a matrix (n,2), n > 0: user and item of each, from 1 to users and items; named by their numbers. A pair that
 * comes again counts once. LL_ERR_SHAPE; LL_ERR_RANGE (the row; also of a number that may have been rounded, LL_WHOLE);
 * LL_ERR_MEMORY. To be given to ll_interactions_free. */
ll_status ll_interactions_of(ll_ctx *ctx, const ll_matrix *pairs, size_t users, size_t items, const char *name,
                             ll_interactions *out);

/* The users, or the items, of pairs by their numbers from 0: one for each pair, each below count. */
typedef struct ll_interaction_side {
  const uint32_t *numbers;
  size_t count;
  const char *const *names; /* [opt] of all `count`; NULL: "1", "2", … */
} ll_interaction_side;

/* [out] the n pairs, n > 0, of sides[0], users, and sides[1], items; names are copied. LL_ERR_SHAPE (none), LL_ERR_RANGE (a number
 * that is not below its count: the row), LL_ERR_MEMORY. To be given to ll_interactions_free. */
ll_status ll_interactions_new(ll_ctx *ctx, const ll_interaction_side sides[2], size_t n, const char *name, ll_interactions *out);

/* [out] each user's items in two parts: share, in (0,1), of them is held out, to the nearest whole number, with at least one left
 * in the training part; share = 0 is leave one out: one item of each user who has two. Which of a user's items are held out depends
 * on share, seed and user alone. LL_ERR_RANGE: share outside [0, 1); no user has two items. */
ll_status ll_interactions_split(ll_ctx *ctx, const ll_interactions *pairs, double share, uint64_t seed, ll_interactions *train,
                                ll_interactions *test);

#ifdef __cplusplus
}
#endif
#endif
