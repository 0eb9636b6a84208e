/* ll.math: functions of one number, which give the same bits on every machine (engine/base/scalar.h). */
#include <math.h>

#include "engine/base/scalar.h"
#include "lua/bind/bind.h"

static double number(lua_State *L, int index, const char *what, const char *who) {
  if (lua_type(L, index) == LUA_TNUMBER) return lua_tonumber(L, index);
  lua_settop(L, index > lua_gettop(L) ? index : lua_gettop(L));
  return luaL_error(L, "%s: %s must be a number, not %s", what, who, bind_shown(L, index));
}

#define FUNCTION(name)                                                                                                             \
  static int math_##name(lua_State *L) {                                                                                           \
    lua_pushnumber(L, ll_##name(number(L, 1, #name, "x")));                                                                        \
    return 1;                                                                                                                      \
  }

/** ll.math.exp(x) -> number
 * The exponential function, e^x.
 * Errors: no number.
 * See: ll.math, ll.math.expm1, matrix:exp
 * Example:
 *   ll.math.exp(1)   --> 2.718282
 */
FUNCTION(exp)

/** ll.math.expm1(x) -> number
 * The exponential function less 1, e^x - 1, exact near 0.
 * Errors: no number.
 * See: ll.math.exp, ll.math.log1p
 * Example:
 *   ll.math.expm1(1e-20) == 1e-20   --> true
 */
FUNCTION(expm1)

/** ll.math.log(x [, base]) -> number
 * The natural logarithm, or the one to a base; whole where x is a whole power of the base.
 *   x      -inf is that of 0; below there is none, nan
 *   base   a number (that of the natural logarithm)
 * Errors: no number.
 * See: ll.math.log1p, ll.math.pow, matrix:log
 * Example:
 *   ll.math.log(2)          --> 0.693147
 *   ll.math.log(1000, 10)   --> 3.0
 */
static int math_log(lua_State *L) {
  double x = number(L, 1, "log", "x"), value = ll_log(x);
  if (!lua_isnoneornil(L, 2)) {
    double base = number(L, 2, "log", "the base"), whole;
    value = base >= 2 && base <= 2 ? ll_log2(x) : value / ll_log(base);
    whole = rint(value);
    if (fabs(value - whole) <= 1e-12 * fabs(whole) && !(ll_pow(base, whole) < x) && !(ll_pow(base, whole) > x)) value = whole;
  }
  lua_pushnumber(L, value);
  return 1;
}

/** ll.math.log1p(x) -> number
 * The natural logarithm of 1 + x, exact near 0.
 * Errors: no number.
 * See: ll.math.log, ll.math.expm1
 * Example:
 *   ll.math.log1p(1e-20) == 1e-20   --> true
 */
FUNCTION(log1p)

/** ll.math.pow(x, y) -> number
 * The power x ^ y, of which Lua leaves the last digit to the C library, unless y is 2 or the result is exact.
 * Errors: no number.
 * See: ll.math.exp, ll.math.log
 * Example:
 *   ll.math.pow(0.99, 100)   --> 0.366032
 */
static int math_pow(lua_State *L) {
  double x = number(L, 1, "pow", "x");
  lua_pushnumber(L, ll_pow(x, number(L, 2, "pow", "y")));
  return 1;
}

/** ll.math.sin(x) -> number
 * The sine of an angle in radians.
 * Errors: no number.
 * See: ll.math.cos, ll.math.atan
 * Example:
 *   ll.math.sin(math.pi / 6)   --> 0.5
 */
FUNCTION(sin)

/** ll.math.cos(x) -> number
 * The cosine of an angle in radians.
 * Errors: no number.
 * See: ll.math.sin, ll.math.atan
 * Example:
 *   ll.math.cos(math.pi / 3)   --> 0.5
 */
FUNCTION(cos)

/** ll.math.atan(x) -> number
 * The arc tangent, an angle in radians from -π/2 to π/2.
 * Errors: no number.
 * See: ll.math.sin, ll.math.cos
 * Example:
 *   4 * ll.math.atan(1) == math.pi   --> true
 */
FUNCTION(atan)

/** ll.math.tanh(x) -> number
 * The hyperbolic tangent.
 * Errors: no number.
 * See: ll.math.exp, matrix:tanh
 * Example:
 *   ll.math.tanh(0.5)   --> 0.462117
 */
FUNCTION(tanh)

/** ll.math.erf(x) -> number
 * The error function: 2/√π times the integral of e^-t² from 0 to x.
 * Errors: no number.
 * See: ll.math.erfc, ll.stats.normal_cdf
 * Example:
 *   ll.math.erf(0.5)   --> 0.520500
 */
FUNCTION(erf)

/** ll.math.erfc(x) -> number
 * 1 less the error function, with its digits where that is nearly 1.
 * Errors: no number.
 * See: ll.math.erf, ll.stats.normal_cdf
 * Example:
 *   ll.math.erfc(2)   --> 0.004678
 */
FUNCTION(erfc)

/** ll.math
 * Functions of one number that give the same bits on every machine.
 * Lua's own math.exp, math.log, math.sin and their kin, and x ^ y, are the C library's: their last digit depends on its version
 * and on the CPU. A study whose script computes with these instead is portable: it is replayed anywhere to the same bits. Lua's
 * + - * /, math.sqrt, floor and what else is exact are the same everywhere as they are, and so are losslab's functions of matrices.
 * See: ll.math.exp, ll.math.log, ll.math.pow, matrix:exp
 * Example:
 *   local rates = {}
 *   for epoch = 1, 3 do rates[epoch] = 0.5 * (1 + ll.math.cos(math.pi * epoch / 4)) end
 *   rates[2]   --> 0.5
 */
int bind_open_math(lua_State *L) {
  static const bind_function functions[] = {{"exp", math_exp, 1},     {"expm1", math_expm1, 1}, {"log", math_log, 2},
                                            {"log1p", math_log1p, 1}, {"pow", math_pow, 2},     {"sin", math_sin, 1},
                                            {"cos", math_cos, 1},     {"atan", math_atan, 1},   {"erf", math_erf, 1},
                                            {"erfc", math_erfc, 1},   {"tanh", math_tanh, 1},   {NULL, NULL, 0}};
  bind_module(L, functions);
  return 1;
}
