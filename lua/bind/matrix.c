/* Matrices in Lua: the class, and how arguments become matrices and lists. Its methods stand in matrix_*.c by subject, what is
 * computed with matrices in graph.c. */
#include "lua/bind/matrix.h"

#include <math.h>

#include "lua/bind/state.h"

/* The class in the registry, beside its name. */
static const char class_key = 0;

ll_node *bind_as_node(lua_State *L, int index) {
  void **slot = lua_touserdata(L, index);
  if (!slot || lua_islightuserdata(L, index) || !lua_getmetatable(L, index)) return NULL;
  bool is = lua_topointer(L, -1) == bind_state_get(L)->matrix_class;
  lua_pop(L, 1);
  return is ? *slot : NULL;
}

enum { NODE = 128 }; /* bytes of a node, about */

void bind_push_node(lua_State *L, ll_node *node) {
  size_t bytes = NODE + ll_matrix_count(&node->value) * sizeof(ll_real);
  ll_node **slot = lua_newuserdatauv(L, sizeof *slot, 1);
  *slot = node;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key); /* sooner found than by its name */
  lua_setmetatable(L, -2);
  bind_account(L, bytes);
}

void bind_push_matrix(lua_State *L, ll_matrix *m) {
  ll_node *node;
  bind_check(L, ll_node_new(bind_ctx(L), m, false, &node));
  bind_push_node(L, node);
}

void bind_push_view(lua_State *L, ll_matrix *m) {
  ll_node *node;
  bind_check(L, ll_node_new(bind_ctx(L), m, false, &node));
  *bind_new(L, BIND_MATRIX) = node;
  bind_account(L, NODE);
}

/* Raises where a table, or row of one from 1, has more than entries 1 to n: options in the place of a matrix, or a hole, which
 * would be lost. */
static void check_entries(lua_State *L, int index, const char *of, size_t row, size_t n) {
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_isinteger(L, -2) && (lua_Unsigned)lua_tointeger(L, -2) - 1 < n) continue;
    int key = lua_gettop(L) - 1;
    const char *beside = n ? lua_pushfstring(L, " beside its entries 1 to %d", (int)n) : "";
    const char *what = row ? lua_pushfstring(L, "row %d of the table", (int)row) : "the table";
    luaL_error(L, "%s%s has an entry %s%s; %snumbers, one after the other were expected", of, what, bind_shown(L, key), beside,
               row ? "" : "rows, or ");
  }
}

/* The matrix of a table of rows, or of numbers (a column). The userdata is pushed first and filled later, so an element
 * that is no number leaks nothing. */
static ll_node *from_table(lua_State *L, int index, const char *of) {
  ll_ctx *ctx = bind_ctx(L);
  index = lua_absindex(L, index);
  size_t rows = lua_rawlen(L, index), cols = 1;
  check_entries(L, index, of, 0, rows);
  bool nested = lua_rawgeti(L, index, 1) == LUA_TTABLE;
  if (nested) cols = lua_rawlen(L, -1);
  lua_pop(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_new(ctx, rows, cols, &m));
  bind_push_matrix(L, &m);
  ll_node *node = bind_as_node(L, -1);
  for (size_t i = 0; i < rows; i++) {
    int kind = lua_rawgeti(L, index, (lua_Integer)i + 1);
    if (kind == LUA_TUSERDATA && luaL_testudata(L, -1, BIND_MATRIX))
      luaL_error(L, "%sentry %d of the table is a matrix; x:vstack(y) puts rows below others, x:hstack(y) columns beside others",
                 of, (int)i + 1);
    if (kind != (nested ? LUA_TTABLE : LUA_TNUMBER))
      luaL_error(L, "%srow %d of the table is a %s; a %s was expected", of, (int)i + 1, luaL_typename(L, -1),
                 nested ? "row (table)" : "number");
    if (nested && lua_rawlen(L, -1) != cols)
      luaL_error(L, "%srow %d of the table has %d elements, row 1 has %d", of, (int)i + 1, (int)lua_rawlen(L, -1), (int)cols);
    if (nested) check_entries(L, lua_gettop(L), of, i + 1, cols);
    for (size_t j = 0; j < cols; j++) {
      if (nested) lua_rawgeti(L, -1, (lua_Integer)j + 1);
      else lua_pushvalue(L, -1);
      if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "%selement (%d, %d) of the table is a %s; a number was expected", of, (int)i + 1, (int)j + 1,
                   luaL_typename(L, -1));
      lua_Number value = lua_tonumber(L, -1);
      if (!bind_fits(value))
        luaL_error(L, "%selement (%d, %d) of the table is %f, " BIND_BEYOND, of, (int)i + 1, (int)j + 1, value);
      ll_matrix_row(&node->value, i)[j] = (ll_real)value;
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return node;
}

ll_node *bind_node(lua_State *L, int index, const char *who, const char *name) {
  ll_node *node = bind_as_node(L, index);
  if (node) return node;
  index = lua_absindex(L, index);
  if (lua_type(L, index) == LUA_TNUMBER) {
    bind_check(L, ll_node_number(bind_ctx(L), bind_fitting(L, index, who, name), &node));
    bind_push_node(L, node);
  } else if (lua_istable(L, index)) {
    lua_pushfstring(L, "%s: %s: ", who, name);
    node = from_table(L, index, lua_tostring(L, -1));
    lua_remove(L, -2);
  } else if (luaL_testudata(L, index, BIND_MATRIX)) {
    luaL_error(L, "%s: %s is a matrix that was closed", who, name);
  } else if (index == 1 && lua_isnone(L, index)) {
    luaL_error(L,
               "%s: %s is missing; a matrix, a number or a table of numbers was expected (methods are called with a colon: "
               "matrix:%s(…))",
               who, name, who);
  } else {
    const char *inside = luaL_testudata(L, index, "losslab.data") ? "; of a data set that is data.x" : "";
    luaL_error(L, "%s: %s is %s; a matrix, a number or a table of numbers was expected%s", who, name, bind_shown(L, index), inside);
  }
  lua_replace(L, index);
  return node;
}

const ll_matrix *bind_matrix(lua_State *L, int index, const char *who, const char *name) {
  return &bind_node(L, index, who, name)->value;
}

static uint32_t check_index(lua_State *L, const char *who, double value, size_t place) {
  if (!(value >= 1 && value <= UINT32_MAX) || value != floor(value))
    luaL_error(L, "%s: index %d of the list is %f; a whole number from 1 expected", who, (int)place, value);
  if (value >= LL_WHOLE)
    luaL_error(L,
               "%s: index %d of the list, %f, may have been another number before it was rounded to " LL_PRECISION
               "; give the list as a table",
               who, (int)place, value);
  return (uint32_t)(value - 1);
}

uint32_t *bind_list(lua_State *L, int index, const char *who, size_t *n) {
  index = lua_absindex(L, index);
  ll_node *node = bind_as_node(L, index);
  if (!node && !lua_istable(L, index))
    luaL_error(L, "%s: the list is %s; an array or a column of indices was expected", who, bind_shown(L, index));
  *n = node ? ll_matrix_count(&node->value) : lua_rawlen(L, index);
  uint32_t *list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
  for (size_t k = 0; k < *n; k++) {
    if (node) {
      const ll_matrix *m = &node->value; /* row by row */
      list[k] = check_index(L, who, (double)ll_matrix_row(m, k / m->cols)[k % m->cols], k + 1);
      continue;
    }
    int is;
    if (lua_rawgeti(L, index, (lua_Integer)k + 1) != LUA_TNUMBER)
      luaL_error(L, "%s: index %d of the list is a %s; a number was expected", who, (int)k + 1, luaL_typename(L, -1));
    lua_Integer value = lua_tointegerx(L, -1, &is);
    if (!is || value < 1 || value > UINT32_MAX)
      luaL_error(L, "%s: index %d of the list is %s; a whole number from 1 expected", who, (int)k + 1, bind_shown(L, -1));
    list[k] = (uint32_t)(value - 1);
    lua_pop(L, 1);
  }
  lua_replace(L, index);
  return list;
}

void bind_places(lua_State *L, const char *who, size_t n) {
  if ((double)n >= LL_WHOLE)
    luaL_error(L, "%s: numbers up to %I do not fit " LL_PRECISION " precision; use losslab --double", who, (LUAI_UACINT)n);
}

static int matrix_gc(lua_State *L) {
  ll_node *node = bind_as_node(L, 1);
  if (node) *(void **)lua_touserdata(L, 1) = NULL;
  else luaL_checkudata(L, 1, BIND_MATRIX); /* or it is closed */
  ll_node_release(bind_ctx(L), node);
  return 0;
}

/** matrix
 * Numbers in rows and columns, which may remember how they were made, so that gradients can be taken.
 * ll.matrix, ll.zeros, ll.random and others make one; what is computed with it is a function and a method alike: ll.exp(m) is
 * m:exp(). The numbers are float, or double in losslab --double; rows and columns count from 1. There are no other dimensions: a
 * vector is a column, n×1, and a single number of the graph is 1×1. Where a matrix is expected, a number or a table of numbers
 * will do.
 *   a + b, a - b, a * b, a / b, a ^ b, -a   elementwise; one may be a number. A row (1×m), a column (n×1) or a 1×1 is taken as
 *     often as is needed
 *   a % b    the product of matrices, a method as well: a:matmul(b). It binds as * does: x % w + b
 *   #m       the number of rows
 *   m[i]     the number in place i of a column; else row i, 1×cols, which shares the elements of m. From the end: -1 is the last
 *   m[i][j]   the number in row i and column j, as m:get(i, j)
 *   m[i] = x   sets row i to a number, a table of numbers or a row, of a column element i; m[i][j] = x one element. Not recorded,
 *         so what was computed with gradients is not set; ipairs(m) and pairs(m) walk
 * Errors: shapes that do not fit; a place outside the matrix; a number beyond the precision; a field or method that is none.
 * See: ll.matrix, matrix.rows, matrix.cols, matrix.grad, matrix.requires_grad, matrix:backward, matrix:table, ll.ops
 * Example:
 *   local m = ll.matrix { { 1, 2, 3 }, { 4, 5, 6 } }
 *   m:shape()                         --> 2 3
 *   (m * 2 + 1):table()[2][3]         --> 13
 *   m[2][3], m[-1][1]                 --> 6 4
 *   (m % m:t())[1][2]                 --> 32
 *   (m - m:row_means())[1][3]         --> 1
 *   m[2] = { 7, 8, 9 }
 *   m:sum():item()                    --> 30
 */
int bind_open_matrix(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", matrix_gc},
                                         {"__close", matrix_gc},
                                         {"__len", bind_matrix_len},
                                         {"__pairs", bind_matrix_pairs},
                                         {"__tostring", bind_matrix_tostring},
                                         {"__index", bind_matrix_index},
                                         {"__newindex", bind_matrix_newindex},
                                         {NULL, NULL}};
  static const bind_function copying[] = {{"copy", bind_matrix_copy, 1}, {NULL, NULL, 0}};
  bind_class(L, BIND_MATRIX, copying, metamethods);
  luaL_getmetatable(L, BIND_MATRIX);
  bind_state_get(L)->matrix_class = lua_topointer(L, -1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_getfield(L, -1, "methods");
  bind_methods(L, bind_matrix_reading);
  bind_methods(L, bind_matrix_changes);
  bind_methods(L, bind_matrix_writing);
  bind_methods(L, bind_matrix_explaining);
  lua_pop(L, 2);
  lua_newtable(L);
  bind_functions(L, bind_matrix_making);
  bind_functions(L, bind_matrix_loading);
  bind_matrix_ipairs(L);
  return 1;
}
