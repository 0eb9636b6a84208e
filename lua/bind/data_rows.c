/* Rows of a set in Lua: some of them, which they are, all of them standardised. */
#include <sha2.h>
#include <string.h>

#include "lua/bind/data.h"

/* The rows of a string as the database has them, uint32 from 1, as a userdata on the stack. */
static uint32_t *push_packed_rows(lua_State *L, int index, size_t *n) {
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  if (size % 4 != 0) luaL_error(L, "the rows: %I bytes are no row numbers of 4 bytes", (LUAI_UACINT)size);
  *n = size / 4;
  uint32_t *rows = lua_newuserdatauv(L, (*n + 1) * sizeof *rows, 0);
  memcpy(rows, bytes, size);
  for (size_t i = 0; i < *n; i++)
    if (rows[i]-- == 0) luaL_error(L, "place %d of the rows: a row's number, from 1, expected, not 0", (int)i + 1);
  return rows;
}

/* The rows of an array of numbers from 1, or of a string, as a userdata on the stack. */
static uint32_t *push_row_list(lua_State *L, int index, const char *who, size_t *n) {
  if (lua_type(L, index) == LUA_TSTRING) return push_packed_rows(L, index, n);
  bind_table(L, index, who, "the rows");
  *n = lua_rawlen(L, index);
  uint32_t *rows = lua_newuserdatauv(L, (*n + 1) * sizeof *rows, 0);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    int is;
    lua_Integer row = lua_tointegerx(L, -1, &is);
    if (!is || row < 1 || row > UINT32_MAX)
      luaL_error(L, "place %d of the rows: a row's number, from 1, expected, not %s", (int)i + 1, luaL_tolstring(L, -1, NULL));
    rows[i] = (uint32_t)(row - 1);
    lua_pop(L, 1);
  }
  return rows;
}

/** data:subset(rows) -> data
 * Some rows of the set, in that order.
 *   rows   an array of row numbers, from 1; or a string, the column rows of a part in a database
 * Errors: a number that is no row's; no rows.
 * See: data:row_numbers
 * Example:
 *   local part = ll.data.load("iris"):subset { 3, 1 }
 *   part.rows, part:row_numbers()[1]   --> 2 3
 */
static int data_subset(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  size_t n;
  uint32_t *rows = push_row_list(L, 2, "subset", &n);
  ll_data **out = bind_data_new(L);
  bind_check(L, bind_data_part(bind_ctx(L), data, rows, n, NULL, out));
  bind_data_account(L, *out);
  return 1;
}

/** data:fill(rows) -> data
 * The set with its missing cells as the means of their columns over those rows.
 * Splits do this with the rows of the training part.
 *   rows   an array of row numbers, from 1; or a string, as of data:subset
 * Errors: a number that is no row's; a column in which all cells of these rows are missing.
 * See: data.missing, data:split
 * Example:
 *   ll.system.write("a.csv", "x,label\n1,0\n,1\n3,1\n")
 *   local set = ll.data.load("a.csv", { missing = "mean" })
 *   set:fill({ 1, 3 }).x:get(2, 1)   --> 2
 */
static int data_fill(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  size_t n;
  uint32_t *rows = push_row_list(L, 2, "fill", &n);
  for (size_t i = 0; i < n; i++)
    if (rows[i] >= data->x.rows) return luaL_error(L, "fill: row %I of %I", (LUAI_UACINT)rows[i] + 1, (LUAI_UACINT)data->x.rows);
  double *means = lua_newuserdatauv(L, (data->x.cols + 1) * sizeof *means, 0);
  ll_data **out = bind_data_new(L);
  bind_check(L, ll_data_means(bind_ctx(L), data, rows, n, means));
  bind_check(L, bind_data_filled(bind_ctx(L), data, means, out));
  bind_data_account(L, *out);
  return 1;
}

/** data:row_numbers() -> { n, … }
 * Which rows of the whole set these are, from 1.
 * See: data:subset, data:rows_hash
 * Example:
 *   ll.data.load("iris"):subset({ 7, 2 }):row_numbers()[2]   --> 2
 */
static int data_row_numbers(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_createtable(L, (int)data->x.rows, 0);
  for (size_t i = 0; i < data->x.rows; i++) {
    lua_pushinteger(L, (lua_Integer)(data->index ? data->index[i] : i) + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** data:cut_groups([most]) -> matrix, count
 * Numbers of what a split should not part, n x 1: 1, 2, … in the order in which they come; and how many there are.
 * Rows of one group hang together, and groups that have a domain in common: of many rows first, and only as long as at most so many
 * rows hang together, so that few domains are in several; a domain of more rows joins nothing. In a set without groups each row is
 * one. It is what the option domains of a split keeps in one part.
 *   most   rows that domains join, at most (all)
 * Errors: more groups than a matrix in single precision counts (2^24).
 * See: data:split, data.groups, data.domains
 * Example:
 *   local set = ll.data.matrix(ll.zeros(4, 1), { 0, 1, 0, 1 }, { groups = { 1, 1, 2, 3 }, domains = { "a", "b", "b", "c" } })
 *   set:cut_groups():table()   --> { 1, 1, 1, 2 }
 */
static int data_cut_groups(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  lua_settop(L, 2);
  size_t count, n = data->x.rows, most = lua_isnil(L, 2) ? n : bind_size(L, 2, "cut_groups", "most");
  uint32_t *groups = lua_newuserdatauv(L, (n + 1) * sizeof *groups, 0);
  ll_matrix m;
  bind_check(L, ll_data_cut_groups(bind_ctx(L), data, NULL, n, most, groups, &count));
  bind_places(L, "cut_groups", count);
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(groups[i] + 1.0);
  bind_push_matrix(L, &m);
  lua_pushinteger(L, (lua_Integer)count);
  return 2;
}

/** data:packed_rows() -> string
 * The same as a string: the column rows of a part in a database, four bytes a row, lowest first.
 * See: data:row_numbers, data:subset
 * Example:
 *   local part = ll.data.load("iris"):subset { 7, 2 }
 *   string.unpack("<I4I4", part:packed_rows())   --> 7 2 9
 */
static int data_packed_rows(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  luaL_Buffer b;
  uint32_t *rows = (uint32_t *)(void *)luaL_buffinitsize(L, &b, data->x.rows * sizeof *rows);
  for (size_t i = 0; i < data->x.rows; i++) rows[i] = (uint32_t)((data->index ? data->index[i] : i) + 1);
  luaL_pushresultsize(&b, data->x.rows * sizeof *rows);
  return 1;
}

/** data:rows_hash() -> string
 * The SHA-256 of the numbers of its rows: that of the column rows of a part in a database.
 * See: data:row_numbers
 * Example:
 *   ll.data.load("iris"):subset({ 3, 1 }):rows_hash():sub(1, 8)   --> f5bd7cea
 */
static int data_rows_hash(lua_State *L) {
  ll_data *data = bind_data(L, 1);
  SHA2_CTX hash;
  char text[SHA256_DIGEST_STRING_LENGTH];
  SHA256Init(&hash);
  for (size_t i = 0; i < data->x.rows; i++) {
    uint32_t row = (uint32_t)((data->index ? data->index[i] : i) + 1);
    SHA256Update(&hash, (const uint8_t *)&row, sizeof row);
  }
  SHA256End(&hash, text);
  lua_pushstring(L, text);
  return 1;
}

/** data:standardise(other, …) -> data, other, …
 * This set and others, scaled by this one's means and deviations, column by column.
 * x becomes (x - mean) / deviation.
 * A column that is constant here becomes 0. Missing cells become this set's means first.
 *   other   sets of the same columns: the test part, the validation part
 * Errors: other columns.
 * See: data:split
 * Example:
 *   local train, test = ll.data.load("iris"):split { test = 0.3 }
 *   train, test = train:standardise(test)
 *   math.abs(train.x:mean():item()) < 1e-5   --> true
 */
static int data_standardise(lua_State *L) {
  ll_ctx *ctx = bind_ctx(L);
  int n = lua_gettop(L);
  ll_data *train = bind_data(L, 1);
  ll_scaler scaler;
  ll_status status = LL_OK;
  luaL_checkstack(L, n + 4, NULL);
  for (int i = 2; i <= n; i++) bind_data(L, i);
  for (int i = 1; i <= n; i++) bind_data_new(L);
  double *means = lua_newuserdatauv(L, (train->x.cols + 1) * sizeof *means, 0);
  bool fill = false;
  for (int i = 1; i <= n; i++) fill = fill || (*(ll_data **)lua_touserdata(L, i))->missing;
  if (fill) { /* the arguments become filled copies of themselves */
    bind_check(L, ll_data_means(ctx, train, NULL, 0, means));
    for (int i = 1; i <= n; i++) {
      ll_data *from = *(ll_data **)lua_touserdata(L, i), **filled;
      if (from->x.cols != train->x.cols) continue; /* refused below */
      filled = bind_data_new(L);
      bind_check(L, bind_data_filled(ctx, from, means, filled));
      lua_replace(L, i);
    }
    train = *(ll_data **)lua_touserdata(L, 1);
  }
  bind_check(L, ll_scaler_fit_data(ctx, train, NULL, 0, &scaler));
  for (int i = 1; i <= n && status == LL_OK; i++) {
    ll_data *const *from = lua_touserdata(L, i);
    status = bind_data_part(ctx, *from, NULL, 0, &scaler, lua_touserdata(L, n + i));
  }
  lua_settop(L, 2 * n);
  ll_scaler_free(ctx, &scaler);
  bind_check(L, status);
  for (int i = 1; i <= n; i++) bind_data_account(L, *(ll_data **)lua_touserdata(L, n + i));
  return n;
}

const bind_function bind_data_rows[] = {{"subset", data_subset, 2},
                                        {"fill", data_fill, 2},
                                        {"row_numbers", data_row_numbers, 1},
                                        {"cut_groups", data_cut_groups, 2},
                                        {"packed_rows", data_packed_rows, 1},
                                        {"rows_hash", data_rows_hash, 1},
                                        {"standardise", data_standardise, BIND_MANY},
                                        {NULL, NULL, 0}};
