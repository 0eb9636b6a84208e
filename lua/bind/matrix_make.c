/* Making matrices in Lua: of one number, of a table. */
#include "lua/bind/matrix.h"

static size_t check_size(lua_State *L, int index) {
  lua_Integer n = luaL_checkinteger(L, index);
  luaL_argcheck(L, n >= 0, index, "a size is at least 0");
  return (size_t)n;
}

static int push_filled(lua_State *L, double value) {
  size_t rows = check_size(L, 1), cols = lua_isnoneornil(L, 2) ? 1 : check_size(L, 2);
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  ll_matrix_fill(&m, value);
  bind_push_matrix(L, &m);
  return 1;
}

static int matrix_zeros(lua_State *L) { return push_filled(L, 0); }
static int matrix_ones(lua_State *L) { return push_filled(L, 1); }
static int matrix_full(lua_State *L) { return push_filled(L, luaL_checknumber(L, 3)); }

static int matrix_eye(lua_State *L) {
  size_t n = check_size(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_zeros(bind_ctx(L), n, n, &m));
  for (size_t i = 0; i < n; i++) ll_matrix_row(&m, i)[i] = 1;
  bind_push_matrix(L, &m);
  return 1;
}

int bind_matrix_of(lua_State *L) {
  lua_settop(L, 1);
  const ll_matrix *from = bind_matrix(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &m));
  bind_push_matrix(L, &m);
  return 1;
}

const luaL_Reg bind_matrix_making[] = {{"matrix", bind_matrix_of}, {"zeros", matrix_zeros}, {"ones", matrix_ones},
                                       {"full", matrix_full},      {"eye", matrix_eye},     {NULL, NULL}};
