/* Metrics in Lua: a function for each row of the table, ll.metric.auc(scores, labels [, options]), and what is more than
 * one number. Options are the row's parameters and, where it takes them, weights. */
#include "lua/bind/bind.h"

/* The weights among the options at index, kept on the stack; NULL: none. */
static const ll_matrix *opt_weights(lua_State *L, int index) {
  if (!lua_istable(L, index) || lua_getfield(L, index, "weights") == LUA_TNIL) return NULL;
  return bind_matrix(L, lua_gettop(L));
}

static int metric_call(lua_State *L) {
  static const char *const skip[] = {"weights", NULL};
  const ll_metric_desc *metric = lua_touserdata(L, lua_upvalueindex(1));
  double params[LL_MAX_PARAMS], value;
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1), *labels = bind_matrix(L, 2);
  ll_params_default(&metric->params, params);
  bind_params(L, 3, &metric->params, params, skip);
  bind_check(L, ll_metric_eval(bind_ctx(L), metric, scores, labels, opt_weights(L, 3), params, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* qvalues(scores, labels): n×1. */
static int metric_qvalues(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *scores = bind_matrix(L, 1), *labels = bind_matrix(L, 2);
  ll_matrix out;
  bind_check(L, ll_metric_qvalues(bind_ctx(L), scores, labels, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/* roc(scores, labels [, {points, weights}]): k×3, false positive rate, true positive rate, threshold. */
static int metric_roc(lua_State *L) {
  static const char *const names[] = {"points", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1), *labels = bind_matrix(L, 2);
  bind_options(L, 3, "roc", names);
  lua_Integer points = bind_opt_integer(L, 3, "roc", "points", 0);
  if (points < 0) return luaL_error(L, "roc: points must be >= 0, not %I", (LUAI_UACINT)points);
  ll_matrix out;
  bind_check(L, ll_metric_roc(bind_ctx(L), scores, labels, opt_weights(L, 3), (size_t)points, &out));
  bind_push_matrix(L, &out);
  return 1;
}

static void set_number(lua_State *L, const char *field, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, field);
}

static double opt_level(lua_State *L, int index, const char *what) {
  static const char *const names[] = {"level", NULL};
  bind_options(L, index, what, names);
  return bind_opt_number(L, index, what, "level", 0.95);
}

/* delong(scores, labels [, {level}]): {auc, variance, low, high}. */
static int metric_delong(lua_State *L) {
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1), *labels = bind_matrix(L, 2);
  ll_delong d;
  bind_check(L, ll_metric_delong(bind_ctx(L), scores, labels, opt_level(L, 3, "delong"), &d));
  lua_createtable(L, 0, 4);
  set_number(L, "auc", d.auc);
  set_number(L, "variance", d.variance);
  set_number(L, "low", d.low);
  set_number(L, "high", d.high);
  return 1;
}

/* delong_compare(scores, other_scores, labels [, {level}]): {auc, other_auc, variance, other_variance, covariance,
 * difference, low, high, z, p}. */
static int metric_delong_compare(lua_State *L) {
  lua_settop(L, 4);
  const ll_matrix *a = bind_matrix(L, 1), *b = bind_matrix(L, 2), *labels = bind_matrix(L, 3);
  ll_delong_difference d;
  bind_check(L, ll_metric_delong_compare(bind_ctx(L), a, b, labels, opt_level(L, 4, "delong_compare"), &d));
  lua_createtable(L, 0, 10);
  set_number(L, "auc", d.auc[0]);
  set_number(L, "other_auc", d.auc[1]);
  set_number(L, "variance", d.variance[0]);
  set_number(L, "other_variance", d.variance[1]);
  set_number(L, "covariance", d.covariance);
  set_number(L, "difference", d.difference);
  set_number(L, "low", d.low);
  set_number(L, "high", d.high);
  set_number(L, "z", d.z);
  set_number(L, "p", d.p);
  return 1;
}

/* list(): the names, in the order of the table. */
static int metric_list(lua_State *L) {
  lua_createtable(L, (int)ll_metric_count, 0);
  for (size_t i = 0; i < ll_metric_count; i++) {
    lua_pushstring(L, ll_metrics[i]->name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* describe(name [, options]): the row, and the values its parameters have with these options. Raises for a name or an
 * option that is none, which is how a study checks its metrics before anything trains. */
static int metric_describe(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const ll_metric_desc *m;
  double params[LL_MAX_PARAMS];
  lua_settop(L, 2);
  bind_check(L, ll_metric_find(bind_ctx(L), name, &m));
  ll_params_default(&m->params, params);
  bind_params(L, 2, &m->params, params, NULL);
  lua_createtable(L, 0, 9);
  lua_pushstring(L, m->name), lua_setfield(L, -2, "name");
  lua_pushstring(L, m->summary), lua_setfield(L, -2, "summary");
  lua_pushstring(L, m->formula), lua_setfield(L, -2, "formula");
  lua_pushstring(L, m->source), lua_setfield(L, -2, "source");
  lua_pushstring(L, ll_metric_needs_name(m->needs)), lua_setfield(L, -2, "needs");
  lua_pushboolean(L, m->higher_is_better), lua_setfield(L, -2, "higher_is_better");
  lua_pushboolean(L, m->weighted), lua_setfield(L, -2, "weighted");
  bind_push_params(L, &m->params), lua_setfield(L, -2, "params");
  lua_createtable(L, 0, (int)m->params.count);
  for (size_t i = 0; i < m->params.count; i++) {
    bind_push_param(L, &m->params.params[i], params[i]);
    lua_setfield(L, -2, m->params.params[i].name);
  }
  lua_setfield(L, -2, "values");
  return 1;
}

int bind_open_metric(lua_State *L) {
  static const luaL_Reg functions[] = {{"qvalues", metric_qvalues},
                                       {"roc", metric_roc},
                                       {"delong", metric_delong},
                                       {"delong_compare", metric_delong_compare},
                                       {"list", metric_list},
                                       {"describe", metric_describe},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  for (size_t i = 0; i < ll_metric_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_metrics[i]);
    lua_pushcclosure(L, metric_call, 1);
    lua_setfield(L, -2, ll_metrics[i]->name);
  }
  return 1;
}
