/* The fields of an optimizer in Lua, its rates among them, and how it prints. */
#include <string.h>

#include "lua/bind/optim.h"

/** optimizer.lr -> number
 * The learning rate of the first group; setting it sets all groups.
 * Every parameter of the optimizer is read and set like this, as opt.beta1. For one group see optimizer:group.
 * Errors: no such parameter, or one out of its range.
 * See: optimizer.rate, ll.optim.describe
 * Example:
 *   local opt = ll.optim.adam(ll.nn.linear { 3, 1 })
 *   opt.lr = 0.5
 *   opt.lr   --> 0.5
 */
/** optimizer.rate -> number
 * The factor by which the lr of every group is multiplied, as a schedule gives it; 1 at first.
 * It may be set to a number >= 0.
 * See: ll.schedule, optimizer.lr
 * Example:
 *   local opt = ll.optim.sgd(ll.nn.linear { 3, 1 }, { lr = 0.1 })
 *   local schedule = ll.schedule.cosine { steps = 100 }
 *   opt.rate = schedule(opt.steps + 1)
 *   opt.rate   --> 1
 */
/** optimizer.steps -> integer
 * How many steps it has taken.
 * Example:
 *   ll.optim.sgd(ll.nn.linear { 3, 1 }).steps   --> 0
 */
/** optimizer.groups -> integer
 * How many groups of parameters it has.
 * See: optimizer:group
 * Example:
 *   ll.optim.sgd(ll.nn.linear { 3, 1 }).groups   --> 1
 */
/** optimizer.name -> string
 * Its name, as in ll.optim.NAME.
 * Example:
 *   ll.optim.sgd(ll.nn.linear { 3, 1 }).name   --> sgd
 */
int bind_optim_index(lua_State *L) {
  if (bind_method(L)) return 1;
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
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
int bind_optim_newindex(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
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

int bind_optim_tostring(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
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
