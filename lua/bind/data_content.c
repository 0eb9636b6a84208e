/* The content of sets in Lua: as a string and back, and how two sets differ. */
#include "lua/bind/data.h"

static int push_string(lua_State *L) {
  lua_pushlstring(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
  return 1;
}

/** data:pack() -> string
 * All of the set but its path as a string, packed without loss, as a result database keeps it.
 * See: ll.data.unpack
 * Example:
 *   local iris = ll.data.load "iris"
 *   ll.data.unpack(iris:pack()).hash == iris.hash   --> true
 */
static int data_pack(lua_State *L) {
  void *bytes;
  size_t n;
  bind_check(L, ll_data_pack(bind_ctx(L), bind_data(L, 1), &bytes, &n));
  lua_pushcfunction(L, push_string); /* memory for the string may be missing: bytes are freed either way */
  lua_pushlightuserdata(L, bytes);
  lua_pushinteger(L, (lua_Integer)n);
  int status = lua_pcall(L, 2, 1, 0);
  ll_free(bind_ctx(L), bytes);
  return status == LUA_OK ? 1 : lua_error(L);
}

/** ll.data.unpack(bytes [, name]) -> data
 * The set of such a string: with the same hash, splits, batches and bits.
 *   bytes   a string that data:pack gave, or the database holds
 *   name   what messages call it ("data.unpack")
 * Errors: damaged bytes; bytes packed in the other precision, where digits are lacking or would be lost.
 * See: data:pack
 * Example:
 *   ll.data.unpack(ll.data.load("iris"):pack()).rows   --> 150
 */
static int data_unpack(lua_State *L) {
  size_t n;
  const char *bytes = bind_bytes(L, 1, "data.unpack", "the bytes", &n);
  const char *name = lua_isnoneornil(L, 2) ? "data.unpack" : bind_string(L, 2, "data.unpack", "the name");
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_data_unpack(bind_ctx(L), bytes, n, name, out));
  bind_data_account(L, *out);
  return 1;
}

static void push_marked(lua_State *L, const ll_data *data, const bool *marks, const char *field) {
  lua_Integer n = 0;
  lua_newtable(L);
  for (size_t j = 0; j < data->info->n_columns; j++) {
    if (!marks[j]) continue;
    lua_pushstring(L, data->info->columns[j]);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, field);
}

/** ll.data.differences(a, b) -> table
 * How the rows of two sets differ.
 * By the names of their classes and the features that both have.
 * Fields: changed, added, removed, and rows, all of them; first, the first row in which they differ by place, or nil; columns,
 * the names of those in which rows of the same place differ; only_a and only_b, the names of columns that the other lacks. A
 * row that is in both is no difference, wherever it stands.
 * See: ll.data.said_differences
 * Example:
 *   local x, y = ll.matrix { { 1 }, { 2 }, { 3 } }, ll.matrix { { 0 }, { 1 }, { 1 } }
 *   local set = ll.data.matrix(x, y)
 *   local found = ll.data.differences(set:subset { 1, 2 }, set)
 *   found.added, found.changed, found.first   --> 1 0 3
 */
static int data_differences(lua_State *L) {
  ll_data *a = bind_data(L, 1), *b = bind_data(L, 2);
  ll_data_differences out;
  size_t na = a->info->n_columns, nb = b->info->n_columns, least = a->x.rows < b->x.rows ? a->x.rows : b->x.rows;
  bool *marks = lua_newuserdatauv(L, 2 * na + nb, 0);
  bind_check(L, ll_data_compare(bind_ctx(L), a, b, &out, marks, marks + 2 * na, marks + na));
  lua_createtable(L, 0, 8);
  const struct {
    const char *field;
    size_t count;
  } counts[] = {
      {"changed", out.changed}, {"added", out.added}, {"removed", out.removed}, {"rows", out.changed + out.added + out.removed}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    lua_pushinteger(L, (lua_Integer)counts[i].count), lua_setfield(L, -2, counts[i].field);
  if (out.first < least || a->x.rows != b->x.rows) lua_pushinteger(L, (lua_Integer)out.first + 1), lua_setfield(L, -2, "first");
  push_marked(L, a, marks, "only_a");
  push_marked(L, a, marks + na, "columns");
  push_marked(L, b, marks + 2 * na, "only_b");
  return 1;
}

const bind_function bind_data_packing[] = {{"pack", data_pack, 1}, {NULL, NULL, 0}};
const bind_function bind_data_contents[] = {{"unpack", data_unpack, 2}, {"differences", data_differences, 2}, {NULL, NULL, 0}};
