/* Matrices in Lua: making, reading, printing. What is computed with them stands in graph.c. */
#include <math.h>
#include <string.h>

#include "lua/bind/state.h"

/* ---- pushing and getting ---------------------------------------------------------------------------------------------- */

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

/* ---- making ------------------------------------------------------------------------------------------------------------- */

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

/* matrix(t): a copy of a table, a number or a matrix, without a past. */
static int matrix_of(lua_State *L) {
  lua_settop(L, 1);
  const ll_matrix *from = bind_matrix(L, 1);
  ll_matrix m;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &m));
  bind_push_matrix(L, &m);
  return 1;
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

static int matrix_item(lua_State *L) {
  double value;
  bind_check(L, ll_node_item(bind_ctx(L), bind_node(L, 1), &value));
  lua_pushnumber(L, value);
  return 1;
}

static ll_real *element(lua_State *L, const ll_matrix *m) {
  lua_Integer i = luaL_checkinteger(L, 2), j = luaL_optinteger(L, 3, 1);
  if (i < 1 || j < 1 || (size_t)i > m->rows || (size_t)j > m->cols)
    luaL_error(L, "element (%I, %I) of a matrix %dx%d", (LUAI_UACINT)i, (LUAI_UACINT)j, (int)m->rows, (int)m->cols);
  return ll_matrix_row(m, (size_t)i - 1) + (j - 1);
}

/* Ends a change of argument 1 in place: graphs that read it are told, and it is the result. */
static int changed(lua_State *L) {
  ll_matrix_touch(bind_matrix(L, 1));
  lua_settop(L, 1);
  return 1;
}

static int matrix_get(lua_State *L) {
  lua_pushnumber(L, (lua_Number)*element(L, bind_matrix(L, 1)));
  return 1;
}

static int matrix_set(lua_State *L) {
  ll_real *place = element(L, bind_matrix(L, 1));
  *place = (ll_real)luaL_checknumber(L, 4);
  return changed(L);
}

/* The values at index as they are before matrix 1 is changed: a copy where both share elements, since what is read late would
 * else have been written early. */
static const ll_matrix *values_for(lua_State *L, const ll_matrix *to, int index) {
  const ll_matrix *from = bind_matrix(L, index);
  ll_matrix copy;
  bool same = from->data == to->data && from->rows == to->rows && from->cols == to->cols && from->stride == to->stride;
  if (from->buffer != to->buffer || same) return from;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &copy));
  bind_push_matrix(L, &copy);
  lua_replace(L, index);
  return bind_matrix(L, index);
}

/* assign(m, values): copies values of the same shape over the elements of m. */
static int matrix_assign(lua_State *L) {
  ll_node *to = bind_node(L, 1);
  const ll_matrix *from = values_for(L, &to->value, 2);
  if (to->value.rows != from->rows || to->value.cols != from->cols)
    return luaL_error(L, "assign: %dx%d cannot take the elements of %dx%d", (int)to->value.rows, (int)to->value.cols,
                      (int)from->rows, (int)from->cols);
  ll_matrix_assign(&to->value, from);
  return changed(L);
}

/* fill_(m, value), add_(m, values [, factor = 1]), scale_(m, a [, b = 0]), clamp_(m, low, high): change the elements of m itself,
 * and return it. Not recorded. */
static int matrix_fill(lua_State *L) {
  ll_matrix_fill(&bind_node(L, 1)->value, luaL_checknumber(L, 2));
  return changed(L);
}

static int matrix_add(lua_State *L) {
  const ll_matrix *to = bind_matrix(L, 1), *from = values_for(L, to, 2);
  double factor = luaL_optnumber(L, 3, 1);
  if ((from->rows != to->rows && from->rows != 1) || (from->cols != to->cols && from->cols != 1))
    return luaL_error(L, "add_: %dx%d cannot take %dx%d on", (int)to->rows, (int)to->cols, (int)from->rows, (int)from->cols);
  for (size_t i = 0; i < to->rows; i++) {
    const ll_real *row = ll_matrix_row(from, from->rows == 1 ? 0 : i);
    for (size_t j = 0; j < to->cols; j++)
      ll_matrix_row(to, i)[j] = (ll_real)((double)ll_matrix_row(to, i)[j] + factor * (double)row[from->cols == 1 ? 0 : j]);
  }
  return changed(L);
}

static int matrix_scale(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1);
  double a = luaL_checknumber(L, 2), b = luaL_optnumber(L, 3, 0);
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, i)[j] = (ll_real)(a * (double)ll_matrix_row(m, i)[j] + b);
  return changed(L);
}

static int matrix_clamp(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1);
  ll_real low = (ll_real)luaL_checknumber(L, 2), high = (ll_real)luaL_checknumber(L, 3);
  luaL_argcheck(L, low <= high, 3, "high is below low");
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      ll_real *x = ll_matrix_row(m, i) + j;
      *x = *x < low ? low : *x > high ? high : *x; /* NaN stays */
    }
  return changed(L);
}

/* table(m): rows of numbers; a column becomes a plain array. */
static int matrix_table(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1);
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
  const ll_matrix *m = bind_matrix(L, 1);
  lua_pushinteger(L, (lua_Integer)m->rows);
  lua_pushinteger(L, (lua_Integer)m->cols);
  return 2;
}

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

/* finite(m): true, or false and the row and column of the first NaN or infinity. */
static int matrix_finite(lua_State *L) {
  size_t row = 0, col = 0;
  bool bad = ll_matrix_find_bad(bind_matrix(L, 1), &row, &col);
  lua_pushboolean(L, !bad);
  if (!bad) return 1;
  lua_pushinteger(L, (lua_Integer)row + 1);
  lua_pushinteger(L, (lua_Integer)col + 1);
  return 3;
}

/* ---- the object ---------------------------------------------------------------------------------------------------------------
 */

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

/* A NaN's sign says nothing. */
static double number_shown(ll_real x) { return isnan(x) ? fabs((double)x) : (double)x; }

/* A 1×1 prints as its number, others as their shape and corner. */
static int matrix_tostring(lua_State *L) {
  enum { CORNER = 6 };
  ll_node *node = bind_node(L, 1);
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
static int matrix_index(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) {
    ll_node *node = bind_node(L, 1), *row;
    lua_Integer i = luaL_checkinteger(L, 2);
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
  const char *field = luaL_checkstring(L, 2);
  ll_node *node = bind_node(L, 1);
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

static int matrix_newindex(lua_State *L) {
  ll_node *node = bind_node(L, 1);
  if (lua_type(L, 2) == LUA_TNUMBER && node->value.cols == 1) {
    lua_Number value = luaL_checknumber(L, 3);
    lua_settop(L, 2);
    *element(L, &node->value) = (ll_real)value;
    ll_matrix_touch(&node->value);
    return 0;
  }
  if (lua_type(L, 2) != LUA_TNUMBER)
    return luaL_error(L, "a matrix has no field \"%s\" to set; elements are set by m:set(i, j, value), rows by m[i] = row",
                      luaL_tolstring(L, 2, NULL));
  /* m[i] = a row, a number, or a table of numbers */
  lua_Integer i = luaL_checkinteger(L, 2);
  if (lua_istable(L, 3) && lua_rawgeti(L, 3, 1) != LUA_TTABLE) { /* numbers: a row, not a column */
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 3);
  }
  const ll_matrix *m = &node->value, *from = values_for(L, m, 3);
  if (i < 1 || (size_t)i > m->rows) return luaL_error(L, "row %I of a matrix %dx%d", (LUAI_UACINT)i, (int)m->rows, (int)m->cols);
  if (from->rows != 1 || (from->cols != m->cols && from->cols != 1))
    return luaL_error(L, "row %I of a matrix %dx%d cannot be set to %dx%d", (LUAI_UACINT)i, (int)m->rows, (int)m->cols,
                      (int)from->rows, (int)from->cols);
  for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, (size_t)i - 1)[j] = from->data[from->cols == 1 ? 0 : j];
  ll_matrix_touch(m);
  return 0;
}

static const luaL_Reg functions[] = {
    {"matrix", matrix_of},     {"zeros", matrix_zeros},      {"ones", matrix_ones}, {"full", matrix_full},
    {"unpack", matrix_unpack}, {"load_matrix", matrix_load}, {"eye", matrix_eye},   {NULL, NULL}};
static const luaL_Reg methods[] = {
    {"item", matrix_item},   {"get", matrix_get},  {"set", matrix_set},       {"assign", matrix_assign}, {"table", matrix_table},
    {"shape", matrix_shape}, {"copy", matrix_of},  {"finite", matrix_finite}, {"fill_", matrix_fill},    {"pack", matrix_pack},
    {"save", matrix_save},   {"add_", matrix_add}, {"scale_", matrix_scale},  {"clamp_", matrix_clamp},  {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", matrix_gc},       {"__close", matrix_gc},          {"__len", matrix_len}, {"__tostring", matrix_tostring},
    {"__index", matrix_index}, {"__newindex", matrix_newindex}, {NULL, NULL}};

int bind_open_matrix(lua_State *L) {
  bind_class(L, BIND_MATRIX, methods, metamethods);
  luaL_getmetatable(L, BIND_MATRIX);
  bind_state_get(L)->matrix_class = lua_topointer(L, -1);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
