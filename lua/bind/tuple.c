/* Tuples of a batch in Lua: ll.tuple.pairs(labels, stream), triplets, quadruplets, matches. */
#include "lua/bind/bind.h"

static const char *const names[] = {"pairs", "triplets", "quadruplets", "matches"};
_Static_assert(sizeof names / sizeof *names == LL_TUPLE_KINDS, "a name for each kind");

/* kind(labels, stream): a column (m,1) of row numbers, from 1, for each place of the tuple; the third of a pair is its label. */
static int tuples(lua_State *L) {
  ll_tuple_kind kind = (ll_tuple_kind)lua_tointeger(L, lua_upvalueindex(1));
  lua_settop(L, 2);
  const ll_matrix *labels = bind_labels(L, 1, names[kind]);
  ll_random *stream = bind_object(L, 2, "losslab.random");
  bind_places(L, names[kind], labels->rows);
  ll_ctx *ctx = bind_ctx(L);
  uint32_t *rows = NULL;
  size_t count, columns = ll_tuple_columns(kind);
  ll_matrix out[4] = {{0}};
  ll_status status = ll_tuples(ctx, kind, labels, stream, &rows, &count);
  for (size_t c = 0; c < columns && status == LL_OK; c++) {
    uint32_t from_one = kind == LL_TUPLE_PAIR && c == 2 ? 0 : 1;
    status = ll_matrix_new(ctx, count, 1, &out[c]);
    for (size_t i = 0; i < count && status == LL_OK; i++) out[c].data[i] = (ll_real)(rows[i * columns + c] + from_one);
  }
  ll_free(ctx, rows);
  if (status != LL_OK) {
    for (size_t c = 0; c < columns; c++) ll_matrix_release(ctx, &out[c]);
    return bind_raise(L);
  }
  for (size_t c = 0; c < columns; c++) bind_push_matrix(L, &out[c]);
  return (int)columns;
}

int bind_open_tuple(lua_State *L) {
  lua_createtable(L, 0, LL_TUPLE_KINDS);
  for (int k = 0; k < LL_TUPLE_KINDS; k++) {
    lua_pushinteger(L, k);
    lua_pushcclosure(L, tuples, 1);
    lua_setfield(L, -2, names[k]);
  }
  return 1;
}
