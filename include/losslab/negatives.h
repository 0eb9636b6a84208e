/* losslab/negatives.h: what collaborative metric learning needs besides its losses (Hsieh et al. 2017): a sampler of negatives. The
 * losses are rows of the table (cml_metric, cml_feature, covariance); the projection is "unit_ball" of losslab/optim.h. */
#ifndef LOSSLAB_NEGATIVES_H
#define LOSSLAB_NEGATIVES_H

#include "losslab/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Users with the items they like. */
typedef struct ll_negatives ll_negatives;

/* [out] a sampler over items 0..items-1 and `users` users; user i likes liked[offsets[i] .. offsets[i+1]), ascending, each item
 * once; offsets[0] = 0, users + 1 of them; both arrays are copied. LL_ERR_RANGE: no items, no users, or an item outside
 * 0..items-1; LL_ERR_ARGUMENT: a list that does not ascend; the messages name user and item, from 1. LL_ERR_MEMORY. */
ll_status ll_negatives_new(ll_ctx *ctx, size_t items, size_t users, const size_t *offsets, const uint32_t *liked,
                           ll_negatives **out);
void ll_negatives_free(ll_ctx *ctx, ll_negatives *negatives); /* NULL is allowed */
size_t ll_negatives_items(const ll_negatives *negatives);
size_t ll_negatives_users(const ll_negatives *negatives);

/* [out] count items for each of n users (from 0), n·count of them, user by user: uniform over what the user does not like, with
 * replacement, O(log liked) each and exact: nothing is drawn and rejected, so a call uses the same piece of the stream for any
 * lists of likes. LL_ERR_RANGE, before anything is drawn, for a user outside 0..users-1 or one who likes every item. */
ll_status ll_negatives_draw(ll_ctx *ctx, const ll_negatives *negatives, ll_random *stream, const uint32_t *users, size_t n,
                            size_t count, uint32_t *out);

#ifdef __cplusplus
}
#endif
#endif
