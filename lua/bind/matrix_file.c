/* Matrices as bytes and files in Lua: losslab's format and NumPy's. */
#include <string.h>

#include "lua/bind/matrix.h"

static int push_string(lua_State *L) {
  lua_pushlstring(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
  return 1;
}

/* pack(m [, "npy"]): the matrix as a string, in losslab's format or NumPy's. */
static int matrix_pack(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1);
  const char *format = luaL_optstring(L, 2, "losslab");
  luaL_argcheck(L, strcmp(format, "losslab") == 0 || strcmp(format, "npy") == 0, 2, "\"losslab\" or \"npy\" expected");
  void *bytes;
  size_t n;
  bind_check(L, ll_matrix_pack(bind_ctx(L), m, strcmp(format, "npy") == 0, &bytes, &n));
  lua_pushcfunction(L, push_string); /* memory for the string may be missing: bytes are freed either way */
  lua_pushlightuserdata(L, bytes);
  lua_pushinteger(L, (lua_Integer)n);
  int status = lua_pcall(L, 2, 1, 0);
  ll_free(bind_ctx(L), bytes);
  return status == LUA_OK ? 1 : lua_error(L);
}

/* unpack(s [, name]): the matrix of such a string; name for messages. */
static int matrix_unpack(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  ll_matrix m;
  bind_check(L, ll_matrix_unpack(bind_ctx(L), bytes, n, luaL_optstring(L, 2, "unpack"), &m));
  bind_push_matrix(L, &m);
  return 1;
}

/* save(m, path): a file in losslab's format, or NumPy's if path ends in .npy; load_matrix(path) reads either. */
static int matrix_save(lua_State *L) {
  bind_reach(L, "save");
  bind_check(L, ll_matrix_write(bind_ctx(L), bind_matrix(L, 1), luaL_checkstring(L, 2)));
  lua_settop(L, 1);
  return 1;
}

static int matrix_load(lua_State *L) {
  ll_matrix m;
  bind_reach(L, "load_matrix");
  bind_check(L, ll_matrix_read(bind_ctx(L), luaL_checkstring(L, 1), &m));
  bind_push_matrix(L, &m);
  return 1;
}

const luaL_Reg bind_matrix_writing[] = {{"pack", matrix_pack}, {"save", matrix_save}, {NULL, NULL}};
const luaL_Reg bind_matrix_loading[] = {{"unpack", matrix_unpack}, {"load_matrix", matrix_load}, {NULL, NULL}};
