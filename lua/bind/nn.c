/* Networks in Lua: ll.nn.mlp{…}, called like a function. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/bind/writer.h"

#define CLASS "losslab.mlp"

static int mlp_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_mlp *net = *slot;
  *slot = NULL;
  ll_mlp_free(bind_ctx(L), net);
  return 0;
}

static ll_mlp *check_mlp(lua_State *L) { return bind_get(L, 1, CLASS); }

/* mlp{ 18, 64, 32, 1, hidden = "sigmoid", output = "identity", init = "xavier", seed = 1, trial = 0 } */
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
  void **slot = bind_new(L, CLASS);
  ll_mlp *net;
  bind_check(L, ll_mlp_new(bind_ctx(L), &o, &stream, &net));
  *slot = net;
  return 1;
}

/* Raises the error in the bytes of a file, its path first; path NULL: the bytes are from no file. */
static void check_file(lua_State *L, const char *path, ll_status status) {
  if (status != LL_OK && path) status = ll_fail(bind_ctx(L), status, "%s: %s", path, ll_message(bind_ctx(L)));
  bind_check(L, status);
}

/* Pushes a network read from bytes. */
static int push_loaded(lua_State *L, const char *path, const char *bytes, size_t n) {
  void **slot = bind_new(L, CLASS);
  ll_mlp *net;
  check_file(L, path, ll_mlp_load(bind_ctx(L), bytes, n, &net));
  *slot = net;
  return 1;
}

/* Pushes the bytes of a file. */
static void push_file(lua_State *L, const char *path) {
  luaL_Buffer bytes;
  bind_reach(L, "load");
  FILE *file = fopen(path, "rb");
  if (!file) luaL_error(L, "%s: cannot be read: %s", path, strerror(errno));
  luaL_buffinit(L, &bytes);
  size_t got;
  do {
    got = fread(luaL_prepbuffer(&bytes), 1, LUAL_BUFFERSIZE, file);
    luaL_addsize(&bytes, got);
  } while (got == LUAL_BUFFERSIZE);
  int failed = ferror(file) ? errno : 0;
  fclose(file);
  if (failed) luaL_error(L, "%s: cannot be read: %s", path, strerror(failed));
  luaL_pushresult(&bytes);
}

/* read(path): its bytes. */
static int nn_read(lua_State *L) {
  push_file(L, bind_string(L, 1, "read", "the path"));
  return 1;
}

/* load(path): the mlp that net:save(path) wrote. */
static int nn_load(lua_State *L) {
  size_t n;
  const char *path = bind_string(L, 1, "load", "the path");
  push_file(L, path);
  const char *bytes = lua_tolstring(L, -1, &n);
  return push_loaded(L, path, bytes, n);
}

/* of_state(string): the network of net:state(). */
static int nn_of_state(lua_State *L) {
  size_t n;
  const char *bytes = bind_bytes(L, 1, "of_state", "the state", &n);
  return push_loaded(L, NULL, bytes, n);
}

/* net:state(): the network as a string. */
static int mlp_state(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  ll_mlp *net = check_mlp(L);
  void *bytes;
  size_t n;
  bind_check(L, ll_mlp_save(ctx, net, &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}

/* net:load_state(string): puts parameters into this network; its sizes and activations must be the same. */
static int mlp_load_state(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  size_t n;
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_mlp_restore(bind_ctx(L), net, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/* net:save(path) */
static int mlp_save(lua_State *L) {
  bind_string(L, 2, "save", "the path");
  lua_settop(L, 2);
  lua_pushcfunction(L, writer_write);
  lua_pushvalue(L, 2);
  mlp_state(L);
  lua_call(L, 2, 0);
  lua_settop(L, 1);
  return 1;
}

/* net:load(path) */
static int mlp_load(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  size_t n;
  const char *path = bind_string(L, 2, "load", "the path");
  push_file(L, path);
  const char *bytes = lua_tolstring(L, -1, &n);
  check_file(L, path, ll_mlp_restore(bind_ctx(L), net, bytes, n));
  lua_settop(L, 1);
  return 1;
}

static int mlp_call(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  ll_node *out;
  bind_check(L, ll_mlp_forward(bind_ctx(L), net, bind_node(L, 2, "mlp", "the input"), &out));
  bind_push_node(L, out);
  return 1;
}

/* net:parameters(): {W_1, b_1, W_2, …}, the matrices themselves. */
static int mlp_parameters(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  size_t n = ll_mlp_parameter_count(net);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    bind_push_node(L, ll_node_retain(ll_mlp_parameter(net, i)));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* net:named_parameters(): {{name = "1.weights", value = W_1}, …} */
static int mlp_named_parameters(lua_State *L) {
  ll_mlp *net = check_mlp(L);
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
  ll_mlp *net = check_mlp(L);
  for (size_t i = 0; i < ll_mlp_parameter_count(net); i++)
    bind_check(L, ll_node_freeze(bind_ctx(L), ll_mlp_parameter(net, i), frozen));
  lua_settop(L, 1);
  return 1;
}
static int mlp_freeze(lua_State *L) { return freeze(L, true); }
static int mlp_unfreeze(lua_State *L) { return freeze(L, false); }

/* net:train(), net:eval(): an mlp is the same in both. */
static int mlp_itself(lua_State *L) {
  check_mlp(L);
  lua_settop(L, 1);
  return 1;
}

/* ---- what lua/losslab/nn/layers.lua composes networks from --------------------------------------------------------------------
 */

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

/* interpolate(real, fake, stream): points between, one epsilon a row, as a leaf that asks for a gradient. */
static int nn_interpolate(lua_State *L) {
  const ll_matrix *real = bind_matrix(L, 1, "interpolate", "real"), *fake = bind_matrix(L, 2, "interpolate", "fake");
  ll_matrix between;
  ll_node *leaf;
  bind_check(L, ll_interpolate(bind_ctx(L), real, fake, check_stream(L, 3), &between));
  bind_check(L, ll_node_new(bind_ctx(L), &between, true, &leaf));
  bind_push_node(L, leaf);
  return 1;
}

/* The array {{name = …, value = …}, …} at index, as entries that Lua owns; the table keeps what they point to. */
static ll_entry *check_entries(lua_State *L, int index, size_t *n) {
  bind_table(L, index, "state", "the parameters");
  *n = lua_rawlen(L, index);
  ll_entry *entries = lua_newuserdatauv(L, (*n + 1) * sizeof *entries, 0);
  for (size_t i = 0; i < *n; i++) {
    if (lua_rawgeti(L, index, (lua_Integer)i + 1) != LUA_TTABLE || lua_getfield(L, -1, "name") != LUA_TSTRING ||
        (lua_getfield(L, -2, "value"), !luaL_testudata(L, -1, BIND_MATRIX)))
      luaL_error(L, "parameter %d of the network is not {name = string, value = matrix}", (int)i + 1);
    entries[i] = (ll_entry){lua_tostring(L, -2), &bind_as_node(L, -1)->value};
    lua_pop(L, 3);
  }
  return entries;
}

/* save_state(kind, entries): bytes. */
static int nn_save_state(lua_State *L) {
  const char *kind = bind_string(L, 1, "save_state", "the kind");
  size_t n, size;
  void *bytes;
  ll_entry *entries = check_entries(L, 2, &n);
  bind_check(L, ll_state_save(bind_ctx(L), kind, entries, n, &bytes, &size));
  lua_pushlstring(L, bytes, size);
  ll_free(bind_ctx(L), bytes);
  return 1;
}

/* load_state(bytes, entries [, path]): into them; path: the file whose bytes they are. */
static int nn_load_state(lua_State *L) {
  size_t n, size;
  const char *bytes = bind_bytes(L, 1, "load_state", "the state", &size),
             *path = lua_isnoneornil(L, 3) ? NULL : bind_string(L, 3, "load_state", "the path");
  ll_entry *entries = check_entries(L, 2, &n);
  ll_state *state;
  check_file(L, path, ll_state_read(bind_ctx(L), bytes, size, &state));
  ll_status status = ll_state_fill(bind_ctx(L), state, entries, n);
  ll_state_free(bind_ctx(L), state);
  check_file(L, path, status);
  return 0;
}

static int mlp_tostring(lua_State *L) {
  ll_mlp_options o = ll_mlp_describe(check_mlp(L));
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

static void set_names(lua_State *L, const char *field, const char *const *names) {
  lua_newtable(L);
  for (lua_Integer i = 0; names[i]; i++) lua_pushstring(L, names[i]), lua_rawseti(L, -2, i + 1);
  lua_setfield(L, -2, field);
}

int bind_open_nn(lua_State *L) {
  static const bind_function functions[] = {{"mlp", nn_mlp, 1},
                                            {"load", nn_load, 1},
                                            {"of_state", nn_of_state, 1},
                                            {"id", nn_id, 1},
                                            {"init", nn_init, 3},
                                            {"drop", nn_drop, 4},
                                            {"interpolate", nn_interpolate, 3},
                                            {"save_state", nn_save_state, 2},
                                            {"load_state", nn_load_state, 3},
                                            {"read", nn_read, 1},
                                            {NULL, NULL, 0}};
  static const bind_function methods[] = {{"parameters", mlp_parameters, 1},
                                          {"state", mlp_state, 1},
                                          {"load_state", mlp_load_state, 2},
                                          {"save", mlp_save, 2},
                                          {"load", mlp_load, 2},
                                          {"named_parameters", mlp_named_parameters, 1},
                                          {"freeze", mlp_freeze, 1},
                                          {"unfreeze", mlp_unfreeze, 1},
                                          {"train", mlp_itself, 1},
                                          {"eval", mlp_itself, 1},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__gc", mlp_gc}, {"__close", mlp_gc}, {"__call", mlp_call}, {"__tostring", mlp_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  bind_module(L, functions);
  set_names(L, "activations", ll_mlp_activations);
  set_names(L, "inits", ll_init_names);
  return 1;
}
