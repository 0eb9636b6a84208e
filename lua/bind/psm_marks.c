/* Which rows of a set were in another one, in Lua. */
#include "lua/bind/data.h"
#include "lua/bind/psm.h"

static size_t columns_of(lua_State *L, int index, const char *who, const ll_data *data) {
  return lua_isnoneornil(L, index) ? data->x.cols : bind_size(L, index, who, "columns");
}

typedef struct made {
  unsigned char *bytes;
  size_t size;
} made;
static int push_bytes(lua_State *L) {
  const made *m = lua_touserdata(L, 1);
  lua_pushlstring(L, (const char *)m->bytes, m->size);
  return 1;
}

/** ll.psm.marks(data [, columns]) -> string
 * What tells the rows of a set from others, two bytes a row: a Bloom filter of their labels and features.
 *   data      a data set
 *   columns   of how many features, the first ones (all)
 * Errors: fewer columns.
 * See: ll.psm.marked
 * Example:
 *   local set = ll.data.matrix({ { 1 }, { 2 }, { 3 } }, { 1, 0, 1 })
 *   #ll.psm.marks(set)   --> 6
 */
static int psm_marks(lua_State *L) {
  const ll_data *data = bind_data(L, 1);
  lua_settop(L, 2);
  size_t columns = columns_of(L, 2, "marks", data);
  made m;
  bind_check(L, ll_psm_marks(bind_ctx(L), data, columns, &m.bytes, &m.size));
  lua_pushcfunction(L, push_bytes), lua_pushlightuserdata(L, &m);
  int failed = lua_pcall(L, 1, 1, 0);
  ll_free(bind_ctx(L), m.bytes);
  return failed ? lua_error(L) : 1;
}

/** ll.psm.marked(marks, data [, columns]) -> matrix
 * Which rows of a set are equal to one that was marked, in label and features: n×1 of 1 and 0.
 * Of rows that are not, about one in 1700 is called equal all the same.
 *   marks     of ll.psm.marks, of the same columns, made in the same precision
 *   data      a data set
 *   columns   of how many features, the first ones (all)
 * Errors: fewer columns; no marks.
 * See: ll.psm.marks
 * Example:
 *   local marks = ll.psm.marks(ll.data.matrix({ { 1 }, { 2 }, { 3 } }, { 1, 0, 1 }))
 *   ll.psm.marked(marks, ll.data.matrix({ { 3 }, { 3 }, { 2 } }, { 1, 0, 0 })):table()   --> { 1, 0, 1 }
 */
static int psm_marked(lua_State *L) {
  size_t size;
  const char *marks = bind_bytes(L, 1, "marked", "the marks", &size);
  const ll_data *data = bind_data(L, 2);
  lua_settop(L, 3);
  size_t columns = columns_of(L, 3, "marked", data);
  ll_matrix out;
  bind_check(L, ll_psm_marked(bind_ctx(L), (const unsigned char *)marks, size, data, columns, &out));
  bind_push_matrix(L, &out);
  return 1;
}

const bind_function bind_psm_marks[] = {{"marks", psm_marks, 2}, {"marked", psm_marked, 3}, {NULL, NULL, 0}};
