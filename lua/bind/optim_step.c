/* The steps of optimizers in Lua, with and without a closure, and their states. */
#include "lua/bind/optim.h"

static void set_busy(lua_State *L, bool busy) {
  lua_pushboolean(L, busy);
  lua_setiuservalue(L, 1, 1);
}

typedef struct call {
  lua_State *L;
  bool raised; /* what was raised stands on the top of the stack */
} call;

/* The function at 2: its loss, a number or a 1×1. */
static ll_status call_closure(ll_ctx *ctx, void *user, double *loss) {
  call *c = user;
  lua_State *L = c->L;
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
    c->raised = true;
    return ll_fail(ctx, LL_ERR_ARGUMENT, "the closure raised an error");
  }
  if (lua_type(L, -1) == LUA_TNUMBER) {
    *loss = lua_tonumber(L, -1);
    return LL_OK;
  }
  void **slot = luaL_testudata(L, -1, BIND_MATRIX);
  if (slot && *slot) return ll_node_item(ctx, *slot, loss);
  return ll_fail(ctx, LL_ERR_ARGUMENT, "step: the closure returned a %s; the loss was expected, a number or a matrix 1x1",
                 luaL_typename(L, -1));
}

/** optimizer:step()
 * optimizer:step(closure) -> loss, evaluations
 * One step with the gradients that backward left; it uses them up.
 * Parameters without a gradient stay as they are; then come the projections. With a closure gradients are cleared first; the
 * closure computes the loss, calls backward and returns the loss, and may be called several times: lbfgs needs one, the others
 * take one. Given back are the last loss known and how often the closure was called.
 *   closure   a function without arguments that gives a number or a matrix 1 x 1
 * Errors: an optimizer that needs a closure and has none; a closure that gives anything else; an error of the closure is raised
 * again.
 * See: optimizer:zero_grad, optimizer:clip_norm
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   local opt = ll.optim.lbfgs(x)
 *   local loss = opt:step(function()
 *     local y = ll.sum(x * x)
 *     y:backward()
 *     return y
 *   end)
 *   loss < 1e-6   --> true
 */
static int optimizer_step(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
  if (bind_optim_busy(L)) return luaL_error(L, "step: this %s is in the midst of a step", optimizer->desc->name);
  if (lua_isnoneornil(L, 2)) {
    bind_check(L, ll_optimizer_step(bind_ctx(L), optimizer));
    return 0;
  }
  if (luaL_getmetafield(L, 2, "__call") == LUA_TNIL && !lua_isfunction(L, 2))
    return luaL_error(L, "step: the closure is a %s; a function that gives the loss was expected", luaL_typename(L, 2));
  lua_settop(L, 2);
  call c = {.L = L};
  double loss;
  size_t evaluations;
  set_busy(L, true);
  ll_status status = ll_optimizer_minimize(bind_ctx(L), optimizer, call_closure, &c, &loss, &evaluations);
  set_busy(L, false);
  if (c.raised) return lua_error(L);
  bind_check(L, status);
  lua_pushnumber(L, loss);
  lua_pushinteger(L, (lua_Integer)evaluations);
  return 2;
}

/** optimizer:zero_grad()
 * Forgets the gradients without a step; a step does so by itself.
 * Example:
 *   local x = ll.ones(1, 1):with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 0.1 })
 *   ll.sum(x):backward()
 *   opt:zero_grad()
 *   opt:step()
 *   x:item()   --> 1
 */
static int optimizer_zero_grad(lua_State *L) {
  ll_optimizer_clear(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER));
  return 0;
}

/** optimizer:state() -> string
 * What the next steps depend on beside the parameters, as a string: steps, rates, running means.
 * The values of the parameters are the network's state, and what is projected is not part of it.
 * Errors: inside a closure of its step.
 * See: optimizer:load_state, network:state
 * Example:
 *   type(ll.optim.adam(ll.nn.linear { 3, 1 }):state())   --> string
 */
static int optimizer_state(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
  if (bind_optim_busy(L)) return luaL_error(L, "state: this %s is in the midst of a step", optimizer->desc->name);
  void *bytes;
  size_t n;
  bind_check(L, ll_optimizer_save(bind_ctx(L), optimizer, &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}
/** optimizer:load_state(state) -> optimizer
 * Puts such a string into an optimizer of the same name.
 * This one has to have parameters of the same shapes in the same groups; it goes on to the same bits.
 *   state   a string that optimizer:state gave
 * Errors: bytes of another optimizer; this one is then as it was.
 * See: optimizer:state
 * Example:
 *   local one = ll.optim.adam(ll.nn.linear { 3, 1 }, { lr = 0.5 })
 *   ll.optim.adam(ll.nn.linear { 3, 1 }):load_state(one:state()).lr   --> 0.5
 */
static int optimizer_load_state(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
  if (bind_optim_busy(L)) return luaL_error(L, "load_state: this %s is in the midst of a step", optimizer->desc->name);
  size_t n;
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_optimizer_restore(bind_ctx(L), optimizer, bytes, n));
  lua_settop(L, 1);
  return 1;
}

const bind_function bind_optim_steps[] = {{"step", optimizer_step, 2},
                                          {"zero_grad", optimizer_zero_grad, 1},
                                          {"state", optimizer_state, 1},
                                          {"load_state", optimizer_load_state, 2},
                                          {NULL, NULL, 0}};
