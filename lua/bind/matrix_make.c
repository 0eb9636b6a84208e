/* Making matrices in Lua: of one number, of a table. */
#include "lua/bind/matrix.h"

static int push_filled(lua_State *L, const char *who, double value) {
  size_t rows = bind_size(L, 1, who, "rows"), cols = lua_isnoneornil(L, 2) ? 1 : bind_size(L, 2, who, "cols");
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  ll_matrix_fill(&m, value);
  bind_push_matrix(L, &m);
  return 1;
}

/** ll.zeros(rows [, cols]) -> matrix
 * A matrix of zeros.
 *   rows   a whole number >= 0
 *   cols   a whole number >= 0 (1: a column)
 * Errors: a size that is no whole number >= 0; a matrix beyond the memory limit.
 * See: ll.ones, ll.full, ll.eye, ll.matrix
 * Example:
 *   ll.zeros(2, 3):shape()      --> 2 3
 *   ll.zeros(4):sum():item()    --> 0
 */
static int matrix_zeros(lua_State *L) { return push_filled(L, "zeros", 0); }

/** ll.ones(rows [, cols]) -> matrix
 * A matrix of ones.
 *   rows   a whole number >= 0
 *   cols   a whole number >= 0 (1: a column)
 * Errors: a size that is no whole number >= 0.
 * See: ll.zeros, ll.full
 * Example:
 *   ll.ones(2, 3):sum():item()   --> 6
 */
static int matrix_ones(lua_State *L) { return push_filled(L, "ones", 1); }

/** ll.full(rows, cols, value) -> matrix
 * A matrix whose elements are all the same number.
 *   rows    a whole number >= 0
 *   cols    a whole number >= 0; nil: 1
 *   value   a number
 * Errors: a size that is no whole number >= 0; a value that is missing, or beyond the precision.
 * See: ll.zeros, ll.ones, matrix:fill_
 * Example:
 *   ll.full(2, 2, 0.5):table()   --> { { 0.5, 0.5 }, { 0.5, 0.5 } }
 */
static int matrix_full(lua_State *L) { return push_filled(L, "full", bind_fitting(L, 3, "full", "the value")); }

/** ll.eye(n) -> matrix
 * The identity matrix: ones on the diagonal, zeros elsewhere, n×n.
 *   n   a whole number >= 0
 * Errors: a size that is no whole number >= 0.
 * See: ll.diag, ll.zeros
 * Example:
 *   ll.eye(2):table()   --> { { 1, 0 }, { 0, 1 } }
 */
static int matrix_eye(lua_State *L) {
  size_t n = bind_size(L, 1, "eye", "the size");
  ll_matrix m;
  bind_check(L, ll_matrix_zeros(bind_ctx(L), n, n, &m));
  for (size_t i = 0; i < n; i++) ll_matrix_row(&m, i)[i] = 1;
  bind_push_matrix(L, &m);
  return 1;
}

/** ll.matrix(values) -> matrix
 * A matrix of a table of rows, of a table of numbers (a column) or of a number (1×1).
 * Of a matrix it is a copy, which has no past and wants no gradient: with_grad makes it a parameter.
 *   values   { { 1, 2 }, { 3, 4 } }: 2×2; { 1, 2, 3 }: 3×1; { { 1, 2, 3 } }: 1×3; 5: 1×1; {}: 0×1
 * Errors: rows of different lengths, an element that is no number (its place), a number beyond the precision.
 * See: ll.zeros, ll.full, ll.eye, ll.load_matrix, matrix:table, matrix:with_grad
 * Example:
 *   ll.matrix({ 1, 2, 3 }):shape()          --> 3 1
 *   ll.matrix({ { 1, 2 }, { 3, 4 } }):get(2, 1)   --> 3
 *   ll.matrix { { 1, 2 }, { 3 } }           --> error: matrix: the argument: row 2 of the table has 1 elements, row 1 has 2
 */
static int matrix_of(lua_State *L) {
  while (lua_gettop(L) > 1 && lua_isnil(L, -1)) lua_pop(L, 1);
  if (lua_gettop(L) > 1)
    return luaL_error(L,
                      "matrix takes one table, number or matrix, not %d arguments: ll.zeros(rows, cols) makes one of zeros, "
                      "ll.matrix { { 1, 2 }, { 3, 4 } } one of these numbers",
                      lua_gettop(L));
  return bind_matrix_of(L);
}

/** ll.range(first, last [, count]) -> matrix
 * A column of equally spaced numbers, both ends included. Without count they are a whole step of 1 apart.
 *   first   a number
 *   last    a number
 *   count   how many, a whole number >= 1 (last - first + 1)
 * Errors: last - first is no whole number >= 0, and no count is given.
 * See: ll.zeros, ll.full
 * Example:
 *   ll.range(1, 4):table()[3]   --> 3.0
 *   ll.range(0, 1, 5):sum():item()   --> 2.5
 */
static int matrix_range(lua_State *L) {
  double first = bind_fitting(L, 1, "range", "first"), last = bind_fitting(L, 2, "range", "last"), apart = last - first;
  if (!isfinite(apart)) return luaL_error(L, "range: first and last must be finite numbers, not %f and %f", first, last);
  if (lua_isnoneornil(L, 3) && !(apart >= 0 && apart == floor(apart) && apart < LL_WHOLE))
    return luaL_error(L, "range: from %f to %f is no whole number of steps of 1; range(first, last, count) takes other steps",
                      first, last);
  size_t n = lua_isnoneornil(L, 3) ? (size_t)apart + 1 : (size_t)bind_integer_from(L, 3, "range", "count", 1);
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++)
    m.data[i] = (ll_real)(i + 1 == n && n > 1 ? last : n > 1 ? first + apart * (double)i / (double)(n - 1) : first);
  bind_push_matrix(L, &m);
  return 1;
}

/** matrix:copy() -> matrix
 * The same numbers in a matrix of their own, without a past and without a gradient.
 * To change it leaves the first alone, unlike that of detach, which shares the elements.
 * See: matrix:detach, matrix:assign, ll.matrix
 * Example:
 *   local m = ll.ones(2, 2)
 *   local c = m:copy()
 *   c:fill_(5)
 *   m:get(1, 1)   --> 1
 */
int bind_matrix_of(lua_State *L) {
  lua_settop(L, 1);
  const ll_matrix *from = bind_matrix(L, 1, "matrix", "the argument");
  ll_matrix m;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &m));
  bind_push_matrix(L, &m);
  return 1;
}

int bind_matrix_copy(lua_State *L) {
  bind_matrix_of(L);
  bind_matrix_as_row(L, 1);
  return 1;
}

const bind_function bind_matrix_making[] = {
    {"matrix", matrix_of, BIND_MANY}, {"zeros", matrix_zeros, 2}, {"ones", matrix_ones, 2}, {"full", matrix_full, 3},
    {"eye", matrix_eye, 1},           {"range", matrix_range, 3}, {NULL, NULL, 0}};
