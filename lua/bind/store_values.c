/* Values between Lua and the database.
 *
 * nil and NaN become NULL, booleans 0 and 1, numbers numbers, strings text. Where the statement's value is a blob (its name is
 * below), a string gives its bytes, a matrix float32 in row order, a table of integers uint32 (so does a matrix for rows). A blob
 * comes back as a string, of which ll.store.floats makes a matrix. */
#include <math.h>
#include <string.h>

#include "lua/bind/store.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blobs of the database are little-endian, and written as they stand");

static const char *const blob_names[] = {"rows", "labels", "scores", "weights", "numbers", "packed", "state"};

static bool is_blob(const char *name) {
  for (size_t i = 0; i < sizeof blob_names / sizeof *blob_names; i++)
    if (strcmp(name, blob_names[i]) == 0) return true;
  return false;
}

/* The matrix at index as n × 4 bytes; the block is Lua's and takes the value's place, so that it lives as long. */
static ll_value matrix_blob(lua_State *L, int index, bool integers, const char *name) {
  const ll_matrix *m = bind_matrix(L, index, "the store", "the value");
  size_t n = ll_matrix_count(m), at = 0;
  void *block = lua_newuserdatauv(L, n ? 4 * n : 1, 0);
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++, at++) {
      double x = (double)ll_matrix_row(m, i)[j];
      if (!integers) {
        ((float *)block)[at] = (float)x;
      } else {
        if (!(x >= 0 && x <= (double)UINT32_MAX && x == floor(x)))
          luaL_error(L, "%s: element (%d, %d) is %f; a row number was expected", name, (int)i + 1, (int)j + 1, x);
        ((uint32_t *)block)[at] = (uint32_t)x;
      }
    }
  lua_replace(L, index);
  return ll_value_blob(block, 4 * n);
}

static ll_value list_blob(lua_State *L, int index, const char *name) {
  size_t n = lua_rawlen(L, index);
  uint32_t *block = lua_newuserdatauv(L, n ? 4 * n : 1, 0);
  for (size_t i = 0; i < n; i++) {
    int is;
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    lua_Integer x = lua_tointegerx(L, -1, &is);
    if (!is || x < 0 || x > (lua_Integer)UINT32_MAX) {
      luaL_tolstring(L, -1, NULL);
      luaL_error(L, "%s: element %d is %s; an integer from 0 to 2^32 - 1 was expected", name, (int)i + 1, lua_tostring(L, -1));
    }
    block[i] = (uint32_t)x;
    lua_pop(L, 1);
  }
  lua_replace(L, index);
  return ll_value_blob(block, 4 * n);
}

ll_value bind_store_value(lua_State *L, int index, const char *name) {
  size_t size;
  const char *text;
  int integer;
  switch (lua_type(L, index)) {
  case LUA_TNONE:
  case LUA_TNIL: return ll_value_null();
  case LUA_TBOOLEAN: return ll_value_integer(lua_toboolean(L, index));
  case LUA_TNUMBER:
    if (lua_isinteger(L, index)) return ll_value_integer(lua_tointegerx(L, index, &integer));
    return ll_value_real(lua_tonumber(L, index));
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &size);
    return is_blob(name) ? ll_value_blob(text, size) : ll_value_text(text, size);
  case LUA_TTABLE:
    if (is_blob(name)) return list_blob(L, index, name);
    luaL_error(L, "%s: a table is no value for a database; losslab.json makes a text of it", name);
    return ll_value_null();
  default:
    if (luaL_testudata(L, index, BIND_MATRIX)) return matrix_blob(L, index, strcmp(name, "rows") == 0, name);
    luaL_error(L, "%s: a %s is no value for a database", name, luaL_typename(L, index));
    return ll_value_null();
  }
}

/* Values by name: one table, put on the stack in the statement's order. */
static void spread(lua_State *L, int table, const char *statement, const char **names, size_t count) {
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    const char *field = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    if (ll_names_place(field, names, count) < count) continue;
    bind_no_name(L, lua_pushfstring(L, "%s has no value", statement), field, names, count);
  }
  luaL_checkstack(L, (int)count + 4, "too many values");
  for (size_t i = 0; i < count; i++) lua_getfield(L, table, names[i]);
}

size_t bind_store_values(lua_State *L, ll_store *store, const char *statement, ll_value values[LL_STORE_MAX_VALUES]) {
  const char *names[LL_STORE_MAX_VALUES];
  size_t known, count = (size_t)lua_gettop(L) - 2;
  int first = 3;
  bind_check(L, ll_store_parameters(store, statement, names, &known));
  if (count == 1 && lua_istable(L, 3) && lua_rawlen(L, 3) == 0) {
    spread(L, 3, statement, names, known);
    count = known, first = 4;
  }
  if (count > LL_STORE_MAX_VALUES) luaL_error(L, "%s: %d values; there may be %d", statement, (int)count, LL_STORE_MAX_VALUES);
  for (size_t i = 0; i < count; i++) values[i] = bind_store_value(L, first + (int)i, i < known ? names[i] : "");
  return count;
}

void bind_store_push(lua_State *L, ll_value v) {
  switch (v.kind) {
  case LL_VALUE_NULL: lua_pushnil(L); break;
  case LL_VALUE_INTEGER: lua_pushinteger(L, v.integer); break;
  case LL_VALUE_REAL: lua_pushnumber(L, v.real); break;
  case LL_VALUE_TEXT:
  case LL_VALUE_BLOB: lua_pushlstring(L, v.bytes, v.size); break;
  }
}

/** ll.store.floats(blob [, columns]) -> matrix
 * A blob of float32 as a matrix: weights, labels, or what a study kept.
 *   blob   a string, as store:query gives a blob
 *   columns   of the matrix (1)
 * Errors: bytes that are no rows of so many columns.
 * See: store:query
 * Example:
 *   ll.store.floats(string.pack("<ff", 1, 2.5), 2):get(1, 2)   --> 2.5
 */
int bind_store_floats(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  lua_Integer columns = luaL_optinteger(L, 2, 1);
  ll_matrix m;
  if (columns < 1 || size % 4 != 0 || size / 4 % (size_t)columns != 0)
    return luaL_error(L, "%I bytes are no float32 matrix of %I columns", (LUAI_UACINT)size, (LUAI_UACINT)columns);
  size_t n = size / 4;
  if (n == 0 && columns > LL_MATRIX_SIDE) columns = 0; /* of a damaged database: no matrix is so wide */
  bind_check(L, ll_matrix_new(bind_ctx(L), n ? n / (size_t)columns : 0, (size_t)columns, &m));
  for (size_t i = 0; i < n; i++) {
    float x;
    memcpy(&x, bytes + 4 * i, sizeof x);
    m.data[i] = (ll_real)x;
  }
  bind_push_matrix(L, &m);
  return 1;
}
