/* Optimizers in Lua: ll.optim.adam(parameters, {lr = 1e-3}), made from the rows of the table. */
#include <string.h>

#include "lua/bind/bind.h"

#define CLASS "losslab.optimizer"

static int optimizer_gc(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, CLASS);
  ll_optimizer *optimizer = *slot;
  *slot = NULL;
  ll_optimizer_free(bind_ctx(L), optimizer);
  return 0;
}

/* NAME(parameters, options): the row is the upvalue. */
static int optimizer_make(lua_State *L) {
  const ll_optimizer_desc *desc = lua_touserdata(L, lua_upvalueindex(1));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  size_t n = lua_rawlen(L, 1);
  ll_node **nodes = lua_newuserdatauv(L, (n + 1) * sizeof *nodes, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    if (!luaL_testudata(L, -1, BIND_MATRIX))
      return luaL_error(L, "%s: parameter %d is a %s; a matrix was expected", desc->name, (int)i + 1, luaL_typename(L, -1));
    nodes[i] = bind_node(L, -1);
    lua_pop(L, 1); /* the table keeps it */
  }
  void **slot = bind_new(L, CLASS);
  ll_optimizer *optimizer;
  bind_check(L, ll_optimizer_new(bind_ctx(L), desc, nodes, n, &optimizer));
  *slot = optimizer;
  bind_params(L, 2, &desc->params, optimizer->params, NULL);
  return 1;
}

static int optimizer_step(lua_State *L) {
  bind_check(L, ll_optimizer_step(bind_ctx(L), bind_get(L, 1, CLASS)));
  return 0;
}

/* opt:zero_grad(): forgets the gradients without a step. */
static int optimizer_zero_grad(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  for (size_t i = 0; i < optimizer->count; i++) ll_node_clear_grad(bind_ctx(L), optimizer->nodes[i]);
  return 0;
}

/* opt.lr and every other parameter; opt.steps; opt.name; methods. */
static int optimizer_index(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  const char *field = luaL_checkstring(L, 2);
  luaL_getmetafield(L, 1, "methods");
  if (lua_getfield(L, -1, field) != LUA_TNIL) return 1;
  const ll_param_table *table = &optimizer->desc->params;
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->params[i].name, field) == 0) {
      bind_push_param(L, &table->params[i], optimizer->params[i]);
      return 1;
    }
  if (strcmp(field, "steps") == 0) lua_pushinteger(L, (lua_Integer)optimizer->t);
  else if (strcmp(field, "name") == 0) lua_pushstring(L, optimizer->desc->name);
  else lua_pushnil(L);
  return 1;
}

static int optimizer_newindex(lua_State *L) {
  ll_optimizer *optimizer = bind_get(L, 1, CLASS);
  luaL_checkstring(L, 2);
  lua_createtable(L, 0, 1); /* {field = value}, so that one place checks */
  lua_pushvalue(L, 2), lua_pushvalue(L, 3);
  lua_settable(L, -3);
  bind_params(L, -1, &optimizer->desc->params, optimizer->params, NULL);
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
    bind_push_param(L, p, optimizer->params[i]);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&text);
  }
  lua_pushfstring(L, "}, %I steps", (LUAI_UACINT)optimizer->t);
  luaL_addvalue(&text);
  luaL_pushresult(&text);
  return 1;
}

static int optim_list(lua_State *L) {
  lua_createtable(L, (int)ll_optimizer_count, 0);
  for (size_t i = 0; i < ll_optimizer_count; i++) lua_pushstring(L, ll_optimizers[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

static int optim_describe(lua_State *L) {
  const ll_optimizer_desc *desc;
  bind_check(L, ll_optimizer_find(bind_ctx(L), luaL_checkstring(L, 1), &desc));
  lua_createtable(L, 0, 5);
  lua_pushstring(L, desc->name), lua_setfield(L, -2, "name");
  lua_pushstring(L, desc->summary), lua_setfield(L, -2, "summary");
  lua_pushstring(L, desc->formula), lua_setfield(L, -2, "formula");
  lua_pushstring(L, desc->source), lua_setfield(L, -2, "source");
  bind_push_params(L, &desc->params), lua_setfield(L, -2, "params");
  return 1;
}

int bind_open_optim(lua_State *L) {
  static const luaL_Reg functions[] = {{"list", optim_list}, {"describe", optim_describe}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"step", optimizer_step}, {"zero_grad", optimizer_zero_grad}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", optimizer_gc},
                                         {"__close", optimizer_gc},
                                         {"__index", optimizer_index},
                                         {"__newindex", optimizer_newindex},
                                         {"__tostring", optimizer_tostring},
                                         {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  luaL_newlib(L, functions);
  for (size_t i = 0; i < ll_optimizer_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_optimizers[i]);
    lua_pushcclosure(L, optimizer_make, 1);
    lua_setfield(L, -2, ll_optimizers[i]->name);
  }
  return 1;
}
