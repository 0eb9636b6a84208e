/* Result databases: ll.store.open(path, {mode = "read" | "write" | "create", timeout = 30}) -> db. Statements are run by their name
 * (ll.store.statements()) with values by position, or as one table of named values.
 *
 * How values go: nil and NaN NULL, booleans 0 and 1, numbers, strings text. Where the statement's value is a blob (its name is
 * below): a string is its bytes, a matrix float32 in row order, a table of integers uint32 (for rows a matrix, too). A blob comes
 * back as a string, of which ll.store.floats makes a matrix. */
#include <math.h>
#include <string.h>

#include "lua/bind/store.h"

#define CLASS "losslab.store"
#define ROWS "losslab.store.rows"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blobs of the database are little-endian, and written as they stand");

static const char *const blob_names[] = {"rows", "labels", "scores", "weights", "numbers"};

static ll_store *get_store(lua_State *L) { return bind_get(L, 1, CLASS); }

/* ---- values ----------------------------------------------------------------------------------------------------------- */

static bool is_blob(const char *name) {
  for (size_t i = 0; i < sizeof blob_names / sizeof *blob_names; i++)
    if (strcmp(name, blob_names[i]) == 0) return true;
  return false;
}

/* The matrix at index as n × 4 bytes; the block is Lua's and takes the value's place, so that it lives as long. */
static ll_value matrix_blob(lua_State *L, int index, bool integers, const char *name) {
  const ll_matrix *m = bind_matrix(L, index);
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

/* The value at index (absolute), for the statement's value of that name; borrowed from the stack. */
static ll_value to_value(lua_State *L, int index, const char *name) {
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
    size_t i = 0;
    while (i < count && strcmp(names[i], field) != 0) i++;
    if (i < count) continue;
    const char *near = ll_names_nearest(field, names, count);
    if (near) luaL_error(L, "%s has no value \"%s\"; did you mean \"%s\"?", statement, field, near);
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (i = 0; i < count; i++) luaL_addstring(&list, i ? ", " : ""), luaL_addstring(&list, names[i]);
    luaL_pushresult(&list);
    luaL_error(L, "%s has no value \"%s\"; it has: %s", statement, field, lua_tostring(L, -1));
  }
  luaL_checkstack(L, (int)count + 4, "too many values");
  for (size_t i = 0; i < count; i++) lua_getfield(L, table, names[i]);
}

/* The values after the name (argument 2) of a statement into values[]; returns how many. */
static size_t collect(lua_State *L, ll_store *store, const char *statement, ll_value values[LL_STORE_MAX_VALUES]) {
  const char *names[LL_STORE_MAX_VALUES];
  size_t known, count = (size_t)lua_gettop(L) - 2;
  int first = 3;
  bind_check(L, ll_store_parameters(store, statement, names, &known));
  if (count == 1 && lua_istable(L, 3) && lua_rawlen(L, 3) == 0) {
    spread(L, 3, statement, names, known);
    count = known, first = 4;
  }
  if (count > LL_STORE_MAX_VALUES) luaL_error(L, "%s: %d values; there may be %d", statement, (int)count, LL_STORE_MAX_VALUES);
  for (size_t i = 0; i < count; i++) values[i] = to_value(L, first + (int)i, i < known ? names[i] : "");
  return count;
}

static void push_value(lua_State *L, ll_value v) {
  switch (v.kind) {
  case LL_VALUE_NULL: lua_pushnil(L); break;
  case LL_VALUE_INTEGER: lua_pushinteger(L, v.integer); break;
  case LL_VALUE_REAL: lua_pushnumber(L, v.real); break;
  case LL_VALUE_TEXT:
  case LL_VALUE_BLOB: lua_pushlstring(L, v.bytes, v.size); break;
  }
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

static int rows_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, ROWS);
  ll_rows *rows = *slot;
  *slot = NULL;
  ll_rows_close(rows);
  return 0;
}

/* Pushes a closed rows userdata that keeps the store of argument 1 alive. */
static ll_rows **new_rows(lua_State *L) {
  ll_rows **slot = (ll_rows **)bind_new(L, ROWS);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return slot;
}

static void push_names(lua_State *L, const ll_rows *rows) {
  size_t n = ll_rows_columns(rows);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) lua_pushstring(L, ll_rows_name(rows, i)), lua_rawseti(L, -2, (lua_Integer)i + 1);
}

/* The current row as a table keyed by the names in the table at index. */
static void push_row(lua_State *L, const ll_rows *rows, int names) {
  size_t n = ll_rows_columns(rows);
  lua_createtable(L, 0, (int)n);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, names, (lua_Integer)i + 1);
    push_value(L, ll_rows_value(rows, i));
    lua_rawset(L, -3);
  }
}

/* The iterator: upvalues are the rows and the names of their columns. Gives the row and the names in order. */
static int next_row(lua_State *L) {
  ll_rows **slot = lua_touserdata(L, lua_upvalueindex(1));
  bool more = false;
  if (*slot) bind_check(L, ll_rows_next(*slot, &more));
  if (!more) {
    ll_rows_close(*slot);
    *slot = NULL;
    lua_pushnil(L);
    return 1;
  }
  push_row(L, *slot, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(2));
  return 2;
}

/* For the generic for: iterator, nothing, nothing, and the rows as the value to be closed when the loop is left. */
static int push_iterator(lua_State *L, int rows) {
  lua_pushvalue(L, rows);
  push_names(L, *(ll_rows **)lua_touserdata(L, rows));
  lua_pushcclosure(L, next_row, 2);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, rows);
  return 4;
}

static int db_rows(lua_State *L) {
  ll_store *store = get_store(L);
  const char *name = luaL_checkstring(L, 2);
  ll_value values[LL_STORE_MAX_VALUES];
  size_t count = collect(L, store, name, values);
  ll_rows **slot = new_rows(L);
  bind_check(L, ll_store_query(store, name, values, count, slot));
  return push_iterator(L, lua_gettop(L));
}

static int db_query(lua_State *L) {
  ll_store *store = get_store(L);
  const char *sql = luaL_checkstring(L, 2);
  ll_value values[LL_STORE_MAX_VALUES];
  int count = lua_gettop(L) - 2;
  if (count > LL_STORE_MAX_VALUES) return luaL_error(L, "query: %d values; there may be %d", count, LL_STORE_MAX_VALUES);
  for (int i = 0; i < count; i++) values[i] = to_value(L, 3 + i, "value");
  ll_rows **slot = new_rows(L);
  bind_check(L, ll_store_ask(store, sql, values, (size_t)count, slot));
  return push_iterator(L, lua_gettop(L));
}

/* one(name, …): the first row, or nil. */
static int db_one(lua_State *L) {
  ll_store *store = get_store(L);
  const char *name = luaL_checkstring(L, 2);
  ll_value values[LL_STORE_MAX_VALUES];
  size_t count = collect(L, store, name, values);
  ll_rows **slot = new_rows(L);
  bool more;
  bind_check(L, ll_store_query(store, name, values, count, slot));
  bind_check(L, ll_rows_next(*slot, &more));
  if (more) {
    push_names(L, *slot);
    push_row(L, *slot, lua_gettop(L));
  } else {
    lua_pushnil(L);
  }
  ll_rows_close(*slot);
  *slot = NULL;
  return 1;
}

/* run(name, …): how many rows it changed, the id of the last one inserted. */
static int db_run(lua_State *L) {
  ll_store *store = get_store(L);
  const char *name = luaL_checkstring(L, 2);
  ll_value values[LL_STORE_MAX_VALUES];
  ll_store_change change;
  size_t count = collect(L, store, name, values);
  bind_check(L, ll_store_run(store, name, values, count, &change));
  lua_pushinteger(L, change.rows);
  lua_pushinteger(L, change.id);
  return 2;
}

/* ---- blobs as matrices ------------------------------------------------------------------------------------------------------ */

/* Pushes size bytes of float32 as a matrix of so many columns. */
static int push_floats(lua_State *L, const void *bytes, size_t size, lua_Integer columns) {
  ll_matrix m;
  if (columns < 1 || size % 4 != 0 || size / 4 % (size_t)columns != 0)
    return luaL_error(L, "%I bytes are no float32 matrix of %I columns", (LUAI_UACINT)size, (LUAI_UACINT)columns);
  size_t n = size / 4;
  bind_check(L, ll_matrix_new(bind_ctx(L), n / (size_t)columns, (size_t)columns, &m));
  for (size_t i = 0; i < n; i++) {
    float x;
    memcpy(&x, (const char *)bytes + 4 * i, sizeof x);
    m.data[i] = (ll_real)x;
  }
  bind_push_matrix(L, &m);
  return 1;
}

/* floats(blob [, columns]): a blob of float32 as a matrix. */
static int store_floats(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  return push_floats(L, bytes, size, luaL_optinteger(L, 2, 1));
}

/* ---- transactions -------------------------------------------------------------------------------------------------------------
 */

/* transaction(f): f(db); what it did is committed, or, if it raises, taken back and the error raised on. Gives what f gives. */
static int db_transaction(lua_State *L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  bind_check(L, ll_store_begin(get_store(L)));
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  int rc = lua_pcall(L, 1, LUA_MULTRET, 0);
  ll_store *store = *(void **)lua_touserdata(L, 1); /* f may have closed it */
  if (rc != LUA_OK) {
    if (store) ll_store_rollback(store);
    return lua_error(L);
  }
  if (!store) return luaL_error(L, "the database was closed inside its transaction, which is lost");
  ll_status status = ll_store_commit(store);
  if (status != LL_OK) ll_store_rollback(store);
  bind_check(L, status);
  return lua_gettop(L) - 2;
}

/* ---- the study ----------------------------------------------------------------------------------------------------------------
 */

/* claim(): the id of the pending trial now this process's, or nil if none is left. */
static int db_claim(lua_State *L) {
  int64_t trial;
  bind_check(L, ll_store_claim(get_store(L), &trial));
  if (trial) lua_pushinteger(L, trial);
  else lua_pushnil(L);
  return 1;
}

/* release {all = false}: how many running trials without a worker are pending again. */
static int db_release(lua_State *L) {
  static const char *const names[] = {"all", NULL};
  int64_t released;
  ll_store *store = get_store(L);
  bind_options(L, 2, "release", names);
  bind_check(L, ll_store_release(store, bind_opt_boolean(L, 2, "release", "all", false), &released));
  lua_pushinteger(L, released);
  return 1;
}

/* digest(table): the hash of its content without what may differ. */
static int db_digest(lua_State *L) {
  char text[65];
  bind_check(L, ll_store_digest(get_store(L), luaL_checkstring(L, 2), text));
  lua_pushstring(L, text);
  return 1;
}

/* ---- the object
 * ------------------------------------------------------------------------------------------------------------------ */

static const char *const modes[] = {[LL_STORE_READ] = "read", [LL_STORE_WRITE] = "write", [LL_STORE_CREATE] = "create"};
enum { MODES = sizeof modes / sizeof *modes };

const char *bind_store_path(lua_State *L) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  luaL_argcheck(L, strlen(path) == length, 1, "a path holds no zero byte");
  return path;
}

static int store_open(lua_State *L) {
  static const char *const names[] = {"mode", "timeout", NULL};
  bind_reach(L, "store.open");
  const char *path = bind_store_path(L);
  bind_options(L, 2, "store.open", names);
  const char *mode = bind_opt_string(L, 2, "store.open", "mode", "read");
  double timeout = bind_opt_number(L, 2, "store.open", "timeout", 30);
  size_t i = 0;
  while (i < MODES && strcmp(modes[i], mode) != 0) i++;
  if (i == MODES) {
    const char *near = ll_names_nearest(mode, modes, MODES);
    return luaL_error(L, "store.open: mode must be \"read\", \"write\" or \"create\", not \"%s\"%s%s%s", mode,
                      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  }
  ll_store **slot = (ll_store **)bind_new(L, CLASS);
  bind_check(L, ll_store_open(bind_ctx(L), path, (ll_store_mode)i, timeout, slot));
  return 1;
}

static int db_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_store *store = *slot;
  *slot = NULL;
  ll_store_close(store);
  return 0;
}

static int db_path(lua_State *L) {
  lua_pushstring(L, ll_store_path(get_store(L)));
  return 1;
}

static int db_tostring(lua_State *L) {
  ll_store *store = *(void **)luaL_checkudata(L, 1, CLASS);
  if (store) lua_pushfstring(L, "result database %s (%s)", ll_store_path(store), modes[ll_store_opened(store)]);
  else lua_pushstring(L, "result database (closed)");
  return 1;
}

/* statements(): an array of {name, doc, sql}. */
static int store_statements(lua_State *L) {
  size_t count;
  const ll_statement_info *all = ll_store_statements(&count);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, all[i].name), lua_setfield(L, -2, "name");
    lua_pushstring(L, all[i].doc), lua_setfield(L, -2, "doc");
    lua_pushstring(L, all[i].sql), lua_setfield(L, -2, "sql");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static const luaL_Reg functions[] = {
    {"open", store_open}, {"lock", bind_store_lock}, {"statements", store_statements}, {"floats", store_floats}, {NULL, NULL}};
static const luaL_Reg methods[] = {{"run", db_run},     {"rows", db_rows},       {"one", db_one},   {"query", db_query},

                                   {"claim", db_claim}, {"digest", db_digest},   {"path", db_path}, {"transaction", db_transaction},
                                   {"close", db_close}, {"release", db_release},

                                   {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", db_close}, {"__close", db_close}, {"__tostring", db_tostring}, {NULL, NULL}};
static const luaL_Reg rows_metamethods[] = {{"__gc", rows_gc}, {"__close", rows_gc}, {NULL, NULL}};

int bind_open_store(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  bind_store_lock_class(L);
  bind_class(L, CLASS, methods, metamethods);
  bind_class(L, ROWS, none, rows_metamethods);
  luaL_newlib(L, functions);
  return 1;
}
