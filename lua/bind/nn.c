/* Networks in Lua: ll.nn.mlp{…}, called like a function. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/bind/bind.h"

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
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  bind_options(L, 1, "mlp", options);
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

/* Pushes a network read from bytes. */
static int push_loaded(lua_State *L, const char *bytes, size_t n) {
  void **slot = bind_new(L, CLASS);
  ll_mlp *net;
  bind_check(L, ll_mlp_load(bind_ctx(L), bytes, n, &net));
  *slot = net;
  return 1;
}

/* load(path): the network that net:save(path) wrote. */
static int nn_load(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_Buffer bytes;
  FILE *file = fopen(path, "rb");
  if (!file) return luaL_error(L, "%s: cannot be read: %s", path, strerror(errno));
  luaL_buffinit(L, &bytes);
  size_t got;
  do {
    got = fread(luaL_prepbuffer(&bytes), 1, LUAL_BUFFERSIZE, file);
    luaL_addsize(&bytes, got);
  } while (got == LUAL_BUFFERSIZE);
  bool failed = ferror(file) != 0;
  fclose(file);
  if (failed) return luaL_error(L, "%s: reading failed", path);
  luaL_pushresult(&bytes);
  size_t n;
  const char *text = lua_tolstring(L, -1, &n);
  return push_loaded(L, text, n);
}

/* of_state(string): the network of net:state(). */
static int nn_of_state(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  return push_loaded(L, bytes, n);
}

/* net:state(): the network as a string. */
static int mlp_state(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  ll_mlp *net = check_mlp(L);
  void *bytes;
  size_t n;
  bind_check(L, ll_mlp_save(ctx, net, &bytes, &n));
  lua_pushlstring(L, bytes, n);
  ll_free(ctx, bytes);
  return 1;
}

/* net:load_state(string): puts parameters into this network; its sizes and activations must be the same. */
static int mlp_load_state(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  bind_check(L, ll_mlp_restore(bind_ctx(L), net, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/* net:save(path): written beside and renamed, so that no reader ever sees half of it. */
static int mlp_save(lua_State *L) {
  const char *path = luaL_checkstring(L, 2);
  lua_settop(L, 2);
  mlp_state(L);
  size_t n;
  const char *bytes = lua_tolstring(L, -1, &n), *beside = lua_pushfstring(L, "%s.new", path);
  FILE *file = fopen(beside, "wb");
  if (!file) return luaL_error(L, "%s: cannot be written: %s", path, strerror(errno));
  bool wrote = fwrite(bytes, 1, n, file) == n;
  wrote = fclose(file) == 0 && wrote;
  if (!wrote || rename(beside, path) != 0) {
    int why = errno;
    remove(beside);
    return luaL_error(L, "%s: cannot be written: %s", path, strerror(why));
  }
  lua_settop(L, 1);
  return 1;
}

static int mlp_call(lua_State *L) {
  ll_mlp *net = check_mlp(L);
  ll_node *out;
  bind_check(L, ll_mlp_forward(bind_ctx(L), net, bind_node(L, 2), &out));
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
  static const luaL_Reg functions[] = {{"mlp", nn_mlp}, {"load", nn_load}, {"of_state", nn_of_state}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"parameters", mlp_parameters}, {"state", mlp_state}, {"load_state", mlp_load_state}, {"save", mlp_save}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", mlp_gc}, {"__close", mlp_gc}, {"__call", mlp_call}, {"__tostring", mlp_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  luaL_newlib(L, functions);
  set_names(L, "activations", ll_activation_names);
  set_names(L, "inits", ll_init_names);
  return 1;
}
