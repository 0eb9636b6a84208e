/* Optimizers in Lua: ll.optim.adam(parameters, {lr = 1e-3}), made from the rows of the table. */
#include <string.h>

#include "lua/bind/bind.h"
#include "lua/bind/optim.h"

#define CLASS "losslab.optimizer"

/* While a closure runs, the optimizer's user value is true: it can neither be closed nor take a step inside its step. */
static bool is_busy(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  bool busy = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return busy;
}

static void set_busy(lua_State *L, bool busy) {
  lua_pushboolean(L, busy);
  lua_setiuservalue(L, 1, 1);
}

static int optimizer_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_optimizer *optimizer = *slot;
  if (is_busy(L)) return 0;
  *slot = NULL;
  ll_optimizer_free(bind_ctx(L), optimizer);
  return 0;
}

/* The leaves at index (an array of matrices, one matrix, or a network, which is replaced by its parameters), in an array that
 * Lua owns and the stack keeps. */
static ll_node **leaves(lua_State *L, int index, const char *what, size_t *n) {
  index = lua_absindex(L, index);
  if (luaL_testudata(L, index, BIND_MATRIX)) {
    ll_node **one = lua_newuserdatauv(L, sizeof *one, 0);
    one[0] = bind_node(L, index, what, "the parameter");
    *n = 1;
    return one;
  }
  if ((lua_istable(L, index) || lua_isuserdata(L, index)) && !lua_islightuserdata(L, index) &&
      lua_getfield(L, index, "parameters") == LUA_TFUNCTION) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    lua_replace(L, index);
  }
  if (lua_isnoneornil(L, index)) luaL_error(L, "%s: parameters are missing; a network or an array of matrices was expected", what);
  if (!lua_istable(L, index))
    luaL_error(L, "%s: parameters are a %s; a network or an array of matrices was expected", what, luaL_typename(L, index));
  *n = lua_rawlen(L, index);
  if (*n == 0 && (lua_pushnil(L), lua_next(L, index))) { /* {lr = …} in the parameters' place */
    const char *key = luaL_tolstring(L, -2, NULL);
    luaL_error(L, "%s: parameters come first, a network or an array of matrices, not {%s = …}: %s(parameters, {%s = …})", what, key,
               what, key);
  }
  ll_node **nodes = lua_newuserdatauv(L, (*n + 1) * sizeof *nodes, 0);
  for (size_t i = 0; i < *n; i++) {
    lua_rawgeti(L, index, (lua_Integer)i + 1);
    if (!luaL_testudata(L, -1, BIND_MATRIX))
      luaL_error(L, "%s: parameter %d is a %s; a matrix was expected", what, (int)i + 1, luaL_typename(L, -1));
    nodes[i] = bind_node(L, -1, what, "the parameter");
    lua_pop(L, 1); /* the table keeps it */
  }
  return nodes;
}

/* The field params of the group at index, pushed with its array. */
static ll_node **group_leaves(lua_State *L, int index, const char *what, size_t *n) {
  index = lua_absindex(L, index);
  if (!lua_istable(L, index) || lua_getfield(L, index, "params") == LUA_TNIL)
    luaL_error(L, "%s: a group is a table {params = …, lr = …}", what);
  return leaves(L, -1, what, n);
}

static const char *const skip_params[] = {"params", NULL};

/* NAME(parameters, options), or NAME({{params = …, lr = …}, …}, options): the row is the upvalue. */
static int optimizer_make(lua_State *L) {
  const ll_optimizer_desc *desc = lua_touserdata(L, lua_upvalueindex(1));
  if (lua_gettop(L) > 2)
    return luaL_error(L, "%s takes parameters and a table of options; %d arguments were given", desc->name, lua_gettop(L));
  lua_settop(L, 2);
  size_t groups = 0, n;
  if (lua_istable(L, 1)) {
    if (lua_rawgeti(L, 1, 1) == LUA_TTABLE) groups = lua_rawlen(L, 1);
    lua_pop(L, 1);
  }
  void **slot = bind_new(L, CLASS);
  ll_optimizer *optimizer;
  if (groups) lua_rawgeti(L, 1, 1);
  ll_node **nodes = groups ? group_leaves(L, -1, desc->name, &n) : leaves(L, 1, desc->name, &n);
  bind_check(L, ll_optimizer_new(bind_ctx(L), desc, nodes, n, &optimizer));
  *slot = optimizer;
  bind_params(L, 2, &desc->params, optimizer->groups[0].params, NULL);
  for (size_t k = 1; k < groups; k++) { /* they begin with the common options */
    lua_settop(L, 3);
    lua_rawgeti(L, 1, (lua_Integer)k + 1);
    nodes = group_leaves(L, 4, desc->name, &n);
    bind_check(L, ll_optimizer_add(bind_ctx(L), optimizer, nodes, n));
  }
  for (size_t k = 0; k < groups; k++) {
    lua_settop(L, 3);
    lua_rawgeti(L, 1, (lua_Integer)k + 1);
    bind_params(L, 4, &desc->params, optimizer->groups[k].params, skip_params);
  }
  lua_settop(L, 3);
  return 1;
}

/* opt:add{params = …, lr = …}: one more group, else with the rates of the first. */
static int optimizer_add(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  double values[LL_MAX_PARAMS];
  size_t n;
  lua_settop(L, 2);
  ll_node **nodes = group_leaves(L, 2, optimizer->desc->name, &n);
  memcpy(values, optimizer->groups[0].params, sizeof values);
  bind_params(L, 2, &optimizer->desc->params, values, skip_params);
  bind_check(L, ll_optimizer_add(bind_ctx(L), optimizer, nodes, n));
  memcpy(optimizer->groups[optimizer->n_groups - 1].params, values, sizeof values);
  lua_settop(L, 1);
  return 1;
}

/* opt:group(i [, {lr = …}]): the parameters of group i as a table, after setting those given. */
static int optimizer_group(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  lua_Integer k = bind_integer(L, 2, "group", "the number of the group");
  if (k < 1 || (size_t)k > optimizer->n_groups)
    return luaL_error(L, "%s has %d groups of parameters, no group %I", optimizer->desc->name, (int)optimizer->n_groups,
                      (LUAI_UACINT)k);
  ll_optimizer_group *group = &optimizer->groups[k - 1];
  const ll_param_table *table = &optimizer->desc->params;
  bind_params(L, 3, table, group->params, NULL);
  lua_createtable(L, 0, (int)table->count + 1);
  for (size_t i = 0; i < table->count; i++)
    bind_push_param(L, &table->params[i], group->params[i]), lua_setfield(L, -2, table->params[i].name);
  lua_createtable(L, (int)group->count, 0);
  for (size_t i = 0; i < group->count; i++) {
    bind_push_node(L, ll_node_retain(group->parameters[i].node));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "params");
  return 1;
}

/* ---- steps ------------------------------------------------------------------------------------------------------------ */

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

/* opt:step(): with the gradients there are. opt:step(closure): with those that closure's backward leaves; the last loss known
 * and how often closure was called. */
static int optimizer_step(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  if (is_busy(L)) return luaL_error(L, "step: this %s is in the midst of a step", optimizer->desc->name);
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

/* opt:zero_grad(): forgets the gradients without a step. */
static int optimizer_zero_grad(lua_State *L) {
  ll_optimizer_clear(bind_ctx(L), bind_get(L, 1, CLASS));
  return 0;
}

/* opt:clip_norm(max), optim.clip_norm(parameters, max): the norm before. */
static int optimizer_clip_norm(lua_State *L) {
  double norm;
  bind_check(L,
             ll_optimizer_clip_norm(bind_ctx(L), bind_get(L, 1, CLASS), bind_number(L, 2, "clip_norm", "the largest norm"), &norm));
  lua_pushnumber(L, norm);
  return 1;
}
static int optim_clip_norm(lua_State *L) {
  double norm, max = bind_number(L, 2, "clip_norm", "the largest norm");
  size_t n;
  ll_node **nodes = leaves(L, 1, "clip_norm", &n);
  bind_check(L, ll_clip_norm(bind_ctx(L), nodes, n, max, &norm));
  lua_pushnumber(L, norm);
  return 1;
}
static int optimizer_clip_value(lua_State *L) {
  bind_check(L, ll_optimizer_clip_value(bind_ctx(L), bind_get(L, 1, CLASS), bind_number(L, 2, "clip_value", "the largest size")));
  return 0;
}
static int optim_clip_value(lua_State *L) {
  double bound = bind_number(L, 2, "clip_value", "the largest size");
  size_t n;
  ll_node **nodes = leaves(L, 1, "clip_value", &n);
  bind_check(L, ll_clip_value(bind_ctx(L), nodes, n, bound));
  return 0;
}

/* The projection named at index and, after it, its bound. */
static const ll_projection *check_projection(lua_State *L, int index, double *bound) {
  const ll_projection *projection;
  bind_check(L, ll_projection_find(bind_ctx(L), bind_string(L, index, "project", "the projection"), &projection));
  *bound =
      projection->bound ? bind_number_or(L, index + 1, projection->name, projection->bound->name, projection->bound->value) : 0;
  if (!projection->bound && !lua_isnoneornil(L, index + 1))
    luaL_error(L, "%s takes no number; the parameters come after nil", projection->name);
  return projection;
}

/* opt:project(name [, bound [, parameters]]): from now on after every step; all parameters by default. */
static int optimizer_project(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  double bound;
  size_t n = 0;
  const ll_projection *projection = check_projection(L, 2, &bound);
  ll_node **nodes = lua_isnoneornil(L, 4) ? NULL : leaves(L, 4, "project", &n);
  if (nodes && n == 0) return luaL_error(L, "project: no parameters were given");
  bind_check(L, ll_optimizer_project(bind_ctx(L), optimizer, projection, bound, nodes, n));
  lua_settop(L, 1);
  return 1;
}

/* optim.project(m, name [, bound]): m itself, in place. */
static int optim_project(lua_State *L) {
  bind_object(L, 1, BIND_MATRIX);
  ll_node *node = bind_node(L, 1, "project", "the matrix");
  double bound;
  const ll_projection *projection = check_projection(L, 2, &bound);
  bind_check(L, ll_project(bind_ctx(L), projection, bound, &node->value));
  lua_settop(L, 1);
  return 1;
}

/* opt:state(): what its next steps depend on, as a string. opt:load_state(string): puts that into an optimizer made in the same way
 * of leaves of the same shapes. */
static int optimizer_state(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  if (is_busy(L)) return luaL_error(L, "state: this %s is in the midst of a step", optimizer->desc->name);
  void *bytes;
  size_t n;
  bind_check(L, ll_optimizer_save(bind_ctx(L), optimizer, &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}
static int optimizer_load_state(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  if (is_busy(L)) return luaL_error(L, "load_state: this %s is in the midst of a step", optimizer->desc->name);
  size_t n;
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_optimizer_restore(bind_ctx(L), optimizer, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/* ---- the object --------------------------------------------------------------------------------------------------------- */

/* opt.lr and every other parameter, of the first group; opt.rate, opt.steps, opt.name, opt.groups; methods. */
static int optimizer_index(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  const char *field = bind_string(L, 2, optimizer->desc->name, "the field");
  luaL_getmetafield(L, 1, "methods");
  if (lua_getfield(L, -1, field) != LUA_TNIL) return 1;
  const ll_param_table *table = &optimizer->desc->params;
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->params[i].name, field) == 0) {
      bind_push_param(L, &table->params[i], optimizer->groups[0].params[i]);
      return 1;
    }
  if (strcmp(field, "steps") == 0) lua_pushinteger(L, (lua_Integer)optimizer->t);
  else if (strcmp(field, "rate") == 0) lua_pushnumber(L, optimizer->rate);
  else if (strcmp(field, "groups") == 0) lua_pushinteger(L, (lua_Integer)optimizer->n_groups);
  else if (strcmp(field, "name") == 0) lua_pushstring(L, optimizer->desc->name);
  else {
    static const char *const own[] = {"steps", "rate", "groups", "name"};
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, -4);) lua_pushvalue(L, -2), lua_insert(L, -2), lua_settable(L, -4);
    for (size_t i = 0; i < table->count; i++) lua_pushboolean(L, true), lua_setfield(L, -2, table->params[i].name);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) lua_pushboolean(L, true), lua_setfield(L, -2, own[i]);
    return bind_unknown(L, optimizer->desc->name, field, -1);
  }
  return 1;
}

/* opt.rate = 0.5: every lr is taken times it (a schedule's factor). opt.lr = 0.1: in all groups. */
static int optimizer_newindex(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  if (strcmp(bind_string(L, 2, optimizer->desc->name, "the field"), "rate") == 0) {
    double rate = bind_number(L, 3, optimizer->desc->name, "rate");
    if (!(rate >= 0 && rate <= 1e300)) return luaL_error(L, "%s: rate must be a number >= 0, not %f", optimizer->desc->name, rate);
    optimizer->rate = rate;
    return 0;
  }
  lua_createtable(L, 0, 1); /* {field = value}, so that one place checks */
  lua_pushvalue(L, 2), lua_pushvalue(L, 3);
  lua_settable(L, -3);
  for (size_t k = 0; k < optimizer->n_groups; k++) bind_params(L, -1, &optimizer->desc->params, optimizer->groups[k].params, NULL);
  return 0;
}

static int optimizer_tostring(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, optimizer->desc->name);
  for (size_t i = 0; i < optimizer->desc->params.count; i++) {
    const ll_param *p = &optimizer->desc->params.params[i];
    luaL_addstring(&text, i ? ", " : " {");
    luaL_addstring(&text, p->name);
    luaL_addstring(&text, " = ");
    bind_push_param(L, p, optimizer->groups[0].params[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  if (optimizer->n_groups > 1) {
    lua_pushfstring(L, ", and %d more groups", (int)optimizer->n_groups - 1);
    luaL_addvalue(&text);
  }
  lua_pushfstring(L, "}, %I steps", (LUAI_UACINT)optimizer->t);
  luaL_addvalue(&text);
  luaL_pushresult(&text);
  return 1;
}

int bind_open_optim(lua_State *L) {
  static const bind_function functions[] = {
      {"clip_norm", optim_clip_norm, 2}, {"clip_value", optim_clip_value, 2}, {"project", optim_project, 3}, {NULL, NULL, 0}};
  static const bind_function methods[] = {{"step", optimizer_step, 2},
                                          {"zero_grad", optimizer_zero_grad, 1},
                                          {"add", optimizer_add, 2},
                                          {"group", optimizer_group, 3},
                                          {"clip_norm", optimizer_clip_norm, 2},
                                          {"clip_value", optimizer_clip_value, 2},
                                          {"project", optimizer_project, 4},
                                          {"state", optimizer_state, 1},
                                          {"load_state", optimizer_load_state, 2},
                                          {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", optimizer_gc},
                                         {"__close", optimizer_gc},
                                         {"__index", optimizer_index},
                                         {"__newindex", optimizer_newindex},
                                         {"__tostring", optimizer_tostring},
                                         {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  bind_module(L, functions);
  bind_optim_rows(L);
  for (size_t i = 0; i < ll_optimizer_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_optimizers[i]);
    lua_pushcclosure(L, optimizer_make, 1);
    lua_setfield(L, -2, ll_optimizers[i]->name);
  }
  return 1;
}
