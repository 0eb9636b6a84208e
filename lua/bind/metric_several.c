/* Several metrics of the same scores at once: ll.metric.several { … } gives a function that holds the metrics with their
 * parameters. */
#include "lua/bind/metric_parts.h"

typedef struct several {
  size_t count;
  ll_metric_call calls[];
} several;

/* Whether the labels of both are read in the same way. */
static bool alike(ll_metric_needs a, ll_metric_needs b) {
  return a == b || (a <= LL_NEEDS_PROBABILITY && b <= LL_NEEDS_PROBABILITY);
}

/* The metric at the top, a name or { name, parameter = … }. */
static void read_call(lua_State *L, ll_metric_call *call) {
  static const char *const skip[] = {NULL};
  bool is_table = lua_istable(L, -1);
  int at = lua_gettop(L);
  if (is_table) lua_rawgeti(L, at, 1);
  else lua_pushvalue(L, at);
  bind_check(L, ll_metric_find(bind_ctx(L), bind_string(L, -1, "several", "a metric's name"), &call->metric));
  ll_params_default(&call->metric->params, call->params);
  if (is_table) { /* its options alone: without the name that stands before them */
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, at);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      if (lua_isinteger(L, -2) && lua_tointeger(L, -2) == 1) lua_pop(L, 2);
      else lua_settable(L, -4);
    }
    bind_params(L, lua_gettop(L), &call->metric->params, call->params, skip);
  }
  lua_settop(L, at - 1);
}

static int several_call(lua_State *L) {
  const several *s = lua_touserdata(L, lua_upvalueindex(1));
  if (lua_gettop(L) > 3) return luaL_error(L, "several: scores, labels and weights are taken, not %d arguments", lua_gettop(L));
  lua_settop(L, 3);
  const char *who = s->calls[0].metric->name;
  const ll_matrix *scores = bind_matrix(L, 1, who, "scores"), *labels = bind_metric_labels(L, 2, who, s->calls[0].metric->needs),
                  *weights = lua_isnil(L, 3) ? NULL : bind_matrix(L, 3, who, "weights");
  luaL_checkstack(L, (int)s->count, "too many metrics");
  double few[16], *values = s->count <= LL_ROWS(few) ? few : lua_newuserdatauv(L, s->count * sizeof *values, 0);
  bind_check(L, ll_metric_eval_several(bind_ctx(L), s->calls, s->count, scores, labels, weights, values));
  for (size_t i = 0; i < s->count; i++) lua_pushnumber(L, values[i]);
  return (int)s->count;
}

/** ll.metric.several { name, … } -> function
 * Several metrics of the same scores: a function of scores, labels and weights that gives one number for each.
 * To the bit what each gives alone; they share the checks and one sort, so that together they cost little more than one.
 *   1, 2, …   a metric's name, or { name, parameter = value, … }
 * Errors: no metric, or one that is none; parameters as of the metric; metrics whose labels are of two kinds, as auc and ndcg.
 * See: ll.metric, ll.metric.list
 * Example:
 *   local both = ll.metric.several { "auc", { "partial_auc", max_fpr = 0.5 } }
 *   both({ 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 1, 1, 0, 1, 0, 0 })   --> 0.888889 0.851852
 */
static int metric_several(lua_State *L) {
  bind_table(L, 1, "several", "the metrics");
  lua_settop(L, 1);
  size_t n = lua_rawlen(L, 1);
  if (n == 0) return luaL_error(L, "several: there are no metrics; a list of names was expected");
  several *s = lua_newuserdatauv(L, sizeof *s + n * sizeof *s->calls, 0);
  s->count = n;
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    read_call(L, &s->calls[i]);
    const ll_metric_desc *first = s->calls[0].metric, *metric = s->calls[i].metric;
    if (!alike(first->needs, metric->needs))
      return luaL_error(L, "several: %s and %s read labels in two ways; take one apart from the other", first->name, metric->name);
  }
  lua_pushcclosure(L, several_call, 1);
  return 1;
}

const bind_function bind_metric_several[] = {{"several", metric_several, 1}, {NULL, NULL, 0}};
