/* Distances in Lua: ll.distance.euclidean(a, b) is n×1, row by row; {pairwise = true} gives all pairs, n×m. Everything comes from
 * the rows of the table. */
#include <string.h>

#include "losslab/distance.h"
#include "lua/bind/bind.h"

/* NAME(a, b [, {pairwise = false, precision = M, …parameters}]): the row is the upvalue. */
static int distance_call(lua_State *L) {
  static const char *const apart[] = {"pairwise", "precision", NULL}, *const plain[] = {"pairwise", NULL};
  const ll_distance_desc *desc = lua_touserdata(L, lua_upvalueindex(1));
  ll_distance_options options = {0};
  ll_node *out;
  if (lua_gettop(L) > 3)
    luaL_error(L, "%s takes 2 inputs and a table of options; %d arguments were given", desc->name, lua_gettop(L));
  lua_settop(L, 3);
  for (int i = 1; i <= 2; i++)
    if (lua_isnil(L, i)) luaL_error(L, "%s: input %d, %s, is missing", desc->name, i, i == 1 ? "a (n,d)" : "b (n,d)");
  ll_params_default(&desc->params, options.params);
  const ll_param_table table = {desc->name, desc->params.params, desc->params.count, desc->params.contradiction};
  bind_params(L, 3, &table, options.params, desc->precision ? apart : plain);
  options.pairwise = bind_opt_boolean(L, 3, desc->name, "pairwise", false);
  if (!lua_isnil(L, 3) && lua_getfield(L, 3, "precision") != LUA_TNIL) {
    ll_node *precision = bind_node(L, -1, desc->name, "precision");
    if (precision->requires_grad)
      return luaL_error(L, "%s: precision has no gradient; to learn it, learn W of euclidean(a W, b W)", desc->name);
    options.precision = &precision->value;
  }
  bind_check(
      L, ll_distance_apply(bind_ctx(L), desc, &options, bind_node(L, 1, desc->name, "a"), bind_node(L, 2, desc->name, "b"), &out));
  bind_push_node(L, out);
  return 1;
}

/** ll.distance.mahalanobis_fit(X [, { ridge = 0 }]) -> matrix
 * The precision matrix of the rows of X, which ll.distance.mahalanobis takes.
 * It is the inverse of their covariance, d×d.
 *   X       n×d, at least 2 rows
 *   ridge   a number >= 0, added to the diagonal of the covariance (0)
 * Errors: a column that is constant or follows from those before it (leave it out, or give a ridge); fewer than 2 rows.
 * See: ll.distance.mahalanobis, ll.inverse
 * Example:
 *   local X = { { 0, 0 }, { 1, 0 }, { 0, 2 }, { 1, 2 } }
 *   local precision = ll.distance.mahalanobis_fit(X)
 *   precision:get(1, 1), precision:get(2, 2)                                            --> 3 0.75
 *   ll.distance.mahalanobis({ { 0, 0 } }, { { 1, 2 } }, { precision = precision }):item()   --> 2.449490
 */
static int distance_fit(lua_State *L) {
  static const char *const fields[] = {"ridge", NULL};
  ll_matrix m;
  lua_settop(L, 2);
  bind_options(L, 2, "mahalanobis_fit", fields);
  double ridge = bind_opt_number(L, 2, "mahalanobis_fit", "ridge", 0);
  bind_check(L, ll_mahalanobis_fit(bind_ctx(L), bind_matrix(L, 1, "mahalanobis_fit", "X"), ridge, &m));
  bind_push_matrix(L, &m);
  return 1;
}

/** ll.distance.list() -> table
 * The names of the distances.
 * See: ll.distance.describe, ll.distance
 * Example:
 *   ll.distance.list()[1]   --> euclidean
 */
static int distance_list(lua_State *L) {
  lua_createtable(L, (int)ll_distance_count, 0);
  for (size_t i = 0; i < ll_distance_count; i++) lua_pushstring(L, ll_distances[i]->name), lua_rawseti(L, -2, (lua_Integer)i + 1);
  return 1;
}

void bind_push_axioms(lua_State *L, const ll_axioms *axioms) {
  static const struct {
    unsigned axiom;
    const char *name;
  } names[] = {{LL_AXIOM_NONNEGATIVE, "nonnegative"},
               {LL_AXIOM_IDENTITY, "identity"},
               {LL_AXIOM_SYMMETRIC, "symmetric"},
               {LL_AXIOM_TRIANGLE, "triangle"}};
  lua_createtable(L, 0, 6);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    lua_pushboolean(L, (axioms->hold & names[i].axiom) != 0), lua_setfield(L, -2, names[i].name);
  lua_pushstring(L, axioms->where), lua_setfield(L, -2, "where");
  lua_pushstring(L, axioms->counterexample), lua_setfield(L, -2, "counterexample");
  lua_setfield(L, -2, "axioms");
  lua_pushboolean(L, axioms->hold == LL_AXIOMS_METRIC), lua_setfield(L, -2, "metric");
}

/** ll.distance.describe(name) -> table
 * What is known of a distance: its formula, parameters, inputs, and which axioms of a metric hold.
 * Fields: name, family, summary, formula, gradient, cost, source, value, params, inputs { name, shape, role, pairwise (the shape
 * where all pairs are taken), named (it is given among the options) }, precision (it takes one), twice (it can be differentiated
 * twice), metric, axioms { nonnegative, identity, symmetric, triangle, where, counterexample }.
 *   name   one of ll.distance.list()
 * Errors: a name that is none, with the nearest.
 * See: ll.distance.list, ll.loss.describe
 * Example:
 *   ll.distance.describe("euclidean").formula         --> sqrt(sum_j (a_j - b_j)^2)
 *   ll.distance.describe("cosine").axioms.triangle    --> false
 */
static int distance_describe(lua_State *L) {
  const ll_distance_desc *desc;
  bind_check(L, ll_distance_find(bind_ctx(L), bind_string(L, 1, "ll.distance.describe", "the name"), &desc));
  lua_createtable(L, 0, 14);
  const struct {
    const char *field, *text;
  } words[] = {{"name", desc->name},       {"summary", desc->summary},
               {"formula", desc->formula}, {"gradient", desc->gradient},
               {"cost", desc->cost},       {"source", desc->source},
               {"family", "distance"},     {"value", "(n,1), row by row; {pairwise = true}: (n,m), each row of a to each of b"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) lua_pushstring(L, words[i].text), lua_setfield(L, -2, words[i].field);
  bind_push_axioms(L, &desc->axioms);
  lua_pushboolean(L, desc->precision), lua_setfield(L, -2, "precision");
  lua_pushboolean(L, desc->twice), lua_setfield(L, -2, "twice");
  bind_push_params(L, &desc->params), lua_setfield(L, -2, "params");
  const char *role = desc->distributions ? "distributions" : "matrix";
  const struct {
    const char *name, *shape, *pairwise, *role;
  } inputs[] = {{"a", "n,d", NULL, role}, {"b", "n,d", "m,d", role}, {"precision", "d,d", NULL, "precision"}};
  lua_createtable(L, 3, 0);
  for (int i = 0; i < (desc->precision ? 3 : 2); i++) {
    lua_createtable(L, 0, 5);
    lua_pushstring(L, inputs[i].name), lua_setfield(L, -2, "name");
    lua_pushstring(L, inputs[i].shape), lua_setfield(L, -2, "shape");
    lua_pushstring(L, inputs[i].role), lua_setfield(L, -2, "role");
    if (inputs[i].pairwise) lua_pushstring(L, inputs[i].pairwise), lua_setfield(L, -2, "pairwise");
    lua_pushboolean(L, i == 2), lua_setfield(L, -2, "named");
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "inputs");
  return 1;
}

/* An unknown name raises with the nearest. */
static int module_index(lua_State *L) {
  const ll_distance_desc *desc;
  bind_check(L, ll_distance_find(bind_ctx(L), bind_string(L, 2, "ll.distance", "a name"), &desc));
  return 0;
}

/** ll.distance
 * Distances between rows: of row i of a to row i of b, n×1, or of all pairs, n×m.
 * Called as ll.distance.euclidean(a, b [, options]), a n×d and b n×d (m×d for all pairs). Gradients pass to both.
 *   pairwise    true: each row of a to each row of b (false)
 *   precision   of mahalanobis alone: a matrix d×d, say of mahalanobis_fit
 *   ...         the distance's own parameters, by name
 * Errors: shapes that differ; NaN or infinity; an option that is none; a distance that is none, with the nearest.
 * See: ll.distance.list, ll.distance.describe, ll.distances, ll.squared_distances, ll.divergence
 * Example:
 *   local a, b = { { 0, 0 }, { 1, 1 } }, { { 3, 4 }, { 1, 1 } }
 *   ll.distance.euclidean(a, b):table()                          --> { 5, 0 }
 *   ll.distance.euclidean(a, b, { pairwise = true }):shape()     --> 2 2
 */
int bind_open_distance(lua_State *L) {
  static const bind_function functions[] = {
      {"list", distance_list, 0}, {"describe", distance_describe, 1}, {"mahalanobis_fit", distance_fit, 2}, {NULL, NULL, 0}};
  bind_module(L, functions);
  for (size_t i = 0; i < ll_distance_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_distances[i]);
    lua_pushcclosure(L, distance_call, 1);
    lua_setfield(L, -2, ll_distances[i]->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, module_index);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}
