/* What a function gives for the features of a set, a block of rows after another, so that neither all rows that a view would have
 * to gather nor all activations of a network are in memory at once. */
#include <string.h>

#include "lua/bind/data.h"

enum { DATA = 1, FUNCTION, OUT };

/* The rows from `at` on that the function at the top gave for n rows, into the matrix at OUT, which the first block makes. */
static void keep(lua_State *L, const ll_data *data, size_t at, size_t n) {
  const ll_matrix *block = bind_matrix(L, -1, "apply", "what the function gives");
  if (block->rows != n)
    luaL_error(L, "apply: the function gave a matrix %dx%d for %d rows; a row for each was expected", (int)block->rows,
               (int)block->cols, (int)n);
  if (at == 0) {
    ll_matrix out;
    bind_check(L, ll_matrix_new(bind_ctx(L), data->x.rows, block->cols, &out));
    bind_push_matrix(L, &out);
    lua_replace(L, OUT);
  }
  ll_matrix out = *bind_matrix(L, OUT, "apply", "the result");
  if (block->cols != out.cols)
    luaL_error(L, "apply: the function gave %d columns for the rows from %d on, and %d before", (int)block->cols, (int)at + 1,
               (int)out.cols);
  out.data += at * out.stride, out.rows = n;
  ll_matrix_assign(&out, block);
}

/** data:apply(f [, rows]) -> matrix
 * What a function gives for the features, a row for each row, called with blocks of rows one after another.
 * f is called as f(x) with at most so many rows of features at a time, in order; so a set of any size is evaluated in little
 * memory. A network gives for a block what it gives for all rows at once, to the bit; a function that mixes rows, as one that
 * takes their mean, does not.
 *   f   a function, or what can be called, from a matrix (k, d) to a matrix of k rows
 *   rows   how many rows a block has at most, a whole number >= 1 (4096)
 * Errors: f is no function; what f raises; a result that is no matrix or has another number of rows.
 * See: data.x, network:predict
 * Example:
 *   local iris, net = ll.data.load "iris", ll.nn.mlp { 4, 8, 3 }
 *   iris:apply(function(x) return ll.no_grad(net, x) end, 64):shape()   --> 150 3
 */
static int data_apply(lua_State *L) {
  enum { ROWS = 4096 };
  ll_ctx *ctx = bind_ctx(L);
  const ll_data *data = bind_data(L, DATA);
  lua_Integer most = lua_isnoneornil(L, 3) ? ROWS : bind_integer(L, 3, "apply", "the rows of a block");
  if (most < 1) return luaL_error(L, "apply: a block has at least 1 row, not %I", (LUAI_UACINT)most);
  if (!lua_isfunction(L, FUNCTION) && luaL_getmetafield(L, FUNCTION, "__call") == LUA_TNIL)
    return bind_wrong(L, FUNCTION, "apply", "f", "a function");
  lua_settop(L, 2);
  lua_pushnil(L);
  for (size_t at = 0, n; at < data->x.rows; at += n) {
    n = data->x.rows - at < (size_t)most ? data->x.rows - at : (size_t)most;
    ll_matrix x;
    lua_pushvalue(L, FUNCTION);
    bind_check(L, ll_data_features(ctx, data, at, n, &x));
    bind_push_matrix(L, &x);
    lua_call(L, 1, 1);
    keep(L, data, at, n);
    lua_settop(L, OUT);
  }
  return 1;
}

const bind_function bind_data_applying[] = {{"apply", data_apply, 3}, {NULL, NULL, 0}};
