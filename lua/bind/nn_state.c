/* Networks as bytes in Lua: states, files, and the states of networks that are composed in Lua. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/bind/nn.h"
#include "lua/bind/writer.h"

/* Raises the error in the bytes of a file, its path first; path NULL: the bytes are from no file. */
static void check_file(lua_State *L, const char *path, ll_status status) {
  if (status != LL_OK && path) status = ll_fail(bind_ctx(L), status, "%s: %s", path, ll_message(bind_ctx(L)));
  bind_check(L, status);
}

/* Pushes a network read from bytes. */
static int push_loaded(lua_State *L, const char *path, const char *bytes, size_t n) {
  void **slot = bind_new(L, BIND_MLP);
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

/** ll.nn.load(path) -> network
 * The mlp that network:save wrote, with its sizes, activations and parameters.
 * What was composed of layers is loaded into layers of the same shapes, by layer:load. A file of the other precision is
 * converted.
 *   path   of a file
 * Errors: a file that cannot be read or holds no network; nothing in it is ever run.
 * See: network:save, ll.nn.of_state
 * Example:
 *   ll.nn.mlp { 3, 8, 1 }:save "net.ll"
 *   ll.nn.load "net.ll"   --> mlp 3-8-1, hidden sigmoid, output identity, 41 parameters
 */
static int nn_load(lua_State *L) {
  size_t n;
  const char *path = bind_string(L, 1, "load", "the path");
  push_file(L, path);
  const char *bytes = lua_tolstring(L, -1, &n);
  return push_loaded(L, path, bytes, n);
}

/** ll.nn.of_state(state) -> network
 * The mlp of a string that network:state gave.
 *   state   a string of bytes, as network:state gives it or a file of network:save holds it
 * Errors: bytes that are no network.
 * See: ll.nn.load, network:load_state
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   ll.nn.of_state(net:state())   --> mlp 3-8-1, hidden sigmoid, output identity, 41 parameters
 */
static int nn_of_state(lua_State *L) {
  size_t n;
  const char *bytes = bind_bytes(L, 1, "of_state", "the state", &n);
  return push_loaded(L, NULL, bytes, n);
}

/** network:state() -> string
 * The network as a string: a line of text that says what it is, then its parameters as bytes.
 * See: network:load_state, ll.nn.of_state, network:save
 * Example:
 *   ll.nn.mlp({ 3, 1 }):state():match "[^\n]+"   --> losslab network 2 … mlp …; 1.weights 1x3; …
 */
static int mlp_state(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  ll_mlp *net = bind_mlp(L);
  void *bytes;
  size_t n;
  bind_check(L, ll_mlp_save(ctx, net, &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}

/** network:load_state(state) -> network
 * Puts saved parameters into this network, of which sizes and activations must be the same.
 *   state   a string that network:state gave
 * Errors: bytes that are no network, or another one; nothing is changed then.
 * See: network:state, network:load
 * Example:
 *   local net = ll.nn.mlp { 3, 1, seed = 1 }
 *   local other = ll.nn.mlp { 3, 1, seed = 2 }:load_state(net:state())
 *   ll.sum(ll.abs(net:parameters()[1] - other:parameters()[1])):item()   --> 0
 */
static int mlp_load_state(lua_State *L) {
  ll_mlp *net = bind_mlp(L);
  size_t n;
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_mlp_restore(bind_ctx(L), net, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/** network:save(path) -> network
 * Writes the network to a file, whole or not at all.
 *   path   of a new file, or one that is to be replaced
 * Errors: a file that cannot be written, and why.
 * See: ll.nn.load, network:load
 * Example:
 *   local net = ll.nn.mlp { 3, 1 }:save "net.ll"
 *   ll.nn.load("net.ll"):state() == net:state()   --> true
 */
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

/** network:load(path) -> network
 * Puts the parameters of a file into this network, of which sizes and activations must be the same.
 *   path   of a file that network:save wrote
 * Errors: a file that cannot be read or holds another network; nothing is changed then.
 * See: network:save, ll.nn.load
 * Example:
 *   local one = ll.nn.mlp({ 3, 1, seed = 7 }):save "net.ll"
 *   local two = ll.nn.mlp({ 3, 1 }):load "net.ll"
 *   one:state() == two:state()   --> true
 *   ll.nn.mlp { 4, 1 }:load "net.ll"   --> error: net.ll: …
 */
static int mlp_load(lua_State *L) {
  ll_mlp *net = bind_mlp(L);
  size_t n;
  const char *path = bind_string(L, 2, "load", "the path");
  push_file(L, path);
  const char *bytes = lua_tolstring(L, -1, &n);
  check_file(L, path, ll_mlp_restore(bind_ctx(L), net, bytes, n));
  lua_settop(L, 1);
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

const bind_function bind_nn_states[] = {{"load", nn_load, 1},
                                        {"of_state", nn_of_state, 1},
                                        {"save_state", nn_save_state, 2},
                                        {"load_state", nn_load_state, 3},
                                        {"read", nn_read, 1},
                                        {NULL, NULL, 0}};
const bind_function bind_nn_saving[] = {
    {"state", mlp_state, 1}, {"load_state", mlp_load_state, 2}, {"save", mlp_save, 2}, {"load", mlp_load, 2}, {NULL, NULL, 0}};
