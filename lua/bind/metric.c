/* Metrics in Lua: a function for each row of the table, ll.metric.auc(scores, labels [, options]), and functions that give more
 * than one number. Options are the row's parameters and, where it takes them, weights. */

#include "lua/bind/metric_parts.h"

const ll_matrix *bind_metric_weights(lua_State *L, const char *who, int index) {
  if (!lua_istable(L, index) || lua_getfield(L, index, "weights") == LUA_TNIL) return NULL;
  return bind_matrix(L, lua_gettop(L), who, "weights");
}

const ll_matrix *bind_metric_labels(lua_State *L, int index, const char *who, ll_metric_needs needs) {
  static const ll_input_role roles[] = {
      [LL_NEEDS_ANY] = LL_INPUT_BINARY,   [LL_NEEDS_PROBABILITY] = LL_INPUT_BINARY,  [LL_NEEDS_CLASSES] = LL_INPUT_CLASS,
      [LL_NEEDS_LISTS] = LL_INPUT_GRADES, [LL_NEEDS_EMBEDDINGS] = LL_INPUT_IDENTITY, [LL_NEEDS_VALUES] = LL_INPUT_NUMBERS};
  return &bind_input(L, index, who, &(ll_input){"labels", "n,1", roles[needs]})->value;
}

void bind_metric_number(lua_State *L, const char *field, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, field);
}

static int metric_call(lua_State *L) {
  static const char *const skip[] = {"weights", NULL};
  const ll_metric_desc *metric = lua_touserdata(L, lua_upvalueindex(1));
  double params[LL_MAX_PARAMS], value;
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, metric->name, "scores"),
                  *labels = bind_metric_labels(L, 2, metric->name, metric->needs);
  ll_params_default(&metric->params, params);
  bind_params(L, 3, &metric->params, params, skip);
  bind_check(L, ll_metric_eval(bind_ctx(L), metric, scores, labels, bind_metric_weights(L, metric->name, 3), params, &value));
  lua_pushnumber(L, value);
  return 1;
}

/** ll.metric.list() -> table
 * The names of the metrics that are one number, which studies and ll.metric.bootstrap take.
 * See: ll.metric.describe, ll.metric
 * Example:
 *   ll.metric.list()[1]   --> auc
 */
static int metric_list(lua_State *L) {
  lua_createtable(L, (int)ll_metric_count, 0);
  for (size_t i = 0; i < ll_metric_count; i++) {
    lua_pushstring(L, ll_metrics[i]->name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/** ll.metric.describe(name [, options]) -> table
 * What is known of a metric: its formula, what it needs, its parameters and their values.
 * Fields: name, summary, formula, source, version, needs ("any", "probability", "classes", "lists", "embeddings", "values"),
 * higher_is_better, weighted, params and values.
 *   name      one of ll.metric.list()
 *   options   the metric's parameters by name, as in ll.metric.partial_auc(scores, labels, { max_fpr = 0.2 })
 * Errors: a metric, a parameter or a value that is none, with the nearest name.
 * See: ll.metric.list, ll.loss.describe
 * Example:
 *   local m = ll.metric.describe("partial_auc", { max_fpr = 0.2 })
 *   m.needs, m.higher_is_better, m.values.max_fpr   --> any true 0.2
 */
static int metric_describe(lua_State *L) {
  const char *name = bind_string(L, 1, "describe", "the metric's name");
  const ll_metric_desc *m;
  double params[LL_MAX_PARAMS];
  lua_settop(L, 2);
  bind_check(L, ll_metric_find(bind_ctx(L), name, &m));
  ll_params_default(&m->params, params);
  bind_params(L, 2, &m->params, params, NULL);
  lua_createtable(L, 0, 10);
  lua_pushinteger(L, m->version ? m->version : 1), lua_setfield(L, -2, "version");
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

/** ll.metric
 * How good scores are, of rankings, probabilities, classes, neighbours, and how sure one may be.
 * A metric that is one number is called as ll.metric.auc(scores, labels [, options]) and gives a Lua number; options are its
 * parameters and, for most, weights, a column. Scores are higher for what is more likely a target; labels are 0 and 1, or -1 and 1;
 * of classes, 1..K. No value depends on the order of the rows, not among equal scores either. Metrics have no gradient: what is
 * trained is a loss.
 * Errors: shapes that differ; NaN; a label that is none; a class that is absent where both are needed.
 * See: ll.metric.list, ll.metric.describe, ll.metric.bootstrap, ll.metric.roc, ll.loss
 * Example:
 *   local scores, labels = { 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 1, 1, 0, 1, 0, 0 }
 *   ll.metric.auc(scores, labels)                                        --> 0.888889
 *   ll.metric.partial_auc(scores, labels, { max_fpr = 0.5 })             --> 0.851852
 *   ll.metric.auc(scores, labels, { weights = { 1, 1, 2, 1, 1, 1 } })    --> 0.833333
 */
int bind_open_metric(lua_State *L) {
  static const bind_function functions[] = {{"list", metric_list, 0}, {"describe", metric_describe, 2}, {NULL, NULL, 0}};
  bind_module(L, functions);
  bind_functions(L, bind_metric_curves);
  bind_functions(L, bind_metric_intervals);
  bind_functions(L, bind_metric_searches);
  bind_functions(L, bind_metric_several);
  for (size_t i = 0; i < ll_metric_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_metrics[i]);
    lua_pushcclosure(L, metric_call, 1);
    lua_setfield(L, -2, ll_metrics[i]->name);
  }
  return 1;
}
