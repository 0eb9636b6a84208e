/* The bytes of a network: read, taken as an MLP, written again. An input is those bytes. */
#include "tests/fuzz/target.h"

static void as_mlp(ll_ctx *ctx, const uint8_t *bytes, size_t size) {
  ll_mlp *net = NULL;
  ll_status status = ll_mlp_load(ctx, bytes, size, &net);
  must_be_told(ctx, status, net != NULL);
  if (!net) return;
  void *saved = NULL, *again = NULL;
  size_t n = 0, m = 0;
  ll_mlp *second = NULL;
  must(ll_mlp_save(ctx, net, &saved, &n) == LL_OK, "%s", ll_message(ctx));
  must(ll_mlp_load(ctx, saved, n, &second) == LL_OK, "%s", ll_message(ctx));
  must(ll_mlp_save(ctx, second, &again, &m) == LL_OK, "%s", ll_message(ctx));
  must(n == m && memcmp(saved, again, n) == 0, "what was saved is read as something else");
  must(ll_mlp_restore(ctx, net, saved, n) == LL_OK, "%s", ll_message(ctx));
  ll_free(ctx, saved);
  ll_free(ctx, again);
  ll_mlp_free(ctx, second);
  ll_mlp_free(ctx, net);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  ll_ctx *ctx = context();
  ll_state *state = NULL;
  ll_status status = ll_state_read(ctx, bytes, size, &state);
  must_be_told(ctx, status, state != NULL);
  if (state) {
    must(ll_state_kind(state), "no kind");
    size_t rows, cols, elements = 0;
    for (size_t i = 0; i < ll_state_count(state); i++) {
      ll_state_shape(state, i, &rows, &cols);
      elements += rows * cols;
    }
    must(elements <= size, "%zu elements in %zu bytes", elements, size);
    ll_state_free(ctx, state);
  }
  as_mlp(ctx, bytes, size);
  ll_ctx_close(ctx);
  return 0;
}
