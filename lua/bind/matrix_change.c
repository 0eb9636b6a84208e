/* Changing the elements of a matrix itself in Lua. None of it is recorded; graphs that read the matrix are told. */
#include "lua/bind/matrix.h"

/* The matrix that a method changes: a number or a table in its place would be changed and lost. */
static ll_node *self(lua_State *L) {
  bind_object(L, 1, BIND_MATRIX);
  return bind_node(L, 1, "a matrix", "it");
}

/* Ends a change of argument 1 in place: graphs that read it are told, and it is the result. */
static int changed(lua_State *L) {
  ll_matrix_touch(&bind_as_node(L, 1)->value);
  lua_settop(L, 1);
  return 1;
}

/* "the value of element (2, 1)" */
static const char *place_named(lua_State *L) {
  return lua_pushfstring(L, "the value of element (%I, %I)", (LUAI_UACINT)lua_tointeger(L, 2),
                         (LUAI_UACINT)(lua_isnoneornil(L, 3) ? 1 : lua_tointeger(L, 3)));
}

/** matrix:set(i, j, value) -> matrix
 * Sets the element in row i and column j, and gives the matrix itself. Not recorded: no gradient passes.
 *   i       a row, from 1; from the end, from -1
 *   j       a column, from 1; from the end, from -1; nil: 1
 *   value   a number
 * Errors: a place outside the matrix; a value beyond the precision.
 * See: matrix:get, matrix:fill_, matrix:assign
 * Example:
 *   ll.zeros(2, 2):set(1, 2, 7):table()   --> { { 0, 7 }, { 0, 0 } }
 */
static int matrix_set(lua_State *L) {
  lua_settop(L, 4);
  ll_real *place = bind_matrix_element(L, "set", &self(L)->value);
  *place = (ll_real)bind_fitting(L, 4, "set", place_named(L));
  return changed(L);
}

const ll_matrix *bind_matrix_values(lua_State *L, const char *who, const ll_matrix *to, int index) {
  const ll_matrix *from = bind_matrix(L, index, who, "the elements");
  ll_matrix copy;
  bool same = from->data == to->data && from->rows == to->rows && from->cols == to->cols && from->stride == to->stride;
  if (from->buffer != to->buffer || same) return from;
  bind_check(L, ll_matrix_copy(bind_ctx(L), from, &copy));
  bind_push_matrix(L, &copy);
  lua_replace(L, index);
  return &bind_as_node(L, index)->value;
}

/** matrix:assign(values) -> matrix
 * Copies values over the elements of the matrix.
 * It stays the same object, say a network's parameter; gives the matrix itself. Not recorded.
 *   values   a matrix or a table of the same shape
 * Errors: another shape.
 * See: matrix:copy, matrix:fill_, matrix:set
 * Example:
 *   local w = ll.zeros(2, 1):with_grad()
 *   w:assign { 3, 4 }
 *   w:table()   --> { 3, 4 }
 */
static int matrix_assign(lua_State *L) {
  ll_node *to = self(L);
  const ll_matrix *from = bind_matrix_values(L, "assign", &to->value, 2);
  if (to->value.rows != from->rows || to->value.cols != from->cols)
    return luaL_error(L, "assign: %dx%d cannot take the elements of %dx%d", (int)to->value.rows, (int)to->value.cols,
                      (int)from->rows, (int)from->cols);
  ll_matrix_assign(&to->value, from);
  return changed(L);
}

/** matrix:fill_(value) -> matrix
 * Sets every element to one number, in place; not recorded.
 *   value   a number
 * See: ll.full, matrix:assign
 * Example:
 *   ll.zeros(2, 1):fill_(3):table()   --> { 3, 3 }
 */
static int matrix_fill(lua_State *L) {
  ll_matrix_fill(&self(L)->value, bind_fitting(L, 2, "fill_", "the value"));
  return changed(L);
}

/* Sums in double, rounded once, are those of ll_real, so equal shapes and a factor of 1 need no double. */
static void add_plain(ll_real *restrict to, const ll_real *restrict from, size_t n) {
  for (size_t j = 0; j < n; j++) to[j] += from[j];
}

/** matrix:add_(values [, factor]) -> matrix
 * Adds factor times values to the elements, in place; not recorded. A step of gradient descent is w:add_(w.grad, -rate).
 *   values   a matrix, a table or a number; a row, a column or a 1×1 is broadcast
 *   factor   a number (1)
 * Errors: shapes that do not fit.
 * See: matrix:scale_, matrix:clamp_, ll.add
 * Example:
 *   ll.matrix({ 1, 2 }):add_({ 10, 20 }, 0.5):table()   --> { 6, 12 }
 */
static int matrix_add(lua_State *L) {
  const ll_matrix *to = &self(L)->value, *from = bind_matrix_values(L, "add_", to, 2);
  double factor = bind_number_or(L, 3, "add_", "the factor", 1);
  if ((from->rows != to->rows && from->rows != 1) || (from->cols != to->cols && from->cols != 1))
    return luaL_error(L, "add_: %dx%d cannot take %dx%d on", (int)to->rows, (int)to->cols, (int)from->rows, (int)from->cols);
  bool plain = factor == 1 && from->cols == to->cols && from->buffer != to->buffer;
  for (size_t i = 0; i < to->rows; i++) {
    const ll_real *row = ll_matrix_row(from, from->rows == 1 ? 0 : i);
    if (plain) add_plain(ll_matrix_row(to, i), row, to->cols);
    else
      for (size_t j = 0; j < to->cols; j++)
        ll_matrix_row(to, i)[j] = (ll_real)((double)ll_matrix_row(to, i)[j] + factor * (double)row[from->cols == 1 ? 0 : j]);
  }
  return changed(L);
}

/** matrix:scale_(a [, b]) -> matrix
 * Replaces every element x by a x + b, in place; not recorded.
 *   a   a number
 *   b   a number (0)
 * See: matrix:add_, ll.scale
 * Example:
 *   ll.matrix({ 1, 2 }):scale_(2, 1):table()   --> { 3, 5 }
 */
static int matrix_scale(lua_State *L) {
  const ll_matrix *m = &self(L)->value;
  double a = bind_number(L, 2, "scale_", "the factor"),
         b = lua_isnoneornil(L, 3) ? 0 : bind_fitting(L, 3, "scale_", "what is added");
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, i)[j] = (ll_real)(a * (double)ll_matrix_row(m, i)[j] + b);
  return changed(L);
}

/** matrix:clamp_(low, high) -> matrix
 * Raises what is below low and lowers what is above high, in place; NaN stays. Not recorded.
 *   low    a number; -math.huge: no limit
 *   high   a number >= low; math.huge: no limit
 * Errors: high below low.
 * See: ll.clamp
 * Example:
 *   ll.matrix({ -2, 0.5, 9 }):clamp_(0, 1):table()   --> { 0, 0.5, 1 }
 */
static int matrix_clamp(lua_State *L) {
  const ll_matrix *m = &self(L)->value;
  ll_real low = (ll_real)bind_limit(L, 2, "clamp_", "low", -1), high = (ll_real)bind_limit(L, 3, "clamp_", "high", 1);
  if (!(low <= high)) return luaL_error(L, "clamp_: high, %f, is below low, %f", (double)high, (double)low);
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) {
      ll_real *x = ll_matrix_row(m, i) + j;
      *x = *x < low ? low : *x > high ? high : *x; /* NaN stays */
    }
  return changed(L);
}

const bind_function bind_matrix_changes[] = {{"set", matrix_set, 4},  {"assign", matrix_assign, 2}, {"fill_", matrix_fill, 2},
                                             {"add_", matrix_add, 3}, {"scale_", matrix_scale, 3},  {"clamp_", matrix_clamp, 3},
                                             {NULL, NULL, 0}};
