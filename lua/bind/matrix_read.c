/* Reading matrices in Lua: elements and rows, tables of them, what is printed. */
#include <math.h>
#include <string.h>

#include "lua/bind/matrix.h"

/* A place along one side of n of them: from 1, or from -1, the last, backwards. */
static bool place_in(lua_Integer place, size_t n, size_t *at) {
  if (place < 0 && place >= -(lua_Integer)n) place += (lua_Integer)n + 1;
  if (place < 1 || (size_t)place > n) return false;
  *at = (size_t)place - 1;
  return true;
}

ll_real *bind_matrix_element(lua_State *L, const char *who, const ll_matrix *m) {
  lua_Integer i = bind_integer(L, 2, who, "the row"), j = lua_isnoneornil(L, 3) ? 1 : bind_integer(L, 3, who, "the column");
  size_t row = 0, col = 0;
  if (!place_in(i, m->rows, &row) || !place_in(j, m->cols, &col))
    luaL_error(L, "element (%I, %I) of a matrix %dx%d", (LUAI_UACINT)i, (LUAI_UACINT)j, (int)m->rows, (int)m->cols);
  return ll_matrix_row(m, row) + col;
}

/** matrix:item() -> number
 * The number of a matrix 1×1, such as a loss.
 * Errors: any other shape.
 * See: matrix:get, matrix:table
 * Example:
 *   ll.matrix({ 1, 2, 3 }):mean():item()   --> 2
 *   ll.ones(2, 2):item()   --> error: a single number was asked for, but the matrix is 2x2
 */
static int matrix_item(lua_State *L) {
  double value;
  bind_check(L, ll_node_item(bind_ctx(L), bind_node(L, 1, "item", "the matrix"), &value));
  lua_pushnumber(L, value);
  return 1;
}

/** matrix:get(i [, j]) -> number
 * The element in row i and column j.
 *   i   a row, from 1; from the end, from -1
 *   j   a column, from 1; from the end, from -1 (1)
 * Errors: a place outside the matrix.
 * See: matrix:set, matrix:item, matrix
 * Example:
 *   local m = ll.matrix { { 1, 2 }, { 3, 4 } }
 *   m:get(2, 1)   --> 3
 *   m:get(3, 1)   --> error: element (3, 1) of a matrix 2x2
 */
static int matrix_get(lua_State *L) {
  lua_pushnumber(L, (lua_Number)*bind_matrix_element(L, "get", bind_matrix(L, 1, "get", "the matrix")));
  return 1;
}

/** matrix:table() -> table
 * The numbers as a Lua table: of rows, or a plain array for a column.
 * See: ll.matrix, matrix:get
 * Example:
 *   ll.eye(2):table()               --> { { 1, 0 }, { 0, 1 } }
 *   ll.matrix({ 1, 2, 3 }):table()   --> { 1, 2, 3 }
 */
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

/** matrix:shape() -> rows, cols
 * The numbers of rows and of columns.
 * See: matrix.rows, matrix.cols
 * Example:
 *   ll.zeros(2, 3):shape()   --> 2 3
 */
static int matrix_shape(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "shape", "the matrix");
  lua_pushinteger(L, (lua_Integer)m->rows);
  lua_pushinteger(L, (lua_Integer)m->cols);
  return 2;
}

/** matrix:finite() -> true, or false, row, column
 * Whether every number is finite; else also the place of the first NaN or infinity, row by row.
 * See: ll.watch
 * Example:
 *   ll.matrix({ 1, 2 }):finite()                  --> true
 *   ll.matrix({ 1, math.huge, 2 }):finite()       --> false 2 1
 */
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

const bind_function bind_matrix_reading[] = {{"item", matrix_item, 1},   {"get", matrix_get, 3},       {"table", matrix_table, 1},
                                             {"shape", matrix_shape, 1}, {"finite", matrix_finite, 1}, {NULL, NULL, 0}};
