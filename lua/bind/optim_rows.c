/* What the rows of optimizers and projections say, as Lua tables. */
#include "lua/bind/optim.h"

/** ll.optim.list() -> { name, … }
 * The names of all optimizers.
 * See: ll.optim.describe
 * Example:
 *   ll.optim.list()[1]   --> sgd
 */
static int optim_list(lua_State *L) {
  lua_createtable(L, (int)ll_optimizer_count, 0);
  for (size_t i = 0; i < ll_optimizer_count; i++) lua_pushstring(L, ll_optimizers[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

/** ll.optim.projections() -> { { name, summary, formula, bound }, … }
 * The projections that there are; bound is the default of their number, where they take one.
 * See: ll.optim.project, optimizer:project
 * Example:
 *   local clip = ll.optim.projections()[1]
 *   clip.name, clip.bound   --> clip 0.01
 */
static int optim_projections(lua_State *L) {
  lua_createtable(L, (int)ll_projection_count, 0);
  for (size_t i = 0; i < ll_projection_count; i++) {
    const ll_projection *p = &ll_projections[i];
    lua_createtable(L, 0, 4);
    lua_pushstring(L, p->name), lua_setfield(L, -2, "name");
    lua_pushstring(L, p->summary), lua_setfield(L, -2, "summary");
    lua_pushstring(L, p->formula), lua_setfield(L, -2, "formula");
    if (p->bound) lua_pushnumber(L, p->bound->value), lua_setfield(L, -2, "bound");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** ll.optim.describe(name) -> table
 * What the table says of an optimizer.
 * Fields: name, summary, formula, source (texts); version, of the formula; closure, whether its step needs one; params, a list
 * of { name, kind, default, range, doc, low, high }.
 *   name   of an optimizer
 * Errors: no such name, with the nearest.
 * See: ll.optim.list
 * Example:
 *   local adam = ll.optim.describe "adam"
 *   adam.params[1].name, adam.params[1].default, adam.closure   --> lr 0.001 false
 */
static int optim_describe(lua_State *L) {
  const ll_optimizer_desc *desc;
  bind_check(L, ll_optimizer_find(bind_ctx(L), bind_string(L, 1, "ll.optim.describe", "the name"), &desc));
  lua_createtable(L, 0, 7);
  lua_pushinteger(L, desc->version ? desc->version : 1), lua_setfield(L, -2, "version");
  lua_pushstring(L, desc->name), lua_setfield(L, -2, "name");
  lua_pushboolean(L, desc->minimize != NULL), lua_setfield(L, -2, "closure");
  lua_pushstring(L, desc->summary), lua_setfield(L, -2, "summary");
  lua_pushstring(L, desc->formula), lua_setfield(L, -2, "formula");
  lua_pushstring(L, desc->source), lua_setfield(L, -2, "source");
  bind_push_params(L, &desc->params), lua_setfield(L, -2, "params");
  return 1;
}

void bind_optim_rows(lua_State *L) {
  static const bind_function functions[] = {
      {"list", optim_list, 0}, {"describe", optim_describe, 1}, {"projections", optim_projections, 0}, {NULL, NULL, 0}};
  bind_functions(L, functions);
}
