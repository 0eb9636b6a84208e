/* MLPs as bytes: a state (state.c) whose kind names the activations; the sizes are its parameters' shapes. */
#include <stdio.h>
#include <string.h>

#include "engine/nn/mlp.h"

enum { NAME = 40 };

/* [out] the network's entries, in one block with their names; to be freed by ll_free. */
static ll_status entries_of(ll_ctx *ctx, const ll_mlp *net, ll_entry **out) {
  size_t n = ll_mlp_parameter_count(net);
  void *block;
  LL_TRY(ll_calloc(ctx, &block, n, sizeof(ll_entry) + NAME));
  *out = block;
  for (size_t i = 0; i < n; i++) {
    char *name = (char *)(*out + n) + i * NAME;
    snprintf(name, NAME, "%zu.%s", i / 2 + 1, i % 2 ? "bias" : "weights");
    (*out)[i] = (ll_entry){name, &ll_mlp_parameter(net, i)->value};
  }
  return LL_OK;
}

ll_status ll_mlp_save(ll_ctx *ctx, const ll_mlp *net, void **bytes, size_t *n) {
  char kind[96];
  ll_entry *entries;
  *bytes = NULL, *n = 0;
  LL_TRY(entries_of(ctx, net, &entries));
  snprintf(kind, sizeof kind, "mlp hidden %s output %s", net->hidden, net->output);
  ll_status status = ll_state_save(ctx, kind, entries, ll_mlp_parameter_count(net), bytes, n);
  ll_free(ctx, entries);
  return status;
}

static ll_status activations(ll_ctx *ctx, const ll_state *state, char hidden[32], char output[32]) {
  int end = 0;
  if (sscanf(ll_state_kind(state), "mlp hidden %31s output %31s%n", hidden, output, &end) != 2 || ll_state_kind(state)[end])
    return ll_fail(ctx, LL_ERR_FORMAT, "the saved network is no mlp but \"%s\": compose it anew and load its state into it",
                   ll_state_kind(state));
  return LL_OK;
}

static ll_status fill(ll_ctx *ctx, ll_mlp *net, const ll_state *state) {
  ll_entry *entries;
  LL_TRY(entries_of(ctx, net, &entries));
  ll_status status = ll_state_fill(ctx, state, entries, ll_mlp_parameter_count(net));
  ll_free(ctx, entries);
  return status;
}

/* [out] a network of the sizes that the shapes of the weights give; ll_state_fill checks that names and biases fit. */
static ll_status blank(ll_ctx *ctx, const ll_state *state, ll_mlp **out) {
  char hidden[32], output[32];
  size_t layers = ll_state_count(state) / 2, rows, cols;
  void *block;
  LL_TRY(activations(ctx, state, hidden, output));
  if (layers == 0) return ll_fail(ctx, LL_ERR_FORMAT, "the saved network has no layers");
  LL_TRY(ll_calloc(ctx, &block, layers + 1, sizeof(size_t)));
  size_t *sizes = block;
  for (size_t l = 0; l < layers; l++) {
    ll_state_shape(state, 2 * l, &rows, &cols);
    if (l == 0) sizes[0] = cols;
    sizes[l + 1] = rows;
  }
  ll_status status =
      ll_mlp_blank(ctx, &(ll_mlp_options){.sizes = sizes, .n_sizes = layers + 1, .hidden = hidden, .output = output}, out);
  ll_free(ctx, sizes);
  return status;
}

ll_status ll_mlp_load(ll_ctx *ctx, const void *bytes, size_t n, ll_mlp **out) {
  ll_state *state;
  *out = NULL;
  LL_TRY(ll_state_read(ctx, bytes, n, &state));
  ll_status status = blank(ctx, state, out);
  if (status == LL_OK) status = fill(ctx, *out, state);
  if (status == LL_ERR_SHAPE) status = LL_ERR_FORMAT; /* its own parameters do not fit together */
  ll_state_free(ctx, state);
  if (status != LL_OK) {
    ll_mlp_free(ctx, *out);
    *out = NULL;
  }
  return status;
}

ll_status ll_mlp_restore(ll_ctx *ctx, ll_mlp *net, const void *bytes, size_t n) {
  ll_state *state;
  char hidden[32], output[32];
  LL_TRY(ll_state_read(ctx, bytes, n, &state));
  ll_status status = activations(ctx, state, hidden, output);
  if (status == LL_OK && (strcmp(hidden, net->hidden) != 0 || strcmp(output, net->output) != 0))
    status =
        ll_fail(ctx, LL_ERR_SHAPE, "the saved network is %s and %s, this one %s and %s", hidden, output, net->hidden, net->output);
  if (status == LL_OK) status = fill(ctx, net, state);
  ll_state_free(ctx, state);
  return status;
}
