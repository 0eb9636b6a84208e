/* Losses in Lua: ll.loss.hinge{margin = 0.5} gives an object that is called with the row's inputs. Everything comes from
 * the rows of the table. */
#include <string.h>

#include "lua/bind/bind.h"
#include "lua/bind/state.h"

#define CLASS "losslab.loss"

static int loss_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_loss *loss = *slot;
  *slot = NULL;
  ll_loss_release(bind_ctx(L), loss);
  return 0;
}

static ll_loss *check_loss(lua_State *L) { return bind_get(L, 1, CLASS); }

/* NAME{parameters, reduction}: the row is the upvalue. */
static int loss_make(lua_State *L) {
  static const char *const apart[] = {"reduction", NULL};
  const ll_loss_desc *desc = lua_touserdata(L, lua_upvalueindex(1));
  ll_ctx *ctx = bind_ctx(L);
  if (lua_isuserdata(L, 1) || lua_gettop(L) > 1) {
    lua_pushfstring(L, "%s(%s", desc->name, desc->inputs[0].name);
    for (size_t i = 1; i < desc->n_inputs - desc->n_optional; i++)
      lua_pushfstring(L, ", %s", desc->inputs[i].name), lua_concat(L, 2);
    const char *call = lua_tostring(L, -1); /* before bind_shown, which pushes a text, too */
    return luaL_error(L, "%s was called with %s: make the loss first, with its parameters or none, then call it: ll.loss.%s{}%s)",
                      desc->name, bind_shown(L, 1), desc->name, call + strlen(desc->name));
  }
  lua_settop(L, 1);
  void **slot = bind_new(L, CLASS);
  ll_loss *loss;
  bind_check(L, ll_loss_new(ctx, desc, &loss));
  *slot = loss;
  const char *reduction = bind_opt_string(L, 1, desc->name, "reduction", NULL);
  if (reduction) bind_check(L, ll_loss_set_reduction(ctx, loss, reduction));
  bind_params(L, 1, &desc->params, loss->params, desc->by_row ? apart : NULL);
  bind_check(L, ll_loss_start(ctx, loss));
  return 1;
}

/* Input i of the row: argument i + 2. An argument too many is refused by the call. */
static ll_node *input_at(lua_State *L, const ll_loss_desc *desc, size_t i) {
  return bind_input(L, (int)i + 2, desc->name,
                    i < desc->n_inputs ? &desc->inputs[i] : &(ll_input){"an argument too many", "*", LL_INPUT_MATRIX});
}

/* What a loss without a history is to be given, when. */
static int no_history(lua_State *L, const ll_loss *loss) {
  bool fresh = ll_loss_wants_history(loss);
  return luaL_error(L, "%s: call loss:first_history(ll.no_grad(net, train.x), train.y) before the first epoch, and %s",
                    ll_message(bind_ctx(L)),
                    fresh ? "loss:history(ll.no_grad(net, train.x), train.y) at the end of each, in place of loss:end_epoch()"
                          : "loss:end_epoch() at the end of each");
}

/* The inputs from argument 2 on through ll_loss_apply or ll_loss_batch. */
static int evaluate(lua_State *L, ll_status (*how)(ll_ctx *, ll_loss *, ll_node *const *, size_t, ll_node **)) {
  ll_loss *loss = check_loss(L);
  int n = lua_gettop(L) - 1;
  ll_node *inputs[LL_MAX_INPUTS], *out;
  if (n > LL_MAX_INPUTS) n = LL_MAX_INPUTS + 1;
  for (int i = 0; i < n && i < LL_MAX_INPUTS; i++) inputs[i] = input_at(L, loss->desc, (size_t)i);
  ll_status status = how(bind_ctx(L), loss, inputs, (size_t)n, &out);
  if (status == LL_ERR_EMPTY)
    return luaL_error(L, "%s; loss:batch(…), for batches of training, gives false here", ll_message(bind_ctx(L)));
  if (status == LL_ERR_HISTORY) return no_history(L, loss);
  bind_check(L, status);
  bind_state *state = bind_state_get(L);
  bind_remark(state, loss);
  if (!out || ll_loss_is_empty(out)) state->empty++;
  else state->compared++;
  if (out) bind_push_node(L, out);
  else lua_pushboolean(L, false); /* which a loss in Lua may hand on */
  return 1;
}

/* loss(scores, labels), or whatever the row's inputs are. */
static int loss_call(lua_State *L) { return evaluate(L, ll_loss_apply); }

/* loss:batch(scores, labels), of a batch of training: false if it holds nothing that the loss compares. */
static int loss_batch(lua_State *L) { return evaluate(L, ll_loss_batch); }

/* is_empty(value): whether it is the value of a loss that met nothing to compare. */
static int loss_is_empty(lua_State *L) {
  lua_pushboolean(L, ll_loss_is_empty(bind_node(L, 1, "is_empty", "the value")));
  return 1;
}

/* counts(): evaluations so far in which something was compared, and those in which nothing was. */
static int loss_counts(lua_State *L) {
  const bind_state *state = bind_state_get(L);
  lua_pushinteger(L, (lua_Integer)state->compared);
  lua_pushinteger(L, (lua_Integer)state->empty);
  return 2;
}

static int loss_end_epoch(lua_State *L) {
  bind_check(L, ll_loss_end_epoch(bind_ctx(L), check_loss(L)));
  return 0;
}

/* The row's inputs from argument 2 on, as a history takes them. */
static void check_inputs(lua_State *L, const ll_loss *loss, ll_matrix *inputs) {
  for (size_t i = 0; i < loss->desc->n_inputs; i++) inputs[i] = input_at(L, loss->desc, i)->value;
}

/* Raises where there are more arguments than the loss, its inputs and so many after them. */
static void check_count(lua_State *L, const ll_loss *loss, const char *who, int after) {
  int most = (int)loss->desc->n_inputs + 1 + after;
  if (lua_gettop(L) > most)
    luaL_error(L, "%s: %s takes at most %d arguments, not %d", loss->desc->name, who, most - 1, lua_gettop(L) - 1);
}

/* loss:history(…the row's inputs): replaces the history by these inputs, as those of the previous epoch. */
static int loss_history(lua_State *L) {
  ll_loss *loss = check_loss(L);
  ll_matrix inputs[LL_MAX_INPUTS];
  check_count(L, loss, "history", 0);
  check_inputs(L, loss, inputs);
  bind_check(L, ll_loss_history(bind_ctx(L), loss, inputs));
  lua_settop(L, 1);
  return 1;
}

/* loss:first_history(…the row's inputs [, seed = 1 [, trial = 0]]): the history before the first epoch, as the parameters say. */
static int loss_first_history(lua_State *L) {
  ll_loss *loss = check_loss(L);
  ll_matrix inputs[LL_MAX_INPUTS];
  check_count(L, loss, "first_history", 2);
  check_inputs(L, loss, inputs);
  int at = (int)loss->desc->n_inputs + 2;
  ll_random stream =
      ll_random_stream(lua_isnoneornil(L, at) ? 1 : (uint64_t)bind_integer(L, at, "first_history", "the seed"),
                       lua_isnoneornil(L, at + 1) ? 0 : (uint64_t)bind_integer(L, at + 1, "first_history", "the trial"), "history");
  bind_check(L, ll_loss_first_history(bind_ctx(L), loss, inputs, &stream));
  lua_settop(L, 1);
  return 1;
}

/* loss:wants_history(): whether to call loss:history with fresh inputs in place of loss:end_epoch. */
static int loss_wants_history(lua_State *L) {
  lua_pushboolean(L, ll_loss_wants_history(check_loss(L)));
  return 1;
}

/* loss:state(): what it has learnt and remembers, as a string. loss:load_state(string): puts that into a loss of its parameters. */
static int loss_state(lua_State *L) {
  void *bytes;
  size_t n;
  bind_check(L, ll_loss_save(bind_ctx(L), check_loss(L), &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}
static int loss_load_state(lua_State *L) {
  size_t n;
  ll_loss *loss = check_loss(L);
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_loss_restore(bind_ctx(L), loss, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/* loss:params(): every parameter with its value. */
static int loss_params(lua_State *L) {
  ll_loss *loss = check_loss(L);
  const ll_param_table *table = &loss->desc->params;
  lua_createtable(L, 0, (int)table->count);
  for (size_t i = 0; i < table->count; i++) {
    bind_push_param(L, &table->params[i], loss->params[i]);
    lua_setfield(L, -2, table->params[i].name);
  }
  return 1;
}

static const char *const reductions[] = {"mean", "sum", "none"};

/* Pushes what the loss learns as its row says it: { { name, symbol, start, rate, input, element }, … }, input and element from 1.
 */
static void push_learnt(lua_State *L, const ll_loss_desc *desc) {
  lua_createtable(L, (int)desc->n_learnt, 0);
  for (size_t i = 0; i < desc->n_learnt; i++) {
    const ll_learnt *l = &desc->learnt[i];
    lua_createtable(L, 0, 6);
    lua_pushstring(L, l->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, l->symbol), lua_setfield(L, -2, "symbol");
    lua_pushstring(L, l->start), lua_setfield(L, -2, "start");
    lua_pushstring(L, l->rate), lua_setfield(L, -2, "rate");
    if (l->input) {
      lua_pushinteger(L, (lua_Integer)l->input), lua_setfield(L, -2, "input");
      lua_pushinteger(L, (lua_Integer)l->element + 1), lua_setfield(L, -2, "element");
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* The place of the learnt number that field names (its own, or name_grad), of those that the loss holds; n_learnt if there is none.
 */
static size_t learnt_place(const ll_loss_desc *desc, const char *field, bool *gradient) {
  size_t i = 0;
  for (; i < desc->n_learnt; i++) {
    size_t n = strlen(desc->learnt[i].name);
    *gradient = strncmp(field, desc->learnt[i].name, n) == 0 && strcmp(field + n, "_grad") == 0;
    if (!desc->learnt[i].input && (*gradient || strcmp(field, desc->learnt[i].name) == 0)) break;
  }
  return i;
}

/* loss.margin and loss.margin_grad of what the loss learns, loss.learnt; loss.remembers, loss.history_rows; loss.zero_rows of a
 * loss of cosines; every parameter; name, output, reduction. */
static int loss_index(lua_State *L) {
  ll_loss *loss = check_loss(L);
  const ll_loss_desc *desc = loss->desc;
  const char *field = bind_string(L, 2, "a loss", "the field");
  luaL_getmetafield(L, 1, "methods");
  if (lua_getfield(L, -1, field) != LUA_TNIL) return 1;
  bool gradient = false;
  size_t place = learnt_place(desc, field, &gradient);
  if (place < desc->n_learnt) return lua_pushnumber(L, gradient ? loss->learnt_grads[place] : loss->learnt[place]), 1;
  if (strcmp(field, "learnt") == 0) return push_learnt(L, desc), 1;
  if (desc->of_cosines && strcmp(field, "zero_rows") == 0) return lua_pushinteger(L, (lua_Integer)loss->zero_rows), 1;
  if (strcmp(field, "remembers") == 0) return lua_pushboolean(L, desc->history != NULL), 1;
  if (desc->history && strcmp(field, "history_rows") == 0) return lua_pushinteger(L, (lua_Integer)ll_loss_history_rows(loss)), 1;
  const ll_param_table *table = &loss->desc->params;
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->params[i].name, field) == 0) {
      bind_push_param(L, &table->params[i], loss->params[i]);
      return 1;
    }
  if (strcmp(field, "name") == 0) lua_pushstring(L, loss->desc->name);
  else if (strcmp(field, "output") == 0) lua_pushstring(L, loss->desc->output);
  else if (strcmp(field, "reduction") == 0) lua_pushstring(L, reductions[loss->reduction]);
  else lua_pushnil(L);
  return 1;
}

static int loss_newindex(lua_State *L) {
  ll_loss *loss = check_loss(L);
  const char *field = bind_string(L, 2, "a loss", "the field");
  bool gradient = false;
  size_t place = learnt_place(loss->desc, field, &gradient);
  if (place == loss->desc->n_learnt || gradient)
    return luaL_error(L, "%s: \"%s\" cannot be set; make a new loss with other parameters", loss->desc->name, field);
  bind_check(L, ll_loss_set_learnt(bind_ctx(L), loss, place, bind_number(L, 3, loss->desc->name, field)));
  return 0;
}

static int loss_tostring(lua_State *L) {
  ll_loss *loss = check_loss(L);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, loss->desc->name);
  for (size_t i = 0; i < loss->desc->params.count; i++) {
    const ll_param *p = &loss->desc->params.params[i];
    luaL_addstring(&text, i ? ", " : " {");
    luaL_addstring(&text, p->name);
    luaL_addstring(&text, " = ");
    bind_push_param(L, p, loss->params[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  if (loss->desc->params.count) luaL_addstring(&text, "}");
  for (size_t i = 0; i < loss->desc->n_learnt; i++) {
    if (loss->desc->learnt[i].input) continue;
    lua_pushfstring(L, ", %s now %f", loss->desc->learnt[i].name, loss->learnt[i]);
    luaL_addvalue(&text);
  }
  if (loss->desc->history) {
    lua_pushfstring(L, ", history of %I rows", (LUAI_UACINT)ll_loss_history_rows(loss));
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
  return 1;
}

static int loss_list(lua_State *L) {
  lua_createtable(L, (int)ll_loss_count, 0);
  for (size_t i = 0; i < ll_loss_count; i++) lua_pushstring(L, ll_losses[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

/* describe(name): the row as a table; version: of the formula; inputs: {name, shape, role, optional}. */
static int loss_describe(lua_State *L) {
  const ll_loss_desc *desc;
  bind_check(L, ll_loss_find(bind_ctx(L), bind_string(L, 1, "ll.loss.describe", "the name"), &desc));
  lua_createtable(L, 0, 12);
  const struct {
    const char *field, *text;
  } words[] = {{"name", desc->name},       {"family", desc->family},     {"summary", desc->summary},
               {"formula", desc->formula}, {"gradient", desc->gradient}, {"cost", desc->cost},
               {"source", desc->source},   {"output", desc->output},     {"note", desc->note}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) lua_pushstring(L, words[i].text), lua_setfield(L, -2, words[i].field);
  lua_pushinteger(L, ll_loss_version(desc)), lua_setfield(L, -2, "version");
  lua_pushnumber(L, desc->rtol), lua_setfield(L, -2, "rtol");
  lua_pushnumber(L, desc->atol), lua_setfield(L, -2, "atol");
  lua_pushboolean(L, desc->by_row), lua_setfield(L, -2, "by_row");
  if (desc->of_cosines) lua_pushboolean(L, true), lua_setfield(L, -2, "of_cosines");
  lua_pushboolean(L, desc->metric_only), lua_setfield(L, -2, "metric_only");
  lua_pushboolean(L, desc->history != NULL), lua_setfield(L, -2, "has_history");
  push_learnt(L, desc), lua_setfield(L, -2, "learnt");
  bind_push_params(L, &desc->params), lua_setfield(L, -2, "params");
  bind_push_inputs(L, desc->inputs, desc->n_inputs, desc->n_optional, false);
  lua_setfield(L, -2, "inputs");
  return 1;
}

/* An unknown name raises with the nearest: ll.loss.hing{} raises at once. */
static int module_index(lua_State *L) {
  const ll_loss_desc *desc;
  const char *name = bind_string(L, 2, "ll.loss", "a name"), *here = bind_elsewhere(name);
  if (here) return luaL_error(L, "ll.loss has no \"%s\"; here that is %s", name, here);
  bind_check(L, ll_loss_find(bind_ctx(L), name, &desc));
  return 0;
}

int bind_open_loss(lua_State *L) {
  static const bind_function functions[] = {{"list", loss_list, 0},         {"describe", loss_describe, 1},
                                            {"is_empty", loss_is_empty, 1}, {"counts", loss_counts, 0},
                                            {"remarks", bind_remarks, 1},   {NULL, NULL, 0}};
  static const bind_function methods[] = {{"batch", loss_batch, BIND_MANY},
                                          {"end_epoch", loss_end_epoch, 1},
                                          {"history", loss_history, BIND_MANY},
                                          {"first_history", loss_first_history, BIND_MANY},
                                          {"wants_history", loss_wants_history, 1},
                                          {"params", loss_params, 1},
                                          {"state", loss_state, 1},
                                          {"load_state", loss_load_state, 2},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", loss_gc},
                                         {"__close", loss_gc},
                                         {"__call", loss_call},
                                         {"__index", loss_index},
                                         {"__newindex", loss_newindex},
                                         {"__tostring", loss_tostring},
                                         {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  bind_module(L, functions);
  for (size_t i = 0; i < ll_loss_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_losses[i]);
    lua_pushcclosure(L, loss_make, 1);
    lua_setfield(L, -2, ll_losses[i]->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, module_index);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}
