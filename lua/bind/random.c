/* Random streams: ll.random(seed [, trial [, purpose]]). The same three words give the same numbers anywhere. */
#include "lua/bind/bind.h"

#define CLASS "losslab.random"

static ll_random *check_stream(lua_State *L) { return luaL_checkudata(L, 1, CLASS); }

static int random_new(lua_State *L) {
  uint64_t seed = (uint64_t)luaL_checkinteger(L, 1), trial = (uint64_t)luaL_optinteger(L, 2, 0);
  const char *purpose = luaL_optstring(L, 3, "user");
  ll_random *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = ll_random_stream(seed, trial, purpose);
  luaL_setmetatable(L, CLASS);
  return 1;
}

static size_t check_size(lua_State *L, int index) {
  lua_Integer n = luaL_checkinteger(L, index);
  luaL_argcheck(L, n >= 0, index, "a size is at least 0");
  return (size_t)n;
}

/* stream:uniform() a number on [0, 1); stream:uniform(rows, cols [, low, high]) a matrix. */
static int random_uniform(lua_State *L) {
  ll_random *r = check_stream(L);
  if (lua_isnoneornil(L, 2)) {
    lua_pushnumber(L, ll_random_uniform(r));
    return 1;
  }
  size_t rows = check_size(L, 2), cols = lua_isnoneornil(L, 3) ? 1 : check_size(L, 3);
  double low = luaL_optnumber(L, 4, 0), high = luaL_optnumber(L, 5, 1);
  luaL_argcheck(L, low <= high, 5, "low is above high");
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  ll_matrix_uniform(&m, r, low, high);
  bind_push_matrix(L, &m);
  return 1;
}

/* stream:normal() a number; stream:normal(rows, cols [, mean, deviation]) a matrix. */
static int random_normal(lua_State *L) {
  ll_random *r = check_stream(L);
  if (lua_isnoneornil(L, 2)) {
    lua_pushnumber(L, ll_random_normal(r));
    return 1;
  }
  size_t rows = check_size(L, 2), cols = lua_isnoneornil(L, 3) ? 1 : check_size(L, 3);
  double mean = luaL_optnumber(L, 4, 0), deviation = luaL_optnumber(L, 5, 1);
  luaL_argcheck(L, deviation >= 0, 5, "a deviation is at least 0");
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  ll_matrix_normal(&m, r, mean, deviation);
  bind_push_matrix(L, &m);
  return 1;
}

/* stream:integer(n): uniform on 1..n. */
static int random_integer(lua_State *L) {
  ll_random *r = check_stream(L);
  lua_Integer n = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n >= 1, 2, "n is at least 1");
  lua_pushinteger(L, (lua_Integer)ll_random_below(r, (uint64_t)n) + 1);
  return 1;
}

/* stream:shuffle(t): the array t in a uniform order, in place. */
static int random_shuffle(lua_State *L) {
  ll_random *r = check_stream(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_Integer i = luaL_len(L, 2); i > 1; i--) {
    lua_Integer j = (lua_Integer)ll_random_below(r, (uint64_t)i) + 1;
    lua_geti(L, 2, i), lua_geti(L, 2, j);
    lua_seti(L, 2, i), lua_seti(L, 2, j);
  }
  lua_settop(L, 2);
  return 1;
}

static int random_tostring(lua_State *L) {
  ll_random *r = check_stream(L);
  lua_pushfstring(L, "random stream %p, %I blocks used", (void *)(uintptr_t)r->key, (LUAI_UACINT)r->counter);
  return 1;
}

static int random_call(lua_State *L) {
  lua_remove(L, 1); /* the module itself */
  return random_new(L);
}

int bind_open_random(lua_State *L) {
  static const luaL_Reg methods[] = {{"uniform", random_uniform},
                                     {"normal", random_normal},
                                     {"integer", random_integer},
                                     {"shuffle", random_shuffle},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__tostring", random_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, random_call);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  return 1;
}
