/* ll.compile { net, loss, optimizer } is one call of C for what a loop does with a batch: no Lua and no objects in between. It is
 *   local value = loss:batch(net(x), y)            -- inputs of the loss behind the network's output: y, or several
 *   if not value then return false end             -- the batch holds nothing that the loss compares: no step
 *   if value:item() is not finite then return it, without a step
 *   value:backward(); optimizer:step(); return value:item()
 * to the bit, with the same errors, remarks and counts (ll.loss.counts). After the call loss.NAME and loss.NAME_grad of what the
 * loss learns are those of this step, as after the lines above; gradients of parameters are used up. Fields: compiled.net, .loss,
 * .optimizer. */
#include "lua/bind/step_whole.h"

#include <string.h>

#include "engine/loss/loss.h"
#include "engine/nn/mlp_pass.h"
#include "lua/bind/loss.h"
#include "lua/bind/nn.h"
#include "lua/bind/optim.h"
#include "lua/bind/state.h"

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

int bind_step_whole_new(lua_State *L) {
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

/* What is done with a batch: reached, the gradient that reaches the loss; steps, whether the optimizer's step follows. */
typedef struct doing {
  double reached;
  bool steps;
} doing;

static ll_status backward(ll_ctx *ctx, ll_node *value, double reached) {
  ll_node *seed = NULL;
  ll_matrix m;
  if (reached == 1) return ll_backward(ctx, value, NULL, false);
  LL_TRY(ll_matrix_new(ctx, 1, 1, &m));
  *m.data = (ll_real)reached;
  LL_TRY(ll_node_new(ctx, &m, false, &seed));
  ll_status status = ll_backward(ctx, value, seed, false);
  ll_node_release(ctx, seed);
  return status;
}

/* By a graph: where something beside the network's parameters wants a gradient, or gradients of others' making are there to which
 * others are added. */
static ll_status train_by_graph(ll_ctx *ctx, const whole *w, ll_node **inputs, size_t n, const ll_matrix *weights, doing what,
                                ll_loss_direct_call *out) {
  ll_node *value = NULL;
  ll_status status;
  LL_TRY(ll_mlp_forward(ctx, *w->net, inputs[0], &inputs[0]));
  LL_GOTO(end, ll_loss_batch_weighed(ctx, *w->loss, inputs, n, weights, &value));
  out->compared = value != NULL;
  if (!value) goto end;
  LL_GOTO(end, ll_node_item(ctx, value, &out->value));
  if (!isfinite(out->value)) goto end;
  LL_GOTO(end, backward(ctx, value, what.reached));
  if (what.steps) LL_GOTO(end, ll_optimizer_step(ctx, *w->optimizer));
end:
  ll_node_release(ctx, value);
  ll_node_release(ctx, inputs[0]);
  return status;
}

/* Value and step, on kept buffers. Nothing that Lua would have to give back is held where it fails. */
static ll_status train(ll_ctx *ctx, whole *w, ll_node **inputs, size_t n, const ll_matrix *weights, doing what,
                       ll_loss_direct_call *out) {
  ll_loss *loss = *w->loss;
  const ll_loss_desc *d = loss->desc;
  const ll_mlp *net = *w->net;
  const ll_matrix *scores, x = inputs[0]->value;
  ll_matrix values[LL_MAX_INPUTS];
  bool plain = n >= d->n_inputs - d->n_optional && loss->reduction != LL_REDUCE_NONE && !d->metric_only &&
               d->inputs[0].role == LL_INPUT_MATRIX;
  for (size_t i = 0; i < n; i++) plain = plain && !inputs[i]->requires_grad;
  out->compared = false;
  if (!plain || !ll_mlp_pass_fits(ctx, net, what.steps ? NULL : w->pass))
    return train_by_graph(ctx, w, inputs, n, weights, what, out);
  LL_TRY(ll_mlp_pass_forward(ctx, net, w->pass, &x, &scores));
  values[0] = *scores;
  for (size_t i = 1; i < n; i++) values[i] = inputs[i]->value;
  LL_TRY(ll_loss_direct(ctx, loss, values, n, weights, true, &w->slope, out));
  if (!out->compared || !isfinite(out->value)) return LL_OK;
  LL_TRY(ll_ctx_go_on(ctx));
  LL_TRY(ll_loss_direct_trained(ctx, loss, values, n, what.reached, &w->slope, out));
  LL_TRY(ll_mlp_pass_backward(ctx, net, w->pass, &x, &w->slope));
  return what.steps ? ll_optimizer_step(ctx, *w->optimizer) : LL_OK;
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
static int whole_batch(lua_State *L, int n, doing what) {
  whole *w = luaL_checkudata(L, 1, BIND_STEP);
  ll_node *inputs[LL_MAX_INPUTS + 1];
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
  bind_loss_check(L, loss, train(w->state->ctx, w, inputs, n > 0 ? (size_t)n : 1, weights, what, &made));
  bind_remark(w->state, *w->loss);
  if (made.compared) w->state->compared++, lua_pushnumber(L, made.value);
  else w->state->empty++, lua_pushboolean(L, false);
  return 1;
}

static int whole_call(lua_State *L) { return whole_batch(L, lua_gettop(L) - 1, (doing){1, true}); }

/** step:backward(reached, x, y [, { weights = w }]) -> number, or false
 * The same without the optimizer's step: gradients are left in the parameters, added to those that are there.
 * So gradients can be clipped or those of several batches be added, before step.optimizer:step().
 *   reached   by what the gradient is multiplied (1); as value:backward(ll.matrix { { reached } })
 *   x, y, weights   as of step(x, y)
 * Errors: as of step(x, y).
 * See: step, optimizer:clip_norm, optimizer:scale_grad
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   local step = ll.compile { net = net, loss = ll.loss.hinge(), optimizer = ll.optim.adam(net) }
 *   step:backward(1, ll.ones(2, 3), { 1, 1 }) > 0   --> true
 *   step.optimizer:clip_norm(0.1) > 0   --> true
 *   step.optimizer:step()
 */
static int whole_backward(lua_State *L) {
  double reached = bind_number_or(L, 2, "step:backward", "reached", 1);
  lua_settop(L, lua_gettop(L) < 2 ? 2 : lua_gettop(L));
  lua_remove(L, 2);
  return whole_batch(L, lua_gettop(L) - 1, (doing){reached, false});
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
  if (bind_method(L)) return 1;
  const char *field = bind_string(L, 2, "step", "the field");
  for (int i = 0; fields[i]; i++)
    if (strcmp(field, fields[i]) == 0) {
      lua_getiuservalue(L, 1, i + 1);
      return 1;
    }
  luaL_getmetafield(L, 1, "methods");
  return bind_unknown(L, "a step", field, -1);
}

void bind_step_whole_open(lua_State *L) {
  static const bind_function methods[] = {{"backward", whole_backward, BIND_MANY}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {
      {"__call", whole_call}, {"__gc", whole_gc}, {"__index", whole_index}, {"__tostring", whole_tostring}, {NULL, NULL}};
  bind_class(L, BIND_STEP, methods, metamethods);
}
