/* Optimizers in Lua: ll.optim.adam(parameters, {lr = 1e-3}), made from the rows of the table. */
#include <string.h>

#include "lua/bind/optim.h"

/* While a closure runs, the optimizer's user value is true: it can neither be closed nor take a step inside its step. */
bool bind_optim_busy(lua_State *L) {
  lua_getiuservalue(L, 1, 1);
  bool busy = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return busy;
}

static int optimizer_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, BIND_OPTIMIZER);
  ll_optimizer *optimizer = *slot;
  if (bind_optim_busy(L)) return 0;
  *slot = NULL;
  ll_optimizer_free(bind_ctx(L), optimizer);
  return 0;
}

/* The leaves at index (an array of matrices, one matrix, or a network, which is replaced by its parameters), in an array that
 * Lua owns and the stack keeps. */
ll_node **bind_optim_leaves(lua_State *L, int index, const char *what, size_t *n) {
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
  return bind_optim_leaves(L, -1, what, n);
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
  void **slot = bind_new(L, BIND_OPTIMIZER);
  ll_optimizer *optimizer;
  if (groups) lua_rawgeti(L, 1, 1);
  ll_node **nodes = groups ? group_leaves(L, -1, desc->name, &n) : bind_optim_leaves(L, 1, desc->name, &n);
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

/** optimizer:add { params = …, lr = … } -> optimizer
 * Adds a group of parameters with rates of its own; what is not given is as in the first group.
 *   params   a network, a matrix or an array of matrices, leaves with a gradient
 *   lr, …   any parameter of the optimizer; see ll.optim.describe
 * Errors: a leaf that another group has; lbfgs takes one group only.
 * See: optimizer:group
 * Example:
 *   local net, scale = ll.nn.linear { 3, 1 }, ll.ones(1, 1):with_grad()
 *   local opt = ll.optim.adam(net, { lr = 1e-3 }):add { params = scale, lr = 0.1 }
 *   opt.groups, opt:group(2).lr   --> 2 0.1
 */
static int optimizer_add(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
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

/** optimizer:group(i [, { lr = … }]) -> table
 * The parameters of group i by name, after setting those given; params are its matrices.
 *   i   a whole number, from 1
 *   lr, …   any parameter of the optimizer, from now on
 * Errors: no such group; no such parameter, or one out of its range.
 * See: optimizer:add, optimizer.lr
 * Example:
 *   local opt = ll.optim.adam(ll.nn.linear { 3, 1 }, { lr = 1e-3 })
 *   opt:group(1, { lr = 1e-2 }).lr   --> 0.01
 *   #opt:group(1).params   --> 2
 */
static int optimizer_group(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
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

/** optimizer
 * Moves parameters by their gradients: made by ll.optim.NAME, then opt:step() after each backward.
 * A step uses up the gradients, so that nothing has to be cleared between steps.
 * See: ll.optim, optimizer:step, optimizer.lr
 * Example:
 *   local x = ll.matrix { { 3 } }:with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 0.1 })
 *   ll.sum(x * x):backward()
 *   opt:step()
 *   x:item()   --> 2.4
 *   opt   --> sgd {lr = 0.1, …}, 1 steps
 */
/** ll.optim
 * Optimizers: ll.optim.NAME(parameters, {options}) makes one.
 * Parameters are a network or an array of matrices.
 * Or groups, each with rates of its own: {{params = …, lr = …}, …}. ll.optim.list() gives the names; clipping
 * and projections work with and without an optimizer.
 * See: optimizer, ll.optim.list, ll.optim.describe, ll.schedule
 * Example:
 *   local net = ll.nn.mlp { 3, 8, 1 }
 *   local opt = ll.optim.adam(net:parameters(), { lr = 1e-2 })
 *   ll.loss.hinge()(net(ll.ones(4, 3)), ll.ones(4, 1)):backward()
 *   opt:step()
 *   opt.steps   --> 1
 */
int bind_open_optim(lua_State *L) {
  static const bind_function methods[] = {{"add", optimizer_add, 2}, {"group", optimizer_group, 3}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", optimizer_gc},
                                         {"__close", optimizer_gc},
                                         {"__index", bind_optim_index},
                                         {"__newindex", bind_optim_newindex},
                                         {"__tostring", bind_optim_tostring},
                                         {NULL, NULL}};
  bind_class(L, BIND_OPTIMIZER, methods, metamethods);
  luaL_getmetatable(L, BIND_OPTIMIZER);
  lua_getfield(L, -1, "methods");
  bind_methods(L, bind_optim_steps);
  bind_methods(L, bind_optim_bounds);
  lua_pop(L, 2);
  bind_module(L, bind_optim_functions);
  bind_optim_rows(L);
  for (size_t i = 0; i < ll_optimizer_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_optimizers[i]);
    lua_pushcclosure(L, optimizer_make, 1);
    lua_setfield(L, -2, ll_optimizers[i]->name);
  }
  return 1;
}
