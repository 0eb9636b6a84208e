/* Random streams: ll.random(seed [, trial [, purpose]]). The same three words give the same numbers anywhere. */
#include <math.h>

#include "lua/bind/bind.h"

#define CLASS "losslab.random"

static ll_random *check_stream(lua_State *L) { return bind_object(L, 1, CLASS); }

/** random
 * A stream of random numbers, made by ll.random.
 * The same seed, trial and purpose give the same numbers, at any time and on any machine. Numbers are drawn in order; two streams
 * never touch each other, so that what one part of a program draws changes no other. There is no global generator, and math.random
 * is not used.
 * See: ll.random
 * Example:
 *   local stream = ll.random(1)
 *   stream:integer(6)                     --> 2
 *   stream:normal(100, 3):shape()         --> 100 3
 *   ll.random(1):integer(6)               --> 2
 */

/** ll.random(seed [, trial [, purpose]]) -> random
 * A stream of random numbers: uniform and normal ones, whole numbers, orders and choices.
 * Other words give other, independent numbers. A study's streams are those of its seed, the trial's number and what they are for.
 *   seed      a whole number
 *   trial     a whole number (0)
 *   purpose   a short word ("user"); "init", "shuffle" and the like are those of a training run
 * Errors: a seed that is missing or no whole number.
 * See: random:uniform, random:normal, random:integer, random:permutation, random:choice, random:state
 * Example:
 *   ll.random(1):uniform()           --> 0.300213
 *   ll.random(1, 2):uniform()        --> 0.492632
 *   ll.random(1, 0, "init"):uniform()   --> 0.295549
 */
static int random_new(lua_State *L) {
  uint64_t seed = (uint64_t)bind_integer(L, 1, "random", "the seed"),
           trial = lua_isnoneornil(L, 2) ? 0 : (uint64_t)bind_integer(L, 2, "random", "the trial");
  const char *purpose = lua_isnoneornil(L, 3) ? "user" : bind_string(L, 3, "random", "the purpose");
  ll_random *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = ll_random_stream(seed, trial, purpose);
  luaL_setmetatable(L, CLASS);
  return 1;
}

/* A matrix of the size at index 2. */
static ll_matrix new_matrix(lua_State *L, const char *who) {
  size_t rows = bind_size(L, 2, who, "rows"), cols = lua_isnoneornil(L, 3) ? 1 : bind_size(L, 3, who, "cols");
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), rows, cols, &m));
  return m;
}

/* A number at index, or def. */
static double fitting_or(lua_State *L, int index, const char *who, const char *name, double def) {
  return lua_isnoneornil(L, index) ? def : bind_fitting(L, index, who, name);
}

/** random:uniform() -> number
 * random:uniform(rows [, cols [, low [, high]]]) -> matrix
 * Uniform on [0, 1), or on [low, high): a number, or a matrix of them.
 *   rows   a whole number >= 0
 *   cols   a whole number >= 0 (1)
 *   low    a number (0)
 *   high   a number >= low (1)
 * Errors: low above high; a range that is not finite.
 * See: random:normal, random:integers
 * Example:
 *   ll.random(1):uniform()                             --> 0.300213
 *   local m = ll.random(1):uniform(1000, 1, -1, 1)
 *   m:min():item() >= -1, m:max():item() <= 1          --> true true
 */
static int random_uniform(lua_State *L) {
  ll_random *r = check_stream(L);
  if (lua_isnoneornil(L, 2)) {
    lua_pushnumber(L, ll_random_uniform(r));
    return 1;
  }
  double low = fitting_or(L, 4, "uniform", "low", 0), high = fitting_or(L, 5, "uniform", "high", 1);
  if (!(low <= high)) return luaL_error(L, "uniform: low, %f, is above high, %f", low, high);
  if (!isfinite((ll_real)(high - low))) return luaL_error(L, "uniform: from %f to %f is no finite range", low, high);
  ll_matrix m = new_matrix(L, "uniform");
  ll_matrix_uniform(&m, r, low, high);
  bind_push_matrix(L, &m);
  return 1;
}

/** random:normal() -> number
 * random:normal(rows [, cols [, mean [, deviation]]]) -> matrix
 * Normally distributed: a number, or a matrix of them.
 *   rows        a whole number >= 0
 *   cols        a whole number >= 0 (1)
 *   mean        a number (0)
 *   deviation   the standard deviation, >= 0 (1)
 * Errors: a deviation below 0.
 * See: random:uniform, random:sphere
 * Example:
 *   ll.random(1):normal()                               --> 0.461359
 *   ll.random(1):normal(1000, 1, 5, 2):mean():item()   --> 4.990464
 */
static int random_normal(lua_State *L) {
  ll_random *r = check_stream(L);
  if (lua_isnoneornil(L, 2)) {
    lua_pushnumber(L, ll_random_normal(r));
    return 1;
  }
  double mean = fitting_or(L, 4, "normal", "the mean", 0), deviation = fitting_or(L, 5, "normal", "the deviation", 1);
  if (!(deviation >= 0)) return bind_wrong(L, 5, "normal", "the deviation", "at least 0");
  ll_matrix m = new_matrix(L, "normal");
  ll_matrix_normal(&m, r, mean, deviation);
  bind_push_matrix(L, &m);
  return 1;
}

/** random:integer(n) -> integer
 * A whole number from 1 to n, each as likely.
 *   n   a whole number >= 1
 * Errors: an n below 1.
 * See: random:integers, random:permutation
 * Example:
 *   ll.random(1):integer(6)   --> 2
 */
static int random_integer(lua_State *L) {
  ll_random *r = check_stream(L);
  lua_Integer n = bind_integer_from(L, 2, "integer", "n", 1);
  lua_pushinteger(L, (lua_Integer)ll_random_below(r, (uint64_t)n) + 1);
  return 1;
}

/** random:integers(rows, cols, low, high) -> matrix
 * Whole numbers from low to high, both included, each as likely.
 *   rows   a whole number >= 0
 *   cols   a whole number >= 0; nil: 1
 *   low    a whole number
 *   high   a whole number >= low
 * Errors: high below low; numbers that the precision does not hold (float: beyond 2^24).
 * See: random:integer, random:choice
 * Example:
 *   ll.random(1):integers(5, 1, 1, 6):table()   --> { 2, 6, 3, 6, 3 }
 */
static int random_integers(lua_State *L) {
  ll_random *r = check_stream(L);
  lua_Integer low = bind_integer(L, 4, "integers", "low"), high = bind_integer(L, 5, "integers", "high");
  if (low > high) return luaL_error(L, "integers: high, %I, is below low, %I", (LUAI_UACINT)high, (LUAI_UACINT)low);
  if ((double)low < -LL_WHOLE || (double)high > LL_WHOLE)
    return luaL_error(
        L, "integers: not all whole numbers from %I to %I are numbers of " LL_PRECISION " precision; it holds those up to %f",
        (LUAI_UACINT)low, (LUAI_UACINT)high, LL_WHOLE);
  ll_matrix m = new_matrix(L, "integers");
  ll_matrix_integers(&m, r, low, high);
  bind_push_matrix(L, &m);
  return 1;
}

/** random:bernoulli(rows, cols, p) -> matrix
 * 1 with probability p, else 0: a mask, or labels.
 *   rows   a whole number >= 0
 *   cols   a whole number >= 0; nil: 1
 *   p      a probability, from 0 to 1
 * Errors: a p outside [0, 1], or none.
 * See: ll.where, random:uniform
 * Example:
 *   ll.random(1):bernoulli(1000, 1, 0.3):mean():item()   --> 0.287
 */
static int random_bernoulli(lua_State *L) {
  ll_random *r = check_stream(L);
  double p = bind_number(L, 4, "bernoulli", "p");
  if (!(p >= 0 && p <= 1)) return bind_wrong(L, 4, "bernoulli", "p", "a probability in [0, 1]");
  ll_matrix m = new_matrix(L, "bernoulli");
  ll_matrix_bernoulli(&m, r, p);
  bind_push_matrix(L, &m);
  return 1;
}

/** random:sphere(rows, dimensions [, radius]) -> matrix
 * Points on the sphere about 0, one a row, in uniform directions.
 *   rows         a whole number >= 0
 *   dimensions   a whole number >= 0; nil: 1
 *   radius       a number >= 0 (1)
 * Errors: a radius below 0.
 * See: random:normal
 * Example:
 *   ll.random(1):sphere(2, 3, 2):row_norms():table()   --> { 2, 2 }
 */
static int random_sphere(lua_State *L) {
  ll_random *r = check_stream(L);
  double radius = fitting_or(L, 4, "sphere", "the radius", 1);
  if (!(radius >= 0)) return bind_wrong(L, 4, "sphere", "the radius", "at least 0");
  ll_matrix m = new_matrix(L, "sphere");
  ll_matrix_sphere(&m, r, radius);
  bind_push_matrix(L, &m);
  return 1;
}

/* Indices from 0 as a column from 1. */
static int push_indices(lua_State *L, const char *what, const uint32_t *indices, size_t n, size_t among) {
  bind_places(L, what, among);
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), n, 1, &m));
  for (size_t i = 0; i < n; i++) m.data[i] = (ll_real)(indices[i] + 1.0);
  bind_push_matrix(L, &m);
  return 1;
}

/** random:permutation(n) -> matrix
 * The numbers 1..n in random order, as a column, for gather.
 *   n   a whole number >= 0
 * Errors: an n that the precision does not hold (float: beyond 2^24).
 * See: random:shuffle, random:choice, ll.gather
 * Example:
 *   ll.random(1):permutation(4):table()   --> { 4, 1, 3, 2 }
 */
static int random_permutation(lua_State *L) {
  ll_random *r = check_stream(L);
  size_t n = bind_size(L, 2, "permutation", "n");
  if (n > UINT32_MAX) return bind_wrong(L, 2, "permutation", "n", "at most 2^32 - 1");
  uint32_t *order = lua_newuserdatauv(L, (n + 1) * sizeof *order, 0);
  ll_random_permutation(r, order, n);
  return push_indices(L, "permutation", order, n, n);
}

/** random:choice(n, k [, { replace = false, weights = column }]) -> matrix
 * Draws k of the numbers 1..n, in random order, as a column.
 *   n         a whole number >= 0
 *   k         a whole number >= 0, at most n unless replace
 *   replace   true: a number may come more than once (false)
 *   weights   a column of n numbers >= 0: chances in proportion to them (all alike)
 * Errors: more asked for than there are (of positive weight); a weight that is negative or not finite.
 * See: random:permutation, random:integers, ll.gather
 * Example:
 *   ll.random(1):choice(10, 3):table()                            --> { 4, 9, 5 }
 *   ll.random(1):choice(3, 2, { weights = { 0, 1, 1 } }):table()   --> { 3, 2 }
 */
static int random_choice(lua_State *L) {
  static const char *const options[] = {"replace", "weights", NULL};
  ll_random *r = check_stream(L);
  size_t n = bind_size(L, 2, "choice", "n"), k = bind_size(L, 3, "choice", "k");
  lua_settop(L, 4);
  bind_options(L, 4, "choice", options);
  bool replace = bind_opt_boolean(L, 4, "choice", "replace", false);
  double *weights = NULL;
  if (!lua_isnil(L, 4) && lua_getfield(L, 4, "weights") != LUA_TNIL) {
    const ll_matrix *given = bind_matrix(L, -1, "choice", "weights");
    if (given->cols != 1 || given->rows != n)
      return luaL_error(L, "choice: weights are a column of %d, not %dx%d", (int)n, (int)given->rows, (int)given->cols);
    weights = lua_newuserdatauv(L, (n + 1) * sizeof *weights, 0);
    for (size_t i = 0; i < n; i++) weights[i] = (double)ll_matrix_row(given, i)[0];
  }
  if (k > UINT32_MAX) return bind_wrong(L, 3, "choice", "k", "at most 2^32 - 1");
  uint32_t *chosen = lua_newuserdatauv(L, (k + 1) * sizeof *chosen, 0);
  bind_check(L, ll_random_choice(bind_ctx(L), r, n, weights, replace, chosen, k));
  return push_indices(L, "choice", chosen, k, n);
}

/** random:shuffle(list) -> list
 * Brings the elements of a Lua array into random order, in place, and gives the array itself.
 *   list   an array of anything
 * Errors: no table.
 * See: random:permutation
 * Example:
 *   ll.random(1):shuffle { "a", "b", "c", "d" }   --> { "d", "a", "c", "b" }
 */
static int random_shuffle(lua_State *L) {
  ll_random *r = check_stream(L);
  bind_table(L, 2, "shuffle", "the list");
  for (lua_Integer i = luaL_len(L, 2); i > 1; i--) {
    lua_Integer j = (lua_Integer)ll_random_below(r, (uint64_t)i) + 1;
    lua_geti(L, 2, i), lua_geti(L, 2, j);
    lua_seti(L, 2, i), lua_seti(L, 2, j);
  }
  lua_settop(L, 2);
  return 1;
}

/** random:state() -> string
 * Which stream it is and how far it is, as bytes; load_state goes on from there.
 * See: random:load_state
 * Example:
 *   local stream = ll.random(1)
 *   local there = stream:state()
 *   local first = stream:uniform()
 *   stream:load_state(there):uniform() == first   --> true
 */
static int random_state(lua_State *L) {
  void *bytes;
  size_t n;
  bind_check(L, ll_random_save(bind_ctx(L), check_stream(L), &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}

/** random:load_state(bytes) -> random
 * Makes this stream the one whose state the bytes are, at that place; gives the stream itself.
 *   bytes   what random:state gave
 * Errors: other bytes.
 * See: random:state
 * Example:
 *   local stream = ll.random(2):load_state(ll.random(1):state())
 *   stream:uniform()   --> 0.300213
 */
static int random_load_state(lua_State *L) {
  size_t n;
  ll_random *r = check_stream(L);
  const char *bytes = bind_bytes(L, 2, "load_state", "the state", &n);
  bind_check(L, ll_random_restore(bind_ctx(L), r, bytes, n));
  lua_settop(L, 1);
  return 1;
}

static int random_tostring(lua_State *L) {
  ll_random *r = check_stream(L);
  lua_pushfstring(L, "random stream %p, %I blocks used", (void *)(uintptr_t)r->key, (LUAI_UACINT)r->counter);
  return 1;
}

static int random_call(lua_State *L) {
  lua_remove(L, 1); /* the module itself */
  return random_new(L);
}

int bind_open_random(lua_State *L) {
  static const bind_function methods[] = {{"uniform", random_uniform, 5},         {"normal", random_normal, 5},
                                          {"integer", random_integer, 2},         {"integers", random_integers, 5},
                                          {"bernoulli", random_bernoulli, 4},     {"sphere", random_sphere, 4},
                                          {"permutation", random_permutation, 2}, {"choice", random_choice, 4},
                                          {"shuffle", random_shuffle, 2},         {"state", random_state, 1},
                                          {"load_state", random_load_state, 2},   {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__tostring", random_tostring}, {NULL, NULL}};
  bind_class(L, CLASS, methods, metamethods);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, random_call);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  return 1;
}
