/* Networks in Lua: ll.nn.mlp{…}, called like a function. */
#include <stdio.h>

#include "lua/bind/nn.h"

static int mlp_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_MLP);
  ll_mlp *net = *slot;
  *slot = NULL;
  ll_mlp_free(bind_ctx(L), net);
  return 0;
}

ll_mlp *bind_mlp(lua_State *L) { return bind_get(L, 1, BIND_MLP); }

/** ll.nn.mlp { inputs, …, outputs, hidden = "sigmoid", output = "identity", init = "xavier", seed = 1, trial = 0 } -> network
 * A multilayer perceptron: affine layers with an activation after each.
 *   1, 2, …   whole numbers >= 1, at least two: the inputs, the units of each hidden layer, the outputs
 *   hidden   the activation of the hidden layers ("sigmoid"); see ll.nn.activations
 *   output   the activation of the last layer ("identity"); a loss on scores mostly wants none
 *   init   how weights are drawn ("xavier"); biases start at 0; see ll.nn.inits
 *   seed   a whole number: the same seed and trial give the same weights (1)
 *   trial   a whole number, beside the seed (0)
 * Errors: fewer than two sizes; a size that is no whole number >= 1; no such option or name, with the nearest.
 * See: network, ll.nn.sequential, ll.nn.load
 * Example:
 *   local net = ll.nn.mlp { 18, 64, 32, 1, hidden = "relu", seed = 7 }
 *   net   --> mlp 18-64-32-1, hidden relu, output identity, 3329 parameters
 *   #net:parameters()   --> 6
 */
static int nn_mlp(lua_State *L) {
  static const char *const options[] = {"hidden", "output", "init", "seed", "trial", NULL};
  bind_table(L, 1, "mlp", "the layers' sizes");
  lua_settop(L, 1);
  bind_options_beside(L, 1, "mlp", options);
  size_t n = lua_rawlen(L, 1);
  size_t *sizes = lua_newuserdatauv(L, (n + 1) * sizeof *sizes, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    int is = 0;
    lua_Integer size = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &is) : 0;
    if (!is || size < 1) {
      luaL_tolstring(L, -1, NULL);
      return luaL_error(L, "mlp: size %d must be an integer >= 1, not %s", (int)i + 1, lua_tostring(L, -1));
    }
    sizes[i] = (size_t)size;
    lua_pop(L, 1);
  }
  ll_mlp_options o = {.sizes = sizes, .n_sizes = n};
  o.hidden = bind_opt_string(L, 1, "mlp", "hidden", NULL);
  o.output = bind_opt_string(L, 1, "mlp", "output", NULL);
  o.init = bind_opt_string(L, 1, "mlp", "init", NULL);
  ll_random stream = ll_random_stream((uint64_t)bind_opt_integer(L, 1, "mlp", "seed", 1),
                                      (uint64_t)bind_opt_integer(L, 1, "mlp", "trial", 0), "init");
  void **slot = bind_new(L, BIND_MLP);
  ll_mlp *net;
  bind_check(L, ll_mlp_new(bind_ctx(L), &o, &stream, &net));
  *slot = net;
  return 1;
}

/** network(x) -> matrix
 * A multilayer perceptron: called with rows it gives a row of outputs for each.
 * ll.nn.mlp makes it.
 * Row i of the result belongs to row i of x; its columns are the last layer's outputs. The result has a past, so that backward
 * reaches the parameters; inside ll.no_grad(net, x) it has none. What is composed of layers is a `layer`, and is called in the
 * same way.
 *   x   a matrix of n rows and as many columns as the first layer has inputs
 * Errors: another number of columns.
 * See: ll.nn.mlp, network:parameters, layer
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 2, hidden = "relu" }
 *   net(ll.zeros(5, 3)):shape()   --> 5 2
 *   ll.no_grad(net, ll.zeros(5, 3)).requires_grad   --> false
 */
static int mlp_call(lua_State *L) {
  ll_mlp *net = bind_mlp(L);
  ll_node *out;
  for (int i = lua_gettop(L); i > 2; i--)
    if (!lua_isnil(L, i))
      return luaL_error(L, "mlp: a network takes one matrix, not %d arguments; a loss takes what it gives", i - 1);
  bind_check(L, ll_mlp_forward(bind_ctx(L), net, bind_node(L, 2, "mlp", "the input"), &out));
  bind_push_node(L, out);
  return 1;
}

/** network:parameters() -> { matrix, … }
 * The parameters themselves, for an optimizer: weights and bias of each layer, W_1, b_1, W_2, …
 * W is (outputs, inputs), b is (1, outputs). They are leaves: after backward their .grad is there.
 * See: network:named_parameters, ll.optim
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   net:parameters()[1]:shape()   --> 8 3
 *   local opt = ll.optim.sgd(net:parameters(), { lr = 0.1 })
 */
static int mlp_parameters(lua_State *L) {
  ll_mlp *net = bind_mlp(L);
  size_t n = ll_mlp_parameter_count(net);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    bind_push_node(L, ll_node_retain(ll_mlp_parameter(net, i)));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** network:named_parameters() -> { { name, value }, … }
 * The parameters with their names: "1.weights", "1.bias", "2.weights", …
 * See: network:parameters
 * Example:
 *   local named = ll.nn.mlp { 3, 8, 1 }:named_parameters()
 *   named[4].name, named[4].value:shape()   --> 2.bias 1 1
 */
static int mlp_named_parameters(lua_State *L) {
  ll_mlp *net = bind_mlp(L);
  size_t n = ll_mlp_parameter_count(net);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_createtable(L, 0, 2);
    lua_pushfstring(L, "%d.%s", (int)(i / 2 + 1), i % 2 ? "bias" : "weights"), lua_setfield(L, -2, "name");
    bind_push_node(L, ll_node_retain(ll_mlp_parameter(net, i))), lua_setfield(L, -2, "value");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int freeze(lua_State *L, bool frozen) {
  ll_mlp *net = bind_mlp(L);
  for (size_t i = 0; i < ll_mlp_parameter_count(net); i++)
    bind_check(L, ll_node_freeze(bind_ctx(L), ll_mlp_parameter(net, i), frozen));
  lua_settop(L, 1);
  return 1;
}
/** network:freeze() -> network
 * Parameters ask for no gradient from now on, so that training leaves them as they are.
 * See: network:unfreeze
 * Example:
 *   ll.nn.mlp { 3, 1 }:freeze():parameters()[1].requires_grad   --> false
 */
static int mlp_freeze(lua_State *L) { return freeze(L, true); }
/** network:unfreeze() -> network
 * Parameters ask for gradients again.
 * See: network:freeze
 * Example:
 *   ll.nn.mlp { 3, 1 }:freeze():unfreeze():parameters()[1].requires_grad   --> true
 */
static int mlp_unfreeze(lua_State *L) { return freeze(L, false); }

/** network:train() -> network
 * Sets the network to training, for loops that take any network: an mlp is the same in both.
 * See: network:eval, layer:train
 * Example:
 *   ll.nn.mlp { 3, 1 }:train()(ll.zeros(2, 3)):shape()   --> 2 1
 */
/** network:eval() -> network
 * Sets the network to evaluation, for loops that take any network: an mlp is the same in both.
 * See: network:train, layer:eval
 * Example:
 *   ll.nn.mlp { 3, 1 }:eval()(ll.zeros(2, 3)):shape()   --> 2 1
 */
static int mlp_itself(lua_State *L) {
  bind_mlp(L);
  lua_settop(L, 1);
  return 1;
}

static int mlp_tostring(lua_State *L) {
  ll_mlp_options o = ll_mlp_describe(bind_mlp(L));
  size_t parameters = 0;
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, "mlp ");
  for (size_t l = 0; l < o.n_sizes; l++) {
    char number[32];
    snprintf(number, sizeof number, "%s%zu", l ? "-" : "", o.sizes[l]);
    luaL_addstring(&text, number);
    if (l) parameters += o.sizes[l] * (o.sizes[l - 1] + 1);
  }
  char rest[128];
  snprintf(rest, sizeof rest, ", hidden %s, output %s, %zu parameters", o.hidden, o.output, parameters);
  luaL_addstring(&text, rest);
  luaL_pushresult(&text);
  return 1;
}

/** network:sizes() -> table, string, string
 * An mlp's sizes, and the activations of its hidden layers and of its output.
 * Example:
 *   ll.nn.mlp({ 18, 64, 1, output = "tanh" }):sizes()   --> { 18, 64, 1 } sigmoid tanh
 */
static int mlp_sizes(lua_State *L) {
  ll_mlp_options o = ll_mlp_describe(bind_mlp(L));
  lua_createtable(L, (int)o.n_sizes, 0);
  for (size_t l = 0; l < o.n_sizes; l++) lua_pushinteger(L, (lua_Integer)o.sizes[l]), lua_rawseti(L, -2, (lua_Integer)l + 1);
  lua_pushstring(L, o.hidden);
  lua_pushstring(L, o.output);
  return 3;
}

/** ll.nn.activations -> { name, … }
 * The names of activations, for ll.nn.mlp and ll.nn.sequential.
 * Each but "identity" is also a function, as ll.relu(x).
 * Example:
 *   ll.nn.activations[3]   --> relu
 */
/** ll.nn.inits -> { name, … }
 * The names of ways to draw weights.
 * "xavier" and "he_uniform" are uniform on ±sqrt(6 / (inputs + outputs)) and ±sqrt(6 / inputs); "xavier_normal", "he" and
 * "normal" are normal of variance 2 / (inputs + outputs), 2 / inputs and 1 / inputs; "uniform" is on ±1 / sqrt(inputs);
 * "orthogonal" has orthonormal rows or columns; "zeros" is 0.
 * See: ll.nn.init
 * Example:
 *   ll.nn.inits[1]   --> xavier
 */
static void set_names(lua_State *L, const char *field, const char *const *names) {
  lua_newtable(L);
  for (lua_Integer i = 0; names[i]; i++) lua_pushstring(L, names[i]), lua_rawseti(L, -2, i + 1);
  lua_setfield(L, -2, field);
}

int bind_open_nn(lua_State *L) {
  static const bind_function functions[] = {{"mlp", nn_mlp, 1}, {NULL, NULL, 0}};
  static const bind_function methods[] = {{"parameters", mlp_parameters, 1}, {"named_parameters", mlp_named_parameters, 1},
                                          {"freeze", mlp_freeze, 1},         {"unfreeze", mlp_unfreeze, 1},
                                          {"train", mlp_itself, 1},          {"eval", mlp_itself, 1},
                                          {"sizes", mlp_sizes, 1},           {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", mlp_gc}, {"__close", mlp_gc}, {"__call", mlp_call}, {"__tostring", mlp_tostring}, {NULL, NULL}};
  bind_class(L, BIND_MLP, methods, metamethods);
  luaL_getmetatable(L, BIND_MLP);
  lua_getfield(L, -1, "methods");
  bind_methods(L, bind_nn_saving);
  lua_pop(L, 2);
  bind_module(L, functions);
  bind_functions(L, bind_nn_states);
  bind_functions(L, bind_nn_parts);
  set_names(L, "activations", ll_mlp_activations);
  set_names(L, "inits", ll_init_names);
  return 1;
}
