/* Pairs of user and item while they are made, from a file (interactions_read.c) or from a matrix (interactions.c). */
#ifndef LOSSLAB_ENGINE_INTERACTIONS_H
#define LOSSLAB_ENGINE_INTERACTIONS_H

#include "losslab/interactions.h"

enum { LL_USER, LL_ITEM };

/* The block that pairs and their parts share. */
typedef struct ll_interactions_shared {
  ll_interaction_names names; /* first, so that the names of pairs are this block */
  uint32_t refs;              /* of pairs and their parts, one each */
  void *text[3];              /* storage of the names: of users, of items, the pairs' own */
} ll_interactions_shared;

/* [out] pairs without lists, and the block that they share, with room for the names of all users and items; name has size bytes. */
ll_status ll_interactions_open(ll_ctx *ctx, const char *name, size_t size, size_t users, size_t items, ll_interactions *out,
                               ll_interactions_shared **shared);
/* Makes the lists. found[LL_USER], found[LL_ITEM]: the numbers of the users and items of `rows` pairs. */
ll_status ll_interactions_lists(ll_ctx *ctx, uint32_t *const found[2], size_t rows, ll_interactions *pairs);

#endif
