/* ll.compile(f) calls f with a tape (losslab/graph.h): what f computes is remembered, so that the next backward over a graph of the
 * same making needs no search for its order.
 * ll.compile of a table: step_whole.c. */
#include <stdio.h>
#include <string.h>

#include "engine/nn/mlp_pass.h"
#include "lua/bind/state.h"
#include "lua/bind/step_function.h"
#include "lua/bind/step_whole.h"

#define BIND_COMPILED "losslab.compiled"

typedef struct compiled {
  ll_tape *tape;
  ll_ctx *ctx;
  bind_step_function step;
} compiled; /* user value 1: the function; 2: as step_function.h says */

/* Where the innermost function of Lua is, "step.lua:12: ". */
static void where(void *user, char *text, size_t size) {
  lua_State *L = user;
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame); level++) {
    if (!lua_getinfo(L, "Sl", &frame) || frame.currentline <= 0) continue;
    snprintf(text, size, "%s:%d: ", frame.short_src, frame.currentline);
    return;
  }
}

static compiled *self(lua_State *L) {
  compiled *c = luaL_checkudata(L, 1, BIND_COMPILED);
  if (!c->tape) luaL_error(L, BIND_COMPILED " is closed");
  return c;
}

static int compiled_gc(lua_State *L) {
  compiled *c = luaL_checkudata(L, 1, BIND_COMPILED);
  if (c->tape) ll_tape_free(c->ctx, c->tape);
  c->tape = NULL;
  bind_step_function_close(c->ctx, &c->step);
  return 0;
}

/* Also where the function raised: the call had marked it as to be closed. */
static int compiled_close(lua_State *L) {
  compiled *c = luaL_checkudata(L, 1, BIND_COMPILED);
  if (c->tape) ll_tape_end(c->ctx, c->tape);
  return 0;
}

static int called(lua_State *L, int status, lua_KContext unused) {
  (void)status, (void)unused;
  return lua_gettop(L) - 1;
}

/** compiled(...) -> what the function gives
 * Calls the function that was compiled, with the same arguments, results and errors.
 * Made by ll.compile. Its methods say how that goes: compiled:why, compiled:counts. Inside another compiled function it is a part
 * of that one; called in a coroutine, which might yield, it is the plain function.
 * See: ll.compile, compiled:why
 * Example:
 *   local f = ll.compile(function(x) return x:square():sum() end)
 *   f(ll.matrix { 1, 2 }):item()   --> 5
 */
static int compiled_call(lua_State *L) {
  compiled *c = self(L);
  int n = lua_gettop(L) - 1, given = -1;
  if (lua_isyieldable(L)) c->step.why = "it was called in a coroutine";
  else given = bind_step_function_call(L, &c->step);
  if (given >= 0) {
    ll_tape_pass(c->tape, NULL);
    return given;
  }
  lua_getiuservalue(L, 1, 1);
  lua_insert(L, 2);
  if (lua_isyieldable(L)) {
    ll_tape_pass(c->tape, "it was called in a coroutine, which might yield");
  } else if (ll_tape_begin(c->ctx, c->tape)) {
    ll_tape_locate(c->tape, where, L);
    lua_toclose(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L) - 1;
  }
  lua_callk(L, n, LUA_MULTRET, 0, called);
  return called(L, LUA_OK, 0);
}

/** compiled:why() -> string or nil
 * Why the last call did not follow one before it to the end; nil where it did.
 * Results are the same either way. Each different way through the function is remembered, up to 32, so a function that branches is
 * followed from the second time on that a way is taken.
 * See: ll.compile, compiled:counts
 * Example:
 *   local w = ll.ones(1, 1):with_grad()
 *   local f = ll.compile(function(x) return (w * x):backward() end)
 *   f(2)
 *   f:why()   --> …it is traced: no call before it had computed so far
 *   f(3)
 *   f:why()   --> nil
 */
static int compiled_why(lua_State *L) {
  const compiled *c = self(L);
  lua_pushstring(L, ll_tape_why(c->tape));
  return 1;
}

/** compiled:counts() -> calls, followed, ways
 * How often it was called, how many of the calls followed one before to the end, and how many ways through it are remembered.
 * See: compiled:why
 * Example:
 *   local f = ll.compile(function(x) return x * 2 end)
 *   f(ll.ones(1, 1))
 *   f:counts()   --> 1 1 0
 */
static int compiled_counts(lua_State *L) {
  const compiled *c = self(L);
  ll_tape_counts counts = ll_tape_counted(c->tape);
  lua_pushinteger(L, (lua_Integer)counts.calls);
  lua_pushinteger(L, (lua_Integer)counts.followed);
  lua_pushinteger(L, (lua_Integer)counts.traces);
  return 3;
}

/** compiled:whole() -> boolean, string or nil
 * Whether the last call was run as a whole step, without Lua in between; and if not, why.
 * So is run what is no more than local value = loss(net(x), y) value:backward() optimizer:step() return value:item(), with or
 * without its locals and its result: a network of ll.nn.mlp, a loss of ll.loss, an optimizer of ll.optim, and matrices, each an
 * argument, a local of the function around, or a field of a table. Such a call counts as followed.
 * See: ll.compile, compiled:why
 * Example:
 *   local net, loss = ll.nn.mlp { 3, 8, 1 }, ll.loss.hinge()
 *   local opt = ll.optim.adam(net)
 *   local step = ll.compile(function(x, y)
 *     loss(net(x), y):backward()
 *     opt:step()
 *   end)
 *   step(ll.zeros(2, 3), ll.matrix { 0, 1 })
 *   step:whole()   --> true nil
 *   step(ll.zeros(2, 3), { 0, 1 })
 *   step:whole()   --> false what the loss is given is no matrix
 */
static int compiled_whole(lua_State *L) {
  const compiled *c = self(L);
  lua_pushboolean(L, !c->step.why);
  lua_pushstring(L, c->step.why);
  return 2;
}

static int compile_function(lua_State *L) {
  lua_settop(L, 1);
  compiled *c = lua_newuserdatauv(L, sizeof *c, 2);
  memset(c, 0, sizeof *c);
  c->ctx = bind_ctx(L);
  luaL_setmetatable(L, BIND_COMPILED);
  lua_pushvalue(L, 1);
  bind_step_function_read(L, &c->step);
  lua_setiuservalue(L, 2, 1);
  bind_check(L, ll_tape_new(c->ctx, &c->tape));
  c->step.tape = c->tape;
  return 1;
}

/** ll.compile(f) -> compiled
 * ll.compile { net = …, loss = …, optimizer = … } -> step
 * A function that is called again and again, such as a step of training, with less to do each time; or a whole step as one call.
 * What f computes is the same to the bit, with the same errors, whatever its branches, loops and shapes: only what is known from a
 * call before of the order of gradients is used again, where the call takes the same way. Nothing that Lua holds is changed. Of a
 * table it is the plain step of training, forward, loss, backward and optimizer, without Lua in between.
 *   f   a function, or what can be called
 *   net   a network of ll.nn.mlp
 *   loss   a loss of ll.loss
 *   optimizer   an optimizer of ll.optim but lbfgs, which evaluates the loss itself
 * Errors: what is neither; a table with other fields.
 * See: compiled, compiled:why, compiled:whole, step
 * Example:
 *   local net, loss = ll.nn.mlp { 3, 8, 1 }, ll.loss.hinge()
 *   local opt = ll.optim.adam(net)
 *   local step = ll.compile(function(x, y)
 *     local value = loss(net(x), y)
 *     value:backward()
 *     opt:step()
 *     return value:item()
 *   end)
 *   step(ll.zeros(2, 3), { 0, 1 })   --> 1
 */
static int compile(lua_State *L) {
  if (lua_istable(L, 1) && luaL_getmetafield(L, 1, "__call") == LUA_TNIL) return bind_step_whole_new(L);
  lua_settop(L, 1);
  if (!lua_isfunction(L, 1) && luaL_getmetafield(L, 1, "__call") == LUA_TNIL)
    return bind_wrong(L, 1, "compile", "what is compiled", "a function, or { net = …, loss = …, optimizer = … }");
  return compile_function(L);
}

int bind_open_compile(lua_State *L) {
  static const bind_function functions[] = {{"compile", compile, 1}, {NULL, NULL, 0}};
  static const bind_function methods[] = {
      {"why", compiled_why, 1}, {"counts", compiled_counts, 1}, {"whole", compiled_whole, 1}, {NULL, NULL, 0}};
  static const luaL_Reg of_function[] = {
      {"__call", compiled_call}, {"__close", compiled_close}, {"__gc", compiled_gc}, {NULL, NULL}};
  bind_step_function_open(L);
  bind_step_whole_open(L);
  bind_class(L, BIND_COMPILED, methods, of_function);
  bind_module(L, functions);
  return 1;
}
