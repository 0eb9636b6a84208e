/* Gradients in Lua: which matrices take one, how it is computed, what is not recorded, and where the first NaN comes from. */
#include "lua/bind/matrix.h"

/** matrix:with_grad([wanted]) -> matrix
 * Makes the matrix a parameter: backward leaves its gradient in .grad.
 * What is computed from it is recorded.
 * Gives the matrix itself, not a copy.
 *   wanted   true or false: no parameter from now on (true)
 * Errors: a matrix that is itself a result; detach it first.
 * See: matrix:backward, matrix:detach, matrix:freeze, matrix.grad, ll.grad
 * Example:
 *   local w = ll.matrix({ 3 }):with_grad()
 *   w:square():backward()
 *   w.grad:item()   --> 6
 */
static int graph_with_grad(lua_State *L) {
  ll_node *node = bind_node(L, 1, "with_grad", "the matrix");
  bool wanted = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  if (node->n_inputs || node->freed)
    return luaL_error(L, "with_grad: this matrix %dx%d is a result; detach it first", (int)node->value.rows, (int)node->value.cols);
  node->requires_grad = wanted;
  node->frozen = false;
  lua_settop(L, 1);
  return 1;
}

/** matrix:freeze() -> matrix
 * Holds a parameter still: no gradient reaches it, and optimizers leave it alone, until unfreeze.
 * Its gradient so far is forgotten. Gives the matrix itself.
 * Errors: a matrix that is no parameter.
 * See: matrix:unfreeze, matrix:with_grad, matrix:detach
 * Example:
 *   local w = ll.ones(2, 1):with_grad():freeze()
 *   w.requires_grad   --> false
 */
static int graph_freeze(lua_State *L) {
  bind_check(L, ll_node_freeze(bind_ctx(L), bind_node(L, 1, "freeze", "the matrix"), true));
  lua_settop(L, 1);
  return 1;
}

/** matrix:unfreeze() -> matrix
 * Lets a frozen parameter change again; gives the matrix itself.
 * Errors: a matrix that is no parameter.
 * See: matrix:freeze
 * Example:
 *   local w = ll.ones(2, 1):with_grad():freeze():unfreeze()
 *   w.requires_grad   --> true
 */
static int graph_unfreeze(lua_State *L) {
  bind_check(L, ll_node_freeze(bind_ctx(L), bind_node(L, 1, "unfreeze", "the matrix"), false));
  lua_settop(L, 1);
  return 1;
}

/** matrix:detach() -> matrix
 * The same elements without a past: no gradient passes through it.
 * The elements are shared: what changes the one in place changes the other. copy gives elements of their own.
 * See: matrix:copy, ll.no_grad, matrix:freeze
 * Example:
 *   local w = ll.matrix({ 2 }):with_grad()
 *   (w * w:detach()):backward()
 *   w.grad:item()   --> 2
 */
static int graph_detach(lua_State *L) {
  ll_node *out;
  bind_check(L, ll_node_detach(bind_ctx(L), bind_node(L, 1, "detach", "the matrix"), &out));
  bind_push_node(L, out);
  bind_matrix_as_row(L, 1);
  return 1;
}

/** matrix:clear_grad() -> matrix
 * Forgets the gradient that backward has left in the matrix; .grad is nil again. Gives the matrix itself.
 * An optimizer's step does it for the parameters that it changes.
 * See: matrix.grad, matrix:backward
 * Example:
 *   local w = ll.matrix({ 2 }):with_grad()
 *   w:square():backward()
 *   w:clear_grad().grad   --> nil
 */
static int graph_clear_grad(lua_State *L) {
  ll_node_clear_grad(bind_ctx(L), bind_node(L, 1, "clear_grad", "the matrix"));
  lua_settop(L, 1);
  return 1;
}

/** matrix:backward([{ gradient = m, retain_graph = false }])
 * Adds the gradient of this value to the .grad of every parameter that it was computed from.
 * The value is 1×1, as losses are. What was recorded is freed on the way.
 *   gradient       of a value of another shape: what it is multiplied by, a matrix of that shape
 *   retain_graph   true: keep what was recorded, for a second backward (false)
 * Errors: nothing below wants a gradient; a value that is not 1×1, without gradient; a second backward without retain_graph; a
 * matrix that was changed in place after it was used.
 * See: ll.grad, matrix:with_grad, matrix.grad, matrix:clear_grad
 * Example:
 *   local w = ll.matrix({ 1, 2 }):with_grad()
 *   (w * w):sum():backward()
 *   w.grad:table()     --> { 2, 4 }
 *   (3 * w):backward { gradient = ll.ones(2, 1) }
 *   w.grad:table()     --> { 5, 7 }
 */
static int graph_backward(lua_State *L) {
  static const char *const options[] = {"gradient", "retain_graph", NULL};
  ll_node *y = bind_node(L, 1, "backward", "the matrix"), *seed = NULL;
  lua_settop(L, 2);
  bind_options(L, 2, "backward", options);
  bool retain = bind_opt_boolean(L, 2, "backward", "retain_graph", false);
  if (!lua_isnil(L, 2) && lua_getfield(L, 2, "gradient") != LUA_TNIL) seed = bind_node(L, -1, "backward", "gradient");
  bind_check(L, ll_backward(bind_ctx(L), y, seed, retain));
  return 0;
}

/** ll.grad(y, x [, { gradient = m, create_graph = false, retain_graph = create_graph }]) -> matrix
 * ll.grad(y, { x1, x2, … } [, options]) -> table
 * The gradient of y for x, of the shape of x; an array of matrices gives an array of gradients. No .grad is changed.
 * Zeros where y does not depend on x. With create_graph the gradient is part of the graph: second derivatives, penalties.
 *   y              a matrix 1×1; of another shape with gradient
 *   x              a matrix that wants a gradient (with_grad), or a result on the way to y
 *   gradient       what y is multiplied by, a matrix of its shape
 *   create_graph   true: the gradient can itself be differentiated (false)
 *   retain_graph   true: keep what y was computed from, for a further grad or backward (as create_graph)
 * Errors: as matrix:backward; an x that is no matrix.
 * See: matrix:backward, ll.jacobian, ll.hessian, ll.hvp, ll.gradcheck
 * Example:
 *   local x = ll.matrix({ 3 }):with_grad()
 *   local first = ll.grad(x ^ 3, x, { create_graph = true })
 *   first:item()                --> 27
 *   ll.grad(first, x):item()    --> 18
 */
static int graph_grad(lua_State *L) {
  static const char *const options[] = {"gradient", "create_graph", "retain_graph", NULL};
  lua_settop(L, 3);
  ll_node *y = bind_node(L, 1, "grad", "y, the value,"), *seed = NULL;
  bind_options(L, 3, "grad", options);
  bool create = bind_opt_boolean(L, 3, "grad", "create_graph", false);
  bool retain = bind_opt_boolean(L, 3, "grad", "retain_graph", create);
  if (!lua_isnil(L, 3) && lua_getfield(L, 3, "gradient") != LUA_TNIL) seed = bind_node(L, -1, "grad", "gradient");
  bool many = lua_istable(L, 2);
  size_t n = many ? lua_rawlen(L, 2) : 1;
  /* Lua owns the arrays and, from the start, the results: nothing leaks if something raises. */
  ll_node **xs = lua_newuserdatauv(L, (n + 1) * sizeof *xs, 0), **out = lua_newuserdatauv(L, (n + 1) * sizeof *out, 0);
  for (size_t i = 0; i < n; i++) {
    if (many) lua_rawgeti(L, 2, (lua_Integer)i + 1);
    else lua_pushvalue(L, 2);
    xs[i] = bind_as_node(L, -1); /* a number or a table is no part of y */
    if (!xs[i])
      return luaL_error(L,
                        many ? "grad: x is an array whose place %d is %s; matrices that y was computed from were expected"
                             : "grad: x, input %d, is %s; a matrix that y was computed from was expected",
                        many ? (int)i + 1 : 2, bind_shown(L, -1));
    lua_pop(L, 1); /* the table, or the argument, keeps it */
  }
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) bind_new(L, BIND_MATRIX), lua_rawseti(L, -2, (lua_Integer)i + 1);
  bind_check(L, ll_grad(bind_ctx(L), y, seed, xs, n, create, retain, out));
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    *(void **)lua_touserdata(L, -1) = out[i];
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < n; i++) bind_account(L, ll_matrix_count(&out[i]->value) * sizeof(ll_real));
  if (!many) lua_rawgeti(L, -1, 1);
  return 1;
}

/** ll.no_grad(f, ...) -> what f gives
 * Calls f(...) with nothing recorded: predictions without memory for gradients.
 * Recording is as before when f returns or raises.
 *   f     a function
 *   ...   its arguments
 * Errors: an f that is missing; an error of f.
 * See: matrix:detach, matrix:with_grad
 * Example:
 *   local w = ll.matrix({ 2 }):with_grad()
 *   local y = ll.no_grad(function(x) return x * w end, 5)
 *   y:item(), y.requires_grad   --> 10 false
 */
static int no_grad_done(lua_State *L, int status, lua_KContext was) {
  ll_recording(bind_ctx(L), was != 0);
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L);
}

static int graph_no_grad(lua_State *L) {
  bool callable = lua_isfunction(L, 1) || luaL_getmetafield(L, 1, "__call") != LUA_TNIL;
  if (!lua_isfunction(L, 1) && callable) lua_pop(L, 1);
  if (!callable) return bind_wrong(L, 1, "no_grad", "what is called", "a function, called as no_grad(f, …)");
  bool was = ll_recording(bind_ctx(L), false);
  return no_grad_done(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, was, no_grad_done), was);
}

static const char watch_key = 0;

static int call_hook_protected(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 2));
  lua_replace(L, 2);
  lua_call(L, 1, 0);
  return 0;
}

/* Calls the function that watch was given. An error of it is dropped, since the C code that reports to it holds memory that a jump
 * would leak. */
static void call_hook(void *data, const char *report) {
  lua_State *L = data;
  if (!lua_checkstack(L, 4)) return;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &watch_key);
  lua_pushcfunction(L, call_hook_protected);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, (void *)(uintptr_t)report);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/** ll.watch(switch) -> boolean
 * Looks for the first NaN or infinity, and raises an error that names the operation that made it.
 * Gives whether it was on before. Every result is read once more: for finding an error, not for training.
 *   switch   true; false: no more; a function f(report): it is called with the report instead of the error, once
 * Errors: a switch that is missing.
 * See: matrix:finite
 * Example:
 *   ll.watch(true)              --> false
 *   ll.log(ll.matrix { -1 })    --> error: log: element (1, 1) of its result 1x1 is nan; input 1x1
 *   ll.watch(false)             --> true
 */
static int graph_watch(lua_State *L) {
  bool was = ll_watch_is_on(bind_ctx(L)), hooked = lua_isfunction(L, 1);
  if (lua_isnone(L, 1)) return bind_wrong(L, 1, "watch", "the switch", "true, false or a function");
  lua_settop(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &watch_key);
  ll_watch(bind_ctx(L), lua_toboolean(L, 1), hooked ? call_hook : NULL, main);
  lua_pushboolean(L, was);
  return 1;
}

const bind_function bind_gradient_functions[] = {
    {"grad", graph_grad, 3}, {"no_grad", graph_no_grad, BIND_MANY}, {"watch", graph_watch, 1}, {NULL, NULL, 0}};
const bind_function bind_gradient_methods[] = {{"with_grad", graph_with_grad, 2},
                                               {"detach", graph_detach, 1},
                                               {"clear_grad", graph_clear_grad, 1},
                                               {"freeze", graph_freeze, 1},
                                               {"unfreeze", graph_unfreeze, 1},
                                               {"backward", graph_backward, 2},
                                               {NULL, NULL, 0}};
