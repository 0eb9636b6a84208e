/* Metrics in Lua: a function for each row of the table, ll.metric.auc(scores, labels [, options]), and functions that give more
 * than one number. Options are the row's parameters and, where it takes them, weights. */

#include "lua/bind/data.h"

/* The weights among the options at index, kept on the stack; NULL: none. */
static const ll_matrix *opt_weights(lua_State *L, const char *who, int index) {
  if (!lua_istable(L, index) || lua_getfield(L, index, "weights") == LUA_TNIL) return NULL;
  return bind_matrix(L, lua_gettop(L), who, "weights");
}

/* The labels of what a metric needs; an identity or a class is never rounded. */
static const ll_matrix *labels_for(lua_State *L, int index, const char *who, ll_metric_needs needs) {
  static const ll_input_role roles[] = {[LL_NEEDS_ANY] = LL_INPUT_BINARY,
                                        [LL_NEEDS_PROBABILITY] = LL_INPUT_BINARY,
                                        [LL_NEEDS_CLASSES] = LL_INPUT_CLASS,
                                        [LL_NEEDS_LISTS] = LL_INPUT_GRADES,
                                        [LL_NEEDS_EMBEDDINGS] = LL_INPUT_IDENTITY};
  return &bind_input(L, index, who, &(ll_input){"labels", "n,1", roles[needs]})->value;
}

static int metric_call(lua_State *L) {
  static const char *const skip[] = {"weights", NULL};
  const ll_metric_desc *metric = lua_touserdata(L, lua_upvalueindex(1));
  double params[LL_MAX_PARAMS], value;
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, metric->name, "scores"), *labels = labels_for(L, 2, metric->name, metric->needs);
  ll_params_default(&metric->params, params);
  bind_params(L, 3, &metric->params, params, skip);
  bind_check(L, ll_metric_eval(bind_ctx(L), metric, scores, labels, opt_weights(L, metric->name, 3), params, &value));
  lua_pushnumber(L, value);
  return 1;
}

/* qvalues(scores, labels): n×1. */
static int metric_qvalues(lua_State *L) {
  lua_settop(L, 2);
  const ll_matrix *scores = bind_matrix(L, 1, "qvalues", "scores"), *labels = labels_for(L, 2, "qvalues", LL_NEEDS_ANY);
  ll_matrix out;
  bind_check(L, ll_metric_qvalues(bind_ctx(L), scores, labels, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/* roc(scores, labels [, {points, weights}]): k×3, false positive rate, true positive rate, threshold. */
static int metric_roc(lua_State *L) {
  static const char *const names[] = {"points", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "roc", "scores"), *labels = labels_for(L, 2, "roc", LL_NEEDS_ANY);
  bind_options(L, 3, "roc", names);
  lua_Integer points = bind_opt_integer(L, 3, "roc", "points", 0);
  if (points < 0) return luaL_error(L, "roc: points must be >= 0, not %I", (LUAI_UACINT)points);
  ll_matrix out;
  bind_check(L, ll_metric_roc(bind_ctx(L), scores, labels, opt_weights(L, "roc", 3), (size_t)points, &out));
  bind_push_matrix(L, &out);
  return 1;
}

/* precision_recall(scores, labels [, {points, weights}]): k×3, recall, precision, threshold. */
static int metric_precision_recall(lua_State *L) {
  static const char *const names[] = {"points", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "precision_recall", "scores"),
                  *labels = labels_for(L, 2, "precision_recall", LL_NEEDS_ANY);
  bind_options(L, 3, "precision_recall", names);
  lua_Integer points = bind_opt_integer(L, 3, "precision_recall", "points", 0);
  if (points < 0) return luaL_error(L, "precision_recall: points must be >= 0, not %I", (LUAI_UACINT)points);
  ll_matrix out;
  bind_check(L,
             ll_metric_precision_recall(bind_ctx(L), scores, labels, opt_weights(L, "precision_recall", 3), (size_t)points, &out));
  bind_push_matrix(L, &out);
  return 1;
}

static const char *const from_words[] = {"probabilities", "logits", "scores", NULL};

static void set_number(lua_State *L, const char *field, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, field);
}

/* confusion(scores, labels [, {threshold, from, weights}]): {tp, fp, tn, fn, accuracy, …}. */
static int metric_confusion(lua_State *L) {
  static const char *const names[] = {"threshold", "from", "weights", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "confusion", "scores"), *labels = labels_for(L, 2, "confusion", LL_NEEDS_ANY);
  bind_options(L, 3, "confusion", names);
  double threshold = bind_opt_number(L, 3, "confusion", "threshold", 0.5);
  ll_from from = (ll_from)bind_opt_word(L, 3, "confusion", "from", from_words, 0);
  ll_confusion c;
  bind_check(L, ll_metric_confusion(bind_ctx(L), scores, labels, opt_weights(L, "confusion", 3), threshold, from, &c));
  lua_createtable(L, 0, 11);
  set_number(L, "tp", c.tp), set_number(L, "fp", c.fp), set_number(L, "tn", c.tn), set_number(L, "fn", c.fn);
  set_number(L, "accuracy", c.accuracy);
  set_number(L, "balanced_accuracy", c.balanced_accuracy);
  set_number(L, "precision", c.precision);
  set_number(L, "recall", c.recall);
  set_number(L, "specificity", c.specificity);
  set_number(L, "f1", c.f1);
  set_number(L, "mcc", c.mcc);
  return 1;
}

/* reliability(scores, labels [, {bins, binning, from, weights}]): k×3, mean probability, share of targets, share of the weight. */
static int metric_reliability(lua_State *L) {
  static const char *const names[] = {"bins", "binning", "from", "weights", NULL}, *const binnings[] = {"width", "mass", NULL};
  static const char *const kinds[] = {"probabilities", "logits", NULL};
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "reliability", "scores"), *labels = labels_for(L, 2, "reliability", LL_NEEDS_ANY);
  bind_options(L, 3, "reliability", names);
  lua_Integer bins = bind_opt_integer(L, 3, "reliability", "bins", 15);
  if (bins < 1 || bins > 1000000) return luaL_error(L, "reliability: bins must be from 1 to 10^6, not %I", (LUAI_UACINT)bins);
  bool mass = bind_opt_word(L, 3, "reliability", "binning", binnings, 0) == 1;
  ll_from from = (ll_from)bind_opt_word(L, 3, "reliability", "from", kinds, 0);
  ll_matrix out;
  bind_check(L,
             ll_metric_reliability(bind_ctx(L), scores, labels, opt_weights(L, "reliability", 3), (size_t)bins, mass, from, &out));
  bind_push_matrix(L, &out);
  return 1;
}

static const char *const bootstrap_names[] = {"resamples", "level", "method", "stratify", "seed", "weights", NULL};

/* The options of bootstrap and bootstrap_compare, and the metric's parameters among them. */
static ll_bootstrap_options bootstrap_options(lua_State *L, int index, const ll_metric_desc *metric, double *params) {
  static const char *const methods[] = {"bca", "percentile", NULL};
  ll_params_default(&metric->params, params);
  bind_params(L, index, &metric->params, params, bootstrap_names);
  lua_Integer resamples = bind_opt_integer(L, index, "bootstrap", "resamples", 2000);
  return (ll_bootstrap_options){
      .resamples = resamples > 0 ? (size_t)resamples : 0,
      .level = bind_opt_number(L, index, "bootstrap", "level", 0.95),
      .bca = bind_opt_word(L, index, "bootstrap", "method", methods, 0) == 0,
      .stratify = bind_opt_boolean(L, index, "bootstrap", "stratify", true),
      .seed = (uint64_t)bind_opt_integer(L, index, "bootstrap", "seed", 1),
  };
}

/* What a bootstrap says beside its value, into the table on top. */
static void set_spread(lua_State *L, const ll_bootstrap *b) {
  set_number(L, "low", b->low);
  set_number(L, "high", b->high);
  set_number(L, "deviation", b->deviation);
  set_number(L, "bias", b->bias);
  lua_pushinteger(L, (lua_Integer)b->skipped), lua_setfield(L, -2, "skipped");
}

/* bootstrap_compare(name, scores, other_scores, labels [, options as of bootstrap]): {value, other_value, difference, low, high,
 * deviation, bias, p, skipped}: the difference of the metric between two scores of the same rows. */
static int metric_bootstrap_compare(lua_State *L) {
  const ll_metric_desc *metric;
  double params[LL_MAX_PARAMS];
  ll_bootstrap_difference d;
  lua_settop(L, 5);
  bind_check(L, ll_metric_find(bind_ctx(L), bind_string(L, 1, "bootstrap_compare", "the metric's name"), &metric));
  const ll_matrix *a = bind_matrix(L, 2, "bootstrap_compare", "scores"),
                  *b = bind_matrix(L, 3, "bootstrap_compare", "the other scores"),
                  *labels = labels_for(L, 4, "bootstrap_compare", metric->needs);
  ll_bootstrap_options options = bootstrap_options(L, 5, metric, params);
  bind_check(L, ll_metric_bootstrap_compare(bind_ctx(L), metric, a, b, labels, opt_weights(L, "bootstrap_compare", 5), params,
                                            &options, &d));
  lua_createtable(L, 0, 9);
  set_number(L, "value", d.value[0]);
  set_number(L, "other_value", d.value[1]);
  set_number(L, "difference", d.difference.value);
  set_number(L, "p", d.p);
  set_spread(L, &d.difference);
  return 1;
}

/* bootstrap(name, scores, labels [, {resamples, level, method, stratify, seed, weights, and the metric's parameters}]):
 * {value, low, high, deviation, bias, skipped}. */
static int metric_bootstrap(lua_State *L) {
  const ll_metric_desc *metric;
  double params[LL_MAX_PARAMS];
  ll_bootstrap b;
  lua_settop(L, 4);
  bind_check(L, ll_metric_find(bind_ctx(L), bind_string(L, 1, "bootstrap", "the metric's name"), &metric));
  const ll_matrix *scores = bind_matrix(L, 2, "bootstrap", "scores"), *labels = labels_for(L, 3, "bootstrap", metric->needs);
  ll_bootstrap_options options = bootstrap_options(L, 4, metric, params);
  bind_check(L, ll_metric_bootstrap(bind_ctx(L), metric, scores, labels, opt_weights(L, "bootstrap", 4), params, &options, &b));
  lua_createtable(L, 0, 6);
  set_number(L, "value", b.value);
  set_spread(L, &b);
  return 1;
}

static const char *const measure_words[] = {"euclidean", "cosine", "dot", NULL};

/* knn(train, train_labels, test, test_labels [, {k, distance}]): the share of test rows that their neighbours vote right. */
static int metric_knn(lua_State *L) {
  static const char *const names[] = {"k", "distance", NULL};
  lua_settop(L, 5);
  static const bind_source labels[] = {{.index = 2, .who = "knn", .name = "labels of the training rows"},
                                       {.index = 4, .who = "knn", .name = "labels of the test rows"}};
  const ll_matrix *m[4];
  bind_identities(L, labels, 2); /* together, so that a number means the same in both */
  m[0] = bind_matrix(L, 1, "knn", "training rows"), m[1] = bind_matrix(L, 2, "knn", labels[0].name);
  m[2] = bind_matrix(L, 3, "knn", "test rows"), m[3] = bind_matrix(L, 4, "knn", labels[1].name);
  bind_options(L, 5, "knn", names);
  lua_Integer k = bind_opt_integer(L, 5, "knn", "k", 5);
  ll_measure measure = (ll_measure)bind_opt_word(L, 5, "knn", "distance", measure_words, 0);
  double out;
  bind_check(L, ll_metric_knn_of(bind_ctx(L), m[0], m[1], m[2], m[3], k > 0 ? (size_t)k : 0, measure, &out));
  lua_pushnumber(L, out);
  return 1;
}

/* neighbours(queries [, base] [, {k, distance}]): n×k, the numbers from 1 of the nearest rows of base (or of queries but itself).
 */
static int metric_neighbours(lua_State *L) {
  static const char *const names[] = {"k", "distance", NULL};
  lua_settop(L, 3);
  const ll_matrix *queries = bind_matrix(L, 1, "neighbours", "queries"),
                  *base = lua_isnoneornil(L, 2) ? NULL : bind_matrix(L, 2, "neighbours", "base");
  bind_options(L, 3, "neighbours", names);
  lua_Integer k = bind_opt_integer(L, 3, "neighbours", "k", 5);
  ll_measure measure = (ll_measure)bind_opt_word(L, 3, "neighbours", "distance", measure_words, 0);
  size_t most = base ? base->rows : queries->rows;
  if (k < 1 || (size_t)k > most) return luaL_error(L, "neighbours: k = %I of %I rows", (LUAI_UACINT)k, (LUAI_UACINT)most);
  bind_places(L, "neighbours", most);
  uint32_t *nearest = lua_newuserdatauv(L, (queries->rows * (size_t)k + 1) * sizeof *nearest, 0);
  ll_matrix out;
  bind_check(L, ll_metric_neighbours(bind_ctx(L), queries, base, (size_t)k, measure, NULL, nearest));
  bind_check(L, ll_matrix_new(bind_ctx(L), queries->rows, (size_t)k, &out));
  for (size_t i = 0; i < queries->rows * (size_t)k; i++) out.data[i] = (ll_real)(nearest[i] + 1.0);
  bind_push_matrix(L, &out);
  return 1;
}

static double opt_level(lua_State *L, int index, const char *what) {
  static const char *const names[] = {"level", NULL};
  bind_options(L, index, what, names);
  return bind_opt_number(L, index, what, "level", 0.95);
}

/* delong(scores, labels [, {level}]): {auc, variance, low, high}. */
static int metric_delong(lua_State *L) {
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "delong", "scores"), *labels = labels_for(L, 2, "delong", LL_NEEDS_ANY);
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
  const ll_matrix *a = bind_matrix(L, 1, "delong_compare", "scores"), *b = bind_matrix(L, 2, "delong_compare", "the other scores"),
                  *labels = labels_for(L, 3, "delong_compare", LL_NEEDS_ANY);
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

int bind_open_metric(lua_State *L) {
  static const bind_function functions[] = {{"qvalues", metric_qvalues, 2},
                                            {"roc", metric_roc, 3},
                                            {"precision_recall", metric_precision_recall, 3},
                                            {"confusion", metric_confusion, 3},
                                            {"reliability", metric_reliability, 3},
                                            {"bootstrap", metric_bootstrap, 4},
                                            {"bootstrap_compare", metric_bootstrap_compare, 5},
                                            {"knn", metric_knn, 5},
                                            {"neighbours", metric_neighbours, 3},
                                            {"recommend", bind_metric_recommend, 3},
                                            {"delong", metric_delong, 3},
                                            {"delong_compare", metric_delong_compare, 4},
                                            {"list", metric_list, 0},
                                            {"describe", metric_describe, 2},
                                            {NULL, NULL, 0}};
  bind_module(L, functions);
  for (size_t i = 0; i < ll_metric_count; i++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)ll_metrics[i]);
    lua_pushcclosure(L, metric_call, 1);
    lua_setfield(L, -2, ll_metrics[i]->name);
  }
  return 1;
}
