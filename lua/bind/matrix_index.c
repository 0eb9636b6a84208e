/* Matrices by place in Lua: m[i] is row i as a view, and m[i][j] element (i, j); of a column m[i] is element i. A place that is not
 * there is an error, never nil: only ipairs, which ends at nil, is given one. Other fields are methods and what is known of m. */
#include <string.h>

#include "lua/bind/matrix.h"
#include "lua/bind/state.h"

bool bind_matrix_is_row(lua_State *L, int index) {
  bool is = lua_getiuservalue(L, index, 1) == LUA_TBOOLEAN;
  lua_pop(L, 1);
  return is;
}

void bind_matrix_as_row(lua_State *L, int index) {
  if (!lua_isuserdata(L, index) || !bind_matrix_is_row(L, index)) return;
  lua_pushboolean(L, true);
  lua_setiuservalue(L, -2, 1);
}

int bind_matrix_len(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "a matrix", "it");
  lua_pushinteger(L, (lua_Integer)(bind_matrix_is_row(L, 1) ? m->cols : m->rows));
  return 1;
}

/* Whether __index runs for the iterator of ipairs, which asks for one place after the last. */
static bool asked_by_ipairs(lua_State *L) {
  lua_Debug caller;
  if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "f", &caller)) return false;
  lua_CFunction function = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  return function && function == bind_state_get(L)->ipairs_next;
}

void bind_matrix_ipairs(lua_State *L) {
  if (lua_getglobal(L, "ipairs") == LUA_TFUNCTION) {
    lua_newtable(L);
    lua_call(L, 1, 1);
    bind_state_get(L)->ipairs_next = lua_tocfunction(L, -1);
  }
  lua_pop(L, 1);
}

int bind_matrix_pairs(lua_State *L) {
  lua_pushcfunction(L, bind_state_get(L)->ipairs_next);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* The place of argument 2 from 0: false where there is none, and ipairs asks. */
static bool place_of(lua_State *L, const ll_matrix *m, bool is_row, size_t *at) {
  size_t n = is_row ? m->cols : m->rows;
  lua_Integer i = bind_integer(L, 2, "a matrix", "the place in m[place]"), place = i < 0 ? i + (lua_Integer)n + 1 : i;
  if (place >= 1 && (size_t)place <= n) {
    *at = (size_t)place - 1;
    return true;
  }
  if (i == (lua_Integer)n + 1 && asked_by_ipairs(L)) return false;
  const char *what = is_row || m->cols == 1 ? "element" : "row";
  lua_pushfstring(L, "%s %I of a %s %dx%d", what, (LUAI_UACINT)i, is_row ? "row" : "matrix", (int)m->rows, (int)m->cols);
  if (i == 0) lua_pushliteral(L, ": places count from 1, and backwards from -1");
  else if (n == 0) lua_pushliteral(L, ": it is empty");
  else if (n == 1 && (is_row || m->cols == 1)) lua_pushliteral(L, ": there is one");
  else if (!is_row && m->rows == 1 && i > 0 && (size_t)i <= m->cols)
    lua_pushfstring(L, ": there is one row; its elements are m[1][1] to m[1][%d]", (int)m->cols);
  else
    lua_pushfstring(L, ": there are %s 1 to %d, backwards -1 to -%d", is_row || m->cols == 1 ? "elements" : "rows", (int)n, (int)n);
  return luaL_error(L, "%s%s", lua_tostring(L, -2), lua_tostring(L, -1));
}

static int row_at(lua_State *L, ll_node *node) {
  ll_node *row;
  size_t at = 0;
  bool is_row = bind_matrix_is_row(L, 1);
  if (!place_of(L, &node->value, is_row, &at)) lua_pushnil(L);
  else if (is_row) lua_pushnumber(L, (lua_Number)node->value.data[at]);
  else if (node->value.cols == 1) lua_pushnumber(L, (lua_Number)*ll_matrix_row(&node->value, at));
  else {
    bind_check(L, ll_apply(bind_ctx(L), ll_op_find("row_range"), &node, &(ll_op_args){.i = at, .j = 1}, &row));
    bind_push_node(L, row);
    lua_pushboolean(L, true);
    lua_setiuservalue(L, -2, 1);
  }
  return 1;
}

/* Why the node has no gradient, for messages. */
static const char *no_grad(const ll_node *node) {
  if (node->frozen) return "the matrix is frozen, so none reaches it: unfreeze() lets one";
  if (!node->requires_grad) return "no gradient of this matrix was asked for: m:with_grad(), before it is used, does";
  if (node->op || node->freed)
    return "it is the result of an operation, and y:backward() leaves gradients in leaves alone (the parameters of a network, "
           "m:with_grad()): ll.grad(y, m) gives it";
  if (node->cleared)
    return "it was cleared after it was used, by opt:step(), opt:zero_grad() or m:clear_grad(): read it between y:backward() and "
           "opt:step()";
  return "no y:backward() of a y that was computed from it has run yet";
}

static int push_grad(lua_State *L, ll_node *node) {
  if (node->grad) bind_push_node(L, ll_node_retain(node->grad));
  else lua_pushnil(L);
  bind_state_get(L)->no_grad = node->grad ? NULL : no_grad(node);
  return 1;
}

/** matrix:why_no_grad() -> string or nil
 * Why m.grad is nil: no gradient was asked for, none has come yet, or a step has used and cleared it. nil where there is one.
 * See: matrix:with_grad, matrix:backward
 * Example:
 *   w = ll.zeros(2, 2):with_grad()
 *   w:why_no_grad()   --> no y:backward() of a y that was computed from it has run yet
 *   (w * 3):sum():backward()
 *   w:why_no_grad()   --> nil
 */
static int matrix_why_no_grad(lua_State *L) {
  const ll_node *node = bind_node(L, 1, "why_no_grad", "the matrix");
  lua_pushstring(L, node->grad ? NULL : no_grad(node));
  return 1;
}

int bind_why_no_grad(lua_State *L) {
  bind_state *state = bind_state_get(L);
  lua_pushstring(L, state->no_grad);
  state->no_grad = NULL;
  return 1;
}

static int unknown_field(lua_State *L, const char *field) {
  if (*field && strspn(field, "-0123456789.") == strlen(field))
    return luaL_error(L, "a matrix has no \"%s\", a text; places are numbers: m[%s]", field, field);
  luaL_getmetafield(L, 1, "methods");
  for (const char *const *name = (const char *const[]){"rows", "cols", "grad", "requires_grad", NULL}; *name; name++)
    if (lua_getfield(L, -1, *name) == LUA_TNIL && !bind_elsewhere(field) && ll_names_nearest(field, name, 1))
      return luaL_error(L, "a matrix has no \"%s\"; did you mean \"%s\"?", field, *name);
    else lua_pop(L, 1);
  return bind_unknown(L, "a matrix", field, -1);
}

/** matrix.rows -> integer
 * The number of rows; #m as well.
 */

/** matrix.cols -> integer
 * The number of columns.
 */

/** matrix.requires_grad -> boolean
 * Whether gradients pass: of a parameter (with_grad, not frozen), and of what was computed from one.
 */

/** matrix.grad -> matrix or nil
 * The gradient that backward has left in a parameter, of its shape; each backward adds to it.
 * nil before the first backward, after clear_grad and after an optimizer's step, which clears it; results have none: why_no_grad
 * says which.
 * See: matrix:backward, matrix:clear_grad, matrix:why_no_grad, ll.grad
 * Example:
 *   local w = ll.matrix({ 1, 2 }):with_grad()
 *   (w * w):sum():backward()
 *   w.grad:table()   --> { 2, 4 }
 */

/* m.rows, m.cols, m.grad, m.requires_grad; m[i]; else a method. */
int bind_matrix_index(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) return row_at(L, bind_node(L, 1, "a matrix", "the matrix"));
  if (bind_method(L)) return 1;
  if (lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "a matrix: m[place] takes a number or the name of a field, not %s", bind_shown(L, 2));
  const char *field = lua_tostring(L, 2);
  ll_node *node = bind_node(L, 1, "a matrix", "the matrix");
  if (strcmp(field, "rows") == 0) lua_pushinteger(L, (lua_Integer)node->value.rows);
  else if (strcmp(field, "cols") == 0) lua_pushinteger(L, (lua_Integer)node->value.cols);
  else if (strcmp(field, "requires_grad") == 0) lua_pushboolean(L, node->requires_grad);
  else if (strcmp(field, "grad") == 0) return push_grad(L, node);
  else return unknown_field(L, field);
  return 1;
}

/* Refuses to set the elements of a result whose past is kept: a backward would give the gradients of what was there before. Rows
 * of a parameter are its own elements. */
static void check_no_result(lua_State *L, const ll_node *node) {
  while (node->n_inputs && node->inputs[0]->value.buffer == node->value.buffer) node = node->inputs[0];
  if (node->n_inputs)
    luaL_error(L,
               "a matrix %dx%d that was computed with gradients cannot be set by places, which are not recorded: set those of a "
               "copy, m:copy(), or compute it by ll.where, ll.vstack and the like",
               (int)node->value.rows, (int)node->value.cols);
}

static int set_field(lua_State *L) {
  const char *field = luaL_tolstring(L, 2, NULL);
  if (strcmp(field, "grad") == 0)
    return luaL_error(L, "m.grad cannot be set: m:clear_grad() forgets it, m.grad:assign(values) changes it");
  if (strcmp(field, "requires_grad") == 0)
    return luaL_error(L, "m.requires_grad cannot be set: m:with_grad(true or false) does, of a network net:freeze()");
  return luaL_error(L, "a matrix has no field \"%s\" to set; elements are set by m:set(i, j, value), rows by m[i] = row", field);
}

static int set_element(lua_State *L, const ll_matrix *m, ll_real *place) {
  *place = (ll_real)bind_fitting(L, 3, "a matrix", lua_pushfstring(L, "element %s", luaL_tolstring(L, 2, NULL)));
  ll_matrix_touch(m);
  return 0;
}

/* m[i] = a row, a number, or a table of numbers; of a column and of a row: an element. */
int bind_matrix_newindex(lua_State *L) {
  const ll_node *node = bind_node(L, 1, "a matrix", "it");
  const ll_matrix *m = &node->value, *from;
  size_t at = 0;
  if (lua_type(L, 2) != LUA_TNUMBER) return set_field(L);
  check_no_result(L, node);
  bool is_row = bind_matrix_is_row(L, 1);
  place_of(L, m, is_row, &at);
  if (is_row) return set_element(L, m, m->data + at);
  if (m->cols == 1) return set_element(L, m, ll_matrix_row(m, at));
  if (lua_istable(L, 3) && lua_rawgeti(L, 3, 1) != LUA_TTABLE) { /* numbers: a row, not a column */
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 3);
  }
  from = bind_matrix_values(L, "a row of a matrix", m, 3);
  if (from->rows != 1 || (from->cols != m->cols && from->cols != 1))
    return luaL_error(L, "row %d of a matrix %dx%d cannot be set to %dx%d", (int)at + 1, (int)m->rows, (int)m->cols,
                      (int)from->rows, (int)from->cols);
  for (size_t j = 0; j < m->cols; j++) ll_matrix_row(m, at)[j] = from->data[from->cols == 1 ? 0 : j];
  ll_matrix_touch(m);
  return 0;
}

const bind_function bind_matrix_explaining[] = {{"why_no_grad", matrix_why_no_grad, 1}, {NULL, NULL, 0}};
