/* How sure one may be of a metric, in Lua: the bootstrap of any of them, DeLong's variance of the AUC. */
#include "lua/bind/metric_parts.h"

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
  bind_metric_number(L, "low", b->low);
  bind_metric_number(L, "high", b->high);
  bind_metric_number(L, "deviation", b->deviation);
  bind_metric_number(L, "bias", b->bias);
  lua_pushinteger(L, (lua_Integer)b->skipped), lua_setfield(L, -2, "skipped");
}

/** ll.metric.bootstrap_compare(name, scores, other_scores, labels [, { resamples = 2000, … }]) -> table
 * Two scores of the same rows compared by any metric: the difference, its bootstrap interval, and p.
 * Each resample draws the same rows of both, so that what they have in common cancels. Fields: value, other_value, difference
 * (value - other_value), low, high, deviation, bias, p (two-sided, of "no difference"), skipped.
 *   name           one of ll.metric.list(), but none of embeddings
 *   scores         as the metric takes them
 *   other_scores   of the same shape
 *   labels         as the metric takes them
 *   resamples   a whole number from 20 (2000)
 *   level       the level of the interval, between 0 and 1 (0.95)
 *   method      "bca": corrected for bias and acceleration (Efron 1987); "percentile" ("bca")
 *   stratify    true: as many rows of each class in every resample as in the data (true)
 *   seed        a whole number (1)
 *   weights     a column of numbers >= 0, one a row, where the metric takes them (all 1)
 *   ...         the metric's own parameters, by name
 * Errors: as ll.metric.bootstrap; scores of different shapes.
 * See: ll.metric.bootstrap, ll.metric.delong_compare
 * Example:
 *   local a, b, labels = { 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 0.9, 0.2, 0.7, 0.6, 0.3, 0.8 }, { 1, 1, 0, 1, 0, 0 }
 *   local d = ll.metric.bootstrap_compare("auc", a, b, labels)
 *   d.value, d.other_value, d.difference, d.p   --> 0.888889 0.444444 0.444444 0.242879
 */
static int metric_bootstrap_compare(lua_State *L) {
  const ll_metric_desc *metric;
  double params[LL_MAX_PARAMS];
  ll_bootstrap_difference d;
  lua_settop(L, 5);
  bind_check(L, ll_metric_find(bind_ctx(L), bind_string(L, 1, "bootstrap_compare", "the metric's name"), &metric));
  const ll_matrix *a = bind_matrix(L, 2, "bootstrap_compare", "scores"),
                  *b = bind_matrix(L, 3, "bootstrap_compare", "the other scores"),
                  *labels = bind_metric_labels(L, 4, "bootstrap_compare", metric->needs);
  ll_bootstrap_options options = bootstrap_options(L, 5, metric, params);
  bind_check(L, ll_metric_bootstrap_compare(bind_ctx(L), metric, a, b, labels, bind_metric_weights(L, "bootstrap_compare", 5),
                                            params, &options, &d));
  lua_createtable(L, 0, 9);
  bind_metric_number(L, "value", d.value[0]);
  bind_metric_number(L, "other_value", d.value[1]);
  bind_metric_number(L, "difference", d.difference.value);
  bind_metric_number(L, "p", d.p);
  set_spread(L, &d.difference);
  return 1;
}

/** ll.metric.bootstrap(name, scores, labels [, { resamples = 2000, … }]) -> { value, low, high, deviation, bias, skipped }
 * Any metric with its bootstrap interval, from low to high.
 * deviation and bias are those of the resamples; skipped counts resamples without a value, such as those of one class.
 *   name        one of ll.metric.list(), but none of embeddings
 *   scores      as the metric takes them
 *   labels      as the metric takes them
 *   resamples   a whole number from 20 (2000)
 *   level       the level of the interval, between 0 and 1 (0.95)
 *   method      "bca": corrected for bias and acceleration (Efron 1987); "percentile" ("bca")
 *   stratify    true: as many rows of each class in every resample as in the data (true)
 *   seed        a whole number (1)
 *   weights     a column of numbers >= 0, one a row, where the metric takes them (all 1)
 *   ...         the metric's own parameters, by name
 * Errors: a metric that is none, with the nearest; one of embeddings, where a row drawn twice would find itself; fewer than 20
 * resamples with a value; an option that is none.
 * See: ll.metric.bootstrap_compare, ll.metric.delong, ll.stats.mean_ci
 * Example:
 *   local b = ll.metric.bootstrap("auc", { 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 1, 1, 0, 1, 0, 0 })
 *   b.value, b.low, b.high   --> 0.888889 0.333333 1
 */
static int metric_bootstrap(lua_State *L) {
  const ll_metric_desc *metric;
  double params[LL_MAX_PARAMS];
  ll_bootstrap b;
  lua_settop(L, 4);
  bind_check(L, ll_metric_find(bind_ctx(L), bind_string(L, 1, "bootstrap", "the metric's name"), &metric));
  const ll_matrix *scores = bind_matrix(L, 2, "bootstrap", "scores"),
                  *labels = bind_metric_labels(L, 3, "bootstrap", metric->needs);
  ll_bootstrap_options options = bootstrap_options(L, 4, metric, params);
  bind_check(
      L, ll_metric_bootstrap(bind_ctx(L), metric, scores, labels, bind_metric_weights(L, "bootstrap", 4), params, &options, &b));
  lua_createtable(L, 0, 6);
  bind_metric_number(L, "value", b.value);
  set_spread(L, &b);
  return 1;
}

static double opt_level(lua_State *L, int index, const char *what) {
  static const char *const names[] = {"level", NULL};
  bind_options(L, index, what, names);
  return bind_opt_number(L, index, what, "level", 0.95);
}

/** ll.metric.delong(scores, labels [, { level = 0.95 }]) -> { auc, variance, low, high }
 * The AUC with its variance and interval, without resampling.
 * DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837, from ranks; the interval is cut to [0, 1]. Perfect separation has
 * variance 0.
 *   scores    a column, the higher the more likely a target
 *   labels    a column of 0 and 1, or of -1 and 1
 *   level     the level of the interval, between 0 and 1 (0.95)
 * Errors: fewer than two rows of a class; an option that is none.
 * See: ll.metric.delong_compare, ll.metric.bootstrap, ll.metric.auc
 * Example:
 *   local d = ll.metric.delong({ 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 1, 1, 0, 1, 0, 0 })
 *   d.auc, d.low, d.high   --> 0.888889 0.580910 1
 */
static int metric_delong(lua_State *L) {
  lua_settop(L, 3);
  const ll_matrix *scores = bind_matrix(L, 1, "delong", "scores"), *labels = bind_metric_labels(L, 2, "delong", LL_NEEDS_ANY);
  ll_delong d;
  bind_check(L, ll_metric_delong(bind_ctx(L), scores, labels, opt_level(L, 3, "delong"), &d));
  lua_createtable(L, 0, 4);
  bind_metric_number(L, "auc", d.auc);
  bind_metric_number(L, "variance", d.variance);
  bind_metric_number(L, "low", d.low);
  bind_metric_number(L, "high", d.high);
  return 1;
}

/** ll.metric.delong_compare(scores, other_scores, labels [, { level = 0.95 }]) -> table
 * Whether two scores of the same rows differ in AUC: the difference, its interval and p.
 * Their correlation is counted. Fields: auc, other_auc, variance, other_variance, covariance, difference (auc - other_auc), low,
 * high, z, p.
 *   scores         a column
 *   other_scores   a column of as many rows
 *   labels         a column of 0 and 1, or of -1 and 1
 *   level          the level of the interval, between 0 and 1 (0.95)
 * Errors: fewer than two rows of a class; an option that is none.
 * See: ll.metric.delong, ll.metric.bootstrap_compare
 * Example:
 *   local a, b, labels = { 0.9, 0.8, 0.7, 0.4, 0.3, 0.1 }, { 0.9, 0.2, 0.7, 0.6, 0.3, 0.8 }, { 1, 1, 0, 1, 0, 0 }
 *   local d = ll.metric.delong_compare(a, b, labels)
 *   d.difference, d.z, d.p   --> 0.444444 1.414214 0.157299
 */
static int metric_delong_compare(lua_State *L) {
  lua_settop(L, 4);
  const ll_matrix *a = bind_matrix(L, 1, "delong_compare", "scores"), *b = bind_matrix(L, 2, "delong_compare", "the other scores"),
                  *labels = bind_metric_labels(L, 3, "delong_compare", LL_NEEDS_ANY);
  ll_delong_difference d;
  bind_check(L, ll_metric_delong_compare(bind_ctx(L), a, b, labels, opt_level(L, 4, "delong_compare"), &d));
  lua_createtable(L, 0, 10);
  bind_metric_number(L, "auc", d.auc[0]);
  bind_metric_number(L, "other_auc", d.auc[1]);
  bind_metric_number(L, "variance", d.variance[0]);
  bind_metric_number(L, "other_variance", d.variance[1]);
  bind_metric_number(L, "covariance", d.covariance);
  bind_metric_number(L, "difference", d.difference);
  bind_metric_number(L, "low", d.low);
  bind_metric_number(L, "high", d.high);
  bind_metric_number(L, "z", d.z);
  bind_metric_number(L, "p", d.p);
  return 1;
}

const bind_function bind_metric_intervals[] = {{"bootstrap", metric_bootstrap, 4},
                                               {"bootstrap_compare", metric_bootstrap_compare, 5},
                                               {"delong", metric_delong, 3},
                                               {"delong_compare", metric_delong_compare, 4},
                                               {NULL, NULL, 0}};
