/* Matrices in Lua: the class, and how arguments become matrices and lists. Its methods stand in matrix_*.c by subject, what is
 * computed with matrices in graph.c. */
#include "lua/bind/matrix.h"

#include <math.h>

#include "lua/bind/state.h"

static ll_node *test_node(lua_State *L, int index) {
  void **slot = lua_touserdata(L, index);
  if (!slot || lua_islightuserdata(L, index) || !lua_getmetatable(L, index)) return NULL;
  bool is = lua_topointer(L, -1) == bind_state_get(L)->matrix_class;
  lua_pop(L, 1);
  return is ? *slot : NULL;
}

void bind_push_node(lua_State *L, ll_node *node) {
  size_t bytes = 128 + ll_matrix_count(&node->value) * sizeof(ll_real);
  *bind_new(L, BIND_MATRIX) = node;
  bind_account(L, bytes);
}

void bind_push_matrix(lua_State *L, ll_matrix *m) {
  ll_node *node;
  bind_check(L, ll_node_new(bind_ctx(L), m, false, &node));
  bind_push_node(L, node);
}

/* The matrix of a table of rows, or of numbers (a column). The userdata is pushed first and filled later, so an element
 * that is no number leaks nothing. */
static ll_node *from_table(lua_State *L, int index) {
  ll_ctx *ctx = bind_ctx(L);
  index = lua_absindex(L, index);
  size_t rows = lua_rawlen(L, index), cols = 1;
  bool nested = lua_rawgeti(L, index, 1) == LUA_TTABLE;
  if (nested) cols = lua_rawlen(L, -1);
  lua_pop(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_new(ctx, rows, cols, &m));
  bind_push_matrix(L, &m);
  ll_node *node = test_node(L, -1);
  for (size_t i = 0; i < rows; i++) {
    if (lua_rawgeti(L, index, (lua_Integer)i + 1) != (nested ? LUA_TTABLE : LUA_TNUMBER))
      luaL_error(L, "row %d of the table is a %s; a %s was expected", (int)i + 1, luaL_typename(L, -1),
                 nested ? "row (table)" : "number");
    if (nested && lua_rawlen(L, -1) != cols)
      luaL_error(L, "row %d of the table has %d elements, row 1 has %d", (int)i + 1, (int)lua_rawlen(L, -1), (int)cols);
    for (size_t j = 0; j < cols; j++) {
      if (nested) lua_rawgeti(L, -1, (lua_Integer)j + 1);
      else lua_pushvalue(L, -1);
      if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "element (%d, %d) of the table is a %s; a number was expected", (int)i + 1, (int)j + 1, luaL_typename(L, -1));
      ll_matrix_row(&node->value, i)[j] = (ll_real)lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return node;
}

ll_node *bind_node(lua_State *L, int index) {
  ll_node *node = test_node(L, index);
  if (node) return node;
  index = lua_absindex(L, index);
  if (lua_type(L, index) == LUA_TNUMBER) {
    bind_check(L, ll_node_number(bind_ctx(L), lua_tonumber(L, index), &node));
    bind_push_node(L, node);
  } else if (lua_istable(L, index)) {
    node = from_table(L, index);
  } else if (luaL_testudata(L, index, BIND_MATRIX)) {
    luaL_error(L, "argument %d is a matrix that was closed", index);
  } else {
    luaL_typeerror(L, index, "matrix, number or table of numbers");
  }
  lua_replace(L, index);
  return node;
}

const ll_matrix *bind_matrix(lua_State *L, int index) { return &bind_node(L, index)->value; }

static uint32_t check_index(lua_State *L, double value, size_t place) {
  if (!(value >= 1 && value <= UINT32_MAX) || value != floor(value))
    luaL_error(L, "index %d of the list is %f; a whole number from 1 expected", (int)place, value);
  return (uint32_t)(value - 1);
}

uint32_t *bind_list(lua_State *L, int index, size_t *n) {
  index = lua_absindex(L, index);
  ll_node *node = test_node(L, index);
  if (!node) luaL_checktype(L, index, LUA_TTABLE);
  *n = node ? ll_matrix_count(&node->value) : lua_rawlen(L, index);
  uint32_t *list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
  for (size_t k = 0; k < *n; k++) {
    if (node) {
      const ll_matrix *m = &node->value; /* row by row */
      list[k] = check_index(L, (double)ll_matrix_row(m, k / m->cols)[k % m->cols], k + 1);
      continue;
    }
    if (lua_rawgeti(L, index, (lua_Integer)k + 1) != LUA_TNUMBER)
      luaL_error(L, "index %d of the list is a %s; a number was expected", (int)k + 1, luaL_typename(L, -1));
    list[k] = check_index(L, lua_tonumber(L, -1), k + 1);
    lua_pop(L, 1);
  }
  lua_replace(L, index);
  return list;
}

static int matrix_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_MATRIX);
  ll_node *node = *slot;
  *slot = NULL;
  ll_node_release(bind_ctx(L), node);
  return 0;
}

static int matrix_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)bind_matrix(L, 1)->rows);
  return 1;
}

int bind_open_matrix(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", matrix_gc},
                                         {"__close", matrix_gc},
                                         {"__len", matrix_len},
                                         {"__tostring", bind_matrix_tostring},
                                         {"__index", bind_matrix_index},
                                         {"__newindex", bind_matrix_newindex},
                                         {NULL, NULL}};
  static const luaL_Reg copying[] = {{"copy", bind_matrix_of}, {NULL, NULL}};
  bind_class(L, BIND_MATRIX, copying, metamethods);
  luaL_getmetatable(L, BIND_MATRIX);
  bind_state_get(L)->matrix_class = lua_topointer(L, -1);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, bind_matrix_reading, 0);
  luaL_setfuncs(L, bind_matrix_changes, 0);
  luaL_setfuncs(L, bind_matrix_writing, 0);
  lua_pop(L, 2);
  lua_newtable(L);
  luaL_setfuncs(L, bind_matrix_making, 0);
  luaL_setfuncs(L, bind_matrix_loading, 0);
  return 1;
}
