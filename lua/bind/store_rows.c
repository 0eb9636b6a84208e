/* What statements and queries give: db:rows, db:query and db:cells for loops, db:one for a row. */
#include "lua/bind/store.h"

#define ROWS "losslab.store.rows"

static int rows_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, ROWS);
  ll_rows *rows = *slot;
  *slot = NULL;
  ll_rows_close(rows);
  return 0;
}

ll_rows **bind_store_new_rows(lua_State *L) {
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
    bind_store_push(L, ll_rows_value(rows, i));
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

/** store:rows(name, …) -> iterator
 * The rows of a statement of losslab, by its name.
 * As in: for row, columns in store:rows(name, …) do … end.
 * row is a table by the columns' names, columns the names in order.
 *   name   of a statement; see ll.store.statements
 *   …   its values in order, or one table of them by name
 * Errors: no such statement, with the nearest; another number of values.
 * See: store:query, store:one
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local n = 0
 *   for row in db:rows "studies" do n = n + 1 end
 *   n   --> 0
 */
int bind_store_rows(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *name = bind_string(L, 2, "store", "the name of a statement");
  ll_value values[LL_STORE_MAX_VALUES];
  size_t count = bind_store_values(L, store, name, values);
  ll_rows **slot = bind_store_new_rows(L);
  bind_check(L, ll_store_query(store, name, values, count, slot));
  return push_iterator(L, lua_gettop(L));
}

/* Pushes the rows of the SQL at argument 2, with the values behind it. */
static ll_rows **ask(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *sql = bind_string(L, 2, "store", "the SQL");
  ll_value values[LL_STORE_MAX_VALUES];
  int count = lua_gettop(L) - 2;
  if (count > LL_STORE_MAX_VALUES) luaL_error(L, "query: %d values; there may be %d", count, LL_STORE_MAX_VALUES);
  for (int i = 0; i < count; i++) values[i] = bind_store_value(L, 3 + i, "value");
  ll_rows **slot = bind_store_new_rows(L);
  bind_check(L, ll_store_ask(store, sql, values, (size_t)count, slot));
  return slot;
}

/** store:query(sql, …) -> iterator
 * The rows of an SQL statement of your own, which may only read.
 * As in: for row, columns in store:query(sql, …) do … end.
 * row is a table by the columns' names, columns the names in order; NULL is nil, a blob a string.
 *   sql   one SELECT; ? stands for a value
 *   …   the values, at most 32
 * Errors: a statement that would write; what SQLite does not understand, with the table or column that may be meant.
 * See: store:cells, ll.store.floats
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   for row in db:query("SELECT ? + 1 AS n", 41) do n = row.n end
 *   n   --> 42
 */
int bind_store_query(lua_State *L) {
  ask(L);
  return push_iterator(L, lua_gettop(L));
}

/* The iterator of cells: upvalue 1 are the rows. */
static int next_cells(lua_State *L) {
  ll_rows **slot = lua_touserdata(L, lua_upvalueindex(1));
  bool more = false;
  if (*slot) bind_check(L, ll_rows_next(*slot, &more));
  if (!more) return 0;
  size_t n = ll_rows_columns(*slot);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    ll_value value = ll_rows_value(*slot, i);
    if (value.kind == LL_VALUE_BLOB) lua_createtable(L, 1, 0);
    bind_store_push(L, value);
    if (value.kind == LL_VALUE_BLOB) lua_rawseti(L, -2, 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** store:cells(sql, …) -> iterator, …, { name, … }
 * As store:query, for printing: each row an array of its values, since columns may have one name.
 * A blob is a table that holds its bytes. Behind the four values for a loop come the columns' names.
 *   sql   one SELECT; ? stands for a value
 *   …   the values, at most 32
 * Errors: as of store:query.
 * See: store:query
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   for cells in db:cells "SELECT 1, 'a'" do last = cells[2] end
 *   last   --> a
 */
int bind_store_cells(lua_State *L) {
  ll_rows **slot = ask(L);
  int rows = lua_gettop(L);
  lua_pushvalue(L, rows);
  lua_pushcclosure(L, next_cells, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, rows);
  push_names(L, *slot);
  return 5;
}

/** store:one(name, …) -> table, or nil
 * The first row that a statement of losslab gives, by the columns' names; nil if there is none.
 *   name   of a statement; see ll.store.statements
 *   …   its values in order, or one table of them by name
 * Errors: as of store:rows.
 * See: store:rows
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   db:one "study"   --> nil
 */
int bind_store_one(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *name = bind_string(L, 2, "store", "the name of a statement");
  ll_value values[LL_STORE_MAX_VALUES];
  size_t count = bind_store_values(L, store, name, values);
  ll_rows **slot = bind_store_new_rows(L);
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

void bind_store_rows_class(lua_State *L) {
  static const bind_function none[] = {{NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", rows_gc}, {"__close", rows_gc}, {NULL, NULL}};
  bind_class(L, ROWS, none, metamethods);
}
