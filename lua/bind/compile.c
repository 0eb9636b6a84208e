/* ll.compile: steps of training that are told once what they consist of.
 *
 * ll.compile { net, loss, optimizer } is one call of C for what a loop does with a batch: no Lua and no objects in between. It is
 *   local value = loss:batch(net(x), y)            -- inputs of the loss behind the network's output: y, or several
 *   if not value then return false end             -- the batch holds nothing that the loss compares: no step
 *   if value:item() is not finite then return it, without a step
 *   value:backward(); optimizer:step(); return value:item()
 * to the bit, with the same errors, remarks and counts (ll.loss.counts). After the call loss.NAME and loss.NAME_grad of what the
 * loss learns are those of this step, as after the lines above; gradients of parameters are used up. Fields: compiled.net, .loss,
 * .optimizer.
 *
 * ll.compile(f) calls f with a tape (losslab/graph.h): what f computes is remembered, so that the next backward over a graph of the
 * same making needs no search for its order. */
#include <stdio.h>
#include <string.h>

#include "engine/loss/loss.h"
#include "engine/nn/mlp_pass.h"
#include "lua/bind/loss.h"
#include "lua/bind/nn.h"
#include "lua/bind/optim.h"
#include "lua/bind/state.h"
#include "lua/bind/step_function.h"

#define BIND_STEP "losslab.step"

typedef struct whole {
  void **net, **loss, **optimizer; /* their userdata, which user values 1 to 3 keep */
  bind_state *state;
  ll_mlp_pass *pass;
  ll_matrix slope; /* the gradient of the network's outputs */
} whole;

static const char *const fields[] = {"net", "loss", "optimizer", NULL};

/* An object of the class in a field of the table at 1, as user value i of the one at 2. */
static void **take(lua_State *L, int i, const char *class) {
  lua_getfield(L, 1, fields[i - 1]);
  void **slot = luaL_testudata(L, -1, class);
  if (!slot || !*slot) {
    static const char *const what[] = {"a network of ll.nn.mlp", "a loss, as ll.loss.hinge()",
                                       "an optimizer, as ll.optim.adam(net)"};
    luaL_error(L, "compile: %s must be %s, not %s%s", fields[i - 1], what[i - 1], bind_shown(L, -1),
               i == 1 ? "; a step of another is compiled as a function" : "");
  }
  lua_setiuservalue(L, 2, i);
  return slot;
}

static int compile_whole(lua_State *L) {
  bind_options(L, 1, "compile", fields);
  lua_settop(L, 1);
  whole *w = lua_newuserdatauv(L, sizeof *w, 3);
  memset(w, 0, sizeof *w);
  luaL_setmetatable(L, BIND_STEP);
  w->net = take(L, 1, BIND_MLP), w->loss = take(L, 2, BIND_LOSS), w->optimizer = take(L, 3, BIND_OPTIMIZER);
  w->state = bind_state_get(L);
  const ll_optimizer *optimizer = *w->optimizer;
  if (optimizer && optimizer->desc->minimize)
    return luaL_error(L,
                      "compile: optimizer is %s, which evaluates the loss several times a step, by a closure; compile a function",
                      optimizer->desc->name);
  bind_check(L, ll_mlp_pass_new(w->state->ctx, *w->net, &w->pass));
  return 1;
}

/* By a graph: where something beside the network's parameters wants a gradient, or gradients are there to which others are added.
 */
static ll_status train_by_graph(ll_ctx *ctx, const whole *w, ll_node **inputs, size_t n, const ll_matrix *weights,
                                ll_loss_direct_call *out) {
  ll_node *value = NULL;
  ll_status status;
  LL_TRY(ll_mlp_forward(ctx, *w->net, inputs[0], &inputs[0]));
  LL_GOTO(end, ll_loss_batch_weighed(ctx, *w->loss, inputs, n, weights, &value));
  out->compared = value != NULL;
  if (!value) goto end;
  LL_GOTO(end, ll_node_item(ctx, value, &out->value));
  if (!isfinite(out->value)) goto end;
  LL_GOTO(end, ll_backward(ctx, value, NULL, false));
  LL_GOTO(end, ll_optimizer_step(ctx, *w->optimizer));
end:
  ll_node_release(ctx, value);
  ll_node_release(ctx, inputs[0]);
  return status;
}

/* Value and step, on kept buffers. Nothing that Lua would have to give back is held where it fails. */
static ll_status train(ll_ctx *ctx, whole *w, ll_node **inputs, size_t n, const ll_matrix *weights, ll_loss_direct_call *out) {
  ll_loss *loss = *w->loss;
  const ll_loss_desc *d = loss->desc;
  const ll_mlp *net = *w->net;
  const ll_matrix *scores, x = inputs[0]->value;
  ll_matrix values[LL_MAX_INPUTS];
  bool plain = n >= d->n_inputs - d->n_optional && loss->reduction != LL_REDUCE_NONE && !d->metric_only &&
               d->inputs[0].role == LL_INPUT_MATRIX;
  for (size_t i = 0; i < n; i++) plain = plain && !inputs[i]->requires_grad;
  out->compared = false;
  if (!plain || !ll_mlp_pass_fits(ctx, net)) return train_by_graph(ctx, w, inputs, n, weights, out);
  LL_TRY(ll_mlp_pass_forward(ctx, net, w->pass, &x, &scores));
  values[0] = *scores;
  for (size_t i = 1; i < n; i++) values[i] = inputs[i]->value;
  LL_TRY(ll_loss_direct(ctx, loss, values, n, weights, true, &w->slope, out));
  if (!out->compared || !isfinite(out->value)) return LL_OK;
  LL_TRY(ll_ctx_go_on(ctx));
  LL_TRY(ll_loss_direct_trained(ctx, loss, values, n, &w->slope, out));
  LL_TRY(ll_mlp_pass_backward(ctx, net, w->pass, &x, &w->slope));
  return ll_optimizer_step(ctx, *w->optimizer);
}

/** step(x, y [, { weights = w }]) -> number, or false
 * One step of training on a batch: the loss of the network's outputs for x, backward, and the optimizer's step.
 * Made by ll.compile of a table. Gives the value of the loss before the step; false where the batch holds nothing that the loss
 * compares, and a value that is not finite: then no step was taken.
 *   x   what the network takes
 *   y   what the loss takes behind the network's output; several if it takes several
 *   weights   of the rows, as a call of the loss takes them
 * Errors: as of network(x), loss:batch(…) and optimizer:step().
 * See: ll.compile, step.net, step.loss, step.optimizer
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   local step = ll.compile { net = net, loss = ll.loss.hinge(), optimizer = ll.optim.adam(net) }
 *   step(ll.zeros(2, 3), { 0, 1 })   --> 1
 */
static int whole_call(lua_State *L) {
  whole *w = luaL_checkudata(L, 1, BIND_STEP);
  ll_node *inputs[LL_MAX_INPUTS + 1];
  int n = lua_gettop(L) - 1;
  if (!w->pass) return luaL_error(L, BIND_STEP " is closed");
  for (int i = 0; i < 3; i++)
    if (!*(void **[]){w->net, w->loss, w->optimizer}[i]) return luaL_error(L, "step: its %s is closed", fields[i]);
  const ll_loss *loss = *w->loss;
  const ll_matrix *weights = bind_loss_weights(L, loss->desc->name, &n);
  if (n > (int)loss->desc->n_inputs)
    return luaL_error(L, "step: the loss takes the network's output and at most %d more, not %d", (int)loss->desc->n_inputs - 1,
                      n - 1);
  inputs[0] = bind_node(L, 2, "step", "x");
  for (int i = 1; i < n; i++) inputs[i] = bind_input(L, i + 2, loss->desc->name, &loss->desc->inputs[i]);
  ll_loss_direct_call made;
  bind_loss_check(L, loss, train(w->state->ctx, w, inputs, n > 0 ? (size_t)n : 1, weights, &made));
  bind_remark(w->state, *w->loss);
  if (made.compared) w->state->compared++, lua_pushnumber(L, made.value);
  else w->state->empty++, lua_pushboolean(L, false);
  return 1;
}

static int whole_gc(lua_State *L) {
  whole *w = luaL_checkudata(L, 1, BIND_STEP);
  if (!w->state) return 0;
  ll_mlp_pass_free(w->state->ctx, w->pass);
  w->pass = NULL;
  ll_matrix_release(w->state->ctx, &w->slope);
  return 0;
}

static int whole_tostring(lua_State *L) {
  whole *w = luaL_checkudata(L, 1, BIND_STEP);
  const ll_loss *loss = w->loss ? *w->loss : NULL;
  const ll_optimizer *optimizer = w->optimizer ? *w->optimizer : NULL;
  lua_pushfstring(L, "step of an mlp by %s and %s", loss ? loss->desc->name : "?", optimizer ? optimizer->desc->name : "?");
  return 1;
}

/** step.net -> network
 * The network that it trains.
 * See: ll.compile
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   ll.compile { net = net, loss = ll.loss.hinge(), optimizer = ll.optim.adam(net) }.net == net   --> true
 */
/** step.loss -> loss
 * The loss that it takes.
 * See: ll.compile
 * Example:
 *   local net, loss = ll.nn.mlp { 3, 8, 1 }, ll.loss.hinge()
 *   ll.compile { net = net, loss = loss, optimizer = ll.optim.adam(net) }.loss == loss   --> true
 */
/** step.optimizer -> optimizer
 * The optimizer that takes its steps.
 * See: ll.compile, optimizer.lr
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   local step = ll.compile { net = net, loss = ll.loss.hinge(), optimizer = ll.optim.adam(net) }
 *   step.optimizer.lr   --> 0.001
 */
static int whole_index(lua_State *L) {
  luaL_checkudata(L, 1, BIND_STEP);
  const char *field = bind_string(L, 2, "step", "the field");
  for (int i = 0; fields[i]; i++)
    if (strcmp(field, fields[i]) == 0) {
      lua_getiuservalue(L, 1, i + 1);
      return 1;
    }
  luaL_getmetafield(L, 1, "methods");
  return bind_unknown(L, "a step", field, -1);
}

/* ---- functions ------------------------------------------------------------------------------------------------------------- */

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
  if (lua_istable(L, 1) && luaL_getmetafield(L, 1, "__call") == LUA_TNIL) return compile_whole(L);
  lua_settop(L, 1);
  if (!lua_isfunction(L, 1) && luaL_getmetafield(L, 1, "__call") == LUA_TNIL)
    return bind_wrong(L, 1, "compile", "what is compiled", "a function, or { net = …, loss = …, optimizer = … }");
  return compile_function(L);
}

int bind_open_compile(lua_State *L) {
  static const bind_function functions[] = {{"compile", compile, 1}, {NULL, NULL, 0}};
  static const bind_function methods[] = {
      {"why", compiled_why, 1}, {"counts", compiled_counts, 1}, {"whole", compiled_whole, 1}, {NULL, NULL, 0}};
  static const bind_function none[] = {{NULL, NULL, 0}};
  static const luaL_Reg of_whole[] = {
      {"__call", whole_call}, {"__gc", whole_gc}, {"__index", whole_index}, {"__tostring", whole_tostring}, {NULL, NULL}};
  static const luaL_Reg of_function[] = {
      {"__call", compiled_call}, {"__close", compiled_close}, {"__gc", compiled_gc}, {NULL, NULL}};
  bind_step_function_open(L);
  bind_class(L, BIND_STEP, none, of_whole);
  bind_class(L, BIND_COMPILED, methods, of_function);
  bind_module(L, functions);
  return 1;
}
