/* Making matrices in Lua: of one number, of a table. */
#include "lua/bind/matrix.h"

static int push_filled(lua_State *L, const char *who, double value) {
  size_t rows = bind_size(L, 1, who, "rows"), cols = lua_isnoneornil(L, 2) ? 1 : bind_size(L, 2, who, "cols");
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  ll_matrix_fill(&m, value);
  bind_push_matrix(L, &m);
  return 1;
}

static int matrix_zeros(lua_State *L) { return push_filled(L, "zeros", 0); }
static int matrix_ones(lua_State *L) { return push_filled(L, "ones", 1); }
static int matrix_full(lua_State *L) { return push_filled(L, "full", bind_fitting(L, 3, "full", "the value")); }

static int matrix_eye(lua_State *L) {
  size_t n = bind_size(L, 1, "eye", "the size");
  ll_matrix m;
  bind_check(L, ll_matrix_zeros(bind_ctx(L), n, n, &m));
  for (size_t i = 0; i < n; i++) ll_matrix_row(&m, i)[i] = 1;
  bind_push_matrix(L, &m);
  return 1;
}

static int matrix_of(lua_State *L) {
  while (lua_gettop(L) > 1 && lua_isnil(L, -1)) lua_pop(L, 1);
  if (lua_gettop(L) > 1)
    return luaL_error(L,
                      "matrix takes one table, number or matrix, not %d arguments: ll.zeros(rows, cols) makes one of zeros, "
                      "ll.matrix { { 1, 2 }, { 3, 4 } } one of these numbers",
                      lua_gettop(L));
  return bind_matrix_of(L);
}

int bind_matrix_of(lua_State *L) {
  lua_settop(L, 1);
  const ll_matrix *from = bind_matrix(L, 1, "matrix", "the argument");
  ll_matrix m;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &m));
  bind_push_matrix(L, &m);
  return 1;
}

const bind_function bind_matrix_making[] = {{"matrix", matrix_of, BIND_MANY}, {"zeros", matrix_zeros, 2}, {"ones", matrix_ones, 2},
                                            {"full", matrix_full, 3},         {"eye", matrix_eye, 1},     {NULL, NULL, 0}};
