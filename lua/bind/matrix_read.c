/* Reading matrices in Lua: elements and rows, tables of them, what is printed. */
#include <math.h>
#include <string.h>

#include "lua/bind/matrix.h"

ll_real *bind_matrix_element(lua_State *L, const char *who, const ll_matrix *m) {
  lua_Integer i = bind_integer(L, 2, who, "the row"), j = lua_isnoneornil(L, 3) ? 1 : bind_integer(L, 3, who, "the column");
  if (i < 1 || j < 1 || (size_t)i > m->rows || (size_t)j > m->cols)
    luaL_error(L, "element (%I, %I) of a matrix %dx%d", (LUAI_UACINT)i, (LUAI_UACINT)j, (int)m->rows, (int)m->cols);
  return ll_matrix_row(m, (size_t)i - 1) + (j - 1);
}

static int matrix_item(lua_State *L) {
  double value;
  bind_check(L, ll_node_item(bind_ctx(L), bind_node(L, 1, "item", "the matrix"), &value));
  lua_pushnumber(L, value);
  return 1;
}

static int matrix_get(lua_State *L) {
  lua_pushnumber(L, (lua_Number)*bind_matrix_element(L, "get", bind_matrix(L, 1, "get", "the matrix")));
  return 1;
}

/* table(m): rows of numbers; a column becomes a plain array. */
static int matrix_table(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "table", "the matrix");
  lua_createtable(L, (int)m->rows, 0);
  for (size_t i = 0; i < m->rows; i++) {
    const ll_real *row = ll_matrix_row(m, i);
    if (m->cols == 1) {
      lua_pushnumber(L, (lua_Number)row[0]);
    } else {
      lua_createtable(L, (int)m->cols, 0);
      for (size_t j = 0; j < m->cols; j++) lua_pushnumber(L, (lua_Number)row[j]), lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int matrix_shape(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "shape", "the matrix");
  lua_pushinteger(L, (lua_Integer)m->rows);
  lua_pushinteger(L, (lua_Integer)m->cols);
  return 2;
}

/* finite(m): true, or false and the row and column of the first NaN or infinity. */
static int matrix_finite(lua_State *L) {
  size_t row = 0, col = 0;
  bool bad = ll_matrix_find_bad(bind_matrix(L, 1, "finite", "the matrix"), &row, &col);
  lua_pushboolean(L, !bad);
  if (!bad) return 1;
  lua_pushinteger(L, (lua_Integer)row + 1);
  lua_pushinteger(L, (lua_Integer)col + 1);
  return 3;
}

/* A NaN's sign says nothing. */
static double number_shown(ll_real x) { return isnan(x) ? fabs((double)x) : (double)x; }

/* A 1×1 prints as its number, others as their shape and corner. */
int bind_matrix_tostring(lua_State *L) {
  enum { CORNER = 6 };
  ll_node *node = bind_node(L, 1, "tostring", "the matrix");
  const ll_matrix *m = &node->value;
  luaL_Buffer text;
  char number[48];
  luaL_buffinit(L, &text);
  snprintf(number, sizeof number, "matrix %zux%zu%s", m->rows, m->cols, node->requires_grad ? ", with gradient" : "");
  luaL_addstring(&text, number);
  for (size_t i = 0; i < m->rows && i <= CORNER; i++) {
    luaL_addstring(&text, m->rows == 1 ? ": " : "\n ");
    if (i == CORNER) luaL_addstring(&text, " …");
    for (size_t j = 0; j < m->cols && j <= CORNER && i < CORNER; j++) {
      if (j == CORNER) snprintf(number, sizeof number, "  …");
      else snprintf(number, sizeof number, m->rows == 1 && j == 0 ? "%.6g" : " %10.6g", number_shown(ll_matrix_row(m, i)[j]));
      luaL_addstring(&text, number);
    }
  }
  luaL_pushresult(&text);
  return 1;
}

/* m.rows, m.cols, m.grad, m.requires_grad; m[i]: the number of a column, or row i as a view; else a method. */
int bind_matrix_index(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) {
    ll_node *node = bind_node(L, 1, "a matrix", "the matrix"), *row;
    lua_Integer i = bind_integer(L, 2, "a matrix", "the place in m[place]");
    if (i < 1 || (size_t)i > node->value.rows) { /* nil, so that ipairs ends */
      lua_pushnil(L);
      return 1;
    }
    if (node->value.cols == 1) {
      lua_pushnumber(L, (lua_Number)*ll_matrix_row(&node->value, (size_t)i - 1));
      return 1;
    }
    bind_check(L, ll_apply(bind_ctx(L), ll_op_find("row_range"), &node, &(ll_op_args){.i = (size_t)i - 1, .j = 1}, &row));
    bind_push_node(L, row);
    return 1;
  }
  if (luaL_getmetafield(L, 1, "methods") != LUA_TNIL) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  }
  const char *field = bind_string(L, 2, "a matrix", "the field");
  ll_node *node = bind_node(L, 1, "a matrix", "the matrix");
  if (strcmp(field, "rows") == 0) lua_pushinteger(L, (lua_Integer)node->value.rows);
  else if (strcmp(field, "cols") == 0) lua_pushinteger(L, (lua_Integer)node->value.cols);
  else if (strcmp(field, "requires_grad") == 0) lua_pushboolean(L, node->requires_grad);
  else if (strcmp(field, "grad") == 0 && node->grad) bind_push_node(L, ll_node_retain(node->grad));
  else if (strcmp(field, "grad") == 0) lua_pushnil(L);
  else {
    const char *here = bind_elsewhere(field);
    if (here) return luaL_error(L, "a matrix has no \"%s\"; here that is %s", field, here);
    luaL_getmetafield(L, 1, "methods");
    return bind_unknown(L, "a matrix", field, -1);
  }
  return 1;
}

const bind_function bind_matrix_reading[] = {{"item", matrix_item, 1},   {"get", matrix_get, 3},       {"table", matrix_table, 1},
                                             {"shape", matrix_shape, 1}, {"finite", matrix_finite, 1}, {NULL, NULL, 0}};
