/* The distributions of losslab/distributions.h; they stand in ll.stats. */
#include <math.h>

#include "lua/bind/bind.h"

/* A missing argument is shown as the nil that it is, and no nan has a sign. */
static const char *shown(lua_State *L, int index) {
  lua_settop(L, index > lua_gettop(L) ? index : lua_gettop(L));
  if (lua_type(L, index) == LUA_TNUMBER && isnan(lua_tonumber(L, index))) return "nan";
  return bind_shown(L, index);
}

static double check_number(lua_State *L, int index, const char *what, const char *who) {
  double x = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (!isnan(x)) return x;
  return luaL_error(L, "%s: %s must be a number, not %s", what, who, shown(L, index));
}

static double check_p(lua_State *L, int index, const char *what) {
  double p = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (p >= 0 && p <= 1) return p;
  return luaL_error(L, "%s: a probability in [0, 1] is needed, not %s", what, shown(L, index));
}

static double check_positive(lua_State *L, int index, const char *what, const char *who) {
  double x = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (x > 0) return x;
  return luaL_error(L, "%s: %s must be > 0, not %s", what, who, shown(L, index));
}

static double check_parameter(lua_State *L, int index, const char *what, const char *who) {
  double x = check_positive(L, index, what, who);
  if (isfinite(x)) return x;
  return luaL_error(L, "%s: %s must be finite, not %s", what, who, shown(L, index));
}

static double check_share(lua_State *L, int index, const char *what, const char *who) {
  double x = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (x >= 0 && x <= 1) return x;
  return luaL_error(L, "%s: %s must be in [0, 1], not %s", what, who, shown(L, index));
}

/* A count that a double holds: an integer of Lua beyond 2^53 would be rounded on the way. */
static double check_count(lua_State *L, int index, const char *what, const char *who) {
  double n = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (n >= 0 && n <= 0x1p53 && n == floor(n) && !(lua_isinteger(L, index) && lua_tointeger(L, index) > (lua_Integer)1 << 53))
    return n;
  return luaL_error(L, "%s: %s must be a whole number from 0 to 2^53, not %s", what, who, shown(L, index));
}

static double check_whole(lua_State *L, int index, const char *what, const char *who, double least, double most) {
  double n = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
  if (n >= least && n <= most && n == floor(n)) return n;
  return luaL_error(L, "%s: %s must be a whole number from %d to %d, not %s", what, who, (int)least, (int)most, shown(L, index));
}

static int push(lua_State *L, double value) {
  lua_pushnumber(L, value);
  return 1;
}

/** ll.stats.normal_cdf(z) -> number
 * The chance that a standard normal variable is at most z.
 *   z   a number; infinite is allowed
 * Errors: NaN, or no number.
 * See: ll.stats.normal_quantile, ll.stats.t_cdf
 * Example:
 *   ll.stats.normal_cdf(1.96)   --> 0.975002
 */
static int normal_cdf(lua_State *L) { return push(L, ll_normal_cdf(check_number(L, 1, "normal_cdf", "z"))); }

/** ll.stats.normal_quantile(p) -> number
 * The z that a standard normal variable stays at or below with probability p.
 *   p   a number from 0 (-inf) to 1 (inf)
 * Errors: a p outside [0, 1].
 * See: ll.stats.normal_cdf, ll.stats.t_quantile
 * Example:
 *   ll.stats.normal_quantile(0.975)   --> 1.959964
 */
static int normal_quantile(lua_State *L) { return push(L, ll_normal_quantile(check_p(L, 1, "normal_quantile"))); }

/** ll.stats.t_cdf(t, df) -> number
 * The chance that a variable of Student's t distribution is at most t.
 *   t    a number
 *   df   degrees of freedom, > 0; math.huge: the normal distribution
 * Errors: a df that is not > 0.
 * See: ll.stats.t_two_sided, ll.stats.t_quantile
 * Example:
 *   ll.stats.t_cdf(2, 10)   --> 0.963306
 */
static int t_cdf(lua_State *L) {
  double t = check_number(L, 1, "t_cdf", "t");
  return push(L, ll_student_cdf(t, check_positive(L, 2, "t_cdf", "degrees of freedom")));
}

/** ll.stats.t_two_sided(t, df) -> number
 * The two-sided p-value of a t statistic: the chance of one at least as far from 0.
 *   t    a number
 *   df   degrees of freedom, > 0; math.huge: the normal distribution
 * Errors: a df that is not > 0.
 * See: ll.stats.t_cdf, ll.stats.paired_t
 * Example:
 *   ll.stats.t_two_sided(2, 10)   --> 0.073388
 */
static int t_two_sided(lua_State *L) {
  double t = check_number(L, 1, "t_two_sided", "t");
  return push(L, ll_student_two_sided(t, check_positive(L, 2, "t_two_sided", "degrees of freedom")));
}

/** ll.stats.t_quantile(p, df) -> number
 * The t that a variable of Student's t distribution stays at or below with probability p.
 *   p    a number from 0 (-inf) to 1 (inf)
 *   df   degrees of freedom, > 0; math.huge: the normal distribution
 * Errors: a p outside [0, 1]; a df that is not > 0.
 * See: ll.stats.t_cdf, ll.stats.mean_ci
 * Example:
 *   ll.stats.t_quantile(0.975, 10)   --> 2.228139
 */
static int t_quantile(lua_State *L) {
  double p = check_p(L, 1, "t_quantile"), df = check_positive(L, 2, "t_quantile", "degrees of freedom");
  return push(L, ll_student_quantile(p, df));
}

/** ll.stats.binomial_cdf(k, n, p) -> number
 * The chance of at most k successes in n trials.
 *   k   a number
 *   n   a whole number from 0 to 2^53
 *   p   the probability of a success, from 0 to 1
 * Errors: an n that is no count; a p outside [0, 1].
 * See: ll.stats.signs
 * Example:
 *   ll.stats.binomial_cdf(2, 10, 0.5)   --> 0.054688
 */
static int binomial_cdf(lua_State *L) {
  double k = check_number(L, 1, "binomial_cdf", "k"), n = check_count(L, 2, "binomial_cdf", "n");
  return push(L, ll_binomial_cdf(k, n, check_p(L, 3, "binomial_cdf")));
}

/** ll.stats.beta_inc(x, a, b [, y]) -> number
 * The regularised incomplete beta function I_x(a, b), the distribution function of a beta variable.
 *   x   a number from 0 to 1
 *   a   a finite number > 0
 *   b   a finite number > 0
 *   y   1 - x, where x is so near 1 that the difference would lose digits (1 - x)
 * Errors: numbers outside these ranges; a y that is not 1 - x.
 * See: ll.stats.binomial_cdf, ll.stats.t_cdf
 * Example:
 *   ll.stats.beta_inc(0.3, 2, 3)   --> 0.3483
 */
static int beta_inc(lua_State *L) {
  double x = check_share(L, 1, "beta_inc", "x"), a = check_parameter(L, 2, "beta_inc", "a"),
         b = check_parameter(L, 3, "beta_inc", "b"), y = 1 - x;
  if (!lua_isnoneornil(L, 4)) y = check_share(L, 4, "beta_inc", "y");
  if (fabs(x + y - 1) > 1e-12) return luaL_error(L, "beta_inc: y must be 1 - x, not %s where x is %f", shown(L, 4), x);
  return push(L, ll_beta_inc(x, y, a, b));
}

/** ll.stats.chi_square_tail(x, df) -> number
 * The chance that a chi-square variable is above x: the p-value of a statistic such as Friedman's.
 *   x    a number
 *   df   degrees of freedom, a whole number from 1 to 10^7
 * Errors: a df that is none.
 * See: ll.stats.f_tail, ll.stats.friedman
 * Example:
 *   ll.stats.chi_square_tail(9.28, 3)   --> 0.025789
 */
static int chi_square_tail(lua_State *L) {
  double x = check_number(L, 1, "chi_square_tail", "x");
  return push(L, ll_chi_square_tail(x, check_whole(L, 2, "chi_square_tail", "degrees of freedom", 1, 1e7)));
}

/** ll.stats.f_tail(f, df1, df2) -> number
 * The chance that a variable of Fisher's F distribution is above f.
 *   f     a number
 *   df1   degrees of freedom above the line, > 0
 *   df2   degrees of freedom below the line, > 0
 * Errors: degrees of freedom that are not > 0 and finite.
 * See: ll.stats.chi_square_tail, ll.stats.friedman
 * Example:
 *   ll.stats.f_tail(3.69, 3, 39)   --> 0.019750
 */
static int f_tail(lua_State *L) {
  double f = check_number(L, 1, "f_tail", "f"), df1 = check_parameter(L, 2, "f_tail", "df1");
  return push(L, ll_f_tail(f, df1, check_parameter(L, 3, "f_tail", "df2")));
}

/** ll.stats.range_tail(q, k) -> number
 * The chance that the largest and the smallest of k standard normals are more than q apart.
 * That is the studentized range of infinite degrees of freedom, of which Nemenyi's test is made.
 *   q   a number
 *   k   how many, a whole number from 2 to 10^6
 * Errors: a k that is none.
 * See: ll.stats.range_quantile, ll.stats.nemenyi
 * Example:
 *   ll.stats.range_tail(3.633, 4)   --> 0.05
 */
static int range_tail(lua_State *L) {
  double q = check_number(L, 1, "range_tail", "q");
  return push(L, ll_range_tail(q, check_whole(L, 2, "range_tail", "k", 2, 1e6)));
}

/** ll.stats.range_quantile(p, k) -> number
 * The q that the range of k standard normals stays at or below with probability p.
 *   p   a number from 0 to 1 (inf)
 *   k   how many, a whole number from 2 to 10^6
 * Errors: a p outside [0, 1]; a k that is none.
 * See: ll.stats.range_tail, ll.stats.nemenyi
 * Example:
 *   ll.stats.range_quantile(0.95, 4)   --> 3.633160
 */
static int range_quantile(lua_State *L) {
  double p = check_p(L, 1, "range_quantile");
  return push(L, ll_range_quantile(p, check_whole(L, 2, "range_quantile", "k", 2, 1e6)));
}

/** ll.stats.noncentral_t_cdf(t, df, delta) -> number
 * The chance that a noncentral t variable is at most t: what a t statistic is where the true difference is not 0.
 *   t       a number
 *   df      degrees of freedom, >= 1 and finite
 *   delta   the true difference over its standard error, a finite number
 * Errors: numbers outside these ranges.
 * See: ll.stats.t_cdf
 * Example:
 *   ll.stats.noncentral_t_cdf(2.262157, 9, 3)   --> 0.238845
 */
static int noncentral_t_cdf(lua_State *L) {
  double t = check_number(L, 1, "noncentral_t_cdf", "t"), df = check_parameter(L, 2, "noncentral_t_cdf", "degrees of freedom"),
         delta = check_number(L, 3, "noncentral_t_cdf", "delta");
  if (df < 1) return luaL_error(L, "noncentral_t_cdf: degrees of freedom must be >= 1, not %s", shown(L, 2));
  if (!isfinite(delta)) return luaL_error(L, "noncentral_t_cdf: delta must be finite, not %s", shown(L, 3));
  return push(L, ll_noncentral_t_cdf(t, df, delta));
}

int bind_open_distributions(lua_State *L) {
  static const bind_function functions[] = {{"normal_cdf", normal_cdf, 1},
                                            {"normal_quantile", normal_quantile, 1},
                                            {"t_cdf", t_cdf, 2},
                                            {"t_two_sided", t_two_sided, 2},
                                            {"t_quantile", t_quantile, 2},
                                            {"binomial_cdf", binomial_cdf, 3},
                                            {"beta_inc", beta_inc, 4},
                                            {"chi_square_tail", chi_square_tail, 2},
                                            {"f_tail", f_tail, 3},
                                            {"range_tail", range_tail, 2},
                                            {"range_quantile", range_quantile, 2},
                                            {"noncentral_t_cdf", noncentral_t_cdf, 3},
                                            {NULL, NULL, 0}};
  bind_module(L, functions);
  return 1;
}
