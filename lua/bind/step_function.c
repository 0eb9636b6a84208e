/* A function whose code is a step of training (step_code.c) is run without Lua and without a graph, as long as everything in a call
 * is what it has to be. What it reads is read anew in each call, so it may be changed between them. All that could make the plain
 * function do more, or raise, is found before anything is changed: then the function is called. What is left to fail after that, an
 * allocation or an interruption, is raised as of the line in which the plain function would have met it. */
#include "lua/bind/step_function.h"

#include <string.h>

#include "engine/loss/loss.h"
#include "lua/bind/loss.h"
#include "lua/bind/nn.h"
#include "lua/bind/optim.h"
#include "lua/bind/state.h"

/* The classes of what takes part, and what a step calls, as the classes had it at first. */
enum { MLP, LOSS, MATRIX, OPTIMIZER, CLASSES };
static const char *const names[CLASSES] = {BIND_MLP, BIND_LOSS, BIND_MATRIX, BIND_OPTIMIZER};
static const struct {
  int class;
  const char *name;
  bool method;
} used[] = {{MLP, "__call", false},     {LOSS, "__call", false}, {MATRIX, "__index", false}, {OPTIMIZER, "__index", false},
            {MATRIX, "backward", true}, {MATRIX, "item", true},  {OPTIMIZER, "step", true}};

/* Stands in the registry, whose user values keep the classes, from 1 on, then what is called. */
typedef struct known {
  const void *classes[CLASSES], *called[LL_ROWS(used)];
} known;
static const char known_key = 0;

/* Pushes what stands now in the metatable on the top, or in the methods that its __index gives. */
static const void *push_used(lua_State *L, size_t i) {
  if (used[i].method && lua_rawgeti(L, -1, BIND_METHODS) != LUA_TTABLE) return NULL;
  lua_pushstring(L, used[i].name);
  lua_rawget(L, -2);
  return lua_topointer(L, -1);
}

void bind_step_function_open(lua_State *L) {
  known *k = lua_newuserdatauv(L, sizeof *k, CLASSES + LL_ROWS(used));
  int at = lua_gettop(L);
  for (int i = 0; i < CLASSES; i++) {
    luaL_getmetatable(L, names[i]);
    k->classes[i] = lua_topointer(L, -1);
    lua_setiuservalue(L, at, i + 1);
  }
  for (int i = 0; i < (int)LL_ROWS(used); i++) {
    lua_getiuservalue(L, at, used[i].class + 1);
    k->called[i] = push_used(L, (size_t)i);
    lua_setiuservalue(L, at, CLASSES + i + 1);
    lua_settop(L, at);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &known_key);
}

static bool classes_are_as_made(lua_State *L) {
  int top = lua_gettop(L);
  bool same = true;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
  const known *k = lua_touserdata(L, -1);
  for (size_t i = 0; same && i < LL_ROWS(used); i++) {
    lua_getiuservalue(L, top + 1, used[i].class + 1);
    same = push_used(L, i) == k->called[i];
    lua_settop(L, top + 1);
  }
  lua_settop(L, top);
  return same;
}

/* What is in the object at index, if it is of the class: luaL_testudata without its search. */
static void **of_class(lua_State *L, int index, int class) {
  void **slot = lua_touserdata(L, index);
  if (!slot || lua_islightuserdata(L, index) || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
  bool is = lua_topointer(L, -2) == ((const known *)lua_touserdata(L, -1))->classes[class];
  lua_pop(L, 2);
  return is ? slot : NULL;
}

void bind_step_function_read(lua_State *L, bind_step_function *s) {
  lua_Debug about;
  s->is_step = bind_step_code_read(L, &s->code);
  s->why = "it was not called yet";
  if (!s->is_step) return;
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">S", &about);
  memcpy(s->source, about.short_src, sizeof s->source);
}

void bind_step_function_close(ll_ctx *ctx, bind_step_function *s) {
  ll_mlp_pass_free(ctx, s->pass);
  s->pass = NULL;
  ll_matrix_release(ctx, &s->slope);
}

/* Raises the context's message as luaL_error does in what the function calls. */
static int raise_at(lua_State *L, bind_step_function *s, bind_step_call call) {
  s->why = "it raised an error";
  ll_tape_pass(s->tape, s->why);
  if (s->code.lines[call] > 0) lua_pushfstring(L, "%s:%d: %s", s->source, s->code.lines[call], ll_message(bind_ctx(L)));
  else lua_pushstring(L, ll_message(bind_ctx(L)));
  return lua_error(L);
}

/* Pushes what the function reads, given n arguments from 2 on. A field is read only where a table has it, without a metamethod. */
static const char *push_sources(lua_State *L, const bind_step_code *code, int n) {
  int first = lua_gettop(L) + 2;
  if (!lua_checkstack(L, BIND_STEP_SOURCES + 10)) return "the stack is full";
  lua_getiuservalue(L, 1, 1);
  for (int i = 0; i < code->n_sources; i++) {
    const bind_step_source *s = &code->sources[i];
    if (s->kind == BIND_STEP_ARGUMENT) {
      if (s->at < n) lua_pushvalue(L, s->at + 2);
      else lua_pushnil(L);
    } else if (s->kind == BIND_STEP_UPVALUE) {
      if (!lua_getupvalue(L, first - 1, s->at + 1)) return "an upvalue is missing";
    } else {
      if (!lua_istable(L, first + s->at)) return "a field is read of what is no table";
      lua_pushstring(L, s->key);
      if (lua_rawget(L, first + s->at) == LUA_TNIL) return "a field is nil, or none of the table itself";
    }
  }
  return NULL;
}

typedef struct step {
  void **net;
  ll_loss *loss;
  ll_optimizer *optimizer;
  ll_matrix inputs[LL_MAX_INPUTS]; /* of the loss; first x */
  size_t n;
} step;

static void *object(lua_State *L, int index, int class) {
  void **slot = of_class(L, index, class);
  return slot ? *slot : NULL;
}

static const char *read_objects(lua_State *L, const bind_step_code *code, int first, step *out) {
  out->net = of_class(L, first + code->net, MLP);
  if (!out->net || !*out->net) return "the network is none of ll.nn.mlp";
  out->loss = object(L, first + code->loss, LOSS);
  if (!out->loss) return "the loss is none of ll.loss";
  out->optimizer = object(L, first + code->optimizer, OPTIMIZER);
  if (!out->optimizer) return "the optimizer is none of ll.optim";
  lua_getiuservalue(L, first + code->optimizer, 1);
  bool busy = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (busy || out->optimizer->desc->minimize) return "the optimizer evaluates the loss itself";
  const ll_loss_desc *d = out->loss->desc;
  out->n = (size_t)code->n_labels + 1;
  if (out->n > d->n_inputs || out->n < d->n_inputs - d->n_optional) return "the loss takes another number of inputs";
  if (out->loss->reduction == LL_REDUCE_NONE) return "the loss gives a value for each row";
  if (d->metric_only || d->inputs[0].role != LL_INPUT_MATRIX) return "the loss has no gradient";
  for (size_t i = 0; i < out->n; i++) {
    const ll_node *node = bind_as_node(L, first + (i ? code->labels[i - 1] : code->x));
    if (!node) return i ? "what the loss is given is no matrix" : "x is no matrix";
    if (node->requires_grad) return i ? "what the loss is given wants a gradient" : "x wants a gradient";
    out->inputs[i] = node->value;
  }
  return NULL;
}

/* The pass of this network: user value 2 keeps the one it was made for, so that no other can have its place in memory. */
static bool have_pass(lua_State *L, ll_ctx *ctx, bind_step_function *s, const step *now, int first) {
  if (s->pass && s->net == now->net) return true;
  ll_mlp_pass_free(ctx, s->pass);
  s->pass = NULL;
  lua_pushvalue(L, first + s->code.net);
  lua_setiuservalue(L, 1, 2);
  s->net = now->net;
  return ll_mlp_pass_new(ctx, *now->net, &s->pass) == LL_OK;
}

/* Values forward. [out] NULL: the step may be taken. */
static const char *forward(lua_State *L, bind_step_function *s, step *now, const ll_matrix *x, ll_loss_direct_call *made) {
  ll_ctx *ctx = bind_ctx(L);
  const ll_matrix *scores;
  ll_status status = ll_mlp_pass_forward(ctx, *now->net, s->pass, x, &scores);
  if (status == LL_ERR_INTERRUPTED) raise_at(L, s, BIND_STEP_NET);
  if (status != LL_OK) return "the network did not take x";
  now->inputs[0] = *scores;
  uint64_t zero_rows = now->loss->zero_rows;
  status = ll_loss_direct(ctx, now->loss, now->inputs, now->n, NULL, false, &s->slope, made);
  if (status == LL_ERR_INTERRUPTED) raise_at(L, s, BIND_STEP_LOSS);
  if (status == LL_OK && made->compared && isfinite(made->value)) return NULL;
  now->loss->zero_rows = zero_rows; /* it is evaluated again */
  return status != LL_OK   ? "the loss did not take its inputs"
         : !made->compared ? "the batch holds nothing that the loss compares"
                           : "the value is not finite";
}

/* What the plain function does once it has its value. */
static void backward(lua_State *L, bind_step_function *s, const step *now, const ll_matrix *x, const ll_loss_direct_call *made) {
  ll_ctx *ctx = bind_ctx(L);
  bind_state *state = bind_state_get(L);
  bind_remark(state, now->loss);
  state->compared++;
  ll_status status = ll_ctx_go_on(ctx);
  if (status == LL_OK) status = ll_loss_direct_trained(ctx, now->loss, now->inputs, now->n, 1, &s->slope, made);
  if (status == LL_OK) status = ll_mlp_pass_backward(ctx, *now->net, s->pass, x, &s->slope);
  if (status != LL_OK) raise_at(L, s, BIND_STEP_BACKWARD);
  if (ll_optimizer_step(ctx, now->optimizer) != LL_OK) raise_at(L, s, BIND_STEP_STEP);
}

static const char *run(lua_State *L, bind_step_function *s, int n, double *value) {
  ll_ctx *ctx = bind_ctx(L);
  step now;
  ll_loss_direct_call made;
  int first = lua_gettop(L) + 2; /* behind the function */
  if (!s->is_step) return "its code is more than a step";
  if (lua_gethook(L)) return "a hook looks at it";
  if (!ll_tape_may_begin(ctx)) return "it is part of another compiled function";
  const char *why = push_sources(L, &s->code, n);
  if (!why) why = read_objects(L, &s->code, first, &now);
  if (why) return why;
  if (!classes_are_as_made(L)) return "a method was changed";
  if (!ll_mlp_pass_fits(ctx, *now.net, NULL)) return "gradients are there already, or none is wanted";
  if (!have_pass(L, ctx, s, &now, first)) return "memory is short";
  ll_matrix x = now.inputs[0];
  why = forward(L, s, &now, &x, &made);
  if (why) return why;
  s->why = NULL;
  *value = made.value;
  backward(L, s, &now, &x, &made);
  return NULL;
}

int bind_step_function_call(lua_State *L, bind_step_function *s) {
  int top = lua_gettop(L);
  double value;
  s->why = run(L, s, top - 1, &value);
  lua_settop(L, top);
  if (s->why) return -1;
  if (s->code.gives) lua_pushnumber(L, value);
  return s->code.gives;
}
