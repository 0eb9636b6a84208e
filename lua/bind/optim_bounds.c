/* What keeps gradients and parameters within bounds, in Lua: clipping before a step, projections after it. */
#include "lua/bind/optim.h"

/** optimizer:clip_norm(max) -> number
 * Scales the gradients of all parameters, together, to a norm of at most max.
 * Gives the norm that they had.
 * To be called between backward and step. If the norm is NaN or infinite nothing is changed.
 *   max   a number >= 0
 * See: ll.optim.clip_norm, optimizer:clip_value
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 1 })
 *   ll.sum(x * x):backward()
 *   opt:clip_norm(1)   --> 10
 *   x.grad:get(1, 2)   --> 0.8
 */
static int optimizer_clip_norm(lua_State *L) {
  double norm;
  bind_check(L, ll_optimizer_clip_norm(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER),
                                       bind_number(L, 2, "clip_norm", "the largest norm"), &norm));
  lua_pushnumber(L, norm);
  return 1;
}
/** ll.optim.clip_norm(parameters, max) -> number
 * Scales the gradients of parameters, together, to a norm of at most max.
 * Gives the norm that they had.
 * To be called between backward and step. If the norm is NaN or infinite nothing is changed. (Pascanu et al. 2013, Algorithm
 * 1.)
 *   parameters   a network, a matrix or an array of matrices
 *   max   a number >= 0
 * See: optimizer:clip_norm, ll.optim.clip_value
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   ll.sum(x * x):backward()
 *   ll.optim.clip_norm(x, 1)   --> 10
 *   x.grad:get(1, 1)   --> 0.6
 */
static int optim_clip_norm(lua_State *L) {
  double norm, max = bind_number(L, 2, "clip_norm", "the largest norm");
  size_t n;
  ll_node **nodes = bind_optim_leaves(L, 1, "clip_norm", &n);
  bind_check(L, ll_clip_norm(bind_ctx(L), nodes, n, max, &norm));
  lua_pushnumber(L, norm);
  return 1;
}
/** optimizer:clip_value(bound)
 * Cuts each element of the gradients to [-bound, bound]; NaN stays. To be called between backward and step.
 *   bound   a number >= 0
 * See: ll.optim.clip_value, optimizer:clip_norm
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 1 })
 *   ll.sum(x * x):backward()
 *   opt:clip_value(7)
 *   x.grad:get(1, 1), x.grad:get(1, 2)   --> 6 7
 */
static int optimizer_clip_value(lua_State *L) {
  bind_check(
      L, ll_optimizer_clip_value(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER), bind_number(L, 2, "clip_value", "the largest size")));
  return 0;
}
/** ll.optim.clip_value(parameters, bound)
 * Cuts each element of the gradients to [-bound, bound]; NaN stays.
 *   parameters   a network, a matrix or an array of matrices
 *   bound   a number >= 0
 * See: optimizer:clip_value, ll.optim.clip_norm
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   ll.sum(x * x):backward()
 *   ll.optim.clip_value(x, 7)
 *   x.grad:get(1, 2)   --> 7
 */
static int optim_clip_value(lua_State *L) {
  double bound = bind_number(L, 2, "clip_value", "the largest size");
  size_t n;
  ll_node **nodes = bind_optim_leaves(L, 1, "clip_value", &n);
  bind_check(L, ll_clip_value(bind_ctx(L), nodes, n, bound));
  return 0;
}

/** optimizer:scale_grad(factor)
 * Multiplies the gradients of all parameters by a factor, between backward and step.
 * Where the gradients of several batches were added, 1 / k makes them their mean.
 *   factor   a finite number
 * See: optimizer:clip_norm, study.train.accumulate
 * Example:
 *   local x = ll.matrix { { 3, 4 } }:with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 1 })
 *   for _ = 1, 2 do ll.sum(x * x):backward() end
 *   opt:scale_grad(1 / 2)
 *   x.grad:get(1, 2)   --> 8
 */
static int optimizer_scale_grad(lua_State *L) {
  bind_check(L, ll_optimizer_scale(bind_ctx(L), bind_get(L, 1, BIND_OPTIMIZER), bind_number(L, 2, "scale_grad", "the factor")));
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

/** optimizer:project(name [, bound [, parameters]]) -> optimizer
 * From now on parameters are projected after every step: put back where they may be.
 *   name   of a projection: "clip", "unit_ball", "non_negative"; see ll.optim.projections
 *   bound   a number; each projection has its default, non_negative takes none (nil)
 *   parameters   those that are projected: a network, a matrix or an array of matrices (all)
 * Errors: no such projection, with the nearest; a number for one that takes none.
 * See: ll.optim.project, ll.optim.projections
 * Example:
 *   local x = ll.matrix { { 0.05 } }:with_grad()
 *   local opt = ll.optim.sgd(x, { lr = 1 }):project("clip", 0.1)
 *   ll.sum(x):backward()
 *   opt:step()
 *   x:item()   --> -0.1
 */
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

/** ll.optim.project(m, name [, bound]) -> matrix
 * Projects a matrix in place; gives the matrix itself.
 *   m   a matrix
 *   name   of a projection: "clip", "unit_ball", "non_negative"; see ll.optim.projections
 *   bound   a number; each projection has its default, non_negative takes none
 * Errors: no such projection, with the nearest; a number for one that takes none.
 * See: optimizer:project, ll.optim.projections
 * Example:
 *   ll.optim.project(ll.matrix { { 3, 4 } }, "unit_ball", 1):get(1, 2)   --> 0.8
 *   ll.optim.project(ll.matrix { { -3 } }, "non_negative"):item()   --> 0
 */
static int optim_project(lua_State *L) {
  bind_object(L, 1, BIND_MATRIX);
  ll_node *node = bind_node(L, 1, "project", "the matrix");
  double bound;
  const ll_projection *projection = check_projection(L, 2, &bound);
  bind_check(L, ll_project(bind_ctx(L), projection, bound, &node->value));
  lua_settop(L, 1);
  return 1;
}

const bind_function bind_optim_functions[] = {
    {"clip_norm", optim_clip_norm, 2}, {"clip_value", optim_clip_value, 2}, {"project", optim_project, 3}, {NULL, NULL, 0}};
const bind_function bind_optim_bounds[] = {{"clip_norm", optimizer_clip_norm, 2},
                                           {"clip_value", optimizer_clip_value, 2},
                                           {"scale_grad", optimizer_scale_grad, 2},
                                           {"project", optimizer_project, 4},
                                           {NULL, NULL, 0}};
