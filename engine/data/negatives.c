/* Items that a user does not like, drawn without a rejection: the r-th of them, from 0, is r plus the number of liked items before
 * it, which are those with liked[k] - k <= r, a sorted sequence. */
#include "losslab/negatives.h"

#include <string.h>

struct ll_negatives {
  size_t items, users;
  size_t *offsets;
  uint32_t *liked;
};

void ll_negatives_free(ll_ctx *ctx, ll_negatives *negatives) {
  if (!negatives) return;
  ll_free(ctx, negatives->offsets);
  ll_free(ctx, negatives->liked);
  ll_free(ctx, negatives);
}

size_t ll_negatives_items(const ll_negatives *negatives) { return negatives->items; }
size_t ll_negatives_users(const ll_negatives *negatives) { return negatives->users; }

static ll_status check_list(ll_ctx *ctx, size_t items, size_t user, const uint32_t *liked, size_t n) {
  for (size_t k = 0; k < n; k++) {
    if (liked[k] >= items)
      return ll_fail(ctx, LL_ERR_RANGE, "negatives: user %zu likes item %zu, but there are %zu items", user + 1,
                     (size_t)liked[k] + 1, items);
    if (k && liked[k] <= liked[k - 1])
      return ll_fail(ctx, LL_ERR_ARGUMENT, "negatives: user %zu: item %zu after item %zu; liked items must ascend, each once",
                     user + 1, (size_t)liked[k] + 1, (size_t)liked[k - 1] + 1);
  }
  return LL_OK;
}

ll_status ll_negatives_new(ll_ctx *ctx, size_t items, size_t users, const size_t *offsets, const uint32_t *liked,
                           ll_negatives **out) {
  void *block;
  *out = NULL;
  if (items == 0 || users == 0 || items > UINT32_MAX || users > UINT32_MAX)
    return ll_fail(ctx, LL_ERR_RANGE, "negatives: %zu items, %zu users: 1 to 2^32 - 1 of each", items, users);
  for (size_t i = 0; i < users; i++) {
    if (offsets[i + 1] < offsets[i] || offsets[0] != 0)
      return ll_fail(ctx, LL_ERR_ARGUMENT, "negatives: the list of user %zu goes from %zu to %zu", i + 1, offsets[i],
                     offsets[i + 1]);
    LL_TRY(check_list(ctx, items, i, liked + offsets[i], offsets[i + 1] - offsets[i]));
  }
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **out));
  ll_negatives *made = block;
  made->items = items, made->users = users;
  ll_status status;
  LL_GOTO(fail, ll_calloc(ctx, &block, users + 1, sizeof *made->offsets));
  made->offsets = block;
  memcpy(made->offsets, offsets, (users + 1) * sizeof *offsets);
  LL_GOTO(fail, ll_calloc(ctx, &block, offsets[users], sizeof *made->liked));
  made->liked = block;
  if (offsets[users]) memcpy(made->liked, liked, offsets[users] * sizeof *liked);
  *out = made;
  return LL_OK;
fail:
  ll_negatives_free(ctx, made);
  return status;
}

/* How many k have liked[k] - k <= r. */
static size_t liked_before(const uint32_t *liked, size_t n, uint64_t r) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (liked[middle] - middle <= r) low = middle + 1;
    else high = middle;
  }
  return low;
}

ll_status ll_negatives_draw(ll_ctx *ctx, const ll_negatives *negatives, ll_random *stream, const uint32_t *users, size_t n,
                            size_t count, uint32_t *out) {
  for (size_t i = 0; i < n; i++) {
    if (users[i] >= negatives->users)
      return ll_fail(ctx, LL_ERR_RANGE, "negatives: user %zu, but there are %zu users", (size_t)users[i] + 1, negatives->users);
    if (negatives->offsets[users[i] + 1] - negatives->offsets[users[i]] == negatives->items)
      return ll_fail(ctx, LL_ERR_RANGE, "negatives: user %zu likes all %zu items: none is left to draw", (size_t)users[i] + 1,
                     negatives->items);
  }
  for (size_t i = 0; i < n; i++) {
    size_t first = negatives->offsets[users[i]], likes = negatives->offsets[users[i] + 1] - first;
    for (size_t k = 0; k < count; k++) {
      uint64_t r = ll_random_below(stream, negatives->items - likes);
      out[i * count + k] = (uint32_t)(r + liked_before(negatives->liked + first, likes, r));
    }
  }
  return LL_OK;
}
