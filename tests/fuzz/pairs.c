/* Pairs of users and items, and their parts. An input is a byte for the pieces and the CSV file. */
#include "losslab/interactions.h"

#include "tests/fuzz/read.h"

static void must_be_pairs(const ll_interactions *pairs) {
  const ll_interaction_names *names = pairs->names;
  const ll_lists *lists = &pairs->lists;
  must(lists->rows == names->n_users, "%zu lists of %zu users", lists->rows, names->n_users);
  for (size_t u = 0; u < names->n_users; u++) {
    must(names->users[u], "user %zu has no name", u);
    for (size_t i = lists->starts[u]; i < lists->starts[u + 1]; i++)
      must(lists->items[i] < names->n_items && (i == lists->starts[u] || lists->items[i - 1] < lists->items[i]),
           "item %zu of user %zu is %u of %zu", i, u, (unsigned)lists->items[i], names->n_items);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  unsigned how = take(&bytes, &size);
  ll_ctx *ctx = context();
  ll_interactions pairs = {0}, train = {0}, test = {0};
  size_t usual = ll_source_chunk;
  ll_source_chunk = how % 8 ? 4 + how : usual;
  ll_status status = ll_interactions_read(ctx, in_memory(0, bytes, size), &pairs);
  ll_source_chunk = usual;
  must_be_told(ctx, status, pairs.names != NULL);
  if (status == LL_OK) {
    must_be_pairs(&pairs);
    ll_status split = ll_interactions_split(ctx, &pairs, how % 2 ? 0.3 : 0, how, &train, &test);
    must_be_told(ctx, split, train.names != NULL);
    if (split == LL_OK) {
      must_be_pairs(&train), must_be_pairs(&test);
      size_t users = pairs.names->n_users;
      must(train.lists.starts[users] + test.lists.starts[users] == pairs.lists.starts[users], "a pair is lost");
      ll_interactions_free(ctx, &train);
      ll_interactions_free(ctx, &test);
    }
    ll_interactions_free(ctx, &pairs);
  }
  ll_ctx_close(ctx);
  return 0;
}
