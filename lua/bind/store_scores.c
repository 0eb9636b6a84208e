/* The scores of a trial's part between Lua and the database: ll.store.pack_scores and ll.store.unpack_scores. */
#include <string.h>

#include "lua/bind/store.h"

static int push_string(lua_State *L) {
  lua_pushlstring(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
  return 1;
}

/** ll.store.pack_scores({ matrix, … } [, form]) -> string, integer
 * Scores of epochs as a string, as a database keeps them, and the number of its coding.
 * The epochs follow each other.
 *   1, 2, …   matrices of one shape, one an epoch
 *   form   "exact", "ranks" (only their order), or "plain" (float32 as they are) ("exact")
 * Errors: no matrices, or of two shapes; no such form.
 * See: ll.store.unpack_scores
 * Example:
 *   local bytes, coding = ll.store.pack_scores { ll.ones(3, 1), ll.zeros(3, 1) }
 *   ll.store.unpack_scores(bytes, coding, 2, 1, 1):sum():item()   --> 3
 */
int bind_store_pack_scores(lua_State *L) {
  static const char *const forms[] = {"plain", "exact", "ranks"};
  const char *who = "pack_scores", *form = luaL_optstring(L, 2, "exact");
  ll_ctx *ctx = bind_ctx(L);
  ll_scores_coding coding;
  size_t asked, size;
  void *bytes;
  bind_table(L, 1, who, "the scores");
  lua_settop(L, 2);
  bind_check(L, ll_names_choose(ctx, who, "the form", form, forms, sizeof forms / sizeof *forms, &asked));
  size_t epochs = lua_rawlen(L, 1), count = 0, rows = 0, columns = 0;
  if (epochs == 0) return luaL_error(L, "%s: there are no scores; a list of matrices was expected, one an epoch", who);
  float *all = NULL;
  for (size_t e = 0; e < epochs; e++) {
    lua_rawgeti(L, 1, (lua_Integer)e + 1);
    const ll_matrix *m = bind_matrix(L, -1, who, "the scores of an epoch");
    if (e == 0) {
      rows = m->rows, columns = m->cols, count = ll_matrix_count(m);
      if (count > SIZE_MAX / 4 / epochs) return luaL_error(L, "%s: too many scores", who);
      all = lua_newuserdatauv(L, 4 * epochs * count + 1, 0);
      lua_insert(L, 3); /* below the matrix, where it stays */
    } else if (m->rows != rows || m->cols != columns) {
      return luaL_error(L, "%s: epoch %d has scores %dx%d, the first %dx%d", who, (int)e + 1, (int)m->rows, (int)m->cols, (int)rows,
                        (int)columns);
    }
    float *to = all + e * count;
    for (size_t i = 0; i < m->rows; i++)
      for (size_t j = 0; j < m->cols; j++) *to++ = (float)ll_matrix_row(m, i)[j];
    lua_settop(L, 3);
  }
  bind_check(L, ll_scores_pack(ctx, all, epochs, count, (ll_scores_coding)asked, &coding, &bytes, &size));
  lua_pushcfunction(L, push_string); /* memory for the string may be missing: bytes are freed either way */
  lua_pushlightuserdata(L, bytes);
  lua_pushinteger(L, (lua_Integer)size);
  int status = lua_pcall(L, 2, 1, 0);
  ll_free(ctx, bytes);
  if (status != LUA_OK) return lua_error(L);
  lua_pushinteger(L, (lua_Integer)coding);
  return 2;
}

static void push_scores(lua_State *L, const float *values, size_t count, size_t columns) {
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), count / columns, columns, &m));
  for (size_t i = 0; i < count; i++) m.data[i] = (ll_real)values[i];
  bind_push_matrix(L, &m);
}

/** ll.store.unpack_scores(bytes, coding, epochs, columns [, which]) -> matrix, or { matrix, … }
 * The scores of one epoch, or of all, from the table score of a database.
 *   bytes   the blob
 *   coding   its coding, as the column says
 *   epochs   how many it holds, the column last minus first plus 1
 *   columns   scores a row
 *   which   the epoch, from 1 to epochs (all of them, as an array)
 * Errors: damaged bytes; no such epoch.
 * See: ll.store.pack_scores, store:query
 * Example:
 *   local bytes, coding = ll.store.pack_scores { ll.ones(3, 1), ll.zeros(3, 1) }
 *   #ll.store.unpack_scores(bytes, coding, 2, 1)   --> 2
 */
int bind_store_unpack_scores(lua_State *L) {
  const char *who = "unpack_scores";
  size_t size, count;
  bool all = lua_isnoneornil(L, 5);
  const char *bytes = bind_bytes(L, 1, who, "what is packed", &size);
  lua_Integer coding = bind_integer(L, 2, who, "the coding");
  lua_Integer epochs = bind_integer_from(L, 3, who, "the number of epochs", 1);
  lua_Integer columns = bind_integer_from(L, 4, who, "the number of columns", 1);
  lua_Integer which = all ? 1 : bind_integer_from(L, 5, who, "the epoch", 1);
  ll_ctx *ctx = bind_ctx(L);
  int known = coding < 0 || coding > INT8_MAX ? -1 : (int)coding;
  if (which > epochs) return luaL_error(L, "%s: epoch %I of %I", who, (LUAI_UACINT)which, (LUAI_UACINT)epochs);
  bind_check(L, ll_scores_count(ctx, known, bytes, size, (size_t)epochs, &count));
  if (count % (size_t)columns != 0)
    return luaL_error(L, "%s: %I scores an epoch are no rows of %I columns", who, (LUAI_UACINT)count, (LUAI_UACINT)columns);
  if (columns > LL_MATRIX_SIDE) columns = 1; /* of a damaged database, where there are no rows: no matrix is so wide */
  size_t n = all ? (size_t)epochs : 1;
  if (count > SIZE_MAX / 8 / n) return luaL_error(L, "%s: too many scores", who);
  float *values = lua_newuserdatauv(L, 4 * n * count + 1, 0);
  bind_check(L, ll_scores_unpack(ctx, known, bytes, size, (size_t)epochs, count, (size_t)which - 1, n, values));
  if (!all) return push_scores(L, values, count, (size_t)columns), 1;
  lua_newtable(L);
  for (size_t e = 0; e < n; e++) {
    push_scores(L, values + e * count, count, (size_t)columns);
    lua_rawseti(L, -2, (lua_Integer)e + 1);
  }
  return 1;
}
