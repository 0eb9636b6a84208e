/* What keeps gradients and parameters within bounds, in Lua: clipping before a step, projections after it. */
#include "lua/bind/optim.h"

/* opt:clip_norm(max), optim.clip_norm(parameters, max): the norm before. */
static int optimizer_clip_norm(lua_State *L) {
  double norm;
  bind_check(L, ll_optimizer_clip_norm(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER),
                                       bind_number(L, 2, "clip_norm", "the largest norm"), &norm));
  lua_pushnumber(L, norm);
  return 1;
}
static int optim_clip_norm(lua_State *L) {
  double norm, max = bind_number(L, 2, "clip_norm", "the largest norm");
  size_t n;
  ll_node **nodes = bind_optim_leaves(L, 1, "clip_norm", &n);
  bind_check(L, ll_clip_norm(bind_ctx(L), nodes, n, max, &norm));
  lua_pushnumber(L, norm);
  return 1;
}
static int optimizer_clip_value(lua_State *L) {
  bind_check(
      L, ll_optimizer_clip_value(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER), bind_number(L, 2, "clip_value", "the largest size")));
  return 0;
}
static int optim_clip_value(lua_State *L) {
  double bound = bind_number(L, 2, "clip_value", "the largest size");
  size_t n;
  ll_node **nodes = bind_optim_leaves(L, 1, "clip_value", &n);
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
  ll_optimizer *optimizer = bind_get(L, 1, BIND_OPTIMIZER);
  double bound;
  size_t n = 0;
  const ll_projection *projection = check_projection(L, 2, &bound);
  ll_node **nodes = lua_isnoneornil(L, 4) ? NULL : bind_optim_leaves(L, 4, "project", &n);
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

const luaL_Reg bind_optim_functions[] = {
    {"clip_norm", optim_clip_norm}, {"clip_value", optim_clip_value}, {"project", optim_project}, {NULL, NULL}};
const luaL_Reg bind_optim_bounds[] = {
    {"clip_norm", optimizer_clip_norm}, {"clip_value", optimizer_clip_value}, {"project", optimizer_project}, {NULL, NULL}};
