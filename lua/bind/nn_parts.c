/* What lua/losslab/nn/layers.lua composes networks from. */
#include "lua/bind/nn.h"

/* id(m): a key for a table: the same for every handle of one matrix. */
static int nn_id(lua_State *L) {
  bind_object(L, 1, BIND_MATRIX);
  lua_pushlightuserdata(L, bind_node(L, 1, "id", "the matrix"));
  return 1;
}

static ll_random *check_stream(lua_State *L, int index) { return bind_object(L, index, "losslab.random"); }

/* init(m, name, stream): m itself, drawn anew. */
static int nn_init(lua_State *L) {
  bind_object(L, 1, BIND_MATRIX);
  ll_node *node = bind_node(L, 1, "init", "the matrix");
  bind_check(L, ll_init_weights(bind_ctx(L), bind_string(L, 2, "init", "the name"), &node->value, check_stream(L, 3)));
  lua_settop(L, 1);
  return 1;
}

/* drop(x, rate, stream, step) */
static int nn_drop(lua_State *L) {
  ll_node *x = bind_node(L, 1, "drop", "x"), *out;
  double rate = bind_number(L, 2, "drop", "the rate");
  ll_random *stream = check_stream(L, 3);
  bind_check(L, ll_dropout(bind_ctx(L), x, rate, stream, (uint64_t)bind_integer(L, 4, "drop", "the step"), &out));
  bind_push_node(L, out);
  return 1;
}

/** ll.nn.interpolate(real, fake, stream) -> matrix
 * Points between two matrices, row by row, at random: where a gradient penalty is taken (WGAN-GP).
 * Row i is e real_i + (1 - e) fake_i with its own e, uniform on [0, 1). The result is a leaf that asks for a gradient.
 *   real, fake   matrices of one shape
 *   stream   random numbers, as ll.random(seed) gives them
 * Errors: two shapes; no stream.
 * See: ll.grad, ll.random
 * Example:
 *   local between = ll.nn.interpolate(ll.zeros(4, 2), ll.ones(4, 2), ll.random(1))
 *   between:shape()   --> 4 2
 *   between.requires_grad   --> true
 */
static int nn_interpolate(lua_State *L) {
  const ll_matrix *real = bind_matrix(L, 1, "interpolate", "real"), *fake = bind_matrix(L, 2, "interpolate", "fake");
  ll_matrix between;
  ll_node *leaf;
  bind_check(L, ll_interpolate(bind_ctx(L), real, fake, check_stream(L, 3), &between));
  bind_check(L, ll_node_new(bind_ctx(L), &between, true, &leaf));
  bind_push_node(L, leaf);
  return 1;
}

const bind_function bind_nn_parts[] = {
    {"id", nn_id, 1}, {"init", nn_init, 3}, {"drop", nn_drop, 4}, {"interpolate", nn_interpolate, 3}, {NULL, NULL, 0}};
