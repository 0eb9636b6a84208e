/* Pairs of user and item as lists, by a counting sort by user and a sort of each user's items; and their split into two parts. */
#include "engine/data/interactions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ll_interactions_shared *shared_of(const ll_interactions *pairs) { return (ll_interactions_shared *)(uintptr_t)pairs->names; }

ll_status ll_interactions_open(ll_ctx *ctx, const char *name, size_t size, size_t users, size_t items, ll_interactions *out,
                               ll_interactions_shared **shared) {
  void *block;
  LL_TRY(ll_calloc(ctx, &block, 1, sizeof **shared));
  ll_interactions_shared *s = *shared = block;
  out->names = &s->names;
  s->refs = 1;
  s->names.n_users = users, s->names.n_items = items;
  LL_TRY(ll_calloc(ctx, &s->text[2], size + 1, 1));
  s->names.name = memcpy(s->text[2], name, size);
  LL_TRY(ll_alloc(ctx, &block, users * sizeof *s->names.users));
  s->names.users = block;
  LL_TRY(ll_alloc(ctx, &block, items * sizeof *s->names.items));
  s->names.items = block;
  return LL_OK;
}

static int by_number(const void *a, const void *b) {
  uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
  return p < q ? -1 : p > q;
}

ll_status ll_interactions_lists(ll_ctx *ctx, uint32_t *const found[2], size_t rows, ll_interactions *pairs) {
  size_t users = pairs->names->n_users;
  ll_lists *out = &pairs->lists;
  void *block;
  LL_TRY(ll_calloc(ctx, &block, users + 2, sizeof *out->starts));
  *out = (ll_lists){users, pairs->names->n_items, block, NULL};
  LL_TRY(ll_alloc(ctx, &block, rows * sizeof *out->items));
  out->items = block;
  size_t *next = out->starts + 1; /* next[u]: where user u's next item goes; after the last item starts[u + 1] is user u's end */
  for (size_t i = 0; i < rows; i++) next[found[LL_USER][i] + 1]++;
  for (size_t u = 0; u < users; u++) next[u + 1] += next[u];
  for (size_t i = 0; i < rows; i++) out->items[next[found[LL_USER][i]]++] = found[LL_ITEM][i];
  size_t kept = 0, start = 0;
  for (size_t u = 0; u < users; u++) {
    size_t end = out->starts[u + 1], first = kept;
    qsort(out->items + start, end - start, sizeof *out->items, by_number);
    for (size_t i = start; i < end; i++)
      if (kept == first || out->items[kept - 1] != out->items[i]) out->items[kept++] = out->items[i];
    start = end, out->starts[u + 1] = kept;
  }
  return LL_OK;
}

/* [out] the names of a side, and the text that holds them. */
static ll_status take_names(ll_ctx *ctx, const ll_interaction_side *side, const char **names, void **text) {
  enum { ROOM = 11 };
  size_t size = 0;
  for (size_t k = 0; k < side->count; k++) size += side->names ? strlen(side->names[k]) + 1 : ROOM;
  LL_TRY(ll_alloc(ctx, text, size));
  char *at = *text;
  for (size_t k = 0; k < side->count; k++) {
    names[k] = at;
    if (side->names) at = stpcpy(at, side->names[k]) + 1;
    else at += snprintf(at, ROOM, "%u", (unsigned)(k + 1)) + 1;
  }
  return LL_OK;
}

ll_status ll_interactions_new(ll_ctx *ctx, const ll_interaction_side sides[2], size_t n, const char *name, ll_interactions *out) {
  ll_status status = LL_OK;
  *out = (ll_interactions){0};
  if (n == 0) return ll_fail(ctx, LL_ERR_SHAPE, "pairs: there are none");
  for (int k = 0; k < 2; k++) {
    if (sides[k].count > UINT32_MAX)
      return ll_fail(ctx, LL_ERR_RANGE, "pairs: %zu %s; at most %u", sides[k].count, k == LL_USER ? "users" : "items", UINT32_MAX);
    for (size_t i = 0; i < n; i++)
      if (sides[k].numbers[i] >= sides[k].count)
        return ll_fail(ctx, LL_ERR_RANGE, "pairs: row %zu: the %s is %zu, not a whole number from 1 to %zu", i + 1,
                       k == LL_USER ? "user" : "item", (size_t)sides[k].numbers[i] + 1, sides[k].count);
  }
  ll_interactions_shared *shared;
  LL_GOTO(done, ll_interactions_open(ctx, name, strlen(name), sides[LL_USER].count, sides[LL_ITEM].count, out, &shared));
  LL_GOTO(done, take_names(ctx, &sides[LL_USER], shared->names.users, &shared->text[LL_USER]));
  LL_GOTO(done, take_names(ctx, &sides[LL_ITEM], shared->names.items, &shared->text[LL_ITEM]));
  uint32_t *const found[2] = {(uint32_t *)(uintptr_t)sides[LL_USER].numbers, (uint32_t *)(uintptr_t)sides[LL_ITEM].numbers};
  LL_GOTO(done, ll_interactions_lists(ctx, found, n, out)); /* which only reads them */
  ll_sha256(out->lists.items, out->lists.starts[sides[LL_USER].count] * sizeof *out->lists.items, shared->names.hash);
done:
  if (status != LL_OK) ll_interactions_free(ctx, out);
  return status;
}

ll_status ll_interactions_of(ll_ctx *ctx, const ll_matrix *pairs, size_t users, size_t items, const char *name,
                             ll_interactions *out) {
  const size_t limits[2] = {users, items};
  ll_status status = LL_OK;
  uint32_t *found[2] = {NULL, NULL};
  void *block;
  *out = (ll_interactions){0};
  if (pairs->cols != 2 || pairs->rows == 0)
    return ll_fail(ctx, LL_ERR_SHAPE, "pairs of a matrix (n,2) of users and items are wanted, not of (%zu,%zu)", pairs->rows,
                   pairs->cols);
  for (int k = 0; k < 2; k++) {
    LL_GOTO(cleanup, ll_alloc(ctx, &block, pairs->rows * sizeof(uint32_t)));
    found[k] = block;
    for (size_t i = 0; i < pairs->rows; i++) {
      double value = (double)ll_matrix_row(pairs, i)[k];
      if (!(value >= 1 && value <= (double)limits[k] && value < LL_WHOLE && value <= UINT32_MAX) || floor(value) < value) {
        status = ll_fail(ctx, LL_ERR_RANGE, "pairs: row %zu: the %s is %.9g, not a whole number from 1 to %zu%s", i + 1,
                         k == LL_USER ? "user" : "item", value, limits[k],
                         value >= LL_WHOLE ? " that " LL_PRECISION " precision tells from its neighbours" : "");
        goto cleanup;
      }
      found[k][i] = (uint32_t)value - 1;
    }
  }
  LL_GOTO(cleanup, ll_interactions_new(ctx, (ll_interaction_side[]){{found[LL_USER], users, NULL}, {found[LL_ITEM], items, NULL}},
                                       pairs->rows, name, out));
cleanup:
  for (int k = 0; k < 2; k++) ll_free(ctx, found[k]);
  return status;
}

void ll_interactions_free(ll_ctx *ctx, ll_interactions *pairs) {
  ll_interactions_shared *shared = shared_of(pairs);
  ll_free(ctx, pairs->lists.starts);
  ll_free(ctx, pairs->lists.items);
  *pairs = (ll_interactions){0};
  if (!shared || --shared->refs) return;
  ll_free(ctx, shared->names.users);
  ll_free(ctx, shared->names.items);
  for (size_t k = 0; k < sizeof shared->text / sizeof *shared->text; k++) ll_free(ctx, shared->text[k]);
  ll_free(ctx, shared);
}

static ll_status open_part(ll_ctx *ctx, const ll_interactions *pairs, ll_interactions *part) {
  void *block;
  size_t users = pairs->lists.rows;
  part->names = pairs->names;
  shared_of(part)->refs++;
  LL_TRY(ll_calloc(ctx, &block, users + 1, sizeof *part->lists.starts));
  part->lists = (ll_lists){users, pairs->lists.cols, block, NULL};
  LL_TRY(ll_alloc(ctx, &block, pairs->lists.starts[users] * sizeof *part->lists.items));
  part->lists.items = block;
  return LL_OK;
}

ll_status ll_interactions_split(ll_ctx *ctx, const ll_interactions *pairs, double share, uint64_t seed, ll_interactions *train,
                                ll_interactions *test) {
  ll_status status = LL_OK;
  const ll_lists *all = &pairs->lists;
  ll_interactions *parts[] = {train, test};
  size_t counts[2] = {0};
  *train = *test = (ll_interactions){0};
  if (!(share >= 0 && share < 1))
    return ll_fail(ctx, LL_ERR_RANGE, "a split of %s: the held-out share must be between 0 and 1, not %g", pairs->names->name,
                   share);
  for (int k = 0; k < 2; k++) LL_GOTO(fail, open_part(ctx, pairs, parts[k]));
  for (size_t u = 0; u < all->rows; u++) {
    size_t n = ll_lists_count(all, u), held = share == 0 ? 1 : (size_t)floor(share * (double)n + 0.5);
    if (n < 2) held = 0;
    else if (held >= n) held = n - 1;
    ll_random stream = ll_random_stream(seed, u, "held out");
    for (size_t i = all->starts[u]; n > 0; i++, n--) { /* selection sampling (Knuth): in order, every choice as likely */
      bool out = ll_random_below(&stream, n) < held;
      held -= out;
      parts[out]->lists.items[counts[out]++] = all->items[i];
    }
    for (int k = 0; k < 2; k++) parts[k]->lists.starts[u + 1] = counts[k];
  }
  if (counts[1] > 0) return LL_OK;
  status = ll_fail(ctx, LL_ERR_RANGE, "a split of %s: nothing to hold out: no user has enough items", pairs->names->name);
fail:
  ll_interactions_free(ctx, train), ll_interactions_free(ctx, test);
  return status;
}
